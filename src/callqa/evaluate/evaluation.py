"""Figures of a set of predicted calls against gold, each with a bootstrap interval over calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from callqa.call import Call
from callqa.errors import InputError
from callqa.evaluate.calibration import calibration_errors
from callqa.evaluate.counts import SLOTS, Key, items, measures, outcomes, party_outcomes, slot_outcomes
from callqa.labels import LabelScheme

Counts = NDArray[np.int64]
Values = NDArray[np.float64]

BOOTSTRAP_SAMPLES = 1000
COVERAGE = 0.95  # share of bootstrap samples that an interval holds


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with the interval that its bootstrap samples fill; ``None`` where there is nothing to measure."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """Precision, recall and F1 of one thing; ``support`` is how often gold has it."""

    precision: Estimate
    recall: Estimate
    f1: Estimate
    support: int
    predicted: int


@dataclass(frozen=True, slots=True)
class Share:
    """How many of ``support`` cases are right."""

    accuracy: Estimate
    support: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All figures of one comparison.

    ``subtypes`` {label: {sub-type: figure}}; ``subtypes_by_label`` and ``subtypes_micro`` pool (turn, sub-type) pairs;
    ``spans`` are exact filler spans; ``call_labels`` ask whether a label stands anywhere in the call, ``call_gravest`` whether one
    of its sub-types of the gravest severity does; ``slots`` count promises found in both; ``calibration`` is the expected
    calibration error of a label's scores, ``None`` where the prediction has no scores.
    """

    calls: int
    turns: int
    missing_calls: int
    macro_f1: Estimate
    labels: Mapping[str, Figure]
    subtypes_micro: Figure
    subtypes_by_label: Mapping[str, Figure]
    subtypes: Mapping[str, Mapping[str, Figure]]
    spans: Figure
    slots: Mapping[str, Share]
    party: Share
    party_turns: Share
    call_labels: Mapping[str, Figure]
    call_gravest: Mapping[str, Figure]
    calibration: Mapping[str, float | None]


def evaluate_calls(
    gold: Sequence[Call],
    predicted: Sequence[Call],
    scheme: LabelScheme,
    *,
    seed: int = 0,
    samples: int = BOOTSTRAP_SAMPLES,
) -> Evaluation:
    """Compare predicted calls with gold ones, matched by ``call_id``.

    Parameters
    ----------
    gold, predicted
        Labelled calls. A gold call without a prediction counts as one in which nothing was found; predictions for other calls are
        left out.
    seed
        Of the bootstrap.
    samples
        Bootstrap samples, each drawing as many calls as there are, with replacement; 0 leaves the intervals out.

    Raises
    ------
    InputError
        No gold call, or two calls of one side have the same id.

    Examples
    --------
    >>> from callqa.call import Utterance
    >>> from callqa.labels import load_scheme
    >>> gold = Call("c1", (Utterance(1, "agent", "今天必须还", labels=("pressure_tactic",)),), party="debtor")
    >>> result = evaluate_calls([gold], [gold.unlabelled()], load_scheme())
    >>> result.labels["pressure_tactic"].recall.value, result.party.accuracy.value
    (0.0, 0.0)
    """
    if not gold:
        raise InputError("there is no gold call to compare with")
    _by_id(gold)
    by_id = _by_id(predicted)
    pairs = [(call, by_id.get(call.call_id) or Call(call.call_id, ())) for call in gold]
    keys = measures(scheme)
    counts, shares = _count(pairs, scheme, keys)
    weights = _draw(len(gold), samples, seed)

    figures = _figures(counts, weights)
    by_key = dict(zip(keys, (_figure(figures, counts, index) for index in range(len(keys))), strict=True))
    right = [_share(shares[:, index], weights) for index in range(shares.shape[1])]
    core = [keys.index(("label", name)) for name in scheme.core]

    def group(kind: str) -> dict[str, Figure]:
        return {key[1]: figure for key, figure in by_key.items() if key[0] == kind and len(key) == 2}

    return Evaluation(
        calls=len(gold),
        turns=sum(len(call.utterances) for call in gold),
        missing_calls=sum(call.call_id not in by_id for call in gold),
        macro_f1=_estimate(_macro(figures[:, core, 2])) if core else Estimate(None),
        labels=group("label"),
        subtypes_micro=by_key["subtypes",],
        subtypes_by_label=group("subtypes"),
        subtypes={
            label.name: {sub.name: by_key["subtype", label.name, sub.name] for sub in label.subtypes} for label in scheme if label.subtypes
        },
        spans=by_key["spans",],
        slots=dict(zip(SLOTS, right, strict=False)),
        party=right[len(SLOTS)],
        party_turns=right[len(SLOTS) + 1],
        call_labels=group("call"),
        call_gravest=group("call_gravest"),
        calibration=calibration_errors(pairs, scheme),
    )


def _by_id(calls: Sequence[Call]) -> dict[str, Call]:
    by_id: dict[str, Call] = {}
    for call in calls:
        if by_id.setdefault(call.call_id, call) is not call:
            raise InputError(f"two calls are called {call.call_id}", field="call_id")
    return by_id


def _count(pairs: Sequence[tuple[Call, Call]], scheme: LabelScheme, keys: list[Key]) -> tuple[Counts, Counts]:
    """Counts ``[n_calls, n_keys, 3]`` (found, invented, missed) and ``[n_calls, n_shares, 2]`` (right, all)."""
    counts, shares = [], []
    for gold, predicted in pairs:
        turns = frozenset(utterance.turn for utterance in gold.utterances)
        counts.append(outcomes(items(gold, scheme, turns), items(predicted, scheme, turns), keys))
        slots = slot_outcomes(gold, predicted, scheme)
        shares.append([*(slots[slot] for slot in SLOTS), *party_outcomes(gold, predicted)])
    return np.array(counts, dtype=np.int64), np.array(shares, dtype=np.int64)


def _draw(calls: int, samples: int, seed: int) -> Counts:
    """How often each call stands in each sample, ``[1 + samples, n_calls]``; row 0 is the data itself."""
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(calls, np.full(calls, 1 / calls), size=samples)
    return np.concatenate([np.ones((1, calls), dtype=np.int64), drawn.astype(np.int64)])


def _figures(counts: Counts, weights: Counts) -> Values:
    """Precision, recall and F1 ``[1 + samples, n_keys, 3]``; NaN where undefined: neither gold nor prediction has it."""
    summed = (weights @ counts.reshape(len(counts), -1)).reshape(len(weights), -1, 3)
    found, invented, missed = summed[..., 0], summed[..., 1], summed[..., 2]
    # F1 from the counts: it is defined (and 0) where only one of precision and recall is
    return np.stack(
        [_ratio(found, found + invented), _ratio(found, found + missed), _ratio(2 * found, 2 * found + invented + missed)], axis=-1
    )


def _ratio(part: Counts, whole: Counts) -> Values:
    ratio: Values = np.full(part.shape, np.nan)
    np.divide(part, whole, out=ratio, where=whole > 0)
    return ratio


def _figure(figures: Values, counts: Counts, index: int) -> Figure:
    found, invented, missed = (int(value) for value in counts[:, index].sum(axis=0))
    precision, recall, f1 = (_estimate(figures[:, index, column]) for column in range(3))
    return Figure(precision, recall, f1, support=found + missed, predicted=found + invented)


def _macro(f1: Values) -> Values:
    """Mean over labels ``[1 + samples]`` of F1 ``[1 + samples, n_labels]``; an undefined one counts as 0, as in the reference scorer."""
    mean: Values = np.nan_to_num(f1).mean(axis=1)
    return mean


def _share(counts: Counts, weights: Counts) -> Share:
    support = int(counts[:, 1].sum())
    if not support:
        return Share(Estimate(None), 0)
    summed = weights @ counts
    return Share(_estimate(_ratio(summed[:, 0], summed[:, 1])), support)


def _estimate(values: Values) -> Estimate:
    """Value of the data (the first), 0 where it is undefined, with the percentile interval of the bootstrap samples (the rest).

    A sample that has no case of the thing says nothing about it and is left out.
    """
    value = float(np.nan_to_num(values[0]))
    samples = values[1:][~np.isnan(values[1:])]
    if not len(samples):
        return Estimate(value)
    tail = (1 - COVERAGE) / 2
    low, high = np.quantile(samples, [tail, 1 - tail])
    return Estimate(value, float(low), float(high))
