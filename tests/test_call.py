"""Calls: bare transcripts, parties by turn, and travelling between processes."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, fields
from decimal import Decimal

import pytest

from callqa.call import Call, Flag, FlagHit, PartyChange, Promise, Utterance, make_utterance, maker

TAGGED = Call(
    "c1",
    (
        Utterance(
            1,
            "customer",
            "明天还五百",
            0,
            900,
            labels=("ptp_commitment",),
            subtypes={"ptp_commitment": ("firm",)},
            ptp=Promise(amount=Decimal(500)),
            scores={"ptp_commitment": 0.9},
            evidence={"ptp_commitment": ((2, 3),)},
            extra={"confidence": 0.8},
        ),
    ),
    agent_id="a1",
    due=Decimal("10.50"),
    party="third_party",
    party_from=(PartyChange(4, "debtor"), PartyChange(9, "third_party")),
    flags=(Flag("late", "notice", hits=(FlagHit(5), FlagHit(2), FlagHit(5, ((0, 1),)))),),
    score=90.0,
    promise={"date": None},
    model="m",
    labelled=True,
    extra={"team": "甲"},
)


def test_unlabelled_keeps_the_transcript_and_nothing_else() -> None:
    bare = Call("c1", (Utterance(1, "customer", "明天还五百", 0, 900, extra={"confidence": 0.8}),), agent_id="a1", due=Decimal("10.50"))
    assert TAGGED.unlabelled() == Call(**{**{name: getattr(bare, name) for name in Call.__slots__}, "extra": {"team": "甲"}})
    assert TAGGED.unlabelled().unlabelled() == TAGGED.unlabelled()


@pytest.mark.parametrize(("turn", "party"), [(1, "third_party"), (3, "third_party"), (4, "debtor"), (8, "debtor"), (9, "third_party")])
def test_party_at_follows_hand_overs(turn: int, party: str) -> None:
    assert TAGGED.party_at(turn) == party


def test_nobody_on_the_line_before_anybody_has_said() -> None:
    assert Call("c", (), party_from=(PartyChange(2, "debtor"),)).party_at(1) is None


def test_turns_of_a_flag_are_each_named_once_in_order() -> None:
    assert TAGGED.flags[0].turns == (2, 5)


def test_calls_travel_between_processes_and_cannot_be_changed() -> None:
    assert pickle.loads(pickle.dumps(TAGGED)) == copy.deepcopy(TAGGED) == TAGGED
    with pytest.raises(FrozenInstanceError):
        setattr(TAGGED, "party", "debtor")  # noqa: B010  as a caller would by mistake


def test_an_utterance_that_is_made_quickly_is_frozen_and_has_the_fields_of_the_class() -> None:
    turn = make_utterance(1, "agent", "您好", end_ms=900)
    assert type(turn) is Utterance
    assert turn == Utterance(1, "agent", "您好", end_ms=900)
    assert [getattr(turn, one.name) for one in fields(Utterance)] == [1, "agent", "您好", None, 900, (), {}, (), None, {}, {}, {}]
    with pytest.raises(FrozenInstanceError):
        setattr(turn, "text", "")  # noqa: B010  as a caller would by mistake
    with pytest.raises(TypeError, match="text"):
        make_utterance(1, "agent")  # type: ignore[call-arg]


def test_what_a_maker_makes_is_what_the_class_makes() -> None:
    made = maker(FlagHit)(3, ((0, 2),))
    assert made == FlagHit(3, ((0, 2),))
    assert type(made) is FlagHit
    assert pickle.loads(pickle.dumps(made)) == made
    with pytest.raises(FrozenInstanceError):
        setattr(made, "turn", 4)  # noqa: B010  as a caller would by mistake
