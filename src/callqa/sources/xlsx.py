"""XLSX: a row a turn, on the first sheet that has a heading."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from callqa.errors import InputError
from callqa.sources.columns import looks_like_table, rows_to_calls
from callqa.sources.raw import RawCall

NAME = "xlsx"
MAX_UNPACKED = 512 * 2**20  # bytes; a sheet of a million turns has about 200 MB
MAX_RATIO = 200  # unpacked to packed size of one member
RATIO_FROM = 16 * 2**20  # bytes; below this a high ratio does no harm


def read(path: Path, columns: Mapping[str, str]) -> Iterator[tuple[int | None, RawCall | InputError]]:
    """Calls of a workbook, each with its first row's number."""
    from openpyxl import load_workbook

    try:
        check_size(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions that no transcript needs
            book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
            try:
                yield from _sheets(book, columns)
            finally:
                book.close()
    except InputError as exc:
        yield exc.line, exc
    except Exception as exc:  # openpyxl raises whatever its parsers do
        yield None, InputError(f"is no readable workbook ({type(exc).__name__})")


def check_size(path: Path) -> None:
    """Refuse a workbook that would unpack to more than memory should hold (a "zip bomb")."""
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    if sum(member.file_size for member in members) > MAX_UNPACKED:
        raise InputError(f"unpacks to more than {MAX_UNPACKED // 2**20} MiB")
    if any(member.file_size > RATIO_FROM and member.file_size > MAX_RATIO * member.compress_size for member in members):
        raise InputError(f"a part of the workbook expands more than {MAX_RATIO}-fold")


def _sheets(book: Any, columns: Mapping[str, str]) -> Iterator[tuple[int | None, RawCall | InputError]]:
    for sheet in book.worksheets:
        rows = enumerate(sheet.iter_rows(values_only=True), 1)
        _, head = next(rows, (0, ()))
        headings = ["" if cell is None else str(cell) for cell in head]
        if looks_like_table(headings) or columns:
            yield from rows_to_calls(headings, rows, columns)
            return
    raise InputError("no sheet has a heading that names speaker and text; name the columns with --column", field="columns")
