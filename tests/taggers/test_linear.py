"""Linear models: a turn's margins hang on its call only, and weights lie where they were learned."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from callqa.call import PARTIES, Call, Utterance
from callqa.features.lexicon import load_lexicon
from callqa.features.turns import TurnTable
from callqa.labels import load_scheme
from callqa.taggers.linear import AROUND, LinearBank, Vocabulary, fit_bank
from callqa.taggers.outputs import Outputs
from callqa.taggers.signals import LinearModels, dense_features, learned_labels


def call(call_id: str, *texts: str) -> Call:
    return Call(call_id, tuple(Utterance(i + 1, "agent", text) for i, text in enumerate(texts)))



def by_column(bank: LinearBank, vocabulary: Vocabulary) -> dict[int, npt.NDArray[np.float32]]:
    """Weights with a row for each column of the vocabulary, whatever their own order."""
    found = {}
    for offset, weights in bank.weights.items():
        found[offset] = np.zeros((vocabulary.places.size, weights.shape[1]), dtype=np.float32)
        here = vocabulary.places < len(weights)
        found[offset][here] = weights[vocabulary.places[here]]
    return found


def test_what_was_said_before_counts_and_other_calls_do_not() -> None:
    calls = [call(f"c{i}", "明天还五百好吗" if i % 2 else "今天天气好吗", "好的") for i in range(40)]
    table = TurnTable.of(calls)
    gold = np.array([bool(i % 2) and turn == 1 for i in range(40) for turn in range(2)])
    rows = np.array([turn == 1 for _ in range(40) for turn in range(2)])
    dense = np.zeros((80, 1), dtype=np.float32)
    vocabulary = Vocabulary.fit(table)
    counted = vocabulary.count(table)
    bank = fit_bank(vocabulary.design(table, counted), dense, {"promise": (rows, gold)}, strength={"promise": 10.0}, seed=0)
    margins = bank.scores(table, counted, dense, np.arange(len(table)))[:, 0]
    assert ((margins > 0) == gold)[rows].all()  # the same words, told apart by the turn before
    alone = TurnTable.of([calls[3]])
    again = bank.scores(alone, vocabulary.count(alone), dense[:2], np.arange(2))[:, 0]
    assert (again == margins[6:8]).all()


def test_an_output_nobody_has_never_stands() -> None:
    table = TurnTable.of([call("a", "好", "好"), call("b", "好", "行")])
    vocabulary = Vocabulary.fit(table)
    counted = vocabulary.count(table)
    dense = np.zeros((4, 1), dtype=np.float32)
    nothing = np.zeros(4, dtype=bool)
    bank = fit_bank(vocabulary.design(table, counted), dense, {"x": (~nothing, nothing)}, strength={"x": 1.0}, seed=0)
    assert bank.scores(table, counted, dense, np.arange(len(table))).max() < -10


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
    together = LinearBank.beside(banks).ordered(ordered)
    dense, rows = np.ones((len(table), 1), dtype=np.float32), np.arange(len(table))
    expected = banks[0].scores(table, plain.count(table), dense, rows)
    assert (together.scores(table, ordered.count(table), dense, rows) == np.hstack([expected, expected])).all()
    back = by_column(together.part(slice(0, 2)), ordered)
    assert all((back[offset] == weights[offset]).all() for offset in AROUND)
    assert ordered.weights_for(2) < ordered.weights_for(3) < ordered.weights_for(5) == plain.sizes.size


def test_banks_are_split_by_side_and_come_back_as_they_were_fitted() -> None:
    scheme = load_scheme()
    outputs = Outputs.of(scheme)
    turns = [Utterance(i + 1, "customer" if i % 2 else "agent", "明天还五百好吗") for i in range(6)]
    table = TurnTable.of([Call("c", tuple(turns))])
    lexicon = load_lexicon()
    plain = Vocabulary.fit(table)
    rng = np.random.default_rng(0)
    party = np.zeros((1, len(PARTIES)), dtype=np.float32)
    features = dense_features(table, lexicon, party)

    def bank(*names: str) -> LinearBank:
        weights = {
            offset: rng.random((plain.sizes.size, len(names)), dtype=np.float32) * (plain.sizes <= longest)[:, None]
            for offset, (longest, _) in AROUND.items()
        }
        return LinearBank(
            names, weights, rng.random((features.shape[1], len(names)), dtype=np.float32), np.ones(len(names), dtype=np.float32)
        )

    subtypes = tuple(map("/".join, outputs.subtypes))
    fitted = (bank(*learned_labels(scheme)), bank(*subtypes), bank(*subtypes))
    models = LinearModels.of(plain, outputs, *fitted)
    for found, given in zip((models.labels, models.subtypes, models.kinds), fitted, strict=True):
        assert found.names == given.names
        assert all((back == given.weights[offset]).all() for offset, back in by_column(found, models.vocabulary).items())
        assert (found.dense == given.dense).all()
    margins, kinds = models.margins(table, outputs, lexicon, party)
    weights = {offset: fitted[1].weights[offset][: plain.weights_for(longest)] for offset, (longest, _) in AROUND.items()}
    expected = replace(fitted[1], weights=weights).scores(table, plain.count(table), features, np.arange(len(table)))
    own_side = table.agent[:, None] == np.array(outputs.agent[len(outputs.labels) :])
    assert np.allclose(margins[:, len(outputs.labels) :], np.where(own_side, expected, 0), atol=1e-5)
    assert (kinds[:, : len(outputs.labels)] == 0).all()
