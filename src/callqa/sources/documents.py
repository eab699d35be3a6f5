"""JSON of speech recognisers and labelling tools: a document a file or a line, its format told by its keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from callqa.errors import InputError
from callqa.sources import alibaba, contact_lens, doccano, funasr, label_studio, whisperx
from callqa.sources.lines import decode_document, iter_lines
from callqa.sources.plain_text import file_stem
from callqa.sources.raw import RawCall

MAX_DOCUMENT = 64 * 2**20  # bytes of a JSON file that is read as a whole
CALLQA = "json"  # callqa's own records in an array or on several lines

Found = RawCall | dict[str, Any]  # a dict is a record of callqa


class DocumentFormat(NamedTuple):
    """A JSON format: whether an object is of it, and its calls."""

    fits: Callable[[dict[str, Any]], bool]
    read: Callable[[dict[str, Any], str], Iterable[Found]]


FORMATS: dict[str, DocumentFormat] = {
    CALLQA: DocumentFormat(lambda data: "utterances" in data, lambda data, _: [data]),
    label_studio.NAME: DocumentFormat(label_studio.fits, label_studio.read),
    doccano.NAME: DocumentFormat(doccano.fits, doccano.read),
    funasr.NAME: DocumentFormat(funasr.fits, funasr.read),
    alibaba.NAME: DocumentFormat(alibaba.fits, alibaba.read),
    contact_lens.NAME: DocumentFormat(contact_lens.fits, contact_lens.read),
    whisperx.NAME: DocumentFormat(whisperx.fits, whisperx.read),
}


def format_of(data: Any) -> str | None:
    """Name of the format of a JSON value: an object, or an array of them."""
    if isinstance(data, list) and data:
        data = data[0]
    if not isinstance(data, dict):
        return None
    return next((name for name, form in FORMATS.items() if form.fits(data)), None)


def read_document(path: Path, form: str) -> Iterator[tuple[None, Found | InputError]]:
    """Calls of a file that is one JSON value."""
    try:
        data = orjson.loads(decode_document(path, MAX_DOCUMENT))
    except orjson.JSONDecodeError as exc:
        yield None, InputError(f"is not valid JSON (line {exc.lineno}, column {exc.colno})")
        return
    except InputError as exc:
        yield None, exc
        return
    documents = data if isinstance(data, list) else [data]
    stem = file_stem(path)
    for index, document in enumerate(documents):
        name = stem if len(documents) == 1 else f"{stem}-{index + 1}"
        at = "" if len(documents) == 1 else f"[{index}]"
        for item in _calls(document, form, name):
            yield None, _placed(item, at)


def read_document_lines(path: Path, form: str) -> Iterator[tuple[int, Found | InputError]]:
    """Calls of a file with a JSON document a line."""
    stem = file_stem(path)
    lines = iter_lines(path)
    ahead = list(islice(lines, 2))
    for line in chain(ahead, lines):
        if line.fault is not None:
            yield line.number, InputError(line.fault)
            continue
        try:
            document = orjson.loads(line.data)
        except orjson.JSONDecodeError as exc:
            yield line.number, InputError(f"is not valid JSON (column {exc.colno})")
            continue
        for item in _calls(document, form, stem if len(ahead) == 1 else f"{stem}-{line.number}"):
            yield line.number, item


def _calls(document: Any, form: str, name: str) -> Iterator[Found | InputError]:
    if not isinstance(document, dict) or not FORMATS[form].fits(document):
        yield InputError(f"is no {form} document")
        return
    try:
        yield from FORMATS[form].read(document, name)
    except InputError as exc:
        yield exc


def _placed(item: Found | InputError, at: str) -> Found | InputError:
    """An error with the place of its document before its field."""
    if isinstance(item, InputError) and at:
        return InputError(item.message, line=item.line, field=f"{at}.{item.field}" if item.field else at)
    return item
