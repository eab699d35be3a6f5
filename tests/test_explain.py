"""What spoke for a label is told as it was weighed."""

from __future__ import annotations

import pytest

from callqa.call import Call, Utterance
from callqa.errors import InputError
from callqa.explain import explain_turn
from callqa.taggers.model import Model, load_model

THREAT = "你再不还，我们就起诉你，还要上征信"


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model()


def call() -> Call:
    texts = ("您好，请问是王先生本人吗", "我是", THREAT, "我失业了，真没钱", "好的")
    return Call("c", tuple(Utterance(i + 1, "customer" if i % 2 else "agent", text) for i, text in enumerate(texts)))


def test_scores_and_evidence_are_those_of_tagging(model: Model) -> None:
    tagged = model.tag([call()])[0]
    for turn in tagged.utterances:
        found = explain_turn(call(), turn.turn, model)
        assert {label.label: label.score for label in found.labels} == dict(turn.scores)
        assert {label.label for label in found.labels if label.stands} == set(turn.labels)
        assert found.party == tagged.party_at(turn.turn)


def test_words_speak_for_and_against(model: Model) -> None:
    found = {label.label: label for label in explain_turn(call(), 3, model, fast=True).labels}
    pressure = found["pressure_tactic"]
    assert pressure.stands
    assert any(piece.weight > 0 and piece.text.strip("\x02\x03") in THREAT.replace("，", "") for piece in pressure.pieces)
    assert {part.name for part in pressure.around} == {"turn -1", "turn -2", "turn +1"}
    shown = "".join(THREAT[start:end] for start, end in pressure.evidence)
    assert "起诉" in shown or "征信" in shown
    assert "hardship_disclosure" not in found


def test_training_turns_most_like_it(model: Model) -> None:
    nearest = explain_turn(call(), 4, model, neighbours=3).nearest
    assert len(nearest) == 3
    assert nearest[0].similarity >= nearest[2].similarity
    assert any("hardship_disclosure" in one.labels for one in nearest)
    assert explain_turn(call(), 4, model, fast=True).nearest == ()


def test_a_turn_that_is_not_there(model: Model) -> None:
    with pytest.raises(InputError, match="no turn 9"):
        explain_turn(call(), 9, model)
