"""Tables for people: headings and words in both languages, CSV bytes that Excel opens as they are."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from callqa.call import Flag, Utterance
from callqa.export.cells import NUL, WORTH_A_LOOK, safe_cell
from callqa.labels import LabelScheme
from callqa.lang import Lang

BOM = b"\xef\xbb\xbf"  # tells Excel that a CSV is UTF-8
_CELL_WORTH_A_LOOK = re.compile(f",[{re.escape(''.join(sorted(WORTH_A_LOOK)))}]")  # at the start of any cell but the first

_WORDS_ZH = {
    "agent": "坐席",
    "customer": "客户",
    "debtor": "本人",
    "third_party": "三方",
    "unknown": "未知",
    "minimum": "最低还款",
    "full": "全额",
    "app": "APP",
    "wechat": "微信",
    "alipay": "支付宝",
    "bank_transfer": "银行转账",
    "auto_debit": "自动扣款",
    "counter": "柜台",
    "cash": "现金",
    "other": "其他",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its key, its Chinese heading and the type of its cells (for Parquet)."""

    key: str
    zh: str
    type: type = str


class Words:
    """Names of labels, sub-types and other words as cells show them: keys for programs, Chinese for people."""

    def __init__(self, scheme: LabelScheme, lang: Lang) -> None:
        self._zh = dict(_WORDS_ZH) if lang == "zh" else {}
        self._subtypes: dict[tuple[str, str], str] = {}
        if lang == "zh":
            self._zh |= {severity.name: severity.zh for severity in scheme.severities}
            self._zh |= {label.name: label.zh for label in scheme}
            self._subtypes = {(label.name, sub.name): sub.zh for label in scheme for sub in label.subtypes}
        self._scheme = scheme
        self._marks: dict[tuple[Any, ...], tuple[str, str, str | None]] = {}
        self.zh = lang == "zh"
        self.joint = "；" if self.zh else "; "

    def word(self, name: str | None) -> str | None:
        """One name; itself where there is no Chinese for it."""
        return None if name is None else self._zh.get(name, name)

    def join(self, names: Iterable[str]) -> str:
        """Several names in one cell."""
        return self.joint.join(self._zh.get(name, name) for name in names)

    def flag(self, flag: Flag) -> str:
        """A flag's code, or its Chinese name."""
        return (self.zh and flag.name_zh) or flag.code

    def yes(self, value: bool) -> bool | str:
        """A yes or no."""
        return ("是" if value else "否") if self.zh else value

    def subtypes(self, turn: Utterance) -> str:
        """Sub-types of all labels of a turn in one cell."""
        return self.joint.join(self._subtypes.get((label, name), name) for label, names in turn.subtypes.items() for name in names)

    def marks(self, turn: Utterance) -> tuple[str, str, str | None]:
        """Cells of a turn's labels, their sub-types and the gravest severity; worked out once for all turns with the same."""
        key = (turn.labels, *turn.subtypes.items())
        found = self._marks.get(key)
        if found is None:
            severities = [self._scheme.severity_of(label, turn.subtypes.get(label, ())) for label in turn.labels]
            found = self._marks[key] = (self.join(turn.labels), self.subtypes(turn), self.word(self._scheme.worst(severities)))
        return found


class CsvTable:
    """Rows as bytes of a CSV file; cells that a spreadsheet would take for a formula are made harmless."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._writer = csv.writer(SimpleNamespace(write=self._lines.append))

    def add(self, rows: Iterable[Sequence[Any]]) -> None:
        """Append rows."""
        for row in rows:
            # The csv module looks at every character twice. Most rows need nothing but their commas, and a few searches tell so.
            line = ",".join(["" if cell is None else f"{cell}" for cell in row])
            if _is_plain(line, len(row)):
                self._lines.append(line + "\r\n")
            else:
                self._writer.writerow([safe_cell(cell) if type(cell) is str else cell for cell in row])

    def take(self) -> bytes:
        """The rows added since the last `take`."""
        data = "".join(self._lines).encode("utf-8")
        self._lines.clear()
        return data


def _is_plain(line: str, cells: int) -> bool:
    """Whether the cells of a joined row need neither quotes nor disarming. A row of one cell is never said to be plain."""
    return (
        cells > 1
        and line.count(",") == cells - 1
        and not ('"' in line or "\n" in line or "\r" in line or NUL in line)
        and line[0] not in WORTH_A_LOOK
        and not _CELL_WORTH_A_LOOK.search(line)
    )


def csv_header(columns: Sequence[Column], lang: Lang) -> bytes:
    """The first bytes of a CSV file: byte order mark and headings.

    Examples
    --------
    >>> csv_header([Column("call_id", "通话ID")], "zh").decode("utf-8-sig")
    '通话ID\\r\\n'
    """
    table = CsvTable()
    table.add([[column.zh if lang == "zh" else column.key for column in columns]])
    return BOM + table.take()
