"""Fitting linear models on the vectors of any sentence encoder, with scores of every turn by models that had not seen it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from callqa.call import PARTIES
from callqa.features.encoder import Encoder
from callqa.features.turns import TurnTable
from callqa.taggers.encoder_scores import VectorScores, around, encode_turns
from callqa.taggers.outputs import Outputs

F32 = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
I64 = npt.NDArray[np.int64]

STRENGTH = 1.0
NEVER = -10.0  # margin of an output that no training turn has


def fit_vector_scores(
    table: TurnTable, outputs: Outputs, encoder: Encoder, folds: I64, listeners: I64, seed: int
) -> tuple[VectorScores, F32]:
    """Models on all calls, and scores of all turns out of fold.

    Parameters
    ----------
    folds
        Fold of each call.
    listeners
        Gold party of each turn, index into `PARTIES`.
    """
    everything = np.ones(len(table), dtype=bool)
    raw = encode_turns(table, everything, encoder, None)
    mean = raw.mean(0)
    inputs = around(table, raw - mean)
    gold = np.hstack([outputs.gold(table.calls), listeners[:, None] == np.arange(len(PARTIES))])
    scores = np.zeros(gold.shape, dtype=np.float32)
    for fold in range(int(folds.max()) + 1):
        held = (folds == fold)[table.call_of]
        weights, bias = _fit(table, outputs, inputs, gold, ~held, seed)
        scores[held] = inputs[held] @ weights + bias
    return VectorScores(outputs, encoder, mean, *_fit(table, outputs, inputs, gold, everything, seed)), scores


def _fit(table: TurnTable, outputs: Outputs, inputs: F32, gold: Bools, rows: Bools, seed: int) -> tuple[F32, F32]:
    weights = np.zeros((inputs.shape[1], gold.shape[1]), dtype=np.float32)
    bias = np.full(gold.shape[1], NEVER, dtype=np.float32)
    for column in range(gold.shape[1]):
        chosen = rows & (table.agent == outputs.agent[column]) if column < outputs.count else rows
        y = gold[chosen, column]
        if not y.any() or y.all():
            continue
        model = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=300, random_state=seed).fit(inputs[chosen], y)
        weights[:, column], bias[column] = model.coef_[0], model.intercept_[0]
    return weights, bias
