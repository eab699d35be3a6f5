"""What a model makes of labelled calls, as if it had only the transcripts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from callqa.call import Call
from callqa.pipeline import Tagger
from callqa.promise import fill_promises

CALLS_AT_ONCE = 32  # between two reports of progress


def predict(model: Tagger, calls: Sequence[Call], *, fast: bool = False, advance: Callable[[int], None] | None = None) -> list[Call]:
    """The calls with the model's tags and promise slots; their gold fields are taken off before it sees them.

    Parameters
    ----------
    fast
        Leave the sentence encoder out.
    advance
        Told how many calls were done since it was told last.
    """
    found: list[Call] = []
    for start in range(0, len(calls), CALLS_AT_ONCE):
        bare = [call.unlabelled() for call in calls[start : start + CALLS_AT_ONCE]]
        found.extend(fill_promises(call) for call in model.tag(bare, fast=fast))
        if advance is not None:
            advance(len(bare))
    return found
