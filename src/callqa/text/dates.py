"""Days named in speech, resolved against the day of the call (labelling guide, section 4).

`find_dates` lists every mention of a text; which of them is meant by a promise is for `callqa.promise` to choose. The forms
stand in `callqa.text.date_forms`, one pattern each; here is what each of them means.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal, cast

from callqa.text.date_forms import FORMS, JOIN, ONLY_DAY
from callqa.text.festivals import FESTIVALS, Edge, add_working_days, festival, lunar_to_solar, next_lunar, next_lunar_day
from callqa.text.numerals import DIGITS, read_number

Kind = Literal["day", "span", "hour", "now", "past"]
Found = re.Match[str]


@dataclass(frozen=True, slots=True)
class DateMention:
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


def find_dates(text: str, today: date) -> list[DateMention]:
    """Every time that ``text`` names, left to right, ranges as their last day.

    Parameters
    ----------
    text
        A turn as ASR wrote it.
    today
        The local date of the call.

    Examples
    --------
    >>> [str(found.day) for found in find_dates("十号发工资，下周五之前还，月底还剩下的", date(2026, 3, 5))]
    ['2026-03-10', '2026-03-13', '2026-03-31']
    """
    mentions: list[DateMention] = []
    at = 0
    while (found := FORMS.search(text, at)) is not None:
        form = cast(str, found.lastgroup)
        at = found.end()
        try:
            mention = _READERS[form](found, today)
        except (ValueError, OverflowError):  # 三十二号, a year that no calendar has
            continue
        if mention is None:
            at = found.start() + 1
        else:
            _add(text, mentions, mention)
    return mentions


def _add(text: str, mentions: list[DateMention], mention: DateMention) -> None:
    """Append ``mention``, or let it continue the one before (明天下午三点, 初五初六, 三月份…二十号)."""
    if not mentions:
        mentions.append(mention)
        return
    last = mentions[-1]
    gap = mention.start - last.end
    beside = (mention.form == "festival" and last.kind == "day") or (mention.form == "weekday" and last.form in _NUMBERED)
    if gap <= 1 and (mention.kind in ("hour", "now") or beside):
        mentions[-1] = replace(last, end=mention.end)
        return
    if mention.form == "day_only":
        month = next((one for one in reversed(mentions) if one.form in _MONTHS and mention.start - one.end <= 12), None)
        if month is not None and (gap == 0 or month.form != "month_day"):
            mention = _in_month(month.day, mention)
            if month.form == "month_only":
                mentions.remove(month)
    if mention.form in _NUMBERED and last.form == "weekday" and gap <= 1 and last.day.weekday() == mention.day.weekday():
        mentions[-1] = replace(mention, start=last.start)
        return
    if not mentions:
        mentions.append(mention)
        return
    last = mentions[-1]
    if _joined(text, last, mention):
        mention = replace(mention, start=mentions.pop().start)
    mentions.append(mention)


_NUMBERED = ("month_day", "day_only", "iso", "slash", "lunar")
_MONTHS = ("month_only", "month_part", "month_day")


def _in_month(month: date, mention: DateMention) -> DateMention:
    """The same day of the month in which ``month`` lies: 三月份也是五百，二十号."""
    day = _clamped(month.replace(day=1), mention.day.day)
    return replace(mention, day=day) if day >= mention.day.replace(day=1) else mention


def bare_day(text: str, today: date) -> DateMention | None:
    """A day of the month said without 号, as an answer to a question after the day (二十五 / 25).

    Examples
    --------
    >>> bare_day("二十五吧", date(2026, 3, 26)).day
    datetime.date(2026, 4, 25)
    """
    found = ONLY_DAY.search(text)
    if found is None:
        return None
    number = _number(found["d"])
    return DateMention(found.start("d"), found.end("d"), _next_day_of_month(today, number)) if 1 <= number <= 31 else None


def _joined(text: str, one: DateMention, two: DateMention) -> bool:
    """Two days of one range (初五初六, 二十八号到三十号, 周六或者周日), or a stretch and its day (月底三十号)."""
    if {one.kind, two.kind} & {"hour", "now", "past"} or (one.kind == two.kind and two.day < one.day) or two.kind == "span" != one.kind:
        return False
    return JOIN.fullmatch(text[one.end : two.start]) is not None


@lru_cache(maxsize=1024)  # days and months are few words, said over and over
def _number(text: str) -> int:
    if text == "半":
        return 0
    pair = [DIGITS[char] for char in text if char in DIGITS]
    if len(pair) == 2 and len(text) == 2 and not text.startswith(("零", "〇")):
        return pair[1]  # 三五天, 两三天: the farther end
    number = read_number(text.replace(" ", ""))
    if number is None:
        raise ValueError("not a number")
    return int(number)


def _last_of(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def _add_months(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _next_day_of_month(today: date, number: int) -> date:
    """The first such day on or after today; months that are too short are passed over."""
    if not 1 <= number <= 31:
        raise ValueError("not a day of a month")
    month = today.replace(day=1)
    while number > monthrange(month.year, month.month)[1] or month.replace(day=number) < today:
        month = _add_months(month, 1)
    return month.replace(day=number)


def _year(word: str | None, today: date) -> int | None:
    if not word:
        return None
    offsets = {"今年": 0, "明年": 1, "后年": 2, "来年": 1}
    if word in offsets:
        return today.year + offsets[word]
    figures = "".join(str(DIGITS.get(char, char)) for char in word if char in DIGITS or char.isdigit())
    return int(figures) if len(figures) == 4 else 2000 + int(figures)


def _month(word: str, today: date, year: str | None) -> tuple[date, bool]:
    """First day of the month that ``word`` names, and whether it is free to roll on to the next year."""
    name = word.replace("份", "").replace("的", "")
    relative = {"这": 0, "本": 0, "当": 0, "每": 0, "按": 0}
    if (name[0] in relative and "月" in name) or name in ("月",):
        return today.replace(day=1), False
    if name.startswith("下下"):
        return _add_months(today.replace(day=1), 2), False
    if name.startswith(("下", "次")):
        return _add_months(today.replace(day=1), 1), False
    number = 1 if name.startswith("元") else _number(name.rstrip("月"))
    if not 1 <= number <= 12:
        raise ValueError("not a month")
    said = _year(year, today)
    return date(said or today.year, number, 1), said is None


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
    number = _number(words[-1] if "初" in found["lu_d"] and len(words) == 2 and "十" not in words else words)
    if not name:
        day = next_lunar_day(today, number)
    else:
        month = _lunar_month(name, number)
        year = _year(found["lu_y"], today)
        day = lunar_to_solar(year, month, number) if year else next_lunar(today, month, number)
    return None if day is None else _mention(found, day)


_LUNAR_MONTHS = {"正": 1, "大年": 1, "过年": 1, "年": 1, "元": 1, "冬": 11, "腊": 12}


def _lunar_month(name: str, day: int) -> int:
    if day == 30 and name in ("大年", "过年", "年"):
        return 12  # 大年三十 is the old year's last day
    return _LUNAR_MONTHS.get(name) or _number(name)


def _month_part(found: Found, today: date) -> DateMention:
    part = found["mp_p"]
    first, free = _month((found["mp_m"] or "月"), today, found["mp_y"])
    if part in ("底", "末", "尾", "下旬", "末尾", "尾巴"):
        day = _last_of(first.year, first.month)
    else:
        day = first.replace(day={"初": 10, "头": 10, "上旬": 10}.get(part, 20))
    if day < today:
        plain = not found["mp_m"] or found["mp_m"] == "月"
        day = day.replace(year=day.year + 1) if free else _add_months(day, 1) if plain else _last_of(today.year, today.month)
        if part in ("底", "末", "尾", "下旬"):
            day = _last_of(day.year, day.month)
    return _mention(found, day, "span")


def _clamped(first: date, number: int) -> date:
    """Day ``number`` of a month, its last where it has fewer: 二月三十号 is the month's end."""
    return first.replace(day=min(number, monthrange(first.year, first.month)[1]))


def _month_day(found: Found, today: date) -> DateMention:
    first, free = _month(found["md_m"], today, found["md_y"])
    number = _number(_last_of_pair(found["md_d"]))
    if not 1 <= number <= 31:
        raise ValueError("not a day of a month")
    day = _clamped(first, number)
    if free and day < today:
        day = _clamped(first.replace(year=first.year + 1), number)
    if day < today and not free and not found["md_y"]:
        return _mention(found, _next_day_of_month(today, number))
    return _mention(found, day, "past" if day < today else "day")


def _last_of_pair(word: str) -> str:
    """十五六 → 十六, 二十七八 → 二十八, 五六 → 六."""
    word = word.replace(" ", "")
    if len(word) < 2 or word[-1] not in DIGITS or word[-2] not in DIGITS:
        return word
    if len(word) == 2 and DIGITS[word[1]] - DIGITS[word[0]] != 1:
        return f"{DIGITS[word[0]]}{DIGITS[word[1]]}"  # 二五号: the 25th, read digit by digit
    return word[:-2] + word[-1]


def _day_only(found: Found, today: date) -> DateMention:
    return _mention(found, _next_day_of_month(today, _number(_last_of_pair(found["do_d"]))))


def _month_only(found: Found, today: date) -> DateMention:
    first, free = _month(found["mo_m"], today, found["mo_y"])
    day = _last_of(first.year, first.month)
    if free and day < today:
        day = _last_of(first.year + 1, first.month)
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
    number = 1 if words == "个把" else _number(words)
    if "工作" in unit:
        day = add_working_days(today, number)
    elif "月" in unit:
        if "个" not in unit and words not in ("半", "个把"):
            return None  # 三月后 is March, read as a month
        day = _add_months(today, number) + timedelta(days=15 if words == "半" or "半" in unit else 0)
    elif unit == "年":
        day = _add_months(today, 12 * number or 6)
    else:
        day = today + timedelta(days=number * (1 if unit in "天日" else 7))
    return _mention(found, day, "span")


def _fortnight(found: Found, today: date) -> DateMention:
    return _mention(found, today + timedelta(days=15), "span")


def _hours(found: Found, today: date) -> DateMention:
    return _mention(found, today + timedelta(days=_number(found["ho_n"]) // 24))


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
    year = _year(found["fe_y"], today)
    if found["fe_d"]:
        first = festival(name, today - timedelta(days=30), "day", year)
        if first is None:
            return None
        day = first.replace(day=_number(found["fe_d"]))
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
    return _mention(found, date(_year(found["ye_y"], today) or today.year, 12, 31), "span")


def _quarter_end(found: Found, today: date) -> DateMention:
    return _mention(found, _last_of(today.year, (today.month + 2) // 3 * 3), "span")


def _hour(found: Found, today: date) -> DateMention:
    return _mention(found, today, "hour")


def _now(found: Found, today: date) -> DateMention:
    return _mention(found, today, "now")


def _past(found: Found, today: date) -> DateMention:
    return _mention(found, today - timedelta(days=1), "past")


_READERS: dict[str, Callable[[Found, date], DateMention | None]] = {
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
