"""Addresses, licence plates and e-mail addresses in a turn."""

from __future__ import annotations

import re
from collections.abc import Iterator

from callqa.privacy.numbers import DIGIT

# An address begins after the verb or pronoun before it; these characters end the look to the left.
_STOP = "我你您他她它们在住到寄是搬的去址了给这那有个请问呃嗯跟离从就还没不恁于往叫说对吗哦啊，。？！、；：,.?!"
_WORD = rf"(?:(?![{_STOP}]|(?<=老)家)[\u4e00-\u9fffA-Za-z])"
_NUM = rf"(?:[{DIGIT}十百A-Za-z甲乙丙丁]{{1,5}}(?:[-杠之][{DIGIT}]{{1,4}})?)"
# Atomic and possessive: without them a long text of such words costs seconds.
_AREA = rf"(?>{_WORD}{{1,7}}?(?:省|自治区|市|自治州|(?<![小社])区|县|旗|街道|镇|乡)[ ]?)"
_STREET = rf"(?:{_WORD}{{1,7}}?(?:路|街|大道|巷|胡同)(?:[东西南北中]段)?)"
_ESTATE = rf"(?:{_WORD}{{2,8}}?(?:小区|花园|家园|公寓|大厦|新村|苑|府|城|广场|庄园|宿舍|家属院|佳苑|里(?=.{1, 4}(?:号楼|栋|幢))))"
_UNIT = rf"(?:[ ]?{_NUM}[ ]?(?:号楼|号院|号|栋|幢|座|单元|楼|层|室|户|门|弄|组|社|队)(?:院)?)"
_ADDRESS = re.compile(
    rf"{_AREA}{{0,4}}+{_STREET}[ ]?{_UNIT}(?:[ ]?{_ESTATE})?(?:{_UNIT}|[ ]?{_NUM}(?![{DIGIT}元块万千天年月点])){{0,5}}"
    rf"|{_AREA}{{0,4}}+{_STREET}?{_ESTATE}{_UNIT}(?:{_UNIT}|[ ]?[{DIGIT}]{{3,4}}(?![{DIGIT}元块万千]))*"
    rf"|{_AREA}{{0,4}}+{_WORD}{{1,6}}村(?:{_UNIT})+"
    rf"|(?:{_WORD}{{1,7}}?(?:省|市|区|县|镇|乡)){{2,4}}{_WORD}{{1,6}}村"
    rf"|{_AREA}{{2,4}}{_WORD}{{1,5}}?(?:镇|乡|街道)"
    rf"|{_NUM}(?:号楼|栋|幢|座){_NUM}单元{_UNIT}?(?:[{DIGIT}]{{2,4}})?"
)
_PIECE = re.compile(rf"[^{_STOP}]{{4,80}}")  # no address goes beyond one
_ANCHOR = re.compile(r"[号栋幢座室户楼层单组社队村镇乡道]")
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATE = re.compile(
    rf"(?<![\u4e00-\u9fff][{_PROVINCES}])[{_PROVINCES}][ ]?[A-HJ-NP-Za-hj-np-z][ ]?[·•\-]?[ ]?"
    rf"(?:[A-Za-z{DIGIT}][ ]?){{4,5}}[A-Za-z{DIGIT}学警港澳挂](?![A-Za-z{DIGIT}])"
)
_EMAIL = re.compile(
    rf"(?P<local>[A-Za-z{DIGIT}][A-Za-z{DIGIT}._%+\-]{{0,63}})[ ]?(?:@|＠|艾特|圈[aA])[ ]?"
    r"[A-Za-z0-9一二六三][A-Za-z0-9一二六三\-]{0,62}(?:[ ]?(?:\.|点|。)[ ]?(?:[A-Za-z]{2,10}|康姆)){1,3}"
)


def find_addresses(text: str) -> Iterator[tuple[int, int]]:
    """``[start, end)`` of postal addresses down to a house, a unit or a village; a town or a district alone is none.

    Examples
    --------
    >>> text = "我住在郑州市金水区文化路88号院3号楼，公司在上海"
    >>> [text[a:b] for a, b in find_addresses(text)]
    ['郑州市金水区文化路88号院3号楼']
    """
    for piece in _PIECE.finditer(text):
        if _ANCHOR.search(text, *piece.span()):
            for match in _ADDRESS.finditer(text, *piece.span()):
                yield match.span()


def find_plates(text: str) -> Iterator[tuple[int, int]]:
    """``[start, end)`` of licence plates (GA 36), figures read out or not.

    Examples
    --------
    >>> [text[a:b] for text in ["车牌粤B幺二三四五"] for a, b in find_plates(text)]
    ['粤B幺二三四五']
    """
    for match in _PLATE.finditer(text):
        yield match.span()


def find_emails(text: str) -> Iterator[tuple[int, int, int]]:
    """``(start, end, end of the local part)`` of e-mail addresses, written or spoken (艾特, 点).

    Examples
    --------
    >>> list(find_emails("发到wang.x@example.com"))
    [(2, 20, 8)]
    """
    for match in _EMAIL.finditer(text):
        yield match.start(), match.end(), match.end("local")
