"""Which of the sums in a text is promised: a number, the minimum, or everything."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple

from callqa.call import Amount
from callqa.promise.words import ASKS_DAY, LATER_PART, NOT_PROPOSED, PAY, REFUSE, plain
from callqa.text.dates import find_dates
from callqa.text.money import Sum, find_sums
from callqa.text.numerals import NUMERAL

# Each alternative begins with a plain character, so that a search passes over all others in one go.
MINIMUM = re.compile(r"最[低底滴堤抵](?!利息)|最少(?:还款|那[个笔]|额)|最小(?:还款|额)|低消|起码那[个笔]|Minimum|minimum")
_SETTLED = "(?:清|完|干净|齐|利索|利落|清爽|光|平)"
FULL = re.compile(
    r"全[部额款数]|全(?:还|环|给|拿|结|清|交|付|整|转|弄|平|都)|都(?:还|给|清|结|付|交|转|弄)(?:了|掉|完|清|上|给|你|进|干净|$)|"
    + "".join(verb + _SETTLED + "|" for verb in "还付结环清弄整交")
    + r"结掉|给[^，。,\s]{0,6}结了|把[^，。,\s]{0,6}结了|都扣|扣走|直接还掉|清[掉了账喽偿]|一次性|"
    r"一(?:把|趟|次|笔|口气|把头)(?:头|手)?(?:全|都|给你们?)?(?:还|结|清|付|环|弄|了|搞|给)|一(?:把|次|趟|笔)清|所有的?|统统|通通|一并|连本带[利息]|本息|一分不[留欠]|两清|了断|全上|整利索"
)
_SIGNS = re.compile(rf"[\d{NUMERAL}最低起Mm全都清完净齐索落光平结扣掉所统通本断]", re.ASCII)  # every amount holds one of these
NOT_FULL = re.compile(r"(?:不|没|没法|莫|甭|别)[^，。,\s]{0,3}$")
# what stands before a sum that is somebody's income, cost or balance rather than the payment
_OTHER_BEFORE = re.compile(
    r"(?:工资|公资|薪|房租|租金|挣|赚|发了?|余额|存款|欠(?:了|你|我|他|的|银行|款)*|差(?:了|你|你们)?|一共|总共|总的|账单|学费|花了?|扣了?|押金|保证金|收入|房贷|车贷|奖金|奖学金|提成|退(?:了|我|的)?|"
    r"罚息|罚|手续费|还有|只有|就有|只剩|就剩|还剩|剩(?!下|的|那)|卖了?|值|借了?|借我|打给我|给[我额俺]|还我|转我|欠我|补贴|补助|赔(?:了|我)?|开了?|领了?|报销|生活费|彩礼|医药费|上次|上个月|已经|刚|昨天|前天|原来|"
    r"本金|额度|还了|交了|冲进去|存了|不是|没有|超过|低于|少于|满|超|涨到|底薪|加起来|税后|尾款)[^，。,\s]{0,3}$"
)
_PAID_BEFORE = re.compile(r"[还交转存付打补冲]了$")
_HELD_BEFORE = re.compile(r"(?:卡里|账上|手里|手上|兜里|身上|屋里|里头|里面|折子上)[^，。,\s]{0,3}$")
_HAND_OVER = re.compile(r"全[转给拿打交]")
_CORRECTED = re.compile(r"(?:……|\.\.\.)(?=[^，。,\s]*[吧嘛]$)")  # 一千二……一千吧
_ALL_OF_IT = re.compile(r"(?:工钱|工资|运费|跑出来的|头一个月|奖学金|退休金|第一笔)[^，。,\s]{0,5}$")  # all of an income, not of the debt
_PERIOD_BEFORE = re.compile(r"(?:[一每]个?(?:天|月|年|周|晚上|礼拜|季度)|每期|一期|月入|日薪|一趟|一场|一单)[^，。,\s]{0,2}$")
_NOT_LEAST = re.compile(r"(?:不|别|甭)[^，。,\s]{0,3}$")
_HOW_MUCH = re.compile(r"是?多少|几多|好多")
_NEED_VERB = Decimal(100)  # a bare number below is a sum only beside a word of paying


class AmountMention(NamedTuple):
    """An amount a text promises, ``[start, end)``, and how well its surroundings speak for it."""

    start: int
    end: int
    amount: Amount
    score: float


def promise_amount(text: str) -> Decimal | Literal["minimum", "full"] | None:
    """The amount that ``text`` promises to pay, yuan to the cent.

    Examples
    --------
    >>> promise_amount("我欠八千，先还三百二十块五"), promise_amount("先把最低还上"), promise_amount("先还一部分")
    (Decimal('320.50'), 'minimum', None)
    """
    mention = choose_amount(text, find_amounts(text))
    return None if mention is None else mention.amount


def choose_amount(text: str, mentions: Sequence[AmountMention], *, proposed: bool = False) -> AmountMention | None:
    """The amount of the first promise of ``text``, or what an agent proposes in it; ``mentions`` are all that it names."""
    if not mentions:
        return None
    if proposed:
        exact = any(isinstance(one.amount, Decimal) and one.score > 0 for one in mentions)
        mentions = [_proposed(text, one, exact) for one in mentions]
    best = max(mentions, key=lambda mention: mention.score)
    return best if best.score > 0 else None


def _proposed(text: str, one: AmountMention, exact: bool) -> AmountMention:
    """The mention scored as an agent's: a number beats 最低, a question counts, a notice does not."""
    clause = _clause_before(text, one.start) + text[one.start : one.end] + _clause_after(text, one.end)
    score = one.score
    if exact and not isinstance(one.amount, Decimal):
        score = min(score, 0.5)  # 最低一千二百五: the number is what is proposed
    if NOT_PROPOSED.search(clause):
        score -= 4
    if ASKS_DAY.search(clause):
        score += 3.5
    elif _ASKS.search(clause):
        score += 1.5
    if _REST.search(text, max(0, one.start - 4), one.start):
        score += 3  # 那剩下的一千二呢: the rest is what the agent asks for
    return one._replace(score=score)


_REST = re.compile(r"还?[剩差]下?的?$|余下的?$")
_ASKS = re.compile(r"行不|行吗|可以吗|可以吧|能不能|好吗|对吧|对吗|是吧")


def may_name_amount(text: str) -> bool:
    """Whether ``text`` holds a character of those that amounts hold; without one it names none.

    Examples
    --------
    >>> may_name_amount("先还五百"), may_name_amount("都还了"), may_name_amount("好的没问题")
    (True, True, False)
    """
    return _SIGNS.search(text) is not None


def find_amounts(text: str, spans: list[tuple[int, int]] | None = None) -> list[AmountMention]:
    """All amounts of ``text``, left to right, with their scores."""
    if spans is None:
        spans = [(found.start, found.end) for found in find_dates(text, date(2024, 1, 1))]
    masked = _masked(plain(text), spans)
    sums = _added(masked, find_sums(masked))
    found = [AmountMention(one.start, one.end, one.value, _score(masked, one)) for one in sums if one.unit or one.value >= 10]
    found += [AmountMention(m.start(), m.end(), "minimum", _score_minimum(masked, m, sums)) for m in MINIMUM.finditer(masked)]
    found += [AmountMention(m.start(), m.end(), "full", _score_full(masked, m, sums)) for m in FULL.finditer(masked)]
    if not found:
        return found
    cut = later_part(text)
    found = [one._replace(score=one.score - 4) if one.start > cut else one for one in found]
    return sorted(found, key=lambda one: one.start)


def later_part(text: str) -> int:
    """Where ``text`` turns to what is left over after its first promise; its length if it does not."""
    for found in LATER_PART.finditer(text):
        if PAY.search(text, 0, found.start()) or find_sums(text[: found.start()]):
            return found.start()
    return len(text)


_PLUS = re.compile(r"[，,]?\s*(?:再)?加上?[^，。,\s]{0,3}")


def _added(text: str, sums: list[Sum]) -> list[Sum]:
    """两千，加上我的五百 is one sum."""
    found: list[Sum] = []
    for one in sums:
        if found and _PLUS.fullmatch(text, found[-1].end, one.start):
            one = one._replace(start=found[-1].start, value=found[-1].value + one.value)
            found.pop()
        found.append(one)
    return found


def _masked(text: str, spans: list[tuple[int, int]]) -> str:
    """``text`` with its times blanked out, so that 十号 is no ten."""
    for start, end in spans:
        text = text[:start] + "；" * (end - start) + text[end:]
    return text


_BREAK = re.compile(r"[，。！？,!?…\s；]")  # ；stands where a time was


def _clause_before(text: str, at: int) -> str:
    return _BREAK.split(text[max(0, at - 14) : at])[-1]


def _clause_after(text: str, at: int) -> str:
    return _BREAK.split(text[at : at + 12], maxsplit=1)[0]


def _score(text: str, one: Sum) -> float:
    before, after = _clause_before(text, one.start), _clause_after(text, one.end)
    verb = max([found.end() for found in PAY.finditer(before[-7:])], default=-1)
    pays = verb >= 0
    score = 3.0
    if pays:
        before = before[-7:][verb:]
        score += 2
    elif PAY.search(after[:7]):
        score += 1.5
    if pays and _PAID_BEFORE.search(text, max(0, one.start - 2), one.start):
        score -= 4  # 上次还了五百
    if _OTHER_BEFORE.search(before):
        score -= 3
    elif _HELD_BEFORE.search(before) or (_PERIOD_BEFORE.search(before) and not pays):
        score -= 2
    if REFUSE.match(after) or after.startswith(("不到", "打来", "转来")):
        score -= 4
    if _HAND_OVER.search(text, one.end, one.end + 8):
        score += 3.5
    elif _CORRECTED.match(text, one.end):
        score -= 3
    bare = not one.unit and one.value == one.value.to_integral_value()
    if bare and one.value < _NEED_VERB:
        score -= 1.5 if pays and one.value >= 10 and verb >= len(before) else 6
    if (one.value < 1 and not pays) or (one.spelled and bare and not pays):
        score -= 3.5
    return score


def _score_minimum(text: str, found: re.Match[str], sums: list[Sum]) -> float:
    after = _clause_after(text, found.end())
    score = 3.5
    before = _clause_before(text, found.start())
    if REFUSE.match(after) or _NOT_LEAST.search(before):
        score -= 4
    elif PAY.search(before) or PAY.search(after):
        score += 1
    if _HOW_MUCH.search(after):
        score -= 4
    if any(_says_minimum(text, found, one) for one in sums):
        score = 1  # the number says it
    return score


_BEFORE_SUM = re.compile(r"[^，。,\s]{0,2}")
_PAUSE = re.compile(r"[，,\s]")


def _says_minimum(text: str, found: re.Match[str], one: Sum) -> bool:
    """Whether the sum is what 最低 comes to: 最低一千四百八 · 最低，一千七百五 (not: …，零头一起) · 一千六百三十五 最低那个数."""
    if one.start >= found.end() and _BEFORE_SUM.fullmatch(text, found.end(), one.start):
        return True
    if one.loose:
        return False
    if _PAUSE.fullmatch(text, found.end(), one.start):
        return "零头" not in text[one.end :]
    return _PAUSE.fullmatch(text, one.end, found.start()) is not None


def _score_full(text: str, found: re.Match[str], sums: list[Sum]) -> float:
    before = _clause_before(text, found.start())
    if NOT_FULL.search(before) or REFUSE.match(_clause_after(text, found.end())) or _ALL_OF_IT.search(before):
        return -1
    if _HAND_OVER.match(found[0]) and any(one.end <= found.start() for one in sums):
        return 0  # 奖学金八千，全拿给你们: that sum
    strong = found[0].startswith(("全", "所有", "连本", "统统", "通通", "都"))
    for one in sums:
        if 0 <= found.start() - one.end <= 2:
            return 6 if one.loose else 2  # 三千多全平了, 六千多一把还清, but 一千八清了
        if not strong or (not one.loose and (one.start - found.end() <= 2 or one.value % 10)):
            return 2.5
    return 4.2 if strong else 3.2
