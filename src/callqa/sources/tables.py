"""CSV and TSV: a row a turn."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

from callqa.errors import InputError
from callqa.sources.columns import looks_like_table, rows_to_calls
from callqa.sources.lines import iter_lines
from callqa.sources.raw import RawCall

NAME = "csv"
DELIMITERS = (",", "\t", ";", "|", "，")


def read(path: Path, columns: Mapping[str, str]) -> Iterator[tuple[int | None, RawCall | InputError]]:
    """Calls of a table with a heading, each with its first row's line; the delimiter is told by the heading."""
    faults: list[InputError] = []
    lines = _lines(path, faults)
    try:
        _, head = next(lines, (0, ""))
        if head:
            rows = _rows(head, lines, delimiter_of(head), faults)
            _, headings = next(rows, (0, []))
            yield from rows_to_calls(headings, rows, columns)
    except InputError as exc:
        yield exc.line, exc
    for fault in faults:
        yield fault.line, fault


def delimiter_of(head: str) -> str:
    """The delimiter that makes most of a heading.

    Examples
    --------
    >>> delimiter_of("通话ID;角色;文本")
    ';'
    """
    return max(DELIMITERS, key=lambda delimiter: (looks_like_table(head.split(delimiter)), head.count(delimiter)))


def _lines(path: Path, faults: list[InputError]) -> Iterator[tuple[int, str]]:
    for line in iter_lines(path):
        if line.fault is None:
            yield line.number, line.data.decode()
        else:
            faults.append(InputError(line.fault, line=line.number))


def _rows(head: str, lines: Iterator[tuple[int, str]], delimiter: str, faults: list[InputError]) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line each begins at; a quoted cell may go over several lines. A row that cannot be read is a fault; the next counts."""
    numbers = [1]

    def text() -> Iterator[str]:
        yield head + "\n"
        for number, line in lines:
            numbers.append(number)
            yield line + "\n"

    reader = csv.reader(text(), delimiter=delimiter, strict=True)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as exc:
            faults.append(InputError(f"is no readable row ({exc})", line=numbers[0] if numbers else None))
        else:
            yield numbers[0], row
        numbers.clear()
