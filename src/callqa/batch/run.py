"""`tag_files`: many transcripts → a result folder. Streaming, in any number of processes, resumable at any moment."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from callqa.batch.chunks import Chunk, InputLines, cut
from callqa.batch.counts import Counts
from callqa.batch.files import make_folder
from callqa.batch.inputs import Intake, input_lines, named_sources
from callqa.batch.lock import run_lock
from callqa.batch.options import DEFAULTS, Options, Progress, RunSummary
from callqa.batch.output import (
    CHECKPOINT,
    CONTACTS,
    LOCK,
    PLAN,
    RUN,
    TAGGED,
    WORK,
    Checkpoint,
    ResultFolder,
    clear_results,
    clear_work,
    read_json,
    write_json,
)
from callqa.batch.plan import Plan
from callqa.batch.pool import available_cores, dask_workers, local_workers, tag_here, tag_with
from callqa.batch.scan import Scan, hash_file, scan
from callqa.batch.tables import TABLES
from callqa.batch.work import ChunkResult, Setup, load_head
from callqa.errors import InputError, ResumeError, RunStoppedError, WorkerError
from callqa.export.sheet import csv_header

if TYPE_CHECKING:
    from callqa.pipeline import Tagger
    from callqa.policy import Policy
    from callqa.taggers.manifest import Head

CALL_BYTES = 4096  # of a transcript, more or less
LIBRARIES = ("numpy", "scipy", "scikit-learn", "jieba", "loky", "orjson", "python-crfsuite")


def tag_files(inputs: Sequence[str | Path], out: str | Path, options: Options = DEFAULTS) -> RunSummary:
    """Tag every call of the inputs into a result folder.

    Every call stands once in ``out/tagged/`` or ``out/rejects.jsonl``. Results appear by renames of whole files; ``out/run.json``
    comes last. Without ``resume`` what an earlier run left in ``out`` is replaced.

    Parameters
    ----------
    inputs
        Files, folders, patterns, ``@list`` files, URLs, or ``-`` for standard input.
    out
        The result folder; it is made where it does not exist.

    Raises
    ------
    InputError
        An input does not exist, or more inputs were rejected than ``max_rejects``.
    OutputError
        The folder cannot be written, or another run holds it.
    ResumeError
        The run to resume had other inputs, model or policy; the message says which.
    WorkerError, RunStoppedError
        A worker was lost, or ``stop`` said so; what was done is kept and can be resumed.

    Examples
    --------
    A notebook would say ``tag_files(["day/"], "out", Options(fast=True))``.
    """
    out = Path(out)
    sources = named_sources(inputs)
    _check_apart(sources, out)
    made = not out.exists()
    make_folder(out)
    make_folder(out / WORK)
    try:
        with ExitStack() as stack:
            stack.enter_context(run_lock(out / WORK / LOCK))
            executor = stack.enter_context(_local_workers(options)) if _looks_large(sources, out, options) else None
            from callqa.policy import load_policy  # while the workers, if there are any, load the model

            tagger = None if executor else options.loader(options.model)
            head = tagger or load_head(options.loader, options.model)
            return _Run(sources, out, options, head, tagger, load_policy(options.policy, head.scheme), executor).go()
    finally:
        with suppress(OSError):  # not empty: a run to be resumed, or another's
            (out / WORK).rmdir()
            if made:
                out.rmdir()


def _looks_large(sources: Sequence[str], out: Path, options: Options) -> bool:
    """Whether it is sure enough that worker processes will be wanted to start them before anything else is loaded."""
    if options.backend != "loky" or options.workers == 1 or (options.resume and (out / RUN).exists()):
        return False
    size = sum(path.stat().st_size for path in map(Path, sources) if path.is_file())
    return size > options.small_run * CALL_BYTES


def _local_workers(options: Options) -> AbstractContextManager[Executor]:
    return local_workers(options.workers or available_cores(), options.loader, options.model)


def _check_apart(sources: Sequence[str], out: Path) -> None:
    """Refuse inputs that the run would overwrite."""
    tagged = (out / TAGGED).resolve()
    for source in sources:
        if tagged in Path(source).resolve().parents:
            raise InputError(f"lies in the result folder {out}; choose another one with -o", file=source)


class _Run:
    """One locked run of `tag_files`; by ``executor`` where there is one, else by ``tagger`` or workers that are started for it."""

    def __init__(
        self,
        sources: Sequence[str],
        out: Path,
        options: Options,
        model: Head,
        tagger: Tagger | None,
        policy: Policy,
        executor: Executor | None,
    ) -> None:
        self.sources, self.out, self.work, self.options = sources, out, out / WORK, options
        self.model, self.tagger, self.policy, self.executor = model, tagger, policy, executor
        self.began, self.began_at = monotonic(), datetime.now(UTC)
        self.fresh = 0

    def go(self) -> RunSummary:
        earlier, finished = self._earlier()
        if earlier is None:
            clear_results(self.out)
        plan = self._plan(earlier)
        if earlier is not None and (changes := earlier.changes(plan)):
            raise ResumeError(f"cannot be resumed: {'; '.join(changes)}", file=self.out)
        if finished is not None:
            clear_work(self.out)
            return self._summary(finished, fresh=False)
        lines = input_lines(plan.inputs, self.work)
        found = self._scan(lines)
        if earlier is None:
            write_json(self.work / PLAN, plan.to_json())
        checkpoint = read_json(self.work / CHECKPOINT)
        done = None if checkpoint is None else Checkpoint.from_json(checkpoint)
        record = self._tag(plan, lines, found, done)
        clear_work(self.out)
        return self._summary(record, fresh=True)

    def _earlier(self) -> tuple[Plan | None, Any]:
        """The plan to resume and, where that run has finished, its ``run.json``."""
        if not self.options.resume:
            return None, None
        for path, finished in ((self.out / RUN, True), (self.work / PLAN, False)):
            record = read_json(path)
            if record is not None:
                try:
                    return Plan.from_json(record), record if finished else None
                except (KeyError, TypeError):
                    raise ResumeError("is not a record of this version of callqa; start again without --resume", file=path) from None
        return None, None

    def _plan(self, earlier: Plan | None) -> Plan:
        options = self.options
        return Plan(
            inputs=Intake(self.work, self.model.scheme, options.read, options.stdin or sys.stdin.buffer, earlier).take(self.sources),
            model=self.model.name,
            model_sha256=self.model.sha256,
            policy=self.policy.name,
            policy_sha256=self.policy.sha256,
            fast=options.fast,
            lang=options.lang,
            read=options.read,
            chunk_calls=options.calls_a_chunk,
        )

    def _scan(self, lines: Sequence[InputLines]) -> Scan:
        def tick(count: int) -> None:
            self._stop_if_told()
            self.options.report(Progress("scan", count, None, 0, 0, monotonic() - self.began, 0))

        return scan(lines, self.model.scheme, self.work / CONTACTS, tick)

    def _stop_if_told(self) -> None:
        if self.options.stop():
            raise RunStoppedError("stopped as told; go on with --resume", file=self.out)

    def _tag(self, plan: Plan, lines: Sequence[InputLines], found: Scan, done: Checkpoint | None) -> dict[str, Any]:
        """Tag from the checkpoint to the end and finish the folder; what stands in ``run.json``."""
        options = self.options
        headers = {table.name: csv_header(table.columns(self.model.scheme), options.lang) for table in TABLES}
        folder = ResultFolder(self.out, plan, headers, done)
        spent_before = folder.done.elapsed
        chunks = cut(lines, found.repeated, start=folder.done.position, lengths=found.lengths, chunk_calls=plan.chunk_calls)

        def report() -> None:
            counts = folder.done.counts
            seconds = monotonic() - self.began
            options.report(Progress("tag", counts.calls + counts.rejected, found.lines, counts.turns, counts.rejected, seconds, self.fresh))

        def checkpoint() -> None:
            folder.done.elapsed = spent_before + monotonic() - self.began
            folder.checkpoint()

        saved = monotonic()
        try:
            with self._results(chunks, found.lines, report) as (results, workers):
                for result in results:
                    folder.append(result)
                    self.fresh += result.counts.turns
                    report()
                    if monotonic() - saved >= options.checkpoint_seconds:
                        checkpoint()
                        saved = monotonic()
                    self._check_rejects(folder, checkpoint)
                    if options.stop() and folder.done.position.file < len(lines):
                        checkpoint()
                        self._stop_if_told()
            checkpoint()
            folder.finish()
            if options.parquet:
                from callqa.batch.parquet import write_parquet

                write_parquet(self.out, plan, self.model.scheme)
            folder.done.elapsed = spent_before + monotonic() - self.began
            record = self._record(plan, folder.done, workers, resumed=done is not None)
            write_json(self.out / RUN, record)
        except WorkerError:
            checkpoint()
            self._stop_if_told()  # a stop signal to all processes takes the workers first
            raise
        finally:
            folder.close()
        return record

    def _check_rejects(self, folder: ResultFolder, checkpoint: Callable[[], None]) -> None:
        limit, rejected = self.options.max_rejects, folder.done.counts.rejected
        if limit is not None and rejected > limit:
            checkpoint()
            kind, count = folder.done.counts.rejects.most_common(1)[0]
            raise InputError(f"{rejected} inputs were rejected, more than --max-rejects {limit}; most often ({count}): {kind}")

    @contextmanager
    def _results(self, chunks: Iterator[Chunk], total: int, report: Callable[[], None]) -> Iterator[tuple[Iterator[ChunkResult], int]]:
        """Results of the chunks in order, and the number of workers they come from."""
        options = self.options
        contacts = self.work / CONTACTS
        setup = Setup(
            model=options.model,
            model_sha256=self.model.sha256,
            policy=options.policy,
            policy_sha256=self.policy.sha256,
            contacts=contacts.resolve(),
            contacts_sha256=hash_file(contacts)[1],
            fast=options.fast,
            lang=options.lang,
            loader=options.loader,
        )
        workers = options.workers or available_cores()
        with ExitStack() as stack:
            if options.backend == "dask":
                executor, workers = stack.enter_context(dask_workers(options.scheduler))
                yield tag_with(executor, setup, chunks, workers, report), workers
            elif self.tagger is not None and (workers == 1 or total <= options.small_run):
                from callqa.batch.worker import Prepared

                yield tag_here(Prepared.of(self.tagger, self.policy, setup), setup, chunks), 1
            else:
                executor = self.executor or stack.enter_context(_local_workers(options))
                yield tag_with(executor, setup, chunks, workers, report), workers

    def _record(self, plan: Plan, done: Checkpoint, workers: int, *, resumed: bool) -> dict[str, Any]:
        """Content of ``run.json``."""
        record = plan.to_json()
        for entry, (calls, rejected) in zip(record["inputs"], done.inputs, strict=True):
            entry.update(calls=calls, rejected=rejected)
        return {
            **record,
            "versions": library_versions(),
            "started_at": self.began_at.isoformat(timespec="seconds"),
            "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": round(done.elapsed, 3),
            "stages": {name: round(seconds, 3) for name, seconds in done.stages.items()},
            "workers": workers,
            "backend": self.options.backend,
            "resumed": resumed,
            "counts": done.counts.to_json(),
        }

    def _summary(self, record: dict[str, Any], *, fresh: bool) -> RunSummary:
        return RunSummary(
            out=self.out,
            counts=Counts.from_json(record["counts"]),
            seconds=record["seconds"],
            stages=record["stages"],
            inputs=len(record["inputs"]),
            workers=record["workers"],
            resumed=record["resumed"],
            fresh=fresh,
            flag_names={entry.rule.code: (entry.rule.name.zh, entry.rule.name.en) for entry in self.policy.rules},
        )


def library_versions() -> dict[str, str]:
    """Versions that a result may depend on."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found
