"""What stands around filler candidates, as the features of a CRF.

A feature's name that begins with the candidate's kind is learned for that kind alone, one that begins with ``*`` for all kinds together.
The letter after it names the template (comments below), what follows is the value. The features of all candidates of many turns are
made together, a template at a time: written out for learning, as hashes for tagging.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from callqa.features.columns import Column, Strings, Written
from callqa.features.filler_turns import EDGE, NUMBER, OTHER, CandidateTurn, CandidateTurns
from callqa.features.word_classes import WordClasses

I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]
Bools = npt.NDArray[np.bool_]
C = TypeVar("C", bound=Column)

CLASSES = NUMBER + EDGE + OTHER + "^bc"  # letters that stand for a class where there is no word
_QUESTION_ENDS = "？?吗呢么"
_NEGATIONS = "不没别未甭"
_PRONOUNS = "我你您他她它咱俺这那"
_STEPS = "点填输选拍传"  # what 然后 orders when the agent explains an app
_CONDITIONS = "不没要能如若"
_AROUND = 8  # characters of the clause on either side that count as context
_DIGITS = "0123456789"
_TRUTH = ("False", "True")


def written_features(turns: Sequence[CandidateTurn], classes: WordClasses) -> list[list[list[str]]]:
    """Names of the features of each candidate of each turn; ``classes`` know the letters `CLASSES`."""
    places = CandidateTurns(turns)
    of_candidates: list[list[str]] = [[] for _ in range(len(places))]
    for rows, column in _Templates(places, Written(places.text), classes).features():
        for row, name in zip(rows.tolist(), column, strict=True):
            of_candidates[row].append(name)
    ends = np.cumsum([len(turn.candidates) for turn in turns]).tolist()
    return [of_candidates[end - len(turn.candidates) : end] for end, turn in zip(ends, turns, strict=True)]


def hashed_features(turns: Sequence[CandidateTurn], classes: WordClasses) -> tuple[I64, U64]:
    """The same as hashes: candidates (all turns' in one row) and, one by one, a feature that they have."""
    places = CandidateTurns(turns)
    found = list(_Templates(places, places.hashed, classes).features())
    return np.concatenate([rows for rows, _ in found]), np.concatenate([column.values for _, column in found])


class _Templates(Generic[C]):
    """Features of all candidates of some turns, as columns of one kind."""

    def __init__(self, turns: CandidateTurns, strings: Strings[C], classes: WordClasses) -> None:
        self.turns, self.strings, self.classes = turns, strings, classes
        self.first, self.last = turns.clause_begin(turns.start), turns.clause_stop(turns.end)  # edges of the clause
        self.opens, self.closes = self.first == turns.start, self.last == turns.end
        before = np.where(turns.start == turns.begin, 0, np.where(self.opens, 1, 2))
        after = np.where(turns.end == turns.stop, 0, np.where(self.closes, 1, 2))
        self.edge_before, self.edge_after = strings.pick("^bc", before), strings.pick("$bc", after)
        self.every = np.arange(len(turns), dtype=np.int64)

    def features(self) -> Iterator[tuple[I64, C]]:
        """All features; those of one candidate come in the order in which they are learned."""
        turns, every = self.turns, self.every
        kind = self.strings.pick(turns.kinds, turns.kind)
        yield every, "=" + self.strings.cut(turns.start, turns.end)
        yield every, "=" + kind
        shared, own = self._neighbours()
        yield from ((every, "*" + column) for column in shared)
        yield from ((every, kind + column) for column in (*shared, *own, *self._distances()))
        for rows, column in (*self._clause(), *self._others(kind), *self._answers(), *self._clause_before(), *self._of_kind()):
            yield rows, kind[rows] + column

    def _neighbours(self) -> tuple[list[C], list[C]]:
        """Characters, words and word classes next to the candidate: templates for all kinds, and for its own."""
        turns, classes, cut = self.turns, self.classes, self.strings.cut
        at, to = turns.start, turns.end
        left, left2, right, right2 = cut(at - 1, at), cut(at - 2, at), cut(to, to + 1), cut(to, to + 2)
        letters1, behind1 = turns.words(classes, to, self.last, 1)
        letters2, behind2 = turns.words(classes, behind1, self.last, 1)
        letters3, _ = turns.words(classes, behind2, self.last, 1)
        letters0, front = turns.words(classes, at, self.first, -1)
        letters00, front2 = turns.words(classes, front, self.first, -1)
        word = turns.word(self.strings, classes, to, letters1, behind1)
        word2 = turns.word(self.strings, classes, behind1, letters2, behind2)
        before = turns.word(self.strings, classes, at, letters0, front)
        before2 = turns.word(self.strings, classes, front, letters00, front2)
        index = classes.letters.index  # where the clause ends, its kind of edge stands for a class
        class1 = self._class(np.where(self.closes, np.where(to == turns.stop, index(EDGE), index("b")), letters1))
        class0 = self._class(np.where(self.opens, np.where(at == turns.begin, index("^"), index("b")), letters0))
        class2, class3, class00 = self._class(letters2), self._class(letters3), self._class(letters00)
        shared = [
            "a" + left,
            "b" + left2,
            "c" + cut(at - 3, at),
            "d" + cut(at - 2, at - 1),
            "e" + right,
            "f" + right2,
            "g" + cut(to, to + 3),
            "h" + cut(to, to + 4),
            "i" + cut(to + 1, to + 2),
            "j" + cut(to + 1, to + 3),
            "k" + left + right,
            "l" + left2 + right,
            "m" + left + right2,
            "n" + class1,
            "o" + class1 + class2,
            "p" + class0,
            "q" + class0 + class1,
            "r" + word,
        ]
        own = [
            "s" + before,
            "t" + before2,
            "u" + word2,
            "v" + class00 + class0,
            "w" + class0 + class1 + class2,
            "x" + class1 + class2 + class3,
        ]
        return shared, own

    def _distances(self) -> list[C]:
        """How far it is to the edges of the clause and of the turn, and what these are."""
        turns, digit = self.turns, self._digit
        before, after, size = turns.start - self.first, self.last - turns.end, turns.stop - turns.begin
        return [
            self.edge_before + self.edge_after,
            "A" + digit(before, 8),  # characters to either edge of the clause
            "B" + digit(after, 8),
            "C" + digit(before, 3) + digit(after // 2, 4),
            "D" + digit((turns.start - turns.begin) // 3, 5),  # and of the turn
            "E" + digit((turns.stop - turns.end) // 3, 5),
            "F" + digit(size // 6, 6),
            "G" + self._truth(turns.among(_QUESTION_ENDS, self.last - 1) | turns.among(_QUESTION_ENDS, self.last)),
            "H" + digit(turns.count, 4),
        ]

    def _clause(self) -> Iterator[tuple[I64, C]]:
        """Characters of the clause after and before."""
        turns = self.turns
        yield from self._characters("I", self.every, turns.end, np.minimum(self.last, turns.end + _AROUND))
        yield from self._characters("J", self.every, np.maximum(self.first, turns.start - _AROUND), turns.start)

    def _others(self, kind: C) -> Iterator[tuple[I64, C]]:
        """The turn's other candidates (K those before, L those after), and those that touch this one (M, N)."""
        turns = self.turns
        rows = np.repeat(self.every, turns.count)
        other = np.arange(rows.size) - np.repeat(np.cumsum(turns.count) - turns.count, turns.count) + (self.every - turns.number)[rows]
        rows, other = rows[other != rows], other[other != rows]
        touch = (turns.end[other] == turns.start[rows]) | (turns.start[other] == turns.end[rows])
        rows, other = np.repeat(rows, 2), np.repeat(other, 2)  # once as it is, once if it touches
        twice = np.tile([False, True], touch.size)
        kept = ~twice | np.repeat(touch, 2)
        rows, other, twice = rows[kept], other[kept], twice[kept]
        yield rows, self.strings.pick("KLMN", 2 * twice + (other > rows)) + kind[other]

    def _answers(self) -> Iterator[tuple[I64, C]]:
        """A candidate that opens the turn: what it may answer."""
        turns, strings = self.turns, self.strings
        rows = np.flatnonzero(turns.start - turns.begin < 3)
        begin, stop = turns.earlier_begin[rows], turns.earlier_stop[rows]
        last = np.maximum(stop - 1, begin)
        edges = self.edge_before[rows] + self.edge_after[rows]
        yield rows, "O" + strings.cut(last, stop)
        yield rows, "P" + strings.cut(np.maximum(stop - 2, begin), stop)
        yield rows, "Q" + self._digit((stop - begin) // 4, 4)
        yield rows, "R" + edges + self._truth((last < stop) & turns.among(_QUESTION_ENDS, last - (last == stop)))
        for step in range(_AROUND - 1):
            at = np.maximum(stop - _AROUND, begin) + step
            there = at < stop - 1
            yield rows[there], "S" + strings.cut(at[there], at[there] + 2)

    def _clause_before(self) -> Iterator[tuple[I64, C]]:
        """A candidate that opens a later clause: after a denial (不是催您，就是登记一下) 就是 means "only"."""
        turns, strings = self.turns, self.strings
        rows = np.flatnonzero(self.opens & (turns.start - turns.begin >= 3))
        stop = np.maximum(turns.behind_words(self.first[rows]), turns.begin[rows])
        begin = turns.clause_begin(stop)
        denies = ((begin < stop) & turns.among(_NEGATIONS, begin)) | (self._count("不是", begin, stop) > 0)
        yield rows, "T" + self._truth(denies)
        yield rows, "U" + self._digit(stop - begin, 6)
        yield rows, "V" + strings.cut(np.maximum(stop - 1, begin), stop)
        yield from self._characters("W", rows, np.maximum(stop - _AROUND, begin), stop)

    def _of_kind(self) -> Iterator[tuple[I64, C]]:
        """Templates that only some kinds have."""
        turns, strings = self.turns, self.strings
        rows = self._rows_of("然后")  # orders two steps?
        begin, start, end, stop = turns.begin[rows], turns.start[rows], turns.end[rows], turns.stop[rows]
        first, then = self._there("先", begin, start), self._there("再", end, stop)
        yield rows, "X" + self._truth(first) + self._truth(then) + self._digit(self._count("然后", begin, stop), 3)
        yield rows, "Y" + self._truth(self._there(_STEPS, begin, stop))

        rows = self._rows_of("的话")  # a condition?
        begin, start, end, stop = turns.begin[rows], turns.start[rows], turns.end[rows], turns.stop[rows]
        yield rows, "X" + self._truth(self._there(_CONDITIONS, begin, start))
        yield rows, "Y" + self._truth(self._there("就", end, np.minimum(end + _AROUND, stop)))

        rows = self._rows_of("repeat1", "repeat2")  # a stumble, or a word that doubles (谢谢, 看看)?
        start, end = turns.start[rows], turns.end[rows]
        other = self.classes.letters.index(OTHER)
        letters = self.classes.at(turns.hashed, start, start + 1)
        sorts = np.where(turns.among(_PRONOUNS, start), len(self.classes.letters), np.where(letters < 0, other, letters))
        sort = strings.pick((*self.classes.letters, "pronoun"), sorts)
        known = self._truth(self.classes.at(turns.hashed, start, end) >= 0)
        sizes, size = np.unique(end - start, return_inverse=True)
        letters, behind = turns.words(self.classes, end - 1, self.last[rows], 1)
        long = (behind - end > 0) & (letters != self.classes.letters.index(NUMBER))
        yield rows, "X" + sort
        yield rows, "Y" + known
        yield rows, "Z" + sort + known
        yield rows, "0" + strings.pick([str(one) for one in sizes.tolist()], size)
        yield rows, "1" + self._truth(long) + self._class(letters)

    def _rows_of(self, *kinds: str) -> I64:
        return np.flatnonzero(np.isin(self.turns.kind, [index for index, kind in enumerate(self.turns.kinds) if kind in kinds]))

    def _there(self, chars: str, start: I64, end: I64) -> Bools:
        """Whether one of ``chars`` stands in ``text[start:end]``, row by row."""
        places, text = zip(start.tolist(), end.tolist(), strict=True), self.turns.text
        return np.array([not frozenset(chars).isdisjoint(text[start:end]) for start, end in places], dtype=bool)

    def _count(self, word: str, start: I64, end: I64) -> I64:
        """How often a word stands in ``text[start:end]``, row by row."""
        places, text = zip(start.tolist(), end.tolist(), strict=True), self.turns.text
        return np.array([text.count(word, start, end) for start, end in places], dtype=np.int64)

    def _characters(self, template: str, rows: I64, start: I64, end: I64) -> Iterator[tuple[I64, C]]:
        """Each character of ``text[start:end]``, which is at most `_AROUND` long, once."""
        for step in range(_AROUND):
            at = start + step
            new = at < end
            for earlier in range(step):
                new &= ~self.turns.same(np.minimum(at, end), np.minimum(start + earlier, end))
            yield rows[new], template + self.strings.cut(at[new], at[new] + 1)

    def _class(self, letters: I64) -> C:
        return self.strings.pick(self.classes.letters, letters)

    def _digit(self, values: I64, most: int) -> C:
        return self.strings.pick(_DIGITS, np.minimum(values, most))

    def _truth(self, values: Bools) -> C:
        return self.strings.pick(_TRUTH, values.astype(np.int64))
