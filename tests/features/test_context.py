"""Context features: the agent's open proposal, words of the field, place in the call."""

from __future__ import annotations

from callqa.call import Call, Utterance
from callqa.features.context import context_features, context_names
from callqa.features.lexicon import load_lexicon
from callqa.features.turns import TurnTable


def column(name: str, *turns: tuple[str, str]) -> list[float]:
    lexicon = load_lexicon()
    utterances = tuple(Utterance(i + 1, "agent" if who == "a" else "customer", text) for i, (who, text) in enumerate(turns))
    values = context_features(TurnTable.of([Call("c", utterances)]), lexicon)
    return [round(float(value), 3) for value in values[:, context_names(lexicon).index(name)]]


def test_a_proposal_stays_open_and_fades() -> None:
    found = column("open_proposal", ("a", "明天还五百可以吗"), ("c", "嗯"), ("a", "好"), ("c", "行"))
    assert found[0] == 0
    assert found[1] > found[3] > 0


def test_a_customers_sum_is_no_proposal() -> None:
    assert column("open_proposal", ("c", "明天还五百"), ("c", "行")) == [0, 0]


def test_words_of_the_turn_before() -> None:
    assert column("credit_record@-1", ("a", "会上征信"), ("c", "知道")) == [0, 1]


def test_every_value_lies_between_zero_and_one() -> None:
    lexicon = load_lexicon()
    call = Call("c", (Utterance(1, "agent", "还" * 500), Utterance(2, "customer", "")))
    values = context_features(TurnTable.of([call]), lexicon)
    assert values.min() >= 0
    assert values.max() <= 1
