"""One chunk of lines → the bytes of its results. Runs in worker processes; each loads the model once and keeps it."""

from __future__ import annotations

import gc
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from threadpoolctl import ThreadpoolController

from callqa.batch.chunks import Chunk, Piece
from callqa.batch.counts import Counts
from callqa.batch.records import parse, reject_line
from callqa.batch.scan import read_contacts
from callqa.batch.tables import TABLES
from callqa.batch.work import ChunkResult, Loader, PieceResult, Setup
from callqa.call import Call
from callqa.errors import CallqaError, ModelError, PolicyError
from callqa.export.sheet import CsvTable, Words
from callqa.labels import LabelScheme
from callqa.pipeline import Stopwatch, Tagger, analyse
from callqa.policy import DayContacts, Policy, load_policy
from callqa.sources import Reject, call_to_line


class Prepared(NamedTuple):
    """What all chunks of a run need."""

    model: Tagger
    policy: Policy
    day: DayContacts
    threads: ThreadpoolController

    @classmethod
    def of(cls, model: Tagger, policy: Policy, setup: Setup) -> Prepared:
        """What is needed besides a loaded model and policy."""
        return cls(model, policy, read_contacts(setup.contacts), ThreadpoolController())


@lru_cache(maxsize=1)
def loaded(loader: Loader, path: Path | None) -> Tagger:
    """The model of a path, loaded once in a process."""
    return loader(path)


@lru_cache(maxsize=1)
def prepare(setup: Setup) -> Prepared:
    """Load what all chunks of a run need; kept until the next run of this process.

    Raises
    ------
    ModelError, PolicyError
        Model or policy are damaged, or not those the run began with.
    """
    model = loaded(setup.loader, setup.model)
    if model.sha256 != setup.model_sha256:
        loaded.cache_clear()  # a worker that has outlived an earlier run may hold the model of that time
        model = loaded(setup.loader, setup.model)
    if model.sha256 != setup.model_sha256:
        raise ModelError("is not the model the run began with", file=setup.model)
    policy = load_policy(setup.policy, model.scheme)
    if policy.sha256 != setup.policy_sha256:
        raise PolicyError("is not the policy the run began with", file=setup.policy)
    return Prepared.of(model, policy, setup)


def tag_in_worker(setup: Setup, chunk: Chunk) -> ChunkResult:
    """`tag_chunk` in a process that may not have loaded anything yet."""
    return tag_chunk(prepare(setup), setup, chunk)


@contextmanager
def _without_collecting() -> Iterator[None]:
    """No search for reference cycles in the block: a chunk makes hundreds of thousands of objects and no cycle, and looking for one
    took a tenth of its time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def tag_chunk(prepared: Prepared, setup: Setup, chunk: Chunk) -> ChunkResult:
    """Read, analyse and write out the calls of a chunk; what cannot be read or analysed becomes a reject."""
    with _without_collecting():
        return _tag_chunk(prepared, setup, chunk)


def _tag_chunk(prepared: Prepared, setup: Setup, chunk: Chunk) -> ChunkResult:
    watch = Stopwatch()
    model, policy, day, threads = prepared
    read = [_items(piece, model.scheme) for piece in chunk.pieces]
    calls = [item for items in read for _line, item in items if isinstance(item, Call)]
    # One thread wherever it runs: the sums of more come out in another order, and the bytes of a result must not depend on that.
    with threads.limit(limits=1):
        analysed = iter(_analyse_all(calls, lambda some: analyse(some, model, policy, fast=setup.fast, day=day, watch=watch)))
    words, counts = Words(model.scheme, setup.lang), Counts()
    tables = [CsvTable() for _ in TABLES]
    rejects: list[Reject] = []
    results: list[PieceResult] = []
    for piece, items in zip(chunk.pieces, read, strict=True):
        good: list[Call] = []
        before = len(rejects)
        for line, item in items:
            outcome = next(analysed) if isinstance(item, Call) else item
            if isinstance(outcome, Call):
                good.append(outcome)
            elif isinstance(outcome, Reject):
                rejects.append(outcome)
            else:
                rejects.append(Reject(piece.source, line, None, f"cannot be analysed: {_place(outcome)}", item.call_id))
        counts.add_calls(good)
        results.append(PieceResult(piece.file, b"".join(map(call_to_line, good)), len(good), len(rejects) - before, piece.ends))
        for table, csv_table in zip(TABLES, tables, strict=True):
            for call in good:
                csv_table.add(table.rows(piece.source, call, model.scheme, words))
    counts.add_rejects(rejects)
    rows = {table.name: csv_table.take() for table, csv_table in zip(TABLES, tables, strict=True)}
    rows["rejects"] = b"".join(map(reject_line, rejects))
    watch.lap("write")
    return ChunkResult(chunk.end, tuple(results), rows, counts, watch.seconds)


def _items(piece: Piece, scheme: LabelScheme) -> list[tuple[int | None, Call | Reject]]:
    """What the lines of a piece hold, each with its line in the input as it came."""
    if piece.begins and piece.ends and not piece.lines:
        return [(None, Reject(piece.source, None, None, "the file is empty"))]
    items: list[tuple[int | None, Call | Reject]] = []
    for line in piece.lines:
        where, item = parse(line, piece.source, scheme, converted=piece.converted)
        first = piece.repeated.get(line.number)
        if first is not None and isinstance(item, Call):
            item = Reject(piece.source, where, "call_id", f"repeats the id of an earlier call: {first}", item.call_id)
        items.append((where, item))
    return items


def _analyse_all(calls: list[Call], analyse_some: Callable[[list[Call]], list[Call]]) -> list[Call | Exception]:
    """The calls analysed together; where that fails on a fault of our own, one by one, so that the fault costs one call, not the night.

    A fault that hits every call of a chunk is no matter of the calls: it is raised.
    """
    try:
        return list(analyse_some(calls))
    except (CallqaError, OSError, MemoryError):
        raise  # not the fault of a call
    except Exception as exc:
        if len(calls) == 1:
            return [exc]
        outcomes = [outcome for call in calls for outcome in _analyse_all([call], analyse_some)]
        if all(isinstance(outcome, Exception) for outcome in outcomes):
            raise
        return outcomes


def _place(exc: Exception) -> str:
    """The kind of an exception and where it was raised; never its message, which may quote the call."""
    frames = traceback.extract_tb(exc.__traceback__)
    return f"{type(exc).__name__} in {Path(frames[-1].filename).name}, line {frames[-1].lineno}"
