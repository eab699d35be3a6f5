"""Linear models: a turn's margins hang on its call only, and weights lie where they were learned."""

from __future__ import annotations

import numpy as np

from callqa.call import Call, Utterance
from callqa.features.turns import TurnTable
from callqa.taggers.linear import AROUND, LinearBank, Vocabulary, fit_bank


def call(call_id: str, *texts: str) -> Call:
    return Call(call_id, tuple(Utterance(i + 1, "agent", text) for i, text in enumerate(texts)))


def test_what_was_said_before_counts_and_other_calls_do_not() -> None:
    calls = [call(f"c{i}", "明天还五百好吗" if i % 2 else "今天天气好吗", "好的") for i in range(40)]
    table = TurnTable.of(calls)
    gold = np.array([bool(i % 2) and turn == 1 for i in range(40) for turn in range(2)])
    rows = np.array([turn == 1 for _ in range(40) for turn in range(2)])
    dense = np.zeros((80, 1), dtype=np.float32)
    vocabulary = Vocabulary.fit(table)
    counted = vocabulary.count(table)
    bank = fit_bank(vocabulary.design(table, counted), dense, {"promise": (rows, gold)}, strength={"promise": 10.0}, seed=0)
    margins = bank.scores(table, counted, dense)[:, 0]
    assert ((margins > 0) == gold)[rows].all()  # the same words, told apart by the turn before
    alone = TurnTable.of([calls[3]])
    again = bank.scores(alone, vocabulary.count(alone), dense[:2])[:, 0]
    assert (again == margins[6:8]).all()


def test_an_output_nobody_has_never_stands() -> None:
    table = TurnTable.of([call("a", "好", "好"), call("b", "好", "行")])
    vocabulary = Vocabulary.fit(table)
    counted = vocabulary.count(table)
    dense = np.zeros((4, 1), dtype=np.float32)
    nothing = np.zeros(4, dtype=bool)
    bank = fit_bank(vocabulary.design(table, counted), dense, {"x": (~nothing, nothing)}, strength={"x": 1.0}, seed=0)
    assert bank.scores(table, counted, dense).max() < -10


def test_weights_in_another_order_give_the_same_margins_and_can_be_put_back() -> None:
    table = TurnTable.of([call(f"c{i}", "明天还五百好吗", "今天天气好", "好的", "明天再说") for i in range(3)])
    plain = Vocabulary.fit(table)
    rng = np.random.default_rng(0)
    # As fitting leaves them: an n-gram that is too long for an offset has no weight there.
    weights = {
        offset: rng.random((plain.sizes.size, 2), dtype=np.float32) * (plain.sizes <= longest)[:, None]
        for offset, (longest, _) in AROUND.items()
    }
    fitted = {offset: weights[offset][: plain.weights_for(longest)] for offset, (longest, _) in AROUND.items()}
    banks = [LinearBank(("a", "b"), fitted, np.ones((1, 2), dtype=np.float32), np.zeros(2, dtype=np.float32)) for _ in range(2)]
    ordered = plain.common_first()
    together = LinearBank.beside(banks, ordered)
    dense = np.ones((len(table), 1), dtype=np.float32)
    expected = banks[0].scores(table, plain.count(table), dense)
    assert (together.scores(table, ordered.count(table), dense) == np.hstack([expected, expected])).all()
    back = together.part(slice(0, 2)).by_column(ordered)
    assert all((back[offset] == weights[offset]).all() for offset in AROUND)
    assert ordered.weights_for(2) < ordered.weights_for(3) < ordered.weights_for(5) == plain.sizes.size
