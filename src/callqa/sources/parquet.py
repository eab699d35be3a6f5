"""Parquet: a row a turn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from callqa.errors import CallqaError, InputError
from callqa.sources.columns import rows_to_calls
from callqa.sources.raw import RawCall

NAME = "parquet"
_BATCH = 10_000  # rows turned into Python values at a time


def read(path: Path, columns: Mapping[str, str]) -> Iterator[tuple[int | None, RawCall | InputError]]:
    """Calls of a Parquet file, each with its first row's number (the first row is 1).

    Raises
    ------
    CallqaError
        pyarrow is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise CallqaError("Parquet files need pyarrow: pip install 'callqa[parquet]'") from None
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            headings = list(file.schema_arrow.names)
            yield from rows_to_calls(headings, _rows(file), columns)
    except InputError as exc:
        yield exc.line, exc
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as exc:
        yield None, InputError(f"is no readable Parquet file ({type(exc).__name__})")


def _rows(file: Any) -> Iterator[tuple[int, list[Any]]]:
    number = 0
    for batch in file.iter_batches(batch_size=_BATCH):
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            number += 1
            yield number, list(row)
