"""Days named in speech, resolved against the day of the call (labelling guide, section 4).

`find_dates` lists every mention of a text; which of them is meant by a promise is for `callqa.promise` to choose. The forms
stand in `callqa.text.date_forms`, one pattern each; what each of them means, in `callqa.text.date_readers`.
"""

from __future__ import annotations

from datetime import date
from typing import cast

from callqa.text.date_forms import FORMS, JOIN, ONLY_DAY
from callqa.text.date_readers import READERS, DateMention
from callqa.text.date_words import clamped, next_day_of_month, number_of

__all__ = ["DateMention", "bare_day", "find_dates"]


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
            mention = READERS[form](found, today)
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
        mentions[-1] = last._replace(end=mention.end)
        return
    if mention.form == "day_only":
        month = next((one for one in reversed(mentions) if one.form in _MONTHS and mention.start - one.end <= 12), None)
        if month is not None and (gap == 0 or month.form != "month_day"):
            mention = _in_month(month.day, mention)
            if month.form == "month_only":
                mentions.remove(month)
    if mention.form in _NUMBERED and last.form == "weekday" and gap <= 1 and last.day.weekday() == mention.day.weekday():
        mentions[-1] = mention._replace(start=last.start)
        return
    if not mentions:
        mentions.append(mention)
        return
    last = mentions[-1]
    if _joined(text, last, mention):
        mention = mention._replace(start=mentions.pop().start)
    mentions.append(mention)


_NUMBERED = ("month_day", "day_only", "iso", "slash", "lunar")
_MONTHS = ("month_only", "month_part", "month_day")


def _in_month(month: date, mention: DateMention) -> DateMention:
    """The same day of the month in which ``month`` lies: 三月份也是五百，二十号."""
    day = clamped(month.replace(day=1), mention.day.day)
    return mention._replace(day=day) if day >= mention.day.replace(day=1) else mention


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
    number = number_of(found["d"])
    return DateMention(found.start("d"), found.end("d"), next_day_of_month(today, number)) if 1 <= number <= 31 else None


def _joined(text: str, one: DateMention, two: DateMention) -> bool:
    """Two days of one range (初五初六, 二十八号到三十号, 周六或者周日), or a stretch and its day (月底三十号)."""
    if {one.kind, two.kind} & {"hour", "now", "past"} or (one.kind == two.kind and two.day < one.day) or two.kind == "span" != one.kind:
        return False
    return JOIN.fullmatch(text[one.end : two.start]) is not None
