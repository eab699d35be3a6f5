"""Numerals as they are spoken and as ASR writes them: 汉字, figures, and both mixed.

`cn2an` and `jionlp` read written numerals; speech adds endings (三万五 is 35000, 一百零五 is 105), pairs that mean
"about" (两三千), loose words (一千多, 千把块) and 块/毛/分. Those are read here, in `Decimal` and never in float.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

DIGITS = {char: value for value, chars in enumerate(
    ["零〇○", "一壹幺", "二贰两俩", "三叁仨", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖"]
) for char in chars}
UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000, "k": 1000, "K": 1000}
MYRIADS = {"万": 10_000, "萬": 10_000, "w": 10_000, "W": 10_000, "亿": 100_000_000}
TENS = {"廿": 20, "卅": 30}
DIGIT = "".join(DIGITS)
NUMERAL = DIGIT + "".join(UNITS) + "".join(MYRIADS) + "".join(TENS)

_ARABIC = re.compile(r"\d{1,3}(?:[,，]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?", re.ASCII)
_STRING = re.compile(rf"[{DIGIT}]{{3,}}")  # read digit by digit: 三三零九
_POINT = re.compile(rf"点((?:[{DIGIT}]|\d)+)", re.ASCII)
_START = re.compile(rf"[\d{NUMERAL}]", re.ASCII)
# 一 that opens an adverb or a counter of its own, not the last digit of the numeral before it (九百六一把还了)
_NOT_ONE = re.compile(r"[一1](?:把|次|起|趟|下|点(?![零一二三四五六七八九幺\d])|直|定|口|并|共|会|块儿|同|齐|手|笔|期|"
    r"道|切|律|般|分|毛不|块不)")


class Number(NamedTuple):
    """A numeral found in a text: ``[start, end)``, its value, and whether it names a range by its lower bound (两三千)."""

    start: int
    end: int
    value: Decimal
    loose: bool = False
    spelled: bool = False  # read digit by digit, so as likely an identifier as a quantity
    unit: int = 1  # the greatest multiplier said: 1000 for 三千, 1 for 3000


def read_number(text: str) -> Decimal | None:
    """The value of ``text`` where all of it is one numeral, else ``None``.

    Examples
    --------
    >>> [int(read_number(word)) for word in ("三万五", "一百零五", "两千零五", "1万2", "5k", "一万零八百八十八")]
    [35000, 105, 2005, 12000, 5000, 10888]
    >>> read_number("三千块") is None
    True
    """
    number = scan_number(text, 0)
    return number.value if number is not None and number.end == len(text) else None


def find_numbers(text: str) -> Iterator[Number]:
    """Every numeral of ``text``, left to right, each as long as speech allows.

    Examples
    --------
    >>> [(text, int(n.value)) for text in ("还三百五百的", ) for n in find_numbers(text)]
    [('还三百五百的', 300), ('还三百五百的', 500)]
    """
    at = 0
    while (found := _START.search(text, at)) is not None:
        number = scan_number(text, found.start())
        if number is None:
            at = found.start() + 1
        else:
            yield number
            at = number.end


def scan_number(text: str, start: int) -> Number | None:
    """The numeral that begins at ``start``, ``None`` where there is none."""
    string = _STRING.match(text, start) if text[start + 1 : start + 2] in DIGITS else None
    if string and text[string.end() : string.end() + 1] not in UNITS and text[string.end() : string.end() + 1] not in MYRIADS:
        figures = "".join(str(DIGITS[char]) for char in string[0])
        point = _POINT.match(text, string.end())
        end = string.end()
        if point:
            figures, end = f"{figures}.{_figures(point[1])}", point.end()
        return Number(start, end, Decimal(figures), spelled=True)
    return _Reader(text, start).read()


def _figures(text: str) -> str:
    return "".join(str(DIGITS.get(char, char)) for char in text)


class _Reader:
    """Reads one numeral with units."""

    __slots__ = ("last", "loose", "pending", "pending_at", "section", "start", "text", "total", "unit", "zero")

    def __init__(self, text: str, start: int) -> None:
        self.text, self.start = text, start
        self.total: int | Decimal = 0  # what stands before the last 万 or 亿
        self.section: int | Decimal = 0  # 千, 百 and 十 since then
        self.pending: int | Decimal | None = None  # a digit or figure whose unit may still come
        self.last = 0  # the unit said last
        self.unit = 1
        self.zero = False
        self.loose = False
        self.pending_at = start

    def read(self) -> Number | None:
        text, at, size = self.text, self.start, len(self.text)
        while at < size:
            char = text[at]
            if "0" <= char <= "9":
                after = self._figure(at)
            elif char in DIGITS:
                after = self._digit(at)
            elif char in UNITS:
                after = self._unit(at, UNITS[char])
            elif char in MYRIADS:
                after = self._myriad(at, MYRIADS[char])
            elif char in TENS and self.pending is None and not self.last:
                self.section += TENS[char]
                self.last, after = 10, at + 1
            else:
                break
            if after is None:
                break
            at = after
        return self._close(at)

    def _figure(self, at: int) -> int | None:
        found = _ARABIC.match(self.text, at)
        if found is None or self.pending is not None:
            return None
        value = Decimal(found[0].replace(",", "").replace("，", ""))
        if self.last and not self.zero and value >= self.last:
            return None
        if self.last and _NOT_ONE.match(self.text, at):
            return None
        self.pending, self.pending_at = value, at
        return found.end()

    def _digit(self, at: int) -> int | None:
        text, value = self.text, DIGITS[self.text[at]]
        follows = text[at + 1 : at + 2]
        if value == 0:
            if self.pending is not None or not self.last or (follows not in DIGITS and not follows.isdigit() and follows not in UNITS):
                return None if self.last or self.pending is not None else self._zero(at)
            self.zero = True
            return at + 1
        if self.pending is not None:
            # 两三千, 五六百, 一千五六: a pair of neighbours means "about", its lower digit counts
            known = text[at - 1] in DIGITS and 0 < value - self.pending <= 2 and not self.zero
            if known and (follows in UNITS or follows in MYRIADS or self.last) and not _NOT_ONE.match(text, at):
                if value - self.pending == 2 and not (self.pending == 3 and value == 5):
                    return None
                self.loose = True
                return at + 1
            return None
        if self.last and _NOT_ONE.match(text, at):
            return None
        self.pending, self.pending_at = value, at
        return at + 1

    def _zero(self, at: int) -> int:
        self.pending, self.pending_at = 0, at
        return at + 1

    def _unit(self, at: int, unit: int) -> int | None:
        if self.last and self.last <= unit:
            return None  # 三百五百: the 五 belongs to the next numeral
        if self.pending is None:
            if unit != 10 or (self.last and not self.zero):
                return None
            self.pending = 1
        elif unit == 10 and self.pending >= 10:
            return None  # 16十六号: a figure said twice
        self.section += self.pending * unit
        self.pending, self.last, self.zero = None, unit, False
        self.unit = max(self.unit, unit)
        return at + 1

    def _myriad(self, at: int, unit: int) -> int | None:
        here = self.section + (self.pending or 0)
        if not here or (self.total and self.unit <= unit):
            return None
        self.total += here * unit
        self.section, self.pending, self.last, self.zero = 0, None, unit, False
        self.unit = max(self.unit, unit)
        return at + 1

    def _close(self, at: int) -> Number | None:
        value = self.total + self.section
        spoken_unit = self.last in (100, 1000) or self.last >= 10_000
        if self.pending is not None:
            more = self.text[at : at + 1]
            if self.last and (more in UNITS or more in MYRIADS) and at < len(self.text):
                at = self.pending_at  # that digit opens the next numeral
            elif spoken_unit and not self.zero and self.pending < 10 and self.pending == int(self.pending):
                value += self.pending * (self.last // 10)  # 三万五, 两百五
            else:
                value += self.pending
        elif not self.last:
            return None
        if at == self.start:
            return None
        at, value = self._point(at, value)
        return Number(self.start, at, Decimal(value), self.loose, unit=self.unit)

    def _point(self, at: int, value: int | Decimal) -> tuple[int, int | Decimal]:
        """三点五万, 四百三十一点五; but 八点, 三点二十 and 三点五 alone are times of day."""
        point = _POINT.match(self.text, at)
        if point is None:
            return at, value
        follows = self.text[point.end() : point.end() + 1]
        factor = MYRIADS.get(follows) or UNITS.get(follows, 1)
        if factor == 10 or (factor == 1 and value <= 24 and follows not in tuple("块元快")):
            return at, value
        self.unit = max(self.unit, factor)
        decimals = Decimal(f"0.{_figures(point[1])}")
        return point.end() + (factor > 1), (value + decimals) * factor
