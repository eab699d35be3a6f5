"""Columns of short strings, cut out of a text, picked from a few and joined: as hashes, to look them up, or written out.

What makes such strings of many places at once is written once, for both kinds of column.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Protocol, Self, TypeVar

import numpy as np
import numpy.typing as npt

from callqa.features.code_points import MULTIPLIER, mixed_points

U64 = npt.NDArray[np.uint64]
I64 = npt.NDArray[np.int64]

_INVERSE = pow(MULTIPLIER, -1, 1 << 64)


class Column(Protocol):
    """Strings, one a row."""

    def __add__(self, other: Self) -> Self:
        """Row by row, the string and then the other's."""

    def __radd__(self, other: str) -> Self:
        """``other`` and then the string of each row."""

    def __getitem__(self, rows: I64) -> Self:
        """Strings of some rows."""


AnyColumn = TypeVar("AnyColumn", bound=Column, covariant=True)


class Strings(Protocol[AnyColumn]):
    """What makes columns of one kind."""

    def cut(self, starts: I64, ends: I64) -> AnyColumn:
        """``text[start:end]`` row by row, ``ends`` not before ``starts``."""

    def pick(self, options: Sequence[str], which: I64) -> AnyColumn:
        """``options[which]`` row by row."""


class Written:
    """Columns as numpy's arrays of Python's strings, which join as columns do."""

    def __init__(self, text: str) -> None:
        self._text = text

    def cut(self, starts: I64, ends: I64) -> Any:
        """Pieces of the text."""
        pieces = [self._text[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
        return np.array(pieces, dtype=object)

    def pick(self, options: Sequence[str], which: I64) -> Any:
        """Strings out of a few."""
        return np.array(list(options), dtype=object)[which]


class Hashes:
    """Strings as polynomial hashes, with the multiplier to the power of their lengths: enough to join them.

    Two of a million strings share a hash with a probability below 1e-7.
    """

    __slots__ = ("powers", "values")

    def __init__(self, values: U64, powers: U64) -> None:
        self.values, self.powers = values, powers

    @staticmethod
    def of(strings: Sequence[str]) -> Hashes:
        """Hashes of strings.

        Examples
        --------
        >>> whole, joined = Hashes.of(["ab", "b"]), Hashes.of(["a", ""]) + Hashes.of(["b", "b"])
        >>> whole.values.tolist() == joined.values.tolist()
        True
        """
        ends = np.cumsum([len(string) for string in strings], dtype=np.int64)
        return Hashed("".join(strings)).cut(np.concatenate(([0], ends[:-1])).astype(np.int64), ends)

    def __add__(self, other: Hashes) -> Hashes:
        return Hashes(self.values + self.powers * other.values, self.powers * other.powers)

    def __radd__(self, other: str) -> Hashes:
        return _few((other,)) + self

    def __getitem__(self, rows: I64) -> Hashes:
        return Hashes(self.values[rows], self.powers[rows])


class Hashed:
    """Columns as `Hashes`: a piece of the text is the difference of two sums over all that stands before."""

    def __init__(self, text: str) -> None:
        mixed = mixed_points(text)
        self._powers = _powers(MULTIPLIER, mixed.size)
        self._inverse = _powers(_INVERSE, mixed.size)
        self._sums = np.zeros(mixed.size + 1, dtype=np.uint64)
        np.cumsum(mixed * self._powers[:-1], out=self._sums[1:])

    def cut(self, starts: I64, ends: I64) -> Hashes:
        """Pieces of the text."""
        return Hashes((self._sums[ends] - self._sums[starts]) * self._inverse[starts], self._powers[ends - starts])

    def pick(self, options: Sequence[str], which: I64) -> Hashes:
        """Strings out of a few."""
        return _few(tuple(options))[which]


@lru_cache(maxsize=64)
def _few(strings: tuple[str, ...]) -> Hashes:
    return Hashes.of(strings)


def _powers(base: int, count: int) -> U64:
    """``base`` to the powers from 0 to ``count``."""
    factors = np.full(count + 1, base, dtype=np.uint64)
    factors[0] = 1
    return np.multiply.accumulate(factors)
