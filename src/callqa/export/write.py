"""Segments, or the calls they stand in, into a file. All stream: a month's need no more memory than a day's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from callqa.call import Call
from callqa.errors import OutputError
from callqa.export.doccano import write_doccano
from callqa.export.html import write_html
from callqa.export.label_studio import write_label_studio
from callqa.export.segments import Segment
from callqa.export.sheet import CsvTable, Words, csv_header
from callqa.export.table import COLUMNS, RECORD_KEYS, cells, record
from callqa.export.workbook import write_workbook
from callqa.files import atomic_write
from callqa.labels import LabelScheme
from callqa.lang import Lang

ROWS_AT_ONCE = 5_000

SegmentWriter = Callable[[BinaryIO, Iterator[Segment], LabelScheme, Lang], None]
CallWriter = Callable[[Iterable[Call], Path, LabelScheme, Lang], int]


def write_segments(segments: Iterable[Segment], path: Path, scheme: LabelScheme, lang: Lang, target: str | None = None) -> int:
    """Write segments as CSV, XLSX, JSONL or Parquet; how many there were.

    CSV (UTF-8 with BOM) and XLSX are for people: with ``zh`` headings and names are Chinese. JSONL and Parquet keep English keys.

    Parameters
    ----------
    target
        A key of `SEGMENT_WRITERS`; by the ending of ``path`` where it is not given.

    Raises
    ------
    OutputError
        The file cannot be written, or Parquet is asked for and pyarrow is not installed.
    """
    writer = SEGMENT_WRITERS[target or format_of(path)]
    count = 0

    def counted() -> Iterator[Segment]:
        nonlocal count
        for segment in segments:
            count += 1
            yield segment

    with atomic_write(path) as file:
        writer(file, counted(), scheme, lang)
    return count


def format_of(path: Path) -> str:
    """The format that a file's ending names: a key of `SEGMENT_WRITERS` or `CALL_WRITERS`.

    Raises
    ------
    OutputError
        The ending names none.

    Examples
    --------
    >>> format_of(Path("review.xlsx"))
    'xlsx'
    """
    name = path.suffix.removeprefix(".").lower()
    if name not in SEGMENT_WRITERS and name not in CALL_WRITERS:
        raise OutputError(f"must end in one of {' '.join(f'.{known}' for known in ENDINGS)}", file=path)
    return name


def _write_csv(file: BinaryIO, segments: Iterator[Segment], scheme: LabelScheme, lang: Lang) -> None:
    words = Words(scheme, lang)
    file.write(csv_header(COLUMNS, lang))
    table = CsvTable()
    for segment in segments:
        table.add([cells(segment, words)])
        file.write(table.take())


def _write_jsonl(file: BinaryIO, segments: Iterator[Segment], scheme: LabelScheme, _lang: Lang) -> None:
    file.writelines(orjson.dumps(record(segment, scheme), option=orjson.OPT_APPEND_NEWLINE) for segment in segments)


def _write_parquet(file: BinaryIO, segments: Iterator[Segment], scheme: LabelScheme, _lang: Lang) -> None:
    try:
        import pyarrow as pa
        from pyarrow.parquet import ParquetWriter
    except ImportError:
        raise OutputError("Parquet needs pyarrow: pip install 'callqa[parquet]'") from None
    spans = pa.list_(pa.list_(pa.int32()))
    said = pa.list_(pa.struct({"turn": pa.int32(), "speaker": pa.string(), "text": pa.string()}))
    types = {
        "turn": pa.int32(),
        "labels": pa.list_(pa.string()),
        "subtypes": pa.list_(pa.struct({"label": pa.string(), "subtype": pa.string()})),
        "flags": pa.list_(pa.string()),
        "before": said,
        "after": said,
        "fillers": spans,
        "evidence": spans,
        "promise": pa.struct({"date": pa.string(), "amount": pa.string(), "method": pa.string()}),  # an amount may be "full"
        "scores": pa.struct(dict.fromkeys(scheme.names, pa.float64())),
    }
    schema = pa.schema([(name, types.get(name, pa.string())) for name in RECORD_KEYS])
    with ParquetWriter(file, schema, compression="zstd") as writer:
        while rows := [_parquet_row(record(segment, scheme)) for segment in islice(segments, ROWS_AT_ONCE)]:
            writer.write_table(pa.Table.from_pylist(rows, schema=schema))


def _parquet_row(row: dict[str, Any]) -> dict[str, Any]:
    promise = row["promise"]
    if promise is None or promise["amount"] is None:
        return row
    return row | {"promise": promise | {"amount": str(promise["amount"])}}


SEGMENT_WRITERS: dict[str, SegmentWriter] = {
    "csv": _write_csv,
    "xlsx": write_workbook,
    "jsonl": _write_jsonl,
    "parquet": _write_parquet,
}
# Formats that hold whole calls, not segments.
CALL_WRITERS: dict[str, CallWriter] = {
    "html": write_html,
    "label-studio": lambda calls, path, scheme, _lang: write_label_studio(calls, path, scheme),
    "doccano": lambda calls, path, scheme, _lang: write_doccano(calls, path, scheme),
}
ENDINGS = (*SEGMENT_WRITERS, "html")
