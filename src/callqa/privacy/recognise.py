"""All kinds of personal data of a turn, without overlaps."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from callqa.privacy.names import find_names
from callqa.privacy.numbers import DIGIT, find_numbers, visible_digits
from callqa.privacy.places import find_addresses, find_emails, find_plates

Kind = Literal["mobile", "landline", "id_number", "bank_card", "email", "plate", "address", "name"]

# Most turns hold nothing personal: one look says so. A digit run, an @, a title or a word that introduces a name, a word of addresses.
_WORTH_A_LOOK = re.compile(
    rf"[{DIGIT}](?:.?.?[{DIGIT}]){{3}}|[@＠]|艾特|圈[aA]|姓|叫|本人|是|找|户名|主|人|先生|女士|小姐|太太|阿姨|叔|大哥|大姐|师傅|老师|经理|老板|同志|医生|律师|警官"
    r"|[号栋幢座室村路]|单元|[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼] ?[A-Za-z]"
)


class Personal(NamedTuple):
    """A piece of personal data: kind, ``[start, end)``, and which of its characters a mask hides."""

    kind: Kind
    start: int
    end: int
    hidden: tuple[int, ...]  # positions in the text


def find_personal(text: str) -> list[Personal]:
    """Personal data of ``text`` from left to right; where two kinds overlap, the surer one stands.

    Examples
    --------
    >>> [(p.kind, p.start, p.end) for p in find_personal("我姓王，电话13800001234")]
    [('name', 2, 3), ('mobile', 6, 17)]
    """
    if not _WORTH_A_LOOK.search(text):
        return []
    found: list[Personal] = []
    for start, end, local in find_emails(text):
        _add(found, Personal("email", start, end, tuple(range(start + 1 if local - start > 1 else start, local))))
    for number in find_numbers(text):
        head, tail = visible_digits(number)
        hidden = number.digits[head : len(number.digits) - tail] or number.digits
        _add(found, Personal(number.kind, number.start, number.end, hidden))
    for start, end in find_plates(text):
        _add(found, Personal("plate", start, end, _letters(text, start + 2, end)))
    for start, end in find_addresses(text):
        _add(found, Personal("address", start, end, _letters(text, start, end)))
    for start, end in find_names(text):
        _add(found, Personal("name", start, end, _letters(text, start, end)))
    return sorted(found, key=lambda item: item.start)


def _letters(text: str, start: int, end: int) -> tuple[int, ...]:
    return tuple(i for i in range(start, end) if text[i].isalnum())


def _add(found: list[Personal], item: Personal) -> None:
    if all(item.end <= other.start or other.end <= item.start for other in found):
        found.append(item)
