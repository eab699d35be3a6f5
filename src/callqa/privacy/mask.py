"""Hiding personal data under asterisks: same length, so that every span still points at its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from callqa.call import Call
from callqa.privacy.recognise import Personal, find_personal

MASK = "*"
# Metadata fields that hold personal data whatever their value looks like.
_PERSONAL_FIELD = re.compile(
    r"姓名|名字|户名|手机|电话|身份证|证件|卡号|地址|邮箱|车牌|phone|mobile|id_?card|id_?no|address|e?mail|plate"
    r"|^name$|(?:customer|client|user|debtor|contact|holder|full|real)_?name",
    re.IGNORECASE,
)


def mask_text(text: str) -> str:
    """``text`` with the personal data in it hidden; as long as it was.

    Examples
    --------
    >>> mask_text("我姓王，电话13800001234")
    '我姓*，电话138****1234'
    """
    return _hide(text, find_personal(text))


def _hide(text: str, found: Iterable[Personal]) -> str:
    chars: list[str] | None = None
    for item in found:
        chars = chars or list(text)
        for index in item.hidden:
            chars[index] = MASK
    return text if chars is None else "".join(chars)


def call_personal(call: Call) -> list[list[Personal]]:
    """Personal data of every turn of a call; a full name introduced in one turn is found in every other too.

    Returns
    -------
    list
        One list a turn, in the call's order.
    """
    found = [find_personal(turn.text) for turn in call.utterances]
    names = {
        turn.text[item.start : item.end]
        for turn, items in zip(call.utterances, found, strict=True)
        for item in items
        if item.kind == "name" and item.end - item.start >= 2
    }
    if not names:
        return found
    known = re.compile("|".join(re.escape(name) for name in sorted(names, key=len, reverse=True)))
    for turn, items in zip(call.utterances, found, strict=True):
        for match in known.finditer(turn.text):
            start, end = match.span()
            if all(end <= item.start or item.end <= start for item in items):
                items.append(Personal("name", start, end, tuple(range(start, end))))
    return [sorted(items, key=lambda item: item.start) for items in found]


def mask_call(call: Call) -> Call:
    """The call with the personal data of its turns and unknown metadata hidden; ids, times and amounts stay.

    Examples
    --------
    >>> from callqa.call import Utterance
    >>> call = Call("c1", (Utterance(1, "agent", "是王小明先生吗"), Utterance(2, "customer", "王小明不在")))
    >>> [turn.text for turn in mask_call(call).utterances]
    ['是***先生吗', '***不在']
    """
    turns = tuple(
        replace(turn, text=_hide(turn.text, items), extra=mask_extra(turn.extra))
        for turn, items in zip(call.utterances, call_personal(call), strict=True)
    )
    return replace(call, utterances=turns, extra=mask_extra(call.extra))


def mask_extra(extra: Mapping[str, Any]) -> Mapping[str, Any]:
    """Metadata that callqa does not know, with the personal data in it hidden: by the name of the field, else by the form of the value.

    Examples
    --------
    >>> mask_extra({"姓名": "王小明", "备注": "打13800001234", "team": "甲组"})
    {'姓名': '***', '备注': '打138****1234', 'team': '甲组'}
    """
    return {key: _mask_value(value, bool(_PERSONAL_FIELD.search(key))) for key, value in extra.items()} if extra else extra


def _mask_value(value: Any, personal: bool) -> Any:
    if isinstance(value, Mapping):
        return {key: _mask_value(item, personal or bool(_PERSONAL_FIELD.search(key))) for key, item in value.items()}
    if isinstance(value, list):
        return [_mask_value(item, personal) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    if personal:
        return "".join(MASK if char.isalnum() else char for char in str(value))
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, int):  # a phone or card number that came as a number
        hidden = mask_text(str(value))
        return value if hidden == str(value) else hidden
    return value
