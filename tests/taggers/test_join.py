"""Joins are calibrated, thresholds do what they say."""

from __future__ import annotations

import numpy as np
import pytest

from callqa.errors import CallqaError
from callqa.taggers.join import Join, best_threshold, logits_side_by_side, probabilities, threshold_for
from callqa.taggers.operating import NEVER, Curve, parse_point


def test_scores_are_frequencies() -> None:
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(4000, 2))
    gold = rng.random(4000) < probabilities(2 * inputs[:, 0] - 1)
    scores = probabilities(Join.fit(inputs, gold).logits(inputs.T))
    for low in (0.0, 0.25, 0.5, 0.75):
        chosen = (scores >= low) & (scores < low + 0.25)
        assert abs(scores[chosen].mean() - gold[chosen].mean()) < 0.06


def test_one_class_only_is_always_or_never() -> None:
    inputs = np.zeros((3, 1))
    assert probabilities(Join.fit(inputs, np.zeros(3, dtype=bool)).logits(inputs.T)).max() < 0.01
    assert probabilities(Join.fit(inputs, np.ones(3, dtype=bool)).logits(inputs.T)).min() > 0.99


def test_a_rows_score_does_not_depend_on_the_others() -> None:
    rng = np.random.default_rng(1)
    inputs = rng.normal(size=(50, 7))
    join = Join.fit(inputs, rng.random(50) < 0.5)
    assert (join.logits(inputs.T)[:3] == join.logits(inputs[:3].T)).all()
    other = Join.fit(inputs, rng.random(50) < 0.5)
    assert (logits_side_by_side([join, other], inputs)[:3] == np.column_stack([each.logits(inputs[:3].T) for each in (join, other)])).all()


def test_equal_scores_stand_or_fall_together() -> None:
    scores, gold = np.array([0.9, 0.5, 0.5, 0.1]), np.array([True, True, False, False])
    assert best_threshold(scores, gold) <= 0.5
    assert threshold_for(scores, gold, 0.6) == 0.5


def test_no_example_means_never() -> None:
    assert best_threshold(np.array([0.9]), np.array([False])) > 1
    assert Curve(np.array([0.9], dtype=np.float32), np.array([False])).threshold("recall", 0.5) == NEVER


def test_operating_points() -> None:
    curve = Curve(np.array([0.9, 0.8, 0.7, 0.6], dtype=np.float32), np.array([True, False, True, True]))
    assert curve.threshold("precision", 0.7) == pytest.approx(0.6)
    assert curve.threshold("precision", 0.95) == pytest.approx(0.9)
    assert curve.threshold("recall", 0.6) == pytest.approx(0.7)
    assert curve.threshold("recall", 1.0) == pytest.approx(0.6)


@pytest.mark.parametrize("text", ["precision", "precision=", "precision=2", "f1=0.5", "recall=0", ""])
def test_a_point_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(CallqaError, match="operating-point"):
        parse_point(text)
