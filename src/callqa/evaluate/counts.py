"""What is counted, call by call. Everything else (figures, intervals) is arithmetic on these counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping
from decimal import Decimal

from callqa.call import Amount, Call, Promise
from callqa.labels import LabelScheme

Key = tuple[str, ...]
Items = Mapping[Key, set[Hashable]]

SLOTS = ("date", "amount", "method")
HALF_A_CENT = Decimal("0.005")
NO_PROMISE = Promise()


def measures(scheme: LabelScheme) -> list[Key]:
    """Keys of all that is counted as found, missed or invented, in the order of the scheme.

    Examples
    --------
    >>> from callqa.labels import load_scheme
    >>> keys = measures(load_scheme())
    >>> keys[0], keys[-1]
    (('label', 'pressure_tactic'), ('call_gravest', 'misconduct'))
    """
    with_subtypes = [label for label in scheme if label.subtypes]
    return [
        *(("label", label.name) for label in scheme),
        *(("subtype", label.name, sub.name) for label in with_subtypes for sub in label.subtypes),
        *(("subtypes", label.name) for label in with_subtypes),
        ("subtypes",),
        ("spans",),
        *(("call", label.name) for label in scheme),
        *(("call_gravest", label.name) for label in with_subtypes if gravest_subtypes(scheme, label.name)),
    ]


def gravest_subtypes(scheme: LabelScheme, label: str) -> frozenset[str]:
    """Sub-types of a label that have the gravest severity of the scheme."""
    gravest = scheme.severities[-1].name
    return frozenset(sub.name for sub in scheme[label].subtypes if sub.severity == gravest)


def items(call: Call, scheme: LabelScheme, turns: frozenset[int]) -> Items:
    """What stands in a call under each key of `measures`: turns, (turn, sub-type) pairs, (turn, span) pairs, or the call itself.

    Parameters
    ----------
    turns
        The turns of the gold call: what a prediction says of others is not counted.
    """
    found: dict[Key, set[Hashable]] = defaultdict(set)
    for utterance in call.utterances:
        if utterance.turn not in turns:
            continue
        for label in utterance.labels:
            found["label", label].add(utterance.turn)
            found["call", label].add(call.call_id)
        for label, names in utterance.subtypes.items():
            for name in names:
                found["subtype", label, name].add(utterance.turn)
                found["subtypes", label].add((utterance.turn, name))
                found["subtypes",].add((utterance.turn, label, name))
            if gravest_subtypes(scheme, label).intersection(names):
                found["call_gravest", label].add(call.call_id)
        found["spans",].update((utterance.turn, span) for span in utterance.fillers)
    return found


def outcomes(gold: Items, predicted: Items, keys: list[Key]) -> list[tuple[int, int, int]]:
    """(found, invented, missed) for each key."""
    empty: set[Hashable] = set()
    pairs = ((gold.get(key, empty), predicted.get(key, empty)) for key in keys)
    return [(len(g & p), len(p - g), len(g - p)) for g, p in pairs]


def slot_outcomes(gold: Call, predicted: Call, scheme: LabelScheme) -> dict[str, tuple[int, int]]:
    """(right, all) for each promise slot, over the turns where gold and prediction both have a promise."""
    promises = {label.name for label in scheme if label.marks == "promise"}
    by_turn = {utterance.turn: utterance for utterance in predicted.utterances}
    right = dict.fromkeys(SLOTS, 0)
    total = 0
    for utterance in gold.utterances:
        other = by_turn.get(utterance.turn)
        if other is None or not promises.intersection(utterance.labels).intersection(other.labels):
            continue
        total += 1
        wrong = wrong_slots(utterance.ptp, other.ptp)
        for slot in SLOTS:
            right[slot] += slot not in wrong
    return {slot: (right[slot], total) for slot in SLOTS}


def wrong_slots(gold: Promise | None, predicted: Promise | None) -> list[str]:
    """Names of the slots in which two promises differ; no promise is one with empty slots.

    Examples
    --------
    >>> wrong_slots(Promise(amount=Decimal("500.00"), method="app"), Promise(amount=Decimal(500)))
    ['method']
    """
    gold, predicted = gold or NO_PROMISE, predicted or NO_PROMISE
    same = {
        "date": gold.date == predicted.date,
        "amount": _same_amount(gold.amount, predicted.amount),
        "method": gold.method == predicted.method,
    }
    return [slot for slot in SLOTS if not same[slot]]


def _same_amount(gold: Amount | None, predicted: Amount | None) -> bool:
    if isinstance(gold, Decimal) and isinstance(predicted, Decimal):
        return abs(gold - predicted) < HALF_A_CENT
    return gold == predicted


def party_outcomes(gold: Call, predicted: Call) -> tuple[tuple[int, int], tuple[int, int]]:
    """(right, all) by call, for who is on the line first, and by turn, for who holds it then; calls without a gold party have none."""
    if gold.party is None:
        return (0, 0), (0, 0)
    by_turn = [gold.party_at(u.turn) == predicted.party_at(u.turn) for u in gold.utterances]
    return (int(gold.party == predicted.party), 1), (sum(by_turn), len(by_turn))
