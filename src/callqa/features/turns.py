"""Calls as one table of turns: what every feature and tagger of a chunk of calls is computed from."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from callqa.call import Call
from callqa.features.code_points import code_points
from callqa.features.ngrams import END, GRAMS, START, Grams

I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
F32 = npt.NDArray[np.float32]

_MARKS = "，。？！、；：…—～·,.?!;:~-\"'“”‘’「」『』《》<>()（）[]【】"


class _Bare(dict[int, str | None]):
    """A table for `str.translate` that fills itself: spaces, punctuation and controls go, full-width forms and capitals are folded."""

    def __missing__(self, point: int) -> str | None:
        char = chr(point)
        if char in _MARKS or char.isspace() or unicodedata.category(char)[0] in "CPZ":
            value = None
        else:
            folded = unicodedata.normalize("NFKC", char).lower()
            value = folded if len(folded) == 1 else char
        self[point] = value
        return value


BARE = _Bare()


def bare_texts(texts: Sequence[str]) -> list[str]:
    """What was said, without what the ASR may or may not write: no spaces, no punctuation, folded width and case; `START` and `END` around.

    All texts are folded at once, which takes a third of the time that `str.translate` takes text by text.

    Examples
    --------
    >>> bare_texts(["好的，ＡＰＰ 上还！", ""])
    ['\\x02好的app上还\\x03', '\\x02\\x03']
    """
    if not texts:
        return []
    points = code_points(START + (END + START).join(texts) + END)
    used = np.zeros(int(points.max()) + 1, dtype=bool)
    used[points] = True
    folded = np.zeros(used.size, dtype=np.uint32)  # 0 for what goes
    folded[used] = [ord(BARE[point] or "\0") for point in np.flatnonzero(used).tolist()]
    bare = folded.take(points)
    last = np.cumsum(np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)) + 2) - 1
    bare[last], bare[0], bare[last[:-1] + 1] = ord(END), ord(START), ord(START)
    kept = bare != 0
    ends = np.cumsum(kept)[last].tolist()
    joined = bare.compress(kept).tobytes().decode("utf-32-le")
    return [joined[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)]


def bare_offsets(texts: Sequence[str]) -> I64:
    """Where each character of the bare texts stands in the texts as they came; both count through all texts, one behind the other.

    Examples
    --------
    >>> bare_offsets(["好，还", "！行"]).tolist()
    [0, 2, 4]
    """
    joined = "".join(texts)
    points = code_points(joined)
    dropped = [ord(char) for char in set(joined) if BARE[ord(char)] is None]
    return np.flatnonzero(np.isin(points, dropped, invert=True))


@dataclass(frozen=True)
class TurnTable:
    """The turns of some calls in order, a row a turn.

    ``call_of`` row → index of its call; ``first`` row → row of its call's first turn; ``size`` row → turns of its call;
    ``distinct`` every different edged bare text once; ``text_of`` row → index into ``distinct``; ``agent`` row → is it the agent's.
    """

    calls: tuple[Call, ...]
    call_of: I64
    first: I64
    size: I64
    agent: Bools
    distinct: tuple[str, ...]
    text_of: I64

    @classmethod
    def of(cls, calls: Sequence[Call]) -> TurnTable:
        """Flatten ``calls``; gold fields are not looked at."""
        sizes = np.array([len(call.utterances) for call in calls], dtype=np.int64)
        call_of = np.repeat(np.arange(len(calls), dtype=np.int64), sizes)
        first = np.repeat(np.cumsum(sizes) - sizes, sizes)
        turns = [turn for call in calls for turn in call.utterances]
        agent = np.array([turn.speaker == "agent" for turn in turns], dtype=bool)
        known: dict[str, int] = {}
        text_of = np.array([known.setdefault(text, len(known)) for text in bare_texts([turn.text for turn in turns])], dtype=np.int64)
        return cls(tuple(calls), call_of, first, np.repeat(sizes, sizes), agent, tuple(known), text_of)

    def __len__(self) -> int:
        return int(self.call_of.size)

    @cached_property
    def grams(self) -> Grams:
        """N-grams of ``distinct``."""
        return Grams.of(self.distinct, GRAMS[1])

    @cached_property
    def position(self) -> I64:
        """Row → how many turns of its call went before."""
        return np.arange(len(self), dtype=np.int64) - self.first

    @cached_property
    def bounds(self) -> list[tuple[int, int]]:
        """Per call its first row and the row after its last."""
        ends = np.cumsum([len(call.utterances) for call in self.calls]).tolist() if self.calls else []
        return list(zip([0, *ends[:-1]], ends, strict=True)) if ends else []

    def neighbour(self, offset: int) -> tuple[I64, Bools]:
        """Row of the turn ``offset`` turns later in the same call, and whether there is one (rows without point to themselves)."""
        rows = np.arange(len(self), dtype=np.int64)
        place = self.position + offset
        there = (place >= 0) & (place < self.size)
        return np.where(there, rows + offset, rows), there

    def text_at(self, offset: int) -> I64:
        """Row → index into ``distinct`` of the turn ``offset`` turns later, ``len(distinct)`` where the call has none."""
        rows, there = self.neighbour(offset)
        return np.where(there, self.text_of[rows], len(self.distinct))

    def shifted(self, values: F32, offset: int) -> F32:
        """``values[n_turns, k]`` of the turn ``offset`` turns later, zeros where the call has none."""
        rows, there = self.neighbour(offset)
        return np.where(there[:, None], values[rows], np.float32(0))
