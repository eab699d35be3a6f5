from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from callqa.call import Call, Utterance
from callqa.labels import load_scheme
from callqa.sources import read_labelled
from callqa.text.asr import prepare

SCHEME = load_scheme()


def said(turn: int, text: str, start: int, end: int, speaker: str = "agent") -> Utterance:
    return Utterance(turn, "agent" if speaker == "agent" else "customer", text, start, end)


def texts(call: Call) -> list[str]:
    return [turn.text for turn in prepare(call).call.utterances]


@pytest.mark.parametrize(
    ("second", "joined"),
    [
        (said(2, "必须还", 1100, 1500), True),
        (said(2, "必须还", 1300, 1500), False),
        (said(2, "必须还", 900, 1500), False),
        (said(2, "必须还", 1100, 1500, "customer"), False),
        (replace(said(2, "必须还", 0, 1), start_ms=None), False),
        (said(2, "还" * 200, 1100, 1500), False),
    ],
)
def test_a_broken_sentence_is_read_as_one(second: Utterance, joined: bool) -> None:
    call = Call("c1", (said(1, "今天", 0, 1000), second))
    assert texts(call) == (["今天必须还"] if joined else ["今天", second.text])


def test_a_finished_sentence_is_not_gone_on_with() -> None:
    assert texts(Call("c1", (said(1, "好的。", 0, 1000), said(2, "再见", 1050, 1500)))) == ["好的。", "再见"]


def test_pieces_of_spaced_transcripts_are_joined_with_a_blank() -> None:
    assert texts(Call("c1", (said(1, "您 今天", 0, 1000), said(2, "必须 还", 1050, 1500)))) == ["您 今天 必须 还"]


PIECES = Call(
    "c1", (said(1, "呃那個今天", 0, 1000), said(3, "您必須\u200b還", 1050, 1500), said(4, "好", 2000, 2100, "customer")), agent_id="a"
)


def restored(turn: Utterance) -> tuple[Utterance, Utterance]:
    ready = prepare(PIECES)
    [whole, answer] = ready.call.utterances
    assert whole.text == "呃那个今天您必须还"
    tagged = replace(turn, turn=whole.turn, text=whole.text)
    back = ready.restore(replace(ready.call, utterances=(tagged, answer), party="debtor"), SCHEME)
    assert [item.text for item in back.utterances] == [item.text for item in PIECES.utterances]
    assert (back.party, back.agent_id, back.utterances[2]) == ("debtor", "a", PIECES.utterances[2])
    return back.utterances[0], back.utterances[1]


def test_a_label_goes_to_the_piece_that_carries_it() -> None:
    subtypes = {"pressure_tactic": ("ultimatum",)}
    scores = {"pressure_tactic": 0.9, "misconduct": 0.1}
    labelled = Utterance(1, "agent", "", labels=("pressure_tactic",), subtypes=subtypes, scores=scores)
    first, second = restored(replace(labelled, evidence={"pressure_tactic": ((3, 9),)}))
    assert (first.labels, second.labels, second.subtypes) == ((), ("pressure_tactic",), subtypes)
    assert (first.scores, second.scores) == ({"pressure_tactic": 0.0, "misconduct": 0.1}, scores)
    assert [second.text[slice(*span)] for span in second.evidence["pressure_tactic"]] == ["您必須\u200b還"]
    assert first.evidence == {}
    first, second = restored(labelled)
    assert (first.labels, second.labels) == ((), ("pressure_tactic",))


def test_fillers_go_to_the_piece_they_stand_in() -> None:
    first, second = restored(Utterance(1, "agent", "", labels=("filler_words",), fillers=((0, 1), (1, 3))))
    assert (first.labels, first.fillers, second.labels, second.fillers) == (("filler_words",), ((0, 1), (1, 3)), (), ())
    first, second = restored(Utterance(1, "agent", "", labels=("filler_words",), fillers=((4, 7),)))
    assert first.labels == second.labels == ("filler_words",)
    assert [first.text[slice(*span)] for span in first.fillers] == ["天"]
    assert [second.text[slice(*span)] for span in second.fillers] == ["您必"]


def test_a_call_as_it_should_be_costs_nothing() -> None:
    call = Call("c1", (said(1, "您好。", 0, 1000), said(2, "嗯", 1200, 1500, "customer")))
    ready = prepare(call)
    assert ready.call is call and ready.restore(call, SCHEME) is call


def test_every_labelled_call_comes_back_whole() -> None:
    for call in read_labelled([Path(__file__).parents[2] / "data" / "train" / "t10.jsonl"]):
        bare = call.unlabelled()
        ready = prepare(bare)
        assert ready.restore(ready.call, SCHEME) == bare
