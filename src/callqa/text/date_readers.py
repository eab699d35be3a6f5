"""What each form of `callqa.text.date_forms` means: a match of its pattern and the day of the call → the day named."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Literal, NamedTuple, cast

from callqa.text.date_words import add_months, clamped, last_of, last_of_pair, month_of, next_day_of_month, number_of, year_of
from callqa.text.festivals import FESTIVALS, Edge, add_working_days, festival, lunar_to_solar, next_lunar, next_lunar_day
from callqa.text.numerals import DIGITS

Kind = Literal["day", "span", "hour", "now", "past"]
Found = re.Match[str]


class DateMention(NamedTuple):
    """A time named in a text, ``[start, end)``.

    ``kind``: ``day`` a day (明天, 十号, 周五); ``span`` a stretch of time, ``day`` its last one (一周内, 月底, 下个月); ``hour`` a time
    that means the day of the call unless another day is under discussion (晚上, 八点); ``now`` one that can mean no other
    (马上, 十分钟); ``past`` a time gone by. ``form`` is the pattern that found it.
    """

    start: int
    end: int
    day: date
    kind: Kind = "day"
    form: str = ""


def _mention(found: Found, day: date, kind: Kind = "day") -> DateMention:
    return DateMention(found.start(), found.end(), day, kind, cast(str, found.lastgroup))


def _iso(found: Found, today: date) -> DateMention:
    year = int(found["iso_y"])
    return _mention(found, date(year if year > 99 else 2000 + year, int(found["iso_m"]), int(found["iso_d"])))


def _slash(found: Found, today: date) -> DateMention:
    day = date(today.year, int(found["sl_m"]), int(found["sl_d"] or found["sl_e"]))
    return _mention(found, day if day >= today else day.replace(year=today.year + 1))


def _lunar(found: Found, today: date) -> DateMention | None:
    name = (found["lu_m"] or "").replace("月", "")
    words = found["lu_d"].replace("初", "")
    number = number_of(words[-1] if "初" in found["lu_d"] and len(words) == 2 and "十" not in words else words)
    if not name:
        day = next_lunar_day(today, number)
    else:
        month = _lunar_month(name, number)
        year = year_of(found["lu_y"], today)
        day = lunar_to_solar(year, month, number) if year else next_lunar(today, month, number)
    return None if day is None else _mention(found, day)


_LUNAR_MONTHS = {"正": 1, "大年": 1, "过年": 1, "年": 1, "元": 1, "冬": 11, "腊": 12}


def _lunar_month(name: str, day: int) -> int:
    if day == 30 and name in ("大年", "过年", "年"):
        return 12  # 大年三十 is the old year's last day
    return _LUNAR_MONTHS.get(name) or number_of(name)


def _month_part(found: Found, today: date) -> DateMention:
    part = found["mp_p"]
    first, free = month_of((found["mp_m"] or "月"), today, found["mp_y"])
    if part in ("底", "末", "尾", "下旬", "末尾", "尾巴"):
        day = last_of(first.year, first.month)
    else:
        day = first.replace(day={"初": 10, "头": 10, "上旬": 10}.get(part, 20))
    if day < today:
        plain = not found["mp_m"] or found["mp_m"] == "月"
        day = day.replace(year=day.year + 1) if free else add_months(day, 1) if plain else last_of(today.year, today.month)
        if part in ("底", "末", "尾", "下旬"):
            day = last_of(day.year, day.month)
    return _mention(found, day, "span")


def _month_day(found: Found, today: date) -> DateMention:
    first, free = month_of(found["md_m"], today, found["md_y"])
    number = number_of(last_of_pair(found["md_d"]))
    if not 1 <= number <= 31:
        raise ValueError("not a day of a month")
    day = clamped(first, number)
    if free and day < today:
        day = clamped(first.replace(year=first.year + 1), number)
    if day < today and not free and not found["md_y"]:
        return _mention(found, next_day_of_month(today, number))
    return _mention(found, day, "past" if day < today else "day")


def _day_only(found: Found, today: date) -> DateMention:
    return _mention(found, next_day_of_month(today, number_of(last_of_pair(found["do_d"]))))


def _month_only(found: Found, today: date) -> DateMention:
    first, free = month_of(found["mo_m"], today, found["mo_y"])
    day = last_of(first.year, first.month)
    if free and day < today:
        day = last_of(first.year + 1, first.month)
    return _mention(found, day, "span")


def _weekday(found: Found, today: date) -> DateMention:
    words = found["wd_d"]
    index = "一二三四五六日天末".find(words[-1]) if not words[-1].isdigit() else int(words[-1]) - 1
    index = min(index, 6)
    monday = today - timedelta(days=today.weekday())
    prefix = found["wd_p"] or ""
    if prefix.startswith("上"):
        return _mention(found, monday - timedelta(days=7 - index), "past")
    if prefix.startswith("下"):
        return _mention(found, monday + timedelta(days=index + 7 * (2 if prefix.startswith("下下") else 1)))
    return _mention(found, today + timedelta(days=(index - today.weekday()) % 7))


def _week(found: Found, today: date) -> DateMention:
    sunday = today + timedelta(days=6 - today.weekday())
    prefix = found["wk_p"]
    if prefix.startswith("上"):
        return _mention(found, sunday - timedelta(days=7), "past")
    return _mention(found, sunday + timedelta(days=7 * (2 if prefix.startswith("下下") else prefix.startswith("下"))), "span")


def _in_units(found: Found, today: date) -> DateMention | None:
    """N天内, 三五天, 一周内, 半个月后, 两个月之内, 三个工作日; a bare count (干五天) names no day."""
    words, unit, prefix = found["in_n"], found["in_u"], found["in_p"] or ""
    words = re.split("[到至~-]", words)[-1]
    idiom = "天" in unit and len(words) == 2 and "十" not in words and words[0] in DIGITS
    if not (prefix or found["in_s"] or idiom) or (found["in_m"] and not (prefix or found["in_s"])):
        return None
    if (prefix.startswith(("这", "头", "缓", "等")) and "天" not in unit) or ("年" in unit and not found["in_s"]):
        return None
    number = 1 if words == "个把" else number_of(words)
    if "工作" in unit:
        day = add_working_days(today, number)
    elif "月" in unit:
        if "个" not in unit and words not in ("半", "个把"):
            return None  # 三月后 is March, read as a month
        day = add_months(today, number) + timedelta(days=15 if words == "半" or "半" in unit else 0)
    elif unit == "年":
        day = add_months(today, 12 * number or 6)
    else:
        day = today + timedelta(days=number * (1 if unit in "天日" else 7))
    return _mention(found, day, "span")


def _fortnight(found: Found, today: date) -> DateMention:
    return _mention(found, today + timedelta(days=15), "span")


def _hours(found: Found, today: date) -> DateMention:
    return _mention(found, today + timedelta(days=number_of(found["ho_n"]) // 24))


_RELATIVE = {"今": 0, "明": 1, "名": 1, "听": 1, "聽": 1, "后": 2, "後": 2, "厚": 2, "大": 3, "外": 3}


def _relative(found: Found, today: date) -> DateMention:
    word = found[0]
    if word.startswith(("大大后", "大大後")):
        days = 4
    elif word[0] == "明" and word[1] in "后後":
        days = 2  # 明后天: the range's last day
    elif word[0] == "今" and word[1] == "明":
        days = 1
    else:
        days = _RELATIVE[word[0]]
    return _mention(found, today + timedelta(days=days))


def _festival(found: Found, today: date) -> DateMention | None:
    name = found["fe_n"] if found["fe_n"] in FESTIVALS else found["fe_n"].removesuffix("节")
    year = year_of(found["fe_y"], today)
    if found["fe_d"]:
        first = festival(name, today - timedelta(days=30), "day", year)
        if first is None:
            return None
        day = first.replace(day=number_of(found["fe_d"]))
        return _mention(found, day, "past" if day < today else "day")
    after = found["fe_a"] or ""
    edge: Edge = "day"
    if after in ("前后", "左右"):
        edge = "day"
    elif found["fe_p"] or "后" in after or after in ("回来", "完", "完了", "过完", "过了", "完以后"):
        edge = "after"
    elif "前一天" in after and name in ("除夕", "年三十", "大年三十"):
        first = festival(name, today, "day", year)
        return None if first is None else _mention(found, first - timedelta(days=1))
    elif "前" in after:
        edge = "before"
    elif after:
        edge = "last"
    here = festival(name, today, edge, year)
    return None if here is None else _mention(found, here, "day")


def _before_new_year(found: Found, today: date) -> DateMention | None:
    day = next_lunar(today, 12, 30)
    return None if day is None or (day - today).days > 150 else _mention(found, day, "span")


def _year_end(found: Found, today: date) -> DateMention:
    return _mention(found, date(year_of(found["ye_y"], today) or today.year, 12, 31), "span")


def _quarter_end(found: Found, today: date) -> DateMention:
    return _mention(found, last_of(today.year, (today.month + 2) // 3 * 3), "span")


def _hour(found: Found, today: date) -> DateMention:
    return _mention(found, today, "hour")


def _now(found: Found, today: date) -> DateMention:
    return _mention(found, today, "now")


def _past(found: Found, today: date) -> DateMention:
    return _mention(found, today - timedelta(days=1), "past")


READERS: dict[str, Callable[[Found, date], DateMention | None]] = {
    "iso": _iso,
    "slash": _slash,
    "lunar": _lunar,
    "month_part": _month_part,
    "month_day": _month_day,
    "day_only": _day_only,
    "month_only": _month_only,
    "weekday": _weekday,
    "week": _week,
    "in_units": _in_units,
    "fortnight": _fortnight,
    "hours": _hours,
    "relative": _relative,
    "festival": _festival,
    "new_year": _before_new_year,
    "year_end": _year_end,
    "quarter_end": _quarter_end,
    "now": _now,
    "hour": _hour,
    "past": _past,
}
