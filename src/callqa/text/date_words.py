"""Numbers, months and years as words of speech name them, and days counted by months."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from functools import lru_cache

from callqa.text.numerals import DIGITS, read_number


@lru_cache(maxsize=1024)  # days and months are few words, said over and over
def number_of(text: str) -> int:
    """A count or day as said; of a pair (三五天) the farther end.

    Raises
    ------
    ValueError
        It is no number.
    """
    if text == "半":
        return 0
    pair = [DIGITS[char] for char in text if char in DIGITS]
    if len(pair) == 2 and len(text) == 2 and not text.startswith(("零", "〇")):
        return pair[1]  # 三五天, 两三天: the farther end
    number = read_number(text.replace(" ", ""))
    if number is None:
        raise ValueError("not a number")
    return int(number)


def last_of(year: int, month: int) -> date:
    """The last day of a month."""
    return date(year, month, monthrange(year, month)[1])


def add_months(day: date, months: int) -> date:
    """The same day some months later, the month's last where it is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def next_day_of_month(today: date, number: int) -> date:
    """The first such day on or after today; months that are too short are passed over."""
    if not 1 <= number <= 31:
        raise ValueError("not a day of a month")
    month = today.replace(day=1)
    while number > monthrange(month.year, month.month)[1] or month.replace(day=number) < today:
        month = add_months(month, 1)
    return month.replace(day=number)


def year_of(word: str | None, today: date) -> int | None:
    """The year that a word such as 明年 or 二六年 names, ``None`` where there is none."""
    if not word:
        return None
    offsets = {"今年": 0, "明年": 1, "后年": 2, "来年": 1}
    if word in offsets:
        return today.year + offsets[word]
    figures = "".join(str(DIGITS.get(char, char)) for char in word if char in DIGITS or char.isdigit())
    return int(figures) if len(figures) == 4 else 2000 + int(figures)


def month_of(word: str, today: date, year: str | None) -> tuple[date, bool]:
    """First day of the month that ``word`` names, and whether it is free to roll on to the next year."""
    name = word.replace("份", "").replace("的", "")
    relative = {"这": 0, "本": 0, "当": 0, "每": 0, "按": 0}
    if (name[0] in relative and "月" in name) or name in ("月",):
        return today.replace(day=1), False
    if name.startswith("下下"):
        return add_months(today.replace(day=1), 2), False
    if name.startswith(("下", "次")):
        return add_months(today.replace(day=1), 1), False
    number = 1 if name.startswith("元") else number_of(name.rstrip("月"))
    if not 1 <= number <= 12:
        raise ValueError("not a month")
    said = year_of(year, today)
    return date(said or today.year, number, 1), said is None


def clamped(first: date, number: int) -> date:
    """Day ``number`` of a month, its last where it has fewer: 二月三十号 is the month's end."""
    return first.replace(day=min(number, monthrange(first.year, first.month)[1]))


def last_of_pair(word: str) -> str:
    """十五六 → 十六, 二十七八 → 二十八, 五六 → 六."""
    word = word.replace(" ", "")
    if len(word) < 2 or word[-1] not in DIGITS or word[-2] not in DIGITS:
        return word
    if len(word) == 2 and DIGITS[word[1]] - DIGITS[word[0]] != 1:
        return f"{DIGITS[word[0]]}{DIGITS[word[1]]}"  # 二五号: the 25th, read digit by digit
    return word[:-2] + word[-1]
