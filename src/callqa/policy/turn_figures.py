"""Figures of single turns that a turn condition may set limits to: characters, fillers, seconds, rate, silence, overlap."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf

from callqa.call import Span
from callqa.policy.conditions import Bounds
from callqa.policy.facts import Facts, Mask, mask_of
from callqa.policy.names import TurnTest, limits, no_spans

Figures = Sequence[float | None]


def _chars(facts: Facts) -> Figures:
    return [len(text) for text in facts.folded]


def _fillers(facts: Facts) -> Figures:
    return [len(turn.fillers) for turn in facts.call.utterances]


def _seconds(facts: Facts) -> Figures:
    return [
        None if turn.start_ms is None or turn.end_ms is None else (turn.end_ms - turn.start_ms) / 1000 for turn in facts.call.utterances
    ]


def _chars_per_second(facts: Facts) -> Figures:
    return [len(text) / seconds if seconds and seconds > 0 else None for text, seconds in zip(facts.folded, _seconds(facts), strict=True)]


def _silence_before(facts: Facts) -> Figures:
    return [gap if gap is None or gap > 0 else 0.0 for gap in facts.gaps]


def _overlap(facts: Facts) -> Figures:
    return [None if gap is None else -gap if gap < 0 else 0.0 for gap in facts.gaps]


def _longest_silence(facts: Facts) -> float:
    return facts.gap_range[1]


def _longest_overlap(facts: Facts) -> float:
    return -facts.gap_range[0]


# Per turn a figure; and, where that is quick to say, what no turn of the call exceeds unless it is 0.
_FIGURES: dict[str, tuple[Callable[[Facts], Figures], Callable[[Facts], float] | None]] = {
    "chars": (_chars, None),
    "fillers": (_fillers, None),
    "seconds": (_seconds, None),
    "chars_per_second": (_chars_per_second, None),
    "silence_before": (_silence_before, _longest_silence),
    "overlap": (_overlap, _longest_overlap),
}


def figure_test(name: str, bounds: Bounds) -> TurnTest:
    """Turns whose figure lies within limits; a turn without the figure meets none."""
    (figure, highest), within = _FIGURES[name], limits(bounds)
    lowest = max((limit for limit in (bounds.at_least, bounds.above) if limit is not None), default=-inf)

    def mask(facts: Facts, among: Mask) -> Mask:
        if highest is not None and lowest > 0 and highest(facts) < lowest:
            return 0
        # Few turns reach the lower limit: only those go through the full test.
        reached = [(index, value) for index, value in enumerate(figure(facts)) if value is not None and value >= lowest]
        return mask_of([index for index, value in reached if within(value)]) & among

    def fillers(facts: Facts, index: int) -> tuple[Span, ...]:
        return facts.call.utterances[index].fillers

    return TurnTest(mask, fillers if name == "fillers" else no_spans)
