from __future__ import annotations

import time

import pytest

from callqa.call import Call, Utterance
from callqa.privacy import mask_call, mask_text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("13800001234", "138****1234"),
        ("幺三八，零零零零，幺二三四", "幺三八，****，幺二三四"),
        ("86 138-0000-1234", "86 138-****-1234"),
        ("座机010-62345678", "座机010-******78"),
        ("身份证11010519491231002X", "身份证110***********002X"),
        ("卡号6222020200112345679", "卡号6222***********5679"),
        ("发wang.x@example.com", "发w*****@example.com"),
        ("车牌粤B·12345", "车牌粤B·*****"),
        ("住阳光小区3栋2单元401室", "住*************"),
        ("找孟繁丽女士", "找***女士"),
        ("六千三百一十八块二毛七", "六千三百一十八块二毛七"),
    ],
)
def test_what_is_hidden_and_what_stays(text: str, masked: str) -> None:
    assert mask_text(text) == masked


def test_a_name_told_once_is_hidden_in_every_turn() -> None:
    call = Call("c1", (Utterance(1, "customer", "王小明不在"), Utterance(2, "agent", "那请问王小明先生几点回来")))
    assert [turn.text for turn in mask_call(call).utterances] == ["***不在", "那请问***先生几点回来"]


def test_spans_still_fit() -> None:
    call = Call("c1", (Utterance(1, "agent", "打13800001234，呃好", fillers=((13, 14),), labels=("filler_words",)),))
    turn = mask_call(call).utterances[0]
    assert turn.text[slice(*turn.fillers[0])] == "呃"


@pytest.mark.parametrize(
    ("key", "value", "hidden"),
    [
        ("客户姓名", "王小明", "***"),
        ("phone", 13800001234, "*" * 11),
        ("note", ["打13800001234"], ["打138****1234"]),
        ("nested", {"mobile": "x1"}, {"mobile": "**"}),
        ("n", 13900001234, "139****1234"),
        ("ok", True, True),
        ("score", 1.5, 1.5),
        ("team", "甲组", "甲组"),
        ("customer_name", "Wang", "****"),
        ("from_name", "label", "label"),
    ],
)
def test_metadata_that_callqa_does_not_know_is_hidden_too(key: str, value: object, hidden: object) -> None:
    call = mask_call(Call("c1", (Utterance(1, "agent", "好", extra={"remark": "姓王", key: value}),), extra={key: value}))
    assert call.extra == {key: hidden}
    assert call.utterances[0].extra == {"remark": "姓*", key: hidden}


@pytest.mark.parametrize(
    "piece",
    ["1", "姓", "一二三 ", "路", "a", "京A", "王", "先生", "我叫", "1号楼", "身份证", "@a.", "家小区", "家小区1号", "市县路村"],
)
def test_long_hostile_text_is_masked_in_bounded_time(piece: str) -> None:
    text = piece * (60_000 // len(piece)) + "@1号先生"
    started = time.perf_counter()
    assert len(mask_text(text)) == len(text)
    assert time.perf_counter() - started < 20  # some 3 s at worst; a runaway pattern takes minutes
