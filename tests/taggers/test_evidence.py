"""Evidence: runs of strong characters, made readable, as spans of the text as it came."""

from __future__ import annotations

from itertools import groupby

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from callqa.call import Span
from callqa.features.turns import BARE
from callqa.taggers.evidence import BRIDGED, SHARE_OF_PEAK, _spans

TURNS = st.lists(
    st.lists(st.tuples(st.sampled_from("还款钱，。 "), st.sampled_from([-1.0, 0.0, 0.3, 0.4, 1.0])), max_size=12), min_size=1, max_size=4
)


def plainly(text: str, heat: list[float]) -> tuple[Span, ...]:
    """What one turn shows, character by character; ``heat`` of the characters of the bare text."""
    offsets = [at for at, char in enumerate(text) if char.translate(BARE)]
    strong = [at for at, own in enumerate(heat) if max(heat) > 0 and own >= SHARE_OF_PEAK * max(heat)]
    runs: list[list[int]] = [[at for _, at in run] for _, run in groupby(enumerate(strong), key=lambda item: item[1] - item[0])]
    joined: list[Span] = []
    for run in runs:
        if joined and run[0] - joined[-1][1] <= BRIDGED:
            joined[-1] = (joined[-1][0], run[-1] + 1)
        else:
            joined.append((run[0], run[-1] + 1))
    shown = [span for span in joined if span[1] - span[0] > 1] or joined
    return tuple((offsets[start], offsets[end - 1] + 1) for start, end in shown)


@given(TURNS)
def test_spans_are_those_that_each_turn_shows_by_itself(turns: list[list[tuple[str, float]]]) -> None:
    texts = ["".join(char for char, _ in turn) for turn in turns]
    heats = [[heat for char, heat in turn if char.translate(BARE)] for turn in turns]
    starts = np.cumsum([0, *(len(heat) + 3 for heat in heats)])[:-1].astype(np.int64)
    laid_out = np.array([value for heat in heats for value in (0.0, *heat, 0.0, 0.0)])
    assert _spans(laid_out, starts, texts) == [plainly(text, heat) for text, heat in zip(texts, heats, strict=True)]
