"""Sums of money in running speech: 三千二百五十块六毛, 七百块5毛5, 千把块, 三到五千, 九四一点二四."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from callqa.text.numerals import DIGIT, DIGITS, NUMERAL, Number, scan_number

_WHOLE, _TENTH, CENT = Decimal(1), Decimal("0.1"), Decimal("0.01")
LARGEST = Decimal("99999999999.99")  # beyond it stands an identifier, not a sum
_TOO_LONG = Decimal(10) ** 20  # nor can Decimal carry numbers of so many figures to the cent


class Sum(NamedTuple):
    """A sum of money named in a text.

    ``value`` is yuan to the cent, the lower bound where a range is named (``loose``); ``unit`` tells that 块, 元 or the
    like was said, ``spelled`` that it was read digit by digit.
    """

    start: int
    end: int
    value: Decimal
    loose: bool = False
    unit: bool = False
    spelled: bool = False


_FIRST = re.compile(rf"[\d{NUMERAL}]", re.ASCII)
_ROUND = re.compile(  # 三千来块, 千把块 · 千儿八百, 千八百块, 百八十块 (from 800, from 80) · 百十来块, 百几十块
    rf"(?:(?P<n>[{DIGIT}])?(?P<unit>[万千百])(?:把(?!握)|来(?=块))"
    r"|(?P<eight>[千百])(?:儿八[百十]?|八[百十](?=[块元多来]))"
    r"|(?P<hundred>百)(?:几十|十来|十)(?=[块元多来几]))(?:[来多]?[块元](?P<yuan>钱?))?"
)
_LOOSE = re.compile(r"(?:[零〇]?好?几(?![天号日点个期次月年])|多(?!少)|来(?=[块元万千百])|出头|大几|余(?=[块元])|挂零|左右|上下|把(?=块))")
_ABOUT = re.compile(r"左右|上下|出头")
_UNIT = re.compile(r"(?:块|元|圆|快(?=钱|[零〇一二两三四五六七八九\d]?[毛角分]|$|[,，。！？\s给])|大洋|人民币|RMB|rmb|"
    r"yuan)(?:多|来|出头)?(?:钱|整)?")
_D = rf"[{DIGIT}\d]"
_NO_JIAO = "天号月个点期次把起趟下会定直"  # a digit before one of these is no 毛: 五百块三号, 五百块一起
_ONE_WORD = "一[块共同并样些边道般半]"  # nor is 一 in these words: 五百块一共, 一块一块
_TAIL = re.compile(
    rf"[零〇]?(?P<jiao>{_D})[毛角](?:钱)?(?:[零〇]?(?P<fen>{_D})(?:分(?:钱)?|(?!(?![一1][分毛])[{NUMERAL}\d天号月个点期次])))?"
    rf"|[零〇](?P<fen2>{_D})(?:分(?:钱)?|(?!(?![一1][分毛])[{NUMERAL}\d天号月个点期次]))"
    rf"|(?P<fen3>{_D})分(?:钱)?"
    rf"|(?P<jiao2>{_D})(?P<fen4>{_D})(?![{NUMERAL}\d天号月个点期次毛角])"
    rf"|(?!{_ONE_WORD})(?P<jiao3>{_D})(?![{NUMERAL}\d{_NO_JIAO}])"
    rf"|(?P<half>半)(?![个天月年小辈路])",
    re.ASCII,
)
_SMALL = re.compile(rf"(?P<jiao>{_D})[毛角](?:钱)?(?:[零〇]?(?P<fen>{_D})分?)?|(?P<fen2>{_D})分钱", re.ASCII)
_IDIOM = re.compile(
    r"[一1][毛分块](?:钱)?(?:都|也|不|没|冇|未|别|莫)|[一1]分(?!钱)|"
    # 一块 is "together" unless cents, an end or the like follow.
    rf"[一1]块(?![钱\s，。五零二三四六七八九多来半\d]|(?!{_ONE_WORD})一(?![{_NO_JIAO}])|$)"
)
_IDIOM_NEXT, _ROUND_UNITS, _CENTS = frozenset("毛分块"), frozenset("万千百"), frozenset("毛角分")
# what a numeral counts when it is not yuan
_COUNTED = re.compile(
    r"(?:天|号|日|月|年|岁|点|分钟|小时|个|期|次|趟|回|遍|遭|位|名|人|口人|倍|折|成(?![吗不么])|斤|公斤|吨|亩|头(?!三|两)|只|棵|辆|台|套|间|家|户|条|张|本|斗|箱|"
    r"单|米|公里|里路|度|平[米方]|周|星期|礼拜|秒|%|％|楼|层|栋|号楼|路|班|届|级|站|股|瓶|包|桶|车|船|网|页|封|份(?!钱)|分之|集|门|所|中|环|院|代|字|句|成|开|线|工作日|"
    r"个点|版|代|杯|碗|顿|瓣|根|颗|把[锁刀伞]|串|盆|双|副|朵|刻|钟|种|轮|场|排|步|样)"
)
_IDENTIFIER = re.compile(r"(?:尾号|卡号|工号|编号|单号|账号|帐号|号码|电话|手机|热线|客服|房号|车牌|身份证|后四位|"
    r"验证码|密码|百分之|千分之|第|零点|M|m|[A-Za-z]{2,})[是为:：\s]*$")
_JOIN = re.compile(r"\s*(?:到|至|-|—|~|～|或者?是?|、)\s*")


def may_name_sum(text: str) -> bool:
    """Whether the text holds a numeral at all; without one it names no sum.

    Examples
    --------
    >>> may_name_sum("还五百"), may_name_sum("好的")
    (True, False)
    """
    return _FIRST.search(text) is not None


def find_sums(text: str) -> list[Sum]:
    """Every sum that may stand in ``text``, left to right, ranges as their lower bound.

    Numerals that count something else (三天, 两期, 八点) or identify (尾号三三零九) are left out.

    Examples
    --------
    >>> [str(found.value) for found in find_sums("先还三块二毛七，剩下的两三千下个月")]
    ['3.27', '2000.00']
    >>> [str(found.value) for found in find_sums("尾号三三零九，分三期，一期一千八")]
    ['1800.00']
    """
    found: list[Sum] = []
    at = 0
    while (first := _FIRST.search(text, at)) is not None:
        start = first.start()
        reading, at = _sum_at(text, start)
        if reading is None:
            continue
        if found and _is_range(text, found[-1], reading):
            found[-1] = _range(found[-1], reading)
        else:
            found.append(reading)
    return [one for one in found if 0 < one.value < LARGEST]


def _sum_at(text: str, start: int) -> tuple[Sum | None, int]:
    """The sum that begins at ``start`` if one does, and where to look on.

    Two characters tell which of the rarer forms to try at all.
    """
    first, second = text[start], text[start + 1 : start + 2]
    if first in "一1" and second in _IDIOM_NEXT and (idiom := _IDIOM.match(text, start)):
        return None, idiom.end()
    if (first in _ROUND_UNITS or second in _ROUND_UNITS) and (rounded := _ROUND.match(text, start)):
        return _round_sum(rounded), rounded.end()
    if second in _CENTS and (small := _SMALL.match(text, start)):
        value = Decimal(_digit(small["jiao"])) / 10 + Decimal(_digit(small["fen"] or small["fen2"])) / 100
        return Sum(start, small.end(), value.quantize(CENT), unit=True), small.end()
    number = scan_number(text, start)
    if number is None:
        return None, start + 1
    if number.value >= _TOO_LONG or _IDENTIFIER.search(text, max(0, start - 8), start):
        return None, number.end
    return _with_unit(text, number)


def _round_sum(found: re.Match[str]) -> Sum:
    """千把块, 千儿八百 (from 800), 百十来块: the lower bound."""
    base = {"万": 10_000, "千": 1000, "百": 100}[found["unit"] or found["eight"] or found["hundred"]]
    value = base * DIGITS[found["n"]] if found["n"] else base * 8 // 10 if found["eight"] else base
    return Sum(found.start(), found.end(), Decimal(value).quantize(CENT), loose=True, unit=found["yuan"] is not None)


def _with_unit(text: str, number: Number) -> tuple[Sum | None, int]:
    at, loose = number.end, number.loose
    marker = _LOOSE.match(text, at)
    if marker:
        at, loose = marker.end(), True
        if text[at : at + 1] in ("万", "千", "百"):  # 十几万, 十来万
            factor = {"万": 10_000, "千": 1000, "百": 100}[text[at]]
            number, at = number._replace(value=number.value * factor, unit=factor), at + 1
            again = _LOOSE.match(text, at)
            at = again.end() if again else at
    unit = _UNIT.match(text, at)
    if unit is None:
        if _COUNTED.match(text, at) or text.startswith("年", at):
            return None, at
        return _bare(text, number, at, loose), at
    at = unit.end()
    value = number.value
    if "多" in unit[0] or "来" in unit[0] or "出头" in unit[0]:
        loose = True
    elif not unit[0].endswith(("钱", "整")):
        tail = _TAIL.match(text, at)
        if tail and not _IDIOM.match(text, at):
            value, at = value + _cents(tail), tail.end()
    after = _ABOUT.match(text, at)
    if after:
        at, loose = after.end(), True
    return Sum(number.start, at, value.quantize(CENT), loose, True, number.spelled), at


def _bare(text: str, number: Number, at: int, loose: bool) -> Sum | None:
    """A numeral without 块: a sum if it is large enough to be one, or written with cents."""
    value = number.value
    if number.spelled and value == value.to_integral_value() and text[number.start] in "零〇":
        return None
    if not value or not (value.same_quantum(_WHOLE) or value.same_quantum(CENT) or value.same_quantum(_TENTH)):
        return None
    return Sum(number.start, at, value.quantize(CENT), loose, text[number.start - 1 : number.start] in ("¥", "￥"), number.spelled)


def _cents(tail: re.Match[str]) -> Decimal:
    if tail["half"]:
        return Decimal("0.5")
    jiao = _digit(tail["jiao"] or tail["jiao2"] or tail["jiao3"])
    fen = _digit(tail["fen"] or tail["fen2"] or tail["fen3"] or tail["fen4"])
    return Decimal(jiao) / 10 + Decimal(fen) / 100


def _digit(char: str | None) -> int:
    return 0 if char is None else DIGITS[char] if char in DIGITS else int(char)


def _is_range(text: str, low: Sum, high: Sum) -> bool:
    """三千到五千, 500-1000, 三到五千; 三百五百 said in one breath."""
    between = text[low.end : high.start]
    if low.spelled or high.spelled or low.value == high.value:
        return False
    if between == " ":  # 剩八百 九百
        return not low.unit and low.value >= 100 and low.value < high.value <= low.value * 3 / 2
    if not between:
        return not low.unit and low.value >= 100 and high.value >= 100 and max(low.value, high.value) <= 5 * min(low.value, high.value)
    return _JOIN.fullmatch(between) is not None


def _range(low: Sum, high: Sum) -> Sum:
    value = low.value
    if value < 10 <= high.value:  # 三到五千
        unit = Decimal(10) ** high.value.adjusted()
        value *= unit
    return Sum(low.start, high.end, min(value, high.value), True, high.unit)
