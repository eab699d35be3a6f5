"""Calls as one table of turns: what every feature and tagger of a chunk of calls is computed from."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from callqa.call import Call
from callqa.features.ngrams import END, GRAMS, START, Occurrences, occurrences

I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
F32 = npt.NDArray[np.float32]

_MARKS = "，。？！、；：…—～·,.?!;:~-\"'“”‘’「」『』《》<>()（）[]【】"


class _Bare(dict[int, str | None]):
    """A translation table that fills itself: spaces, punctuation and controls go, full-width forms and capitals are folded."""

    def __missing__(self, point: int) -> str | None:
        char = chr(point)
        if char in _MARKS or char.isspace() or unicodedata.category(char)[0] in "CPZ":
            value = None
        else:
            folded = unicodedata.normalize("NFKC", char).lower()
            value = folded if len(folded) == 1 else char
        self[point] = value
        return value


_TABLE = _Bare()


def bare_text(text: str) -> str:
    """What was said, without what the ASR may or may not write: no spaces, no punctuation, folded width and case.

    Examples
    --------
    >>> bare_text("好的，ＡＰＰ 上还！")
    '好的app上还'
    """
    return text.translate(_TABLE)


def bare_offsets(texts: Sequence[str]) -> I64:
    """Where each character of the bare texts stands in the texts as they came; both count through all texts, one behind the other.

    Examples
    --------
    >>> bare_offsets(["好，还", "！行"]).tolist()
    [0, 2, 4]
    """
    joined = "".join(texts)
    points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    dropped = [ord(char) for char in set(joined) if _TABLE[ord(char)] is None]
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
        agent = np.array([turn.speaker == "agent" for call in calls for turn in call.utterances], dtype=bool)
        known: dict[str, int] = {}
        text_of = np.array([known.setdefault(turn.text, len(known)) for call in calls for turn in call.utterances], dtype=np.int64)
        bare: dict[str, int] = {}
        to_bare = np.array([bare.setdefault(START + bare_text(text) + END, len(bare)) for text in known], dtype=np.int64)
        return cls(tuple(calls), call_of, first, np.repeat(sizes, sizes), agent, tuple(bare), to_bare[text_of] if len(known) else text_of)

    def __len__(self) -> int:
        return int(self.call_of.size)

    @cached_property
    def grams(self) -> Occurrences:
        """N-grams of ``distinct``."""
        return occurrences(self.distinct, GRAMS)

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

    def shifted(self, values: F32, offset: int) -> F32:
        """``values[n_turns, k]`` of the turn ``offset`` turns later, zeros where the call has none."""
        rows, there = self.neighbour(offset)
        return np.where(there[:, None], values[rows], np.float32(0))
