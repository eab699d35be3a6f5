"""Turns with filler candidates, laid out one behind the other, and what to find around a place of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from callqa.features.code_points import code_points
from callqa.features.columns import Column, Hashed, Strings
from callqa.features.filler_candidates import Candidate
from callqa.features.word_classes import LONGEST, WordClasses

I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

BREAKS = "，。？！、…,.?!；：;:~～“”\"' \t\u3000-—"  # what parts clauses, or would if the ASR wrote it
NUMERALS = "0123456789.一二三四五六七八九十百千万零两几"
NUMBER, EDGE, OTHER = "M", "$", "?"  # classes of what is no word
_BEFORE, _BEHIND = "^^^", "$$$$"  # what stands around a turn: as much of it as features look at


C = TypeVar("C", bound=Column)


class CandidateTurn(NamedTuple):
    """A turn with candidates; ``previous`` is the text of the turn before, empty at the start of the call."""

    text: str
    previous: str
    candidates: Sequence[Candidate]


class CandidateTurns:
    """Candidates of some turns, a row each, in a text that holds all these turns and the turns before them.

    ``start``, ``end`` row → the candidate's place in the text; ``begin``, ``stop`` row → that of its turn; ``earlier_begin``,
    ``earlier_stop`` row → that of the turn before; ``of`` row → index of its turn; ``count`` row → how many candidates its turn has,
    ``number`` row → how many of them stand before it; ``kind`` row → index into ``kinds``.
    """

    def __init__(self, turns: Sequence[CandidateTurn]) -> None:
        self.text = "".join([f"{_BEFORE}{turn.text}{_BEHIND}" for turn in turns] + [turn.previous for turn in turns])
        self.hashed = Hashed(self.text)
        self._points = code_points(self.text)
        counts = np.array([len(turn.candidates) for turn in turns], dtype=np.int64)
        self.of = np.repeat(np.arange(len(turns), dtype=np.int64), counts)
        self.count = counts[self.of]
        self.number = np.arange(self.of.size) - (np.cumsum(counts) - counts)[self.of]
        sizes = np.array([len(turn.text) for turn in turns], dtype=np.int64)
        stops = np.cumsum(sizes + len(_BEFORE) + len(_BEHIND)) - len(_BEHIND)
        self.begin, self.stop = (stops - sizes)[self.of], stops[self.of]
        earlier = np.array([len(turn.previous) for turn in turns], dtype=np.int64)
        earlier_stops = len(self.text) - int(earlier.sum()) + np.cumsum(earlier)
        self.earlier_begin, self.earlier_stop = (earlier_stops - earlier)[self.of], earlier_stops[self.of]
        spans = np.array([one[:2] for turn in turns for one in turn.candidates], dtype=np.int64).reshape(-1, 2)
        self.start, self.end = spans.T + self.begin
        kinds = [one.kind for turn in turns for one in turn.candidates]
        self.kinds = tuple(sorted(set(kinds)))
        self.kind = np.array([self.kinds.index(kind) for kind in kinds], dtype=np.int64)

    def __len__(self) -> int:
        return int(self.of.size)

    def among(self, chars: str, places: I64) -> Bools:
        """Whether one of ``chars`` stands at each place."""
        return np.isin(self._points[places], code_points(chars))

    def same(self, places: I64, others: I64) -> Bools:
        """Whether the same character stands at two places."""
        same: Bools = self._points[places] == self._points[others]
        return same

    def clause_begin(self, places: I64) -> I64:
        """Where the clause begins that each place stands in."""
        return behind_last(self._breaks, places)

    def clause_stop(self, places: I64) -> I64:
        """Where it ends."""
        return from_next(self._breaks, places)

    def behind_words(self, places: I64) -> I64:
        """The place behind the last character before each place that parts no clauses."""
        return behind_last(np.setdiff1d(np.arange(len(self.text)), self._breaks, assume_unique=True), places)

    @cached_property
    def _breaks(self) -> I64:
        """Places where clauses are parted, the edges of turns among them."""
        breaks = np.isin(self._points, code_points(BREAKS))
        breaks[self.begin - 1] = breaks[self.stop] = True
        return np.flatnonzero(breaks)

    @cached_property
    def _numerals(self) -> Bools:
        return np.isin(self._points, code_points(NUMERALS))

    def words(self, classes: WordClasses, at: I64, limit: I64, step: int) -> tuple[I64, I64]:
        """The longest words from some places on, up to a limit: their classes, and where they end.

        ``step`` is 1 for the words after the places, -1 for those before them. Where the limit is reached there is an edge; numerals
        are one number.
        """
        other, edge, number = map(classes.letters.index, (OTHER, EDGE, NUMBER))
        inside = at != limit
        found, to = np.where(inside, other, edge), at + step * inside
        for size in range(1, LONGEST + 1):
            far = at + step * size
            rows = np.flatnonzero(step * far <= step * limit)
            of_rows = classes.at(self.hashed, np.minimum(at, far)[rows], np.maximum(at, far)[rows])
            rows, of_rows = rows[of_rows >= 0], of_rows[of_rows >= 0]
            found[rows], to[rows] = of_rows, far[rows]
        rows = np.flatnonzero(inside & self._numerals[at if step > 0 else at - 1])
        if rows.size:
            found[rows] = number
            others, start, end = np.flatnonzero(~self._numerals), at[rows], limit[rows]
            to[rows] = np.minimum(from_next(others, start), end) if step > 0 else np.maximum(behind_last(others, start), end)
        return found, to

    def word(self, strings: Strings[C], classes: WordClasses, at: I64, found: I64, to: I64) -> C:
        """The words that `words` found, ``M`` for a number and ``$`` for an edge."""
        special = np.where(found == classes.letters.index(NUMBER), 1, np.where(at == to, 2, 0))
        start = np.minimum(at, to)
        return strings.cut(start, np.where(special == 0, np.maximum(at, to), start)) + strings.pick(("", NUMBER, EDGE), special)


def from_next(marked: I64, places: I64) -> I64:
    """The first of the ``marked`` places (in order) from each place on, of which there must be one."""
    return marked[np.searchsorted(marked, places)]


def behind_last(marked: I64, places: I64) -> I64:
    """The place behind the last of the ``marked`` places (in order) before each place, of which there must be one."""
    return marked[np.searchsorted(marked, places) - 1] + 1
