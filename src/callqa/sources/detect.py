"""Which format a file has, told by its content; its name decides only where the content leaves it open."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import orjson

from callqa.errors import InputError
from callqa.sources import parquet, plain_text, subtitles, tables, xlsx
from callqa.sources.columns import looks_like_table
from callqa.sources.documents import CALLQA, MAX_DOCUMENT, format_of
from callqa.sources.documents import FORMATS as DOCUMENT_FORMATS
from callqa.sources.lines import DAMAGE, BombError, decode_document, iter_lines, open_bytes, sniff_encoding
from callqa.sources.roles import role_of_name

JSONL = "jsonl"
FORMATS = (JSONL, *DOCUMENT_FORMATS, tables.NAME, xlsx.NAME, parquet.NAME, plain_text.NAME, subtitles.NAME)

_HEAD = 2**16  # bytes looked at
_LOOK = 20  # lines of text looked at
_BY_SUFFIX = {".csv": tables.NAME, ".tsv": tables.NAME, ".txt": plain_text.NAME, ".srt": subtitles.NAME, ".vtt": subtitles.NAME}
_LINE_SUFFIXES = (".jsonl", ".ndjson")
_JSON = re.compile(r"\s*(?:\{|\[\s*(?:$|[\[{\"]))")  # but not [SPEAKER_00]: or [00:12]
_BEGINS = re.compile(r"[\[{,]$")  # the end of a line after which a JSON document goes on


def detect_format(path: Path) -> str:
    """Name of the file's format, one of `FORMATS`; ``jsonl`` where nothing fits, so that its lines say what is wrong.

    Raises
    ------
    InputError
        The file cannot be opened.
    """
    head = _head(path)
    if head.startswith(b"PK\x03\x04"):
        return xlsx.NAME
    if head.startswith(b"PAR1"):
        return parquet.NAME
    lines = [line for line in head.decode(sniff_encoding(head), "ignore").lstrip("\ufeff").splitlines() if line.strip()]
    if not lines:
        return JSONL
    if _JSON.match(lines[0]):
        return _json_format(path)
    if lines[0].startswith("WEBVTT") or any(subtitles.TIMING.match(line) for line in lines[:_LOOK]):
        return subtitles.NAME
    if looks_like_table(lines[0].split(tables.delimiter_of(lines[0]))):
        return tables.NAME
    speakers = [match["speaker"] for match in map(plain_text.TURN.match, lines[:_LOOK]) if match]
    if any(role_of_name(speaker) for speaker in speakers) or len(speakers) > len(lines[:_LOOK]) // 2:
        return plain_text.NAME
    return next((form for suffix, form in _BY_SUFFIX.items() if suffix in [part.lower() for part in path.suffixes]), JSONL)


def _head(path: Path) -> bytes:
    try:
        with open_bytes(path) as stream:
            return stream.read(_HEAD)
    except (*DAMAGE, BombError):
        return b""  # the reader will say so


def _json_format(path: Path) -> str:
    if not is_lines(path):
        try:
            return format_of(orjson.loads(decode_document(path, MAX_DOCUMENT))) or CALLQA
        except (orjson.JSONDecodeError, InputError):
            return CALLQA
    form = format_of(_first_value(path))
    return JSONL if form in (None, CALLQA) else form


def is_lines(path: Path) -> bool:
    """Whether a JSON file has a document a line; else it is one document, an array or written over several lines.

    A name in ``.jsonl`` settles it: there a first line that breaks off is one broken line, not the start of a document.
    """
    if any(suffix.lower() in _LINE_SUFFIXES for suffix in path.suffixes):
        return True
    first = _first_value(path)
    return first is not None and not isinstance(first, list | str)


def _first_value(path: Path) -> Any:
    """The JSON value on the first line; the line's text where it only begins one, ``{}`` where it is no JSON at all."""
    for line in iter_lines(path, quiet=True):
        try:
            return orjson.loads(line.data)
        except orjson.JSONDecodeError:
            text = line.data.decode().strip()
            return text if _BEGINS.search(text) else {}
    return None
