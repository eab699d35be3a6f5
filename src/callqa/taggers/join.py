"""The last word on each label: a small logistic regression over the scores of the models below it, which also calibrates them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

STRENGTH = 0.1


@dataclass(frozen=True)
class Join:
    """``weights`` on standardised inputs; folded so that `logits` takes the inputs as they are."""

    weights: F64
    bias: float

    @classmethod
    def fit(cls, inputs: F64, gold: Bools) -> Join:
        """Fit on scores that come from models which have not seen these rows; not balanced, so that scores are probabilities."""
        from sklearn.linear_model import LogisticRegression  # only fitting needs it, and it takes a second to load

        if gold.all() or not gold.any():
            return cls(np.zeros(inputs.shape[1]), 20.0 if gold.size and gold.all() else -20.0)
        mean, spread = inputs.mean(0), inputs.std(0)
        spread[spread == 0] = 1.0
        model = LogisticRegression(C=STRENGTH, max_iter=2000).fit((inputs - mean) / spread, gold)
        weights = model.coef_[0] / spread
        return cls(weights, float(model.intercept_[0] - mean @ weights))

    def logits(self, inputs: Iterable[F64]) -> F64:
        """One a row, from the inputs column by column: added one by one, a row's result does not hang on how many rows there are."""
        total = np.array(self.bias)
        for column, weight in zip(inputs, self.weights.tolist(), strict=True):
            total = total + column * weight
        return total


def logits_side_by_side(joins: Sequence[Join], inputs: F64) -> F64:
    """`Join.logits` of several that share their inputs, float64[rows, joins]."""
    total = np.tile([join.bias for join in joins], (len(inputs), 1))
    for column, weights in zip(inputs.T, np.transpose([join.weights for join in joins]), strict=True):
        total += column[:, None] * weights
    return total


def probabilities(logits: F64) -> F64:
    """Logits as probabilities.

    Examples
    --------
    >>> probabilities(np.array([0.0])).tolist()
    [0.5]
    """
    return 1.0 / (1.0 + np.exp(-np.clip(logits, -500, 500)))


def best_threshold(scores: F64, gold: Bools) -> float:
    """The threshold with the best F1; half way to the next score below, so that it does not hang on one turn.

    Examples
    --------
    >>> best_threshold(np.array([0.9, 0.8, 0.3, 0.1]), np.array([True, True, False, False]))
    0.55
    """
    if not gold.any():
        return 1.01
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    hits = np.cumsum(gold[order])
    f1 = 2 * hits / (np.arange(1, len(ranked) + 1) + gold.sum())
    f1[:-1][ranked[:-1] == ranked[1:]] = -1.0  # equal scores stand or fall together
    at = int(f1.argmax())
    return float((ranked[at] + (ranked[at + 1] if at + 1 < len(ranked) else 0.0)) / 2)


def threshold_for(scores: F64, gold: Bools, precision: float) -> float | None:
    """The lowest threshold from which on ``precision`` is reached, ``None`` where none reaches it.

    Examples
    --------
    >>> threshold_for(np.array([0.9, 0.8, 0.3]), np.array([True, False, True]), 0.95)
    0.9
    """
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    reached = np.cumsum(gold[order]) / np.arange(1, len(ranked) + 1) >= precision
    reached[:-1][ranked[:-1] == ranked[1:]] = False
    places = np.flatnonzero(reached)
    return float(ranked[places[-1]]) if places.size else None


def stack_columns(parts: Sequence[npt.NDArray[np.floating[Any]]]) -> F64:
    """Parts side by side as float64[rows, columns]."""
    return np.hstack([np.asarray(part, dtype=np.float64) for part in parts])
