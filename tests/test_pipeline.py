from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from callqa.call import Call, Utterance
from callqa.labels import LabelScheme, load_scheme
from callqa.pipeline import analyse
from callqa.policy import load_policy


@dataclass
class Marks:
    """A tagger that finds 必须 and 那个, and remembers what it was given to read."""

    name: str = "marks-1"
    sha256: str = "0" * 64
    scheme: LabelScheme = field(default_factory=load_scheme)
    read: list[str] = field(default_factory=list)

    def tag(self, calls: Sequence[Call], *, fast: bool = False) -> list[Call]:
        return [replace(call, utterances=tuple(map(self._turn, call.utterances)), labelled=True, model=self.name) for call in calls]

    def _turn(self, turn: Utterance) -> Utterance:
        self.read.append(turn.text)
        must, filler = turn.text.find("必须"), turn.text.find("那个")
        if must >= 0:
            turn = replace(turn, labels=("pressure_tactic",), evidence={"pressure_tactic": ((must, must + 2),)})
        return turn if filler < 0 else replace(turn, labels=(*turn.labels, "filler_words"), fillers=((filler, filler + 2),))


def test_the_model_reads_clean_text_and_the_result_points_into_the_text_as_it_came() -> None:
    broken = (Utterance(1, "agent", "那\u200b個今天", 0, 1000), Utterance(2, "agent", "您必須還款", 1100, 2000))
    tagger = Marks()
    [call] = analyse([Call("c1", (*broken, Utterance(3, "customer", "好", 2500, 2600)))], tagger, load_policy())
    assert tagger.read == ["那个今天您必须还款", "好"]
    one, two, three = call.utterances
    assert [turn.text for turn in call.utterances] == ["那\u200b個今天", "您必須還款", "好"]
    assert (one.labels, two.labels, three.labels) == (("filler_words",), ("pressure_tactic",), ())
    assert one.text[slice(*one.fillers[0])] == "那\u200b個"
    assert two.text[slice(*two.evidence["pressure_tactic"][0])] == "必須"


def test_gold_fields_are_never_read() -> None:
    gold = Utterance(1, "agent", "您好", labels=("misconduct",), subtypes={"misconduct": ("private_benefit",)})
    [call] = analyse([Call("c1", (gold,), party="third_party", labelled=True)], Marks(), load_policy())
    assert call.utterances[0].labels == () and call.utterances[0].subtypes == {} and call.party is None
