"""Phone, ID and bank card numbers in a turn, in figures or read out digit by digit (幺三八…)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Literal, NamedTuple

NumberKind = Literal["mobile", "landline", "id_number", "bank_card"]

# Digits as ASR writes them; 幺 is "one" on the phone, 洞, 拐 and 勾 are "zero", "seven" and "nine" of soldiers and railwaymen.
_READ_OUT = ("零〇洞", "一幺", "二两", "三", "四", "五", "六", "七拐", "八", "九勾")
SPOKEN = {char: str(value) for value, chars in enumerate(_READ_OUT) for char in chars}
SPOKEN |= {chr(0xFF10 + value): str(value) for value in range(10)}  # full-width figures
DIGIT = "0-9" + "".join(SPOKEN)
# What may stand between two digits of one number: a pause, a dash, a hesitation.
_BETWEEN = r"[\s\-—–_·.,，、。()（）]|[嗯呃额啊]"
_RUN = re.compile(rf"(?<![A-Za-z0-9])[{DIGIT}](?:(?:{_BETWEEN}){{0,2}}[{DIGIT}]){{6,40}}(?:(?:{_BETWEEN}){{0,2}}[XxＸ叉])?")

_MOBILE = re.compile(r"(?:86|0086)?1[3-9]\d{9}")
# Area codes: 010, 02x, and four digits from 03xx to 09xx; local numbers begin with 2 to 8.
_LANDLINE = re.compile(r"(?P<area>010|02\d|0[3-9]\d\d)[2-8]\d{6,7}")
_HOTLINE = re.compile(r"[48]00\d{7}")  # a company's number is nobody's personal data
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999
_CHECK = "10X98765432"

# Words shortly before a number that say what it is; the nearest one counts.
_CUE = re.compile(
    r"(?P<id_number>(?:身份证|证件)号?码?)|(?P<bank_card>卡号码?|银行卡|储蓄卡|[账帐]号码?|账户|卡里)"
    r"|(?P<phone>电话|手机|座机|号码|联系方式|打给|拨打?|打到)|(?P<other>工号|单号|流水|合同|案号|编号|回执|订单|金额|邮编|验证码|日期)"
)
_CUE_REACH = 14  # characters
_LENGTHS = {"id_number": range(15, 19), "bank_card": range(12, 20), "phone": range(7, 13)}


class Number(NamedTuple):
    """A number found: its kind, its characters, and the positions of its digits among them."""

    kind: NumberKind
    start: int
    end: int
    digits: tuple[int, ...]  # positions in the text
    value: str  # plain digits


def find_numbers(text: str) -> Iterator[Number]:
    """Personal numbers of ``text`` from left to right.

    A number counts where its form proves it (mobile, landline with area code, ID checksum, Luhn), or where the words before it say
    what it is and its length fits: ASR drops and doubles digits.

    Examples
    --------
    >>> [(n.kind, n.value) for n in find_numbers("打幺三八零零零零幺二三四，工号六二零一")]
    [('mobile', '13800001234')]
    """
    for run in _RUN.finditer(text):
        yield from _numbers_of_run(text, run.start(), run.end())


def _numbers_of_run(text: str, start: int, end: int) -> Iterator[Number]:
    places = [i for i in range(start, end) if text[i].isdecimal() or text[i] in SPOKEN or text[i] in "XxＸ叉"]
    value = "".join("X" if text[i] in "XxＸ叉" else SPOKEN.get(text[i], text[i]) for i in places)
    # A number begins and ends where the speaker paused: at the ends of the run's groups.
    starts = [k for k in range(len(places)) if k == 0 or places[k] != places[k - 1] + 1]
    ends = [k + 1 for k in range(len(places)) if k + 1 == len(places) or places[k + 1] != places[k] + 1]
    k = 0
    while k < len(places):
        if k in starts:
            cue = _cue(text, places[k])
            for stop in reversed([stop for stop in ends if k + 7 <= stop <= k + 19]):
                kind = _kind(value[k:stop], cue)
                if kind == "hotline":
                    k = stop - 1
                    break
                if kind is not None:
                    yield Number(kind, places[k], places[stop - 1] + 1, tuple(places[k:stop]), value[k:stop])
                    k = stop - 1
                    break
        k += 1


def _cue(text: str, at: int) -> str | None:
    cue = None
    for match in _CUE.finditer(text, max(0, at - _CUE_REACH), at):
        cue = match.lastgroup
    return cue


def _kind(value: str, cue: str | None) -> NumberKind | Literal["hotline"] | None:
    if is_id_number(value):
        return "id_number"
    if value.endswith("X"):
        return "id_number" if cue == "id_number" and len(value) > 14 else None
    if 13 <= len(value) <= 19 and value[0] in "34569" and is_luhn(value) and not (len(value) == 13 and _MOBILE.fullmatch(value)):
        return "bank_card"
    if _HOTLINE.fullmatch(value):
        return "hotline"
    if cue == "other":
        return None
    if _MOBILE.fullmatch(value):
        return "mobile"
    if _LANDLINE.fullmatch(value):
        return "landline"
    if cue is None or len(value) not in _LENGTHS[cue]:
        return None
    if cue == "phone":
        if len(value) < 10:
            return "landline" if value[0] in "2345678" else None
        return "mobile" if value[0] == "1" else "landline" if value[0] == "0" else None
    return "id_number" if cue == "id_number" else "bank_card"


def is_id_number(value: str) -> bool:
    """Whether ``value`` is a resident ID number: 18 characters, a real birthday, the right check character (GB 11643-1999).

    Examples
    --------
    >>> is_id_number("11010519491231002X"), is_id_number("110105194912310021")
    (True, False)
    """
    if len(value) != 18 or not value[:17].isdecimal() or value[0] in "09":
        return False
    try:
        date(int(value[6:10]), int(value[10:12]), int(value[12:14]))
    except ValueError:
        return False
    return _CHECK[sum(int(digit) * weight for digit, weight in zip(value, _WEIGHTS, strict=False)) % 11] == value[17]


def is_luhn(value: str) -> bool:
    """Whether the digits pass the check of bank cards (ISO/IEC 7812-1, annex B).

    Examples
    --------
    >>> is_luhn("4111111111111111"), is_luhn("4111111111111112")
    (True, False)
    """
    total = sum(int(digit) if index % 2 == 0 else sum(divmod(2 * int(digit), 10)) for index, digit in enumerate(reversed(value)))
    return total % 10 == 0


def visible_digits(number: Number) -> tuple[int, int]:
    """How many digits at the head and the tail stay readable, so that the kind and the last four can still be told.

    Examples
    --------
    >>> visible_digits(next(find_numbers("13800001234")))
    (3, 4)
    """
    size = len(number.value)
    if number.kind == "mobile":
        return max(size - 8, 0), 4
    if number.kind == "landline":
        area = _LANDLINE.fullmatch(number.value)
        return (len(area["area"]) if area else 0), 2
    if number.kind == "id_number":
        return 3, 4
    return 4, 4
