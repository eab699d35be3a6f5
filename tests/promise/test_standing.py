"""The promise that stands when a call ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.call import Call, Utterance
from callqa.labels import load_scheme, parse_scheme
from callqa.promise import amount_in_yuan, fill_promises, standing_promise
from callqa.promise.standing import _MAY_WITHDRAW, _WITHDRAWN
from callqa.sources import call_from_record, call_to_record

PTP = ("ptp_commitment",)


def call(*texts: str, due: str | None = None, minimum: str | None = None) -> Call:
    """A call of ``a:``/``c:``/``p:`` turns, the last a customer's promise."""
    turns = tuple(
        Utterance(number, "agent" if text[0] == "a" else "customer", text[2:], labels=PTP if text[0] == "p" else ())
        for number, text in enumerate(texts, 1)
    )
    return Call(
        "c1",
        turns,
        started_at=datetime.fromisoformat("2026-03-05T10:12:00+08:00"),
        due=Decimal(due) if due else None,
        minimum_due=Decimal(minimum) if minimum else None,
    )


def test_the_last_promise_wins_and_keeps_what_it_leaves_open() -> None:
    filled = fill_promises(call("p:我明天还五百", "a:后天一千行不行", "p:行", "a:怎么还", "p:用微信"))
    promise = filled.promise
    assert (promise["date"], promise["amount"], promise["method"]) == ("2026-03-07", 1000, "wechat")
    assert promise["turn"] == 5
    assert promise["turns"] == [1, 3, 5]
    assert promise["slot_turns"] == {"date": 3, "amount": 3, "method": 5}
    assert promise["complete"]
    assert promise["missing"] == []


def test_only_turns_that_promise_get_slots() -> None:
    filled = fill_promises(call("c:我十号有事", "p:我明天还五百"))
    assert [turn.ptp is not None for turn in filled.utterances] == [False, True]


def test_nothing_promised_nothing_stands() -> None:
    filled = fill_promises(call("c:没钱", "a:那您再想想"))
    assert filled.promise == {}
    assert standing_promise(filled) is None


def test_a_promise_may_lack_slots() -> None:
    promise = fill_promises(call("p:我先还五百")).promise
    assert promise["missing"] == ["date", "method"]
    assert not promise["complete"]
    assert promise["within_limit"] is None


@pytest.mark.parametrize("words", ["算了，我不还了", "那我不还了", "我还不上了", "当我没说"])
def test_a_promise_may_be_taken_back(words: str) -> None:
    promise = fill_promises(call("p:我明天还五百", "a:好", f"c:{words}")).promise
    assert promise["status"] == "withdrawn"
    assert promise["withdrawn_turn"] == 3


@pytest.mark.parametrize("words", ["好，再见", "还不错", "我记住了", "你不还给我开发票"])
def test_other_talk_takes_nothing_back(words: str) -> None:
    assert fill_promises(call("p:我明天还五百", "a:好", f"c:{words}")).promise["status"] == "standing"


def test_a_promise_made_anew_after_taking_it_back_stands() -> None:
    promise = fill_promises(call("p:我明天还五百", "c:算了，我不还了", "a:您再想想", "p:那后天还五百")).promise
    assert promise["status"] == "standing"
    assert promise["date"] == "2026-03-07"


@pytest.mark.parametrize(
    ("texts", "turn"),
    [
        (("p:我明天还五百", "a:好的，明天五百，对吧"), 2),
        (("p:我明天还五百", "a:好，六号，五百元整"), 2),
        (("a:那明天五百可以吧", "p:可以"), 1),
        (("p:我明天还三千五百", "a:好 的 明天 三千 五百 对 吧"), 2),
        (("p:我明天还五百", "a:好的"), None),
        (("p:我明天还五百", "a:明天是吧"), None),
        (("p:我明天还五百", "a:后天五百"), None),
        (("p:我一定还", "a:好的"), None),
    ],
)
def test_recap(texts: tuple[str, ...], turn: int | None) -> None:
    promise = fill_promises(call(*texts)).promise
    assert promise["recap_turn"] == turn
    assert promise["recapped"] == (turn is not None)


def test_a_recap_may_name_the_minimum_by_its_sum() -> None:
    assert fill_promises(call("p:我明天还最低", "a:明天，六百三十一块八毛三", minimum="631.83")).promise["recapped"]


@pytest.mark.parametrize(("words", "within"), [("今天还", True), ("大后天还", True), ("九号还", False), ("月底还", False)])
def test_within_the_limit_of_an_early_stage(words: str, within: bool) -> None:
    assert fill_promises(call(f"p:{words}")).promise["within_limit"] is within


def test_the_limit_is_the_caller_s() -> None:
    assert fill_promises(call("p:九号还"), limit_days=4).promise["within_limit"] is True


@pytest.mark.parametrize(
    ("said", "yuan"), [("还最低", Decimal("203.10")), ("全部还清", Decimal("2030.00")), ("还五百", Decimal("500.00")), ("我一定还", None)]
)
def test_amounts_in_yuan(said: str, yuan: Decimal | None) -> None:
    standing = standing_promise(fill_promises(call(f"p:{said}", due="2030.00", minimum="203.10")))
    assert standing is not None
    assert standing.yuan == yuan


def test_minimum_and_full_need_the_account_s_figures() -> None:
    assert amount_in_yuan("minimum", call("p:还最低")) is None
    assert amount_in_yuan("full", call("p:全还")) is None


def test_results_keep_the_promise() -> None:
    filled = fill_promises(call("p:我明天用微信还五百块五"))
    again = call_from_record(call_to_record(filled), load_scheme())
    assert dict(again.promise) == dict(filled.promise)
    ptp = again.utterances[0].ptp
    assert ptp is not None
    assert (ptp.date, ptp.amount, ptp.method) == (date(2026, 3, 6), Decimal("500.50"), "wechat")
    assert again.promise["amount"] == 500.5


def test_the_label_that_marks_a_promise_is_the_scheme_s() -> None:
    raw = b"""
format: 1
severities: [{name: info, zh: a, en: a}]
labels: [{name: will_pay, role: customer, zh: a, en: a, guide: g, colour: '#ffffff', marks: promise}]
"""
    made = Call("c1", (Utterance(1, "customer", "我还五百", labels=("will_pay",)),))
    filled = fill_promises(made, parse_scheme(raw, source="test"))
    assert filled.promise["amount"] == 500
    assert fill_promises(made).promise == {}


@given(st.from_regex(_WITHDRAWN))
def test_the_quick_look_passes_over_no_withdrawal(text: str) -> None:
    assert _MAY_WITHDRAW.search(text)


def test_a_call_that_promises_nothing_is_returned_as_it_is() -> None:
    made = call("c:没钱", "a:那您再想想")
    assert fill_promises(made) is made


def test_slots_of_turns_that_promise_no_more_are_taken_off() -> None:
    filled = fill_promises(call("p:我明天还五百"))
    bare = replace(filled, utterances=tuple(replace(turn, labels=()) for turn in filled.utterances))
    again = fill_promises(bare)
    assert [turn.ptp for turn in again.utterances] == [None]
    assert again.promise == {}
