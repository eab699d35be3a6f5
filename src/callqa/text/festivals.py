"""Days that only a calendar knows: lunar dates, festivals, statutory holidays and working days.

The astronomy and the State Council's yearly holiday lists come from `lunar-python`; this module only says which day is meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Literal

Edge = Literal["before", "day", "after", "last"]

# name → (calendar, month, day); lunar day 30 is the last day of its month
FESTIVALS: dict[str, tuple[Literal["solar", "lunar", "term"], int, int]] = {
    "元旦": ("solar", 1, 1),
    "情人节": ("solar", 2, 14),
    "妇女节": ("solar", 3, 8),
    "清明": ("term", 4, 0),
    "五一": ("solar", 5, 1),
    "劳动节": ("solar", 5, 1),
    "六一": ("solar", 6, 1),
    "儿童节": ("solar", 6, 1),
    "教师节": ("solar", 9, 10),
    "国庆": ("solar", 10, 1),
    "十一": ("solar", 10, 1),
    "双十一": ("solar", 11, 11),
    "双11": ("solar", 11, 11),
    "双十二": ("solar", 12, 12),
    "双12": ("solar", 12, 12),
    "冬至": ("term", 12, 0),
    "平安夜": ("solar", 12, 24),
    "圣诞": ("solar", 12, 25),
    "春节": ("lunar", 1, 1),
    "元宵": ("lunar", 1, 15),
    "端午": ("lunar", 5, 5),
    "七夕": ("lunar", 7, 7),
    "中元": ("lunar", 7, 15),
    "中秋": ("lunar", 8, 15),
    "重阳": ("lunar", 9, 9),
    "腊八": ("lunar", 12, 8),
    "小年": ("lunar", 12, 23),
    "除夕": ("lunar", 12, 30),
    "年三十": ("lunar", 12, 30),
    "大年三十": ("lunar", 12, 30),
}
# days off from the festival on, in years for which lunar-python has no list of holidays
_HOLIDAYS = {
    "元旦": 1,
    "春节": 7,
    "除夕": 8,
    "年三十": 8,
    "大年三十": 8,
    "清明": 1,
    "五一": 5,
    "劳动节": 5,
    "端午": 1,
    "中秋": 1,
    "国庆": 7,
    "十一": 7,
}


def lunar_to_solar(year: int, month: int, day: int) -> date | None:
    """The solar day of a lunar one; ``None`` where that month has no such day, except that day 30 falls back to its last.

    Examples
    --------
    >>> lunar_to_solar(2026, 1, 5)
    datetime.date(2026, 2, 21)
    """
    if month not in _lunar_months(year):
        return None
    first, length = _lunar_months(year)[month]
    if day > length:
        if day != 30:
            return None
        day = length
    return first + timedelta(days=day - 1)


@lru_cache(maxsize=64)
def _lunar_months(year: int) -> Mapping[int, tuple[date, int]]:
    """First day and length of each month of a lunar year, a leap month under minus its number.

    The library works a year out in milliseconds and remembers one year only, while promises go back and forth between two.
    """
    from lunar_python import LunarYear, Solar

    months = [month for month in LunarYear.fromYear(year).getMonths() if month.getYear() == year]
    return {month.getMonth(): (_plain(Solar.fromJulianDay(month.getFirstJulianDay())), month.getDayCount()) for month in months}


def lunar_of(day: date) -> tuple[int, int, int]:
    """Lunar year, month (of a leap month: its number) and day of a solar day.

    Examples
    --------
    >>> lunar_of(date(2026, 2, 17))
    (2026, 1, 1)
    """
    year = day.year if day >= _lunar_months(day.year)[1][0] else day.year - 1
    first, month = max((first, month) for month, (first, _) in _lunar_months(year).items() if first <= day)
    return year, abs(month), (day - first).days + 1


def next_lunar(today: date, month: int, day: int) -> date | None:
    """The first such lunar day on or after ``today``.

    Examples
    --------
    >>> next_lunar(date(2026, 2, 3), 12, 26)
    datetime.date(2026, 2, 13)
    """
    year = lunar_of(today)[0]
    for candidate in (year, year + 1):
        solar = lunar_to_solar(candidate, month, day)
        if solar is not None and solar >= today:
            return solar
    return None


def next_lunar_day(today: date, day: int) -> date | None:
    """初五 with no month: in the twelfth month the one of the New Year, else the next such lunar day.

    Examples
    --------
    >>> next_lunar_day(date(2026, 2, 5), 8)
    datetime.date(2026, 2, 24)
    """
    year, month, _ = lunar_of(today)
    if month == 12:
        return lunar_to_solar(year + 1, 1, day)
    here = lunar_to_solar(year, month, day)
    if here is not None and here >= today:
        return here
    return lunar_to_solar(year, month + 1, day)


def festival(name: str, today: date, edge: Edge = "day", year: int | None = None) -> date | None:
    """A festival's own day, the day before it, its holiday's last day, or the day after its holiday; never a day that has passed.

    Examples
    --------
    >>> festival("国庆", date(2026, 9, 20), "before"), festival("春节", date(2026, 2, 1), "after")
    (datetime.date(2026, 9, 30), datetime.date(2026, 2, 24))
    """
    years = (year,) if year else (today.year - 1, today.year, today.year + 1)
    for candidate in years:
        day = _festival_day(name, candidate)
        if day is None:
            continue
        answer = _edge(name, day, edge)
        if answer >= today:
            return answer
    return None


def _edge(name: str, day: date, edge: Edge) -> date:
    if edge == "day":
        return day
    if edge == "before":
        if name in ("除夕", "年三十", "大年三十"):
            return day  # 除夕之前: by the last evening of the year
        return day - timedelta(days=1)
    last = _holiday_end(name, day)
    return last if edge == "last" else last + timedelta(days=1)


@lru_cache(maxsize=512)
def _festival_day(name: str, year: int) -> date | None:
    calendar, month, day = FESTIVALS[name]
    if calendar == "solar":
        return date(year, month, day)
    if calendar == "lunar":
        return lunar_to_solar(year - 1 if month == 12 else year, month, day)
    from lunar_python import Solar

    terms: Any = Solar.fromYmd(year, month, 15).getLunar().getJieQiTable()
    return _plain(terms["DONG_ZHI" if name == "冬至" else name])  # the table begins with the 冬至 of the year before


@lru_cache(maxsize=512)
def _holiday_end(name: str, day: date) -> date:
    if name not in _HOLIDAYS:
        return day
    from lunar_python.util import HolidayUtil

    last = day
    while (entry := HolidayUtil.getHoliday(last.year, last.month, last.day)) is not None and not entry.isWork():
        last += timedelta(days=1)
    return last - timedelta(days=1) if last > day else day + timedelta(days=_HOLIDAYS[name] - 1)


def add_working_days(day: date, count: int) -> date:
    """The ``count``-th working day after ``day``; holidays and days worked instead as far as `lunar-python` lists them.

    Examples
    --------
    >>> add_working_days(date(2026, 9, 29), 3)
    datetime.date(2026, 10, 9)
    """
    while count:
        day += timedelta(days=1)
        count -= _is_working(day)
    return day


@lru_cache(maxsize=4096)
def _is_working(day: date) -> bool:
    from lunar_python.util import HolidayUtil

    entry = HolidayUtil.getHoliday(day.year, day.month, day.day)
    return entry.isWork() if entry is not None else day.weekday() < 5


def _plain(solar: Any) -> date:
    return date(solar.getYear(), solar.getMonth(), solar.getDay())
