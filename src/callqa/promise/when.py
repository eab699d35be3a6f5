"""Which of the times in a text is the promised day."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from callqa.promise.amounts import later_part
from callqa.promise.words import EVENT, INCOME, NOT_PROPOSED, PAY, REFUSE, REPAIR, plain
from callqa.text.dates import DateMention, find_dates

FAR = 200  # days: beyond it a day without a year is more likely one gone by
_BY = re.compile(r"(?:之?前|以前|前头)(?!后)")
_IF_NOT = re.compile(r"[^，。,\s]{0,4}(?:要是|如果|假如)[^，。,\s]{0,2}[不没]|[^，。,\s]{0,5}(?:不给|没给|不发|没发)")
_HEARSAY = re.compile(r"(?:说|讲|答应|通知)[^，。,\s]{0,3}$")
_ON_EVENT = re.compile(  # 一到账我马上还: the event, not the day of the call, is the time
    r"(?:一到[账帐手]?|下来了?|到手|批了|[拿领]到了?|卖[了掉]|结了|到了|发了|成了|审完|完了?|回来|出院)[^，。！？,!?]{0,6}$"
)


_NO_SUCH = re.compile(r"(?:没有|不是)[^，。,\s]{0,1}$")
_INCOME_FIRST = re.compile(r"[^，。,]{0,8}(?:奖|工资|钱|款|单)[^，。,]{0,3}(?:发了|到了|下来)|[^，。,]{0,8}发钱")


def promise_date(text: str, call_date: date) -> date | None:
    """The day by which ``text`` promises to pay.

    Parameters
    ----------
    text
        What the customer said.
    call_date
        The local date of the call, from which days are counted.

    Returns
    -------
    date or None
        The last day of a range; ``None`` where no day is named (发了工资就还).

    Examples
    --------
    >>> promise_date("十五号到账，我十六号就给你们转", date(2026, 3, 5))
    datetime.date(2026, 3, 16)
    >>> promise_date("发了工资就还", date(2026, 3, 5)) is None
    True
    """
    mention = choose_day(text, find_dates(text, call_date), call_date)
    return None if mention is None else mention.day


def choose_day(text: str, mentions: Sequence[DateMention], today: date) -> DateMention | None:
    """The mention that the first promise of ``text`` is about."""
    if not mentions:
        return None
    best: DateMention | None = None
    best_score = 0.0
    text = plain(text)
    later_at = later_part(text)
    repaired = max([found.start() for found in REPAIR.finditer(text)], default=-1)
    for index, mention in enumerate(mentions):
        if mention.kind == "past":
            continue
        end = mentions[index + 1].start if index + 1 < len(mentions) else len(text)
        score = _score(text, mention, end, today)
        if mention.start > later_at or (later_at < end and _waits(text[mention.end : later_at]) and PAY.search(text, 0, mention.start)):
            score -= 8
        if mention.end <= repaired:
            score -= 3
        if score > best_score:
            best, best_score = mention, score
    return best


def _waits(about: str) -> bool:
    """明天发提成，发了再…: a day of income that the rest of the debt waits for."""
    return INCOME.search(about) is not None and PAY.search(about) is None


_WORTH = {"day": 4.0, "span": 3.6, "hour": 2.0, "now": 2.0}


def _score(text: str, mention: DateMention, end: int, today: date) -> float:
    about = text[mention.end : end]  # up to the next time named
    before = text[max(0, mention.start - 12) : mention.start]
    score = _WORTH[mention.kind]
    if EVENT.match(about):
        score -= 8
    elif PAY.search(about):
        score += 1.5
    elif INCOME.search(about):
        score -= 1
    if _BY.match(about):
        score += 1.2
    if mention.start <= 1:
        score += 1
    if REFUSE.match(about) or _IF_NOT.match(about):
        score -= 4
    if _HEARSAY.search(before):
        score -= 0.7
    hangs = mention.kind == "now" or mention.form == "in_units"
    if (hangs and _ON_EVENT.search(before)) or about.startswith("往后") or _NO_SUCH.search(before):
        score -= 8
    if mention.form in ("week", "year_end") and _INCOME_FIRST.match(about):
        score -= 8  # 年底有个年终奖，发了先给你: when it comes is open
    if (mention.day - today).days > FAR:
        score -= 2
    return score


def choose_proposed_day(text: str, mentions: Sequence[DateMention], today: date) -> DateMention | None:
    """The day that an agent proposes in ``text``: like `choose_day`, but not a day of notice (账单日, 宽限期, 过了十号就上报)."""
    kept = []
    for mention in mentions:
        clause = _clause(text, mention)
        before = text[max(0, mention.start - 6) : mention.start]
        if NOT_PROPOSED.search(clause) or _PASSED.search(before) or text.startswith("的", mention.end):
            continue
        kept.append(mention)
    return choose_day(text, kept, today)


_PASSED = re.compile(r"(?:过了?|超过|拖到|截止到?|自从|从)[^，。,\s]{0,3}$")
_BREAK = re.compile(r"[，。！？；,!?;…\s]")


def _clause(text: str, mention: DateMention) -> str:
    start = max((found.end() for found in _BREAK.finditer(text, 0, mention.start)), default=0)
    stop = _BREAK.search(text, mention.end)
    return text[start : stop.start() if stop else len(text)]
