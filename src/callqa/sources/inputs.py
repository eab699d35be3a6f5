"""What the user named (files, folders, patterns) → the files to read → calls and rejects."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Sequence
from pathlib import Path

from callqa.call import Call
from callqa.errors import InputError
from callqa.labels import LabelScheme, load_scheme
from callqa.sources.jsonl import read_jsonl
from callqa.sources.reject import Reject

SUFFIXES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".xlsx", ".parquet", ".txt", ".srt", ".vtt")
PACKED = (".gz", ".zst")


def list_inputs(paths: Sequence[str | Path]) -> list[Path]:
    """The files meant by ``paths``: files, folders (every transcript below, by name) and patterns (``2026-03-*.jsonl``).

    Each file once, in the order given, a folder's and a pattern's files by name. Hidden files are left out of folders.

    Raises
    ------
    InputError
        A path does not exist, a pattern fits nothing, or a folder holds no transcript.
    """
    found: dict[Path, None] = {}
    for given in paths:
        path = Path(given)
        if path.is_dir():
            files = sorted(p for p in path.rglob("*") if p.is_file() and _is_transcript(p.relative_to(path)))
            if not files:
                raise InputError("the folder holds no transcripts", file=path)
        elif path.exists():
            files = [path]
        elif glob.has_magic(str(given)):
            files = sorted(Path(name) for name in glob.glob(str(given), recursive=True))  # noqa: PTH207 (absolute patterns)
            files = [p for p in files if p.is_file()]
            if not files:
                raise InputError("no file fits this pattern", file=path)
        else:
            raise InputError("no such file or folder", file=path)
        found.update(dict.fromkeys(files))
    return list(found)


def _is_transcript(path: Path) -> bool:
    name = path.name.lower()
    for packed in PACKED:
        name = name.removesuffix(packed)
    return name.endswith(SUFFIXES) and not any(part.startswith(".") for part in path.parts)


class SeenIds:
    """The call ids met so far; a second call of the same id is a reject, for results are found by their id."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}

    def reject(self, call: Call, file: str, line: int | None = None) -> Reject | None:
        """The reject of a call whose id was met before; else ``None``, and the id is noted.

        Examples
        --------
        >>> seen = SeenIds()
        >>> seen.reject(Call("c1", ()), "a.jsonl", 1)
        >>> seen.reject(Call("c1", ()), "b.jsonl", 7).reason
        'the id stands already in a.jsonl:1'
        """
        first = self._first.get(call.call_id)
        if first is None:
            self._first[call.call_id] = file if line is None else f"{file}:{line}"
            return None
        return Reject(file, line, "call_id", f"the id stands already in {first}", call.call_id)


def read_located(path: Path, scheme: LabelScheme) -> Iterator[tuple[int | None, Call | Reject]]:
    """Calls and rejects of one file in its order, each with its line, as `read_calls` does but without looking for repeated ids."""
    empty = True
    for item in read_jsonl(path, scheme):
        empty = False
        yield item
    if empty:
        yield None, Reject(str(path), None, None, "the file is empty")


def read_calls(path: Path, scheme: LabelScheme | None = None, *, seen: SeenIds | None = None) -> Iterator[Call | Reject]:
    """Calls and rejects of one file in its order, streaming; never raises for what the file holds.

    Parameters
    ----------
    scheme
        The label scheme; the shipped one where none is given.
    seen
        Ids met before, shared between the files of a run, so that an id given twice is a reject wherever it stands.

    Raises
    ------
    InputError
        The file cannot be opened.
    """
    scheme = scheme or load_scheme()
    seen = seen or SeenIds()
    for line, item in read_located(path, scheme):
        if isinstance(item, Call):
            yield seen.reject(item, str(path), line) or item
        else:
            yield item


def read_labelled(paths: Sequence[str | Path], scheme: LabelScheme | None = None) -> list[Call]:
    """All calls of labelled files, for training and evaluation.

    Raises
    ------
    InputError
        At the first line that cannot be used, a call without labels, or an id given twice.
    """
    scheme = scheme or load_scheme()
    seen = SeenIds()
    calls: list[Call] = []
    for path in list_inputs(paths):
        for line, item in read_located(path, scheme):
            if isinstance(item, Reject):
                raise item.error()
            if twice := seen.reject(item, str(path), line):
                raise twice.error()
            if not item.labelled:
                raise InputError("the call has no labels", file=path, line=line, field="utterances")
            calls.append(item)
    return calls
