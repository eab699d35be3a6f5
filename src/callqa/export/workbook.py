"""Segments as an Excel workbook that a reviewer can work in at once: frozen header, filters, wrapped text, one colour per label."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from math import ceil
from typing import Any, BinaryIO

import xlsxwriter

from callqa.call import Span
from callqa.errors import OutputError
from callqa.export.cells import safe_cell
from callqa.export.segments import Segment
from callqa.export.sheet import Words
from callqa.export.table import COLUMNS, cells
from callqa.labels import Label, LabelScheme
from callqa.lang import Lang, say

MAX_ROWS = 1_048_576  # of a sheet, its header included (Excel's limit)
MAX_CELL = 32_767  # characters of a cell (Excel's limit)
WIDTHS = {  # characters; columns not named have DEFAULT_WIDTH
    "started_at": 16,
    "turn": 6,
    "speaker": 8,
    "party": 8,
    "severity": 8,
    "labels": 13,
    "subtypes": 16,
    "flags": 22,
    "before": 40,
    "text": 40,
    "after": 40,
    "advice": 30,
    "fillers": 14,
    "promise": 16,
    "scores": 18,
    "file": 16,
}
DEFAULT_WIDTH = 12
LINE_HEIGHT = 15  # points
MAX_HEIGHT = 409  # points (Excel's limit)
A3 = 8  # Excel's number of the paper size
COLOURED = frozenset({"labels", "subtypes", "text"})
HEADER = {"bold": True, "bg_color": "#404040", "font_color": "#FFFFFF", "valign": "vcenter", "text_wrap": True, "border": 1}
BODY = {"valign": "top", "text_wrap": True, "border": 1, "border_color": "#D9D9D9"}
DATE_FORMAT = "yyyy-mm-dd hh:mm"
EVIDENCE = {"bold": True, "font_color": "#C00000"}


def write_workbook(file: BinaryIO, segments: Iterator[Segment], scheme: LabelScheme, lang: Lang) -> None:
    """Write a sheet with a row a segment and one that explains labels, colours and severities.

    The words that spoke for a label or flag are bold and red in the text. The sheet is written row by row to disk.

    Raises
    ------
    OutputError
        More segments than a sheet can hold.
    """
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(file, options) as book:
        _Segments(book, scheme, lang).write(segments)
        _write_legend(book, scheme, lang)


class _Segments:
    """The sheet of segments."""

    def __init__(self, book: Any, scheme: LabelScheme, lang: Lang) -> None:
        self.scheme, self.words = scheme, Words(scheme, lang)
        self.sheet = book.add_worksheet(say(lang, "Segments", "片段"))
        self.body = book.add_format(BODY)
        self.date = book.add_format(BODY | {"num_format": DATE_FORMAT, "align": "left"})
        self.evidence = book.add_format(EVIDENCE)
        self.coloured = {label.name: book.add_format(BODY | {"bg_color": f"#{label.colour}"}) for label in scheme}
        header = book.add_format(HEADER)
        for at, column in enumerate(COLUMNS):
            self.sheet.set_column(at, at, WIDTHS.get(column.key, DEFAULT_WIDTH))
            self.sheet.write_string(0, at, say(lang, column.key, column.zh), header)
        self.sheet.freeze_panes(1, 1)
        self.sheet.set_landscape()
        self.sheet.set_paper(A3)
        self.sheet.fit_to_pages(1, 0)
        self.sheet.repeat_rows(0)

    def write(self, segments: Iterator[Segment]) -> None:
        row = 0
        for row, segment in enumerate(segments, start=1):
            if row >= MAX_ROWS:
                raise OutputError(f"a sheet holds no more than {MAX_ROWS - 1:,} segments; filter them or export CSV")
            self._write_row(row, segment)
        self.sheet.autofilter(0, 0, row, len(COLUMNS) - 1)

    def _write_row(self, row: int, segment: Segment) -> None:
        gravest = _gravest_label(segment, self.scheme)
        coloured = self.body if gravest is None else self.coloured[gravest.name]
        values = cells(segment, self.words)
        # Not every program fits the height of rows to wrapped text by itself.
        lines = max(_lines(value, WIDTHS.get(column.key, DEFAULT_WIDTH)) for column, value in zip(COLUMNS, values, strict=True))
        self.sheet.set_row(row, min(lines * LINE_HEIGHT, MAX_HEIGHT))
        for at, (column, value) in enumerate(zip(COLUMNS, values, strict=True)):
            look = coloured if column.key in COLOURED else self.body
            if value is None:
                self.sheet.write_blank(row, at, None, look)
            elif isinstance(value, datetime):
                self.sheet.write_datetime(row, at, value, self.date)
            elif isinstance(value, str):
                self._write_text(row, at, value, look, segment if column.key == "text" else None)
            else:
                self.sheet.write_number(row, at, value, look)

    def _write_text(self, row: int, at: int, value: str, look: Any, segment: Segment | None) -> None:
        text = safe_cell(value)[:MAX_CELL]
        shift = len(text) - len(value) if text.endswith(value) else 0  # of the ' that disarms a formula
        spans = [] if segment is None else [(start + shift, end + shift) for start, end in segment.evidence() if end + shift <= len(text)]
        fragments = self._fragments(text, spans)
        if len(fragments) > 2:  # a rich string is two pieces at least, each with a format before it where it has one
            self.sheet.write_rich_string(row, at, *fragments, look)
        else:
            self.sheet.write_string(row, at, text, look)

    def _fragments(self, text: str, spans: list[Span]) -> list[Any]:
        """``text`` in pieces, `EVIDENCE` before those in ``spans``."""
        pieces: list[Any] = []
        done = 0
        for start, end in spans:
            pieces += [text[done:start], self.evidence, text[start:end]]
            done = end
        return [piece for piece in (*pieces, text[done:]) if piece != ""]


def _lines(value: Any, width: int) -> int:
    """Lines that a wrapped text takes in a column of ``width`` characters; a Chinese character takes two."""
    if not isinstance(value, str):
        return 1
    return sum(max(1, ceil(sum(1 + (char > "\u2e7f") for char in line) / width)) for line in value.split("\n"))


def _gravest_label(segment: Segment, scheme: LabelScheme) -> Label | None:
    """The label whose colour the row takes: the gravest, the first of the scheme among equals."""
    subtypes = segment.utterance.subtypes
    labels = [label for label in scheme if label.name in segment.utterance.labels]
    return max(labels, key=lambda label: scheme.severity_rank[scheme.severity_of(label.name, subtypes.get(label.name, ()))], default=None)


def _write_legend(book: Any, scheme: LabelScheme, lang: Lang) -> None:
    sheet = book.add_worksheet(say(lang, "Labels", "标签说明"))
    header, body = book.add_format(HEADER), book.add_format(BODY)
    titles = (
        ("Label", "标签"),
        ("Key", "代码"),
        ("Sub-type", "子类"),
        ("Key", "代码"),
        ("Severity", "严重度"),
        ("Guide section", "标注手册章节"),
    )
    for at, (en, zh) in enumerate(titles):
        sheet.set_column(at, at, 22)
        sheet.write_string(0, at, say(lang, en, zh), header)
    sheet.freeze_panes(1, 0)
    severities = {severity.name: say(lang, severity.en, severity.zh) for severity in scheme.severities}
    row = 0
    for label in scheme:
        colour = book.add_format(BODY | {"bg_color": f"#{label.colour}"})
        kinds = [(say(lang, sub.en, sub.zh), sub.name, severities[sub.severity]) for sub in label.subtypes]
        for kind in kinds or [("", "", severities[label.severity])]:
            row += 1
            for at, value in enumerate((say(lang, label.en, label.zh), label.name, *kind, label.guide)):
                sheet.write_string(row, at, value, colour if at < 2 else body)
