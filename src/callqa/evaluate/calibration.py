"""Expected calibration error: how far scores are from the share of turns that really carry the label."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from callqa.call import Call
from callqa.labels import LabelScheme

BINS = 10  # of equal width over 0..1, as is usual (Guo et al. 2017, "On Calibration of Modern Neural Networks")


def calibration_errors(pairs: Sequence[tuple[Call, Call]], scheme: LabelScheme) -> dict[str, float | None]:
    """Error of each label's scores over the turns of its role; ``None`` for a label without scores.

    Parameters
    ----------
    pairs
        Gold call and predicted call.
    """
    errors: dict[str, float | None] = {}
    for label in scheme:
        scores, truth = [], []
        for gold, predicted in pairs:
            carries = {utterance.turn: label.name in utterance.labels for utterance in gold.utterances}
            for utterance in predicted.utterances:
                if utterance.speaker == label.role and label.name in utterance.scores and utterance.turn in carries:
                    scores.append(utterance.scores[label.name])
                    truth.append(carries[utterance.turn])
        errors[label.name] = expected_calibration_error(scores, truth) if scores else None
    return errors


def expected_calibration_error(scores: ArrayLike, truth: ArrayLike, bins: int = BINS) -> float:
    """Mean over turns of |share that carries the label - mean score| within bins of equal width.

    Parameters
    ----------
    scores
        Probabilities, ``[n_turns]``.
    truth
        Whether the turn carries the label, ``[n_turns]``.

    Examples
    --------
    >>> round(expected_calibration_error([0.9, 0.9, 0.1, 0.1], [True, True, False, False]), 3)
    0.1
    """
    values = np.asarray(scores, dtype=np.float64)
    carried = np.asarray(truth, dtype=np.float64)
    bin_of = np.minimum((values * bins).astype(np.int64), bins - 1)
    gap = np.bincount(bin_of, weights=carried, minlength=bins) - np.bincount(bin_of, weights=values, minlength=bins)
    return float(np.abs(gap).sum() / len(values))
