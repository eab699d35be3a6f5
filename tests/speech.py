"""Says numbers, sums and days as people say them in Chinese: what the readers are held against."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

DIGITS = "零一二三四五六七八九"


def say_number(number: int, *, short: bool = False, liang: bool = False) -> str:
    """A whole number from 0 to 99,999,999; ``short`` drops the last unit as speech does (三万五), ``liang`` says 两 for 二."""
    if number == 0:
        return "零"
    high, low = divmod(number, 10_000)
    said = ""
    if high:
        said = _section(high) + "万"
        if 0 < low < 1000:
            said += "零"
    if low:
        said += _section(low, first=not high)
    if short and number >= 100 and len(said) > 2 and said[-1] in "万千百" and said[-2] in DIGITS and said[-3] in "万千百":
        unit, before = said[-1], said[-3]
        if "万千百".index(unit) - "万千百".index(before) == 1:
            said = said[:-1]
    return _liang(said) if liang else said


def _section(number: int, *, first: bool = True) -> str:
    said = ""
    gap = False
    for value, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, value)
        if digit:
            said += ("零" if gap and said else "") + DIGITS[digit] + unit
            gap = False
        else:
            gap = True
    return said.removeprefix("一") if first and said.startswith("一十") else said


def _liang(said: str) -> str:
    for unit in "万千百":
        said = said.replace(f"二{unit}", f"两{unit}")
    return said


def say_amount(amount: Decimal, *, short: bool = False, liang: bool = False, last_unit: bool = True) -> str:
    """A sum of money: 三千二百五十块六毛, 三块零四分; without ``last_unit`` the last of 毛 and 分 is left away."""
    cents = int(amount * 100)
    yuan, cents = divmod(cents, 100)
    jiao, fen = divmod(cents, 10)
    said = ""
    if yuan or not cents:
        said = say_number(yuan, short=short, liang=liang) + "块"
    if jiao:
        said += DIGITS[jiao] + ("毛" if last_unit or fen or not yuan else "")
    if fen:
        zero = "零" if yuan and not jiao else ""
        said += zero + DIGITS[fen] + ("分" if last_unit or not yuan else "")
    return said if yuan else said + "钱"


def say_day(day: date, *, figures: bool = False, hao: str = "号", year: bool = False) -> str:
    """A day with its month: 三月十五号, 2026年3月15日."""

    def say(number: int) -> str:
        return str(number) if figures else say_number(number)

    said = f"{say(day.month)}月{say(day.day)}{hao}"
    if not year:
        return said
    return f"{day.year}年{said}" if figures else "".join(DIGITS[int(char)] for char in str(day.year)) + f"年{said}"
