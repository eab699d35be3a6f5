"""callqa's own format: one call a line (labelling guide, section 6)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson

from callqa.call import Call
from callqa.errors import InputError
from callqa.labels import LabelScheme
from callqa.sources.lines import RawLine, iter_lines
from callqa.sources.record import call_from_record
from callqa.sources.reject import Reject


def parse_line(line: RawLine, file: str, scheme: LabelScheme) -> Call | Reject:
    """One raw line as a call, or the reject that says why not. Never raises for what the line holds.

    Stateless, so that lines can be read in one process (`iter_lines`) and parsed in others; ids given twice are found by `SeenIds`.

    Examples
    --------
    >>> from callqa.labels import load_scheme
    >>> parse_line(RawLine(3, b'{"call_id": "c1", "utterances": []}'), "a.jsonl", load_scheme())
    Reject(file='a.jsonl', line=3, field='utterances', reason='is empty: a call needs a turn', call_id='c1')
    """
    if line.fault is not None:
        return Reject(file, line.number, None, line.fault)
    try:
        data = orjson.loads(line.data)
    except orjson.JSONDecodeError as exc:
        # The parser's own message may quote the input; the column is enough to find the place.
        return Reject(file, line.number, None, f"is not valid JSON (column {exc.colno})")
    try:
        return call_from_record(data, scheme)
    except InputError as exc:
        call_id = data.get("call_id") if isinstance(data, dict) and exc.field != "call_id" else None
        return Reject.of(exc, file=file, line=line.number, call_id=call_id)


def read_jsonl(path: Path, scheme: LabelScheme) -> Iterator[tuple[int, Call | Reject]]:
    """Calls and rejects of a JSONL file in its order, each with its line.

    Raises
    ------
    InputError
        The file cannot be opened.
    """
    for line in iter_lines(path):
        yield line.number, parse_line(line, str(path), scheme)
