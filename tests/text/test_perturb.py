"""Perturbed calls: what changes, what stays, and where filler spans end up."""

from __future__ import annotations

from decimal import Decimal

import pytest

from callqa.call import Call, Promise, Span, Utterance
from callqa.text.perturb import PERTURBATIONS, homophones, with_digits, with_homophones, without_punctuation


def one_turn(text: str, *fillers: Span) -> Call:
    return Call("c1", (Utterance(1, "agent", text, labels=("filler_words",) if fillers else (), fillers=fillers),))


def only_text(call: Call) -> str:
    return call.utterances[0].text


def filler_texts(call: Call) -> list[str]:
    turn = call.utterances[0]
    return [turn.text[start:end] for start, end in turn.fillers]


def test_punctuation_goes_and_fillers_are_found_again() -> None:
    call = without_punctuation(one_turn("喂，您好……那个，您、您看：呃，三号行吗？", (6, 8), (9, 12), (14, 15)))
    assert only_text(call) == "喂您好那个您您看呃三号行吗"
    assert filler_texts(call) == ["那个", "您您", "呃"]


def test_punctuation_inside_a_number_and_a_turn_of_marks_stay() -> None:
    assert only_text(without_punctuation(one_turn("还3,268.40，行"))) == "还3,268.40行"
    assert only_text(without_punctuation(one_turn("……"))) == "……"


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("十号还三千二百五", "10号还3250"),
        ("尾号零九三一", "尾号0931"),
        ("一共六十八块四", "一共68块4"),
        ("批了五万，两万五也行", "批了5万，25000也行"),
        ("三天之内，五月一号", "3天之内，5月1号"),
        # what is no numeral, or none that ASR writes in figures
        ("万一他不在，一下子就两三千", "万一他不在，一下子就两三千"),
        ("前两天一天一个电话，二十几个", "前两天一天一个电话，二十几个"),
        ("还500", "还500"),
    ],
)
def test_numerals_become_figures(said: str, written: str) -> None:
    assert only_text(with_digits(one_turn(said))) == written


def test_fillers_move_with_the_figures_before_them() -> None:
    assert filler_texts(with_digits(one_turn("一万四千八那个呃", (5, 7), (7, 8)))) == ["那个", "呃"]


def test_homophones_hit_one_word_of_twenty_with_characters_of_the_same_sound() -> None:
    text = "您的征信会受影响逾期还款要处理" * 100
    changed = only_text(with_homophones(one_turn(text), seed=1))
    differing = [(a, b) for a, b in zip(text, changed, strict=True) if a != b]
    assert all(b in homophones()[a] for a, b in differing)
    words = 100 * 8
    assert 0.03 * words < len(differing) < 0.07 * words


def test_homophones_depend_on_seed_and_call_only() -> None:
    call = one_turn("您的征信会受影响逾期还款要处理" * 10)
    assert with_homophones(call, seed=1) == with_homophones(call, seed=1)
    assert only_text(with_homophones(call, seed=1)) != only_text(with_homophones(call, seed=2))
    assert only_text(with_homophones(Call("c2", call.utterances), seed=1)) != only_text(with_homophones(call, seed=1))
    assert with_homophones(call, seed=1, rate=0.0) == call


def test_every_known_confusion_of_the_field_is_possible() -> None:
    assert "正" in homophones()["征"]
    assert "预" in homophones()["逾"]
    assert "环" in homophones()["还"]
    assert "带" in homophones()["代"]
    assert "发" in homophones()["法"]


@pytest.mark.parametrize("name", PERTURBATIONS)
def test_labels_and_promise_stay(name: str) -> None:
    promise = Promise(amount=Decimal(500), method="app")
    turn = Utterance(2, "customer", "好，明天还五百。", labels=("ptp_commitment",), subtypes={"ptp_commitment": ("firm",)}, ptp=promise)
    after = PERTURBATIONS[name](Call("c1", (turn,), party="debtor"), 0)
    assert (after.party, after.utterances[0].labels, after.utterances[0].ptp) == ("debtor", ("ptp_commitment",), promise)
