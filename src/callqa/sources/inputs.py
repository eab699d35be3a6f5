"""What the user named (files, folders, patterns) → the files to read → calls and rejects."""

from __future__ import annotations

import glob
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

from callqa.call import Call
from callqa.errors import InputError
from callqa.labels import LabelScheme, load_scheme
from callqa.sources import parquet, plain_text, subtitles, xlsx
from callqa.sources import tables as tables_csv
from callqa.sources.detect import JSONL, detect_format, is_lines
from callqa.sources.documents import Found, read_document, read_document_lines
from callqa.sources.jsonl import read_jsonl
from callqa.sources.lines import open_bytes
from callqa.sources.raw import AS_FOUND, CONFIDENCE_FIELD, ReadOptions, build_call
from callqa.sources.record import call_from_record
from callqa.sources.reject import Reject

log = logging.getLogger(__name__)

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


def read_located(path: Path, scheme: LabelScheme, options: ReadOptions = AS_FOUND) -> Iterator[tuple[int | None, Call | Reject]]:
    """Calls and rejects of one file in its order, each with its line or row, as `read_calls` does but without looking for repeated ids.

    Raises
    ------
    InputError
        The file cannot be opened, or the options do not fit it.
    """
    with open_bytes(path):  # missing or not readable: an error whatever the format
        form = options.form or detect_format(path)
    empty = True
    inferred: list[tuple[float, str]] = []
    for line, item in read_jsonl(path, scheme) if form == JSONL else _read_foreign(path, form, scheme, options):
        empty = False
        if isinstance(item, Call) and CONFIDENCE_FIELD in item.extra:
            inferred.append((item.extra[CONFIDENCE_FIELD], item.call_id))
        yield line, item
    if empty:
        yield None, Reject(str(path), None, None, "the file is empty")
    if inferred and form != JSONL:
        least, call_id = min(inferred)
        log.warning(
            "%s: which speaker is the agent was inferred from the words of %d call(s), least surely %s (confidence %.3f); --agent says it",
            path, len(inferred), call_id, least,
        )  # fmt: skip


def _read_foreign(path: Path, form: str, scheme: LabelScheme, options: ReadOptions) -> Iterator[tuple[int | None, Call | Reject]]:
    for line, found in _foreign(path, form, options):
        if isinstance(found, InputError):
            yield line, Reject.of(found, file=str(path), line=line)
            continue
        try:
            call = call_from_record(found, scheme) if isinstance(found, dict) else build_call(found, options, scheme)
        except InputError as exc:
            call_id = found.get("call_id") if isinstance(found, dict) else found.call_id
            named = isinstance(call_id, str) and exc.field != "call_id"
            yield line, Reject.of(exc, file=str(path), line=line, call_id=call_id if named else None)
        else:
            yield line, call


def _foreign(path: Path, form: str, options: ReadOptions) -> Iterator[tuple[int | None, Found | InputError]]:
    """The reader of a format, applied."""
    tables = {tables_csv.NAME: tables_csv.read, xlsx.NAME: xlsx.read, parquet.NAME: parquet.read}
    texts = {plain_text.NAME: plain_text.read, subtitles.NAME: subtitles.read}
    if form in tables:
        yield from tables[form](path, options.columns)
    elif form in texts:
        yield from texts[form](path)
    elif is_lines(path):
        yield from read_document_lines(path, form)
    else:
        yield from read_document(path, form)


def read_calls(
    path: Path, scheme: LabelScheme | None = None, *, options: ReadOptions = AS_FOUND, seen: SeenIds | None = None
) -> Iterator[Call | Reject]:
    """Calls and rejects of one file in its order, streaming; never raises for what the file holds.

    Parameters
    ----------
    scheme
        The label scheme; the shipped one where none is given.
    options
        How files of other formats are to be read; by default the format is recognised by content.
    seen
        Ids met before, shared between the files of a run, so that an id given twice is a reject wherever it stands.

    Raises
    ------
    InputError
        The file cannot be opened, or the options do not fit it.
    """
    scheme = scheme or load_scheme()
    seen = seen or SeenIds()
    for line, item in read_located(path, scheme, options):
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


def find_call(path: Path, call_id: str | None, scheme: LabelScheme) -> Call:
    """One call of a file: the one with this id, the first where none is named.

    Raises
    ------
    InputError
        The file cannot be opened or holds no such call.
    """
    for item in read_calls(path, scheme):
        if isinstance(item, Call) and call_id in (None, item.call_id):
            return item
    raise InputError("holds no call" if call_id is None else f"holds no call {call_id}", file=path)
