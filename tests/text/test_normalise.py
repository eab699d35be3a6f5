from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.call import Call, Utterance
from callqa.sources import read_labelled
from callqa.text.normalise import as_it_came, is_normal, normalise, normalise_call
from callqa.text.offsets import Edit, OffsetMap, apply_edits


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("您嘅帳單已經逾期，請儘快還款", "您嘅帐单已经逾期，请尽快还款"),
        ("信用卡１２３４，ＡＰＰ還款", "信用卡1234，APP还款"),
        ("好的　您稍等", "好的 您稍等"),
        ("一\n二\t三", "一 二 三"),
        ("乾隆年間的乾淨", "乾隆年间的干净"),
        ("⼈在⾦融", "人在金融"),
        ("嗯\u200b\ufeff那\u202e个\x00", "嗯那个"),
        ("什么？您说！（好）", "什么？您说！（好）"),
        ("正信", "正信"),
        ("嗰個孃孃", "嗰个孃孃"),
        ("好\ud800的", "好的"),
    ],
)
def test_texts_as_the_model_knows_them(text: str, normal: str) -> None:
    assert normalise(text).text == normal
    assert normalise(normal).text == normal


def test_labelled_data_is_normal_already() -> None:
    calls = read_labelled(sorted((Path(__file__).parents[2] / "data" / "train").glob("*.jsonl"))[:5])
    changed = [turn.text for call in calls for turn in call.utterances if normalise(turn.text).text != turn.text]
    assert changed == []


def test_spans_lead_back_to_the_text_as_it_came() -> None:
    original = Call("c1", (Utterance(1, "agent", "嗯\u200b\u200b那個\ufeff帳單"), Utterance(2, "customer", "好")))
    normal, maps = normalise_call(original)
    assert [turn.text for turn in normal.utterances] == ["嗯那个帐单", "好"]
    tagged = replace(normal, utterances=(replace(normal.utterances[0], fillers=((1, 3), (3, 5))), normal.utterances[1]))
    turn = as_it_came(tagged, original, maps).utterances[0]
    assert [turn.text[slice(*span)] for span in turn.fillers] == ["那個", "帳單"]


def test_a_normal_call_is_not_copied() -> None:
    call = Call("c1", (Utterance(1, "agent", "您好"),))
    assert normalise_call(call)[0] is call


@given(st.text())
def test_any_text_is_normalised_once_and_for_all(text: str) -> None:
    done = normalise(text)
    assert normalise(done.text).text == done.text
    if is_normal(text):
        assert done.text == text


@given(st.text(max_size=30), st.lists(st.integers(0, 30), max_size=8), st.data())
def test_characters_that_stay_are_found_on_both_sides(text: str, cuts: list[int], data: st.DataObject) -> None:
    edges = sorted({min(cut, len(text)) for cut in cuts})
    edits = [Edit(a, b, data.draw(st.text(max_size=3))) for a, b in zip(edges[::2], edges[1::2], strict=False)]
    new, offsets = apply_edits(text, edits)
    for at in range(len(text)):
        if not any(edit.start <= at < edit.end for edit in edits):
            start, end = offsets.to_new((at, at + 1))
            assert new[start:end] == text[at]
            assert offsets.to_old((start, end)) == (at, at + 1)
    assert OffsetMap().to_new((1, 2)) == (1, 2)
