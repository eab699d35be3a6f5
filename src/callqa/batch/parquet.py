"""``calls.parquet`` and ``segments.parquet``: the tables of a result folder with English keys, typed, one group of rows after another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet

from callqa.batch.output import TAGGED
from callqa.batch.plan import Plan
from callqa.batch.tables import TABLES, Table
from callqa.call import Call
from callqa.export.sheet import Words
from callqa.files import atomic_write
from callqa.labels import LabelScheme
from callqa.sources import read_located

GROUP_ROWS = 20_000  # rows held at a time
_TYPES = {str: pyarrow.string(), int: pyarrow.int64(), float: pyarrow.float64(), bool: pyarrow.bool_()}


def write_parquet(out: Path, plan: Plan, scheme: LabelScheme) -> None:
    """Write the tables of a finished run from its parts.

    Raises
    ------
    OutputError
        A table cannot be written.
    """
    for table in TABLES:
        columns = table.columns(scheme)
        schema = pyarrow.schema([(column.key, _TYPES[column.type]) for column in columns])
        with atomic_write(out / f"{table.name}.parquet") as file, pyarrow.parquet.ParquetWriter(file, schema, compression="zstd") as writer:
            for rows in _groups(table, out, plan, scheme):
                cells = zip(*rows, strict=True)
                arrays = [pyarrow.array(values, type=field.type) for values, field in zip(cells, schema, strict=True)]
                writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))


def _groups(table: Table, out: Path, plan: Plan, scheme: LabelScheme) -> Iterator[list[list[Any]]]:
    words = Words(scheme, "en")
    rows: list[list[Any]] = []
    for entry in plan.inputs:
        for _line, item in read_located(out / TAGGED / entry.part, scheme):
            if isinstance(item, Call):
                rows.extend(table.rows(entry.source, item, scheme, words))
            if len(rows) >= GROUP_ROWS:
                yield rows
                rows = []
    if rows:
        yield rows
