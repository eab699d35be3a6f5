"""Calls that are the same, or nearly: they flatter every figure when one trains and the other tests."""

from __future__ import annotations

import hashlib
import zlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from callqa.call import Call

GRAM = 5  # characters; long enough to be a call's own wording, short enough to survive a changed name or amount
SKETCH = 128  # hashes kept a call; the share two calls have in common is then known to about ±0.04
NEAR = 0.6  # share from which two calls are taken for one


def transcript_key(call: Call) -> str:
    """A hash of who says what; blanks and punctuation do not count."""
    return hashlib.sha256("\n".join(turn.speaker + _letters(turn.text) for turn in call.utterances).encode()).hexdigest()


def sketch(call: Call) -> frozenset[int]:
    """The smallest hashes of the call's character n-grams: two calls share about as many as their wording has in common."""
    text = "".join(_letters(turn.text) for turn in call.utterances)
    grams = {text[i : i + GRAM] for i in range(len(text) - GRAM + 1)}
    return frozenset(sorted(zlib.crc32(gram.encode()) for gram in grams)[:SKETCH])


def similarity(one: frozenset[int], other: frozenset[int]) -> float:
    """Estimated share of wording in common (Jaccard, by bottom-k sketches), 0 to 1.

    Examples
    --------
    >>> similarity(frozenset({1, 2, 3}), frozenset({1, 2, 4}))
    0.5
    """
    union = sorted(one | other)[:SKETCH]
    return sum(value in one and value in other for value in union) / len(union) if union else 0.0


def near_duplicates(calls: Sequence[Call], tests: Sequence[Call]) -> Mapping[str, str]:
    """Id of every call that nearly is a test call → the id of that one."""
    holders: dict[int, list[int]] = defaultdict(list)
    sketches = [sketch(call) for call in tests]
    for index, hashes in enumerate(sketches):
        for value in hashes:
            holders[value].append(index)
    found: dict[str, str] = {}
    for call in calls:
        hashes = sketch(call)
        shared = Counter(index for value in hashes for index in holders.get(value, ()))
        for index, count in shared.most_common(3):
            if count > 1 and similarity(hashes, sketches[index]) >= NEAR:
                found[call.call_id] = tests[index].call_id
                break
    return found


def _letters(text: str) -> str:
    return "".join(char for char in text if char.isalnum())
