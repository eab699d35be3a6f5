"""How often date, amount and method of gold promise turns are read right from the bare transcript; null is an answer too.

``python -m benchmarks.promise_accuracy data/train/t1[5-9].jsonl``
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from callqa.labels import load_scheme
from callqa.promise import promise_slots
from callqa.sources import read_labelled

SLOTS = ("date", "amount", "method")


def slot_accuracy(paths: list[Path]) -> tuple[int, dict[str, float]]:
    """Number of gold promise turns, and the share of them with each slot right."""
    right: Counter[str] = Counter()
    turns = 0
    for call in read_labelled(paths, load_scheme()):
        bare = call.unlabelled()
        for gold in call.utterances:
            if gold.ptp is not None:
                turns += 1
                found = promise_slots(bare, gold.turn)
                right.update(slot for slot in SLOTS if getattr(found, slot) == getattr(gold.ptp, slot))
    return turns, {slot: right[slot] / max(turns, 1) for slot in SLOTS}


if __name__ == "__main__":
    count, shares = slot_accuracy([Path(name) for name in sys.argv[1:]])
    print(f"{count} promise turns: " + ", ".join(f"{slot} {share:.3f}" for slot, share in shares.items()))
