"""Character n-grams as a TF-IDF matrix, counted with numpy over a whole chunk of turns at once.

scikit-learn's vectorizer counts n-grams in a Python loop, which alone would cost more than everything else a turn goes through
(docs/decisions.md). Here all texts of a chunk lie in one array of code points and every n-gram is a 64-bit polynomial hash, so that
counting is a few array operations. Two n-grams of one vocabulary share a hash with a probability below 1e-8.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from callqa.features.code_points import MULTIPLIER, mixed_points

U64 = npt.NDArray[np.uint64]
I64 = npt.NDArray[np.int64]
I32 = npt.NDArray[np.int32]
F32 = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

GRAMS = (1, 5)  # lengths of the n-grams that models of a turn see
START, END = "\x02", "\x03"  # edges of a turn: an n-gram knows that it begins or ends one
_MULTIPLIER = np.uint64(MULTIPLIER)
_SPARE_BITS = 2  # buckets a vocabulary's entry, as a power of two
_SEEDS = np.array([0xA5A5A5A5A5A5A5A5 ^ (n * 0x0123456789ABCDEF & 0xFFFFFFFFFFFFFFFF) for n in range(9)], dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class HashTable:
    """Sorted hashes by their first bits: where each bucket starts, and how many entries the fullest has.

    Hashes are uniform, so a bucket holds no entry, one or a few; `numpy.searchsorted` takes ten times as long.
    """

    hashes: U64
    shift: np.uint64
    starts: npt.NDArray[np.int32]
    fullest: int

    @classmethod
    def of(cls, hashes: U64) -> HashTable:
        """A table of hashes, which must be sorted."""
        bits = int(hashes.size).bit_length() + _SPARE_BITS
        shift = np.uint64(64 - bits)
        sizes = np.bincount((hashes >> shift).astype(np.int64), minlength=1 << bits)
        return cls(hashes, shift, (np.cumsum(sizes) - sizes).astype(np.int32), int(sizes.max()))

    def look_up(self, hashes: U64) -> tuple[Bools, I32]:
        """Which hashes the table holds, and the place of those in it."""
        if not self.hashes.size:
            return np.zeros(hashes.size, dtype=bool), np.zeros(hashes.size, dtype=np.int32)
        # What comes first from a bucket's start on is greater than what is looked for where the bucket is empty, and less where there
        # is nothing from there on ("clip" takes the last entry then): neither is taken for a hit.
        at = self.starts.take((hashes >> self.shift).view(np.int64))
        held = self.hashes.take(at, mode="clip")
        hits = held == hashes
        more = np.flatnonzero(held < hashes)
        for _ in range(1, self.fullest):
            at[more] += 1
            held, wanted = self.hashes.take(at[more], mode="clip"), hashes[more]
            hits[more[held == wanted]] = True
            more = more[held < wanted]
        return hits, at

    def find(self, hashes: U64) -> tuple[I64, I32]:
        """Indices of those hashes that the table holds, in order, and their places in it.

        Examples
        --------
        >>> table = HashTable.of(np.array([3, 8], dtype=np.uint64))
        >>> [found.tolist() for found in table.find(np.array([8, 5, 3], dtype=np.uint64))]
        [[0, 2], [1, 0]]
        """
        hits, at = self.look_up(hashes)
        indices = np.flatnonzero(hits)
        return indices, at.take(indices)


@dataclass(frozen=True, slots=True)
class Grams:
    """Some texts one behind the other, and a hash of the characters from each place on.

    ``row_of`` place → index of its text; ``ends`` last place of each text that is not empty; ``rolling[n - 1]`` place → hash of ``n``
    characters, which reach into the next text where the place's own ends before.
    """

    row_of: I32
    ends: I64
    rolling: tuple[U64, ...]

    @classmethod
    def of(cls, texts: Sequence[str], longest: int) -> Grams:
        """N-grams of up to ``longest`` characters."""
        lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
        mixed = mixed_points("".join(texts))
        with np.errstate(over="ignore"):
            rolling = [mixed]
            for n in range(2, min(longest, mixed.size) + 1):
                rolling.append(rolling[-1][:-1] * _MULTIPLIER + mixed[n - 1 :])
        row_of = np.repeat(np.arange(len(texts), dtype=np.int32), lengths)
        return cls(row_of, np.cumsum(lengths)[lengths > 0] - 1, tuple(rolling))

    def hashes(self, size: int, places: I64) -> U64:
        """Hashes of the n-grams of ``size`` characters at some places."""
        return _finished(self.rolling[size - 1].take(places), size)

    def known(self, table: HashTable, longest: int) -> tuple[I64, I32]:
        """Places of all n-grams of up to ``longest`` characters that a table holds, and where it holds them.

        The table must hold both parts, of one character less, of each n-gram that it holds: only where both were found is an n-gram
        looked up, which is two of three, and few of the long ones.
        """
        there, entries = table.look_up(_finished(self.rolling[0].copy(), 1))
        places = np.flatnonzero(there)
        found_places, found_entries = [places], [entries.take(places)]
        for size in range(2, min(longest, len(self.rolling)) + 1):
            wanted = there[:-1] & there[1:]
            if size == 2:
                wanted[self.ends[:-1]] = False  # of longer ones that reach into the next text a part does, too
            places = np.flatnonzero(wanted)
            hits, entries = table.look_up(self.hashes(size, places))
            there = np.zeros(there.size, dtype=bool)
            there[places] = hits
            indices = np.flatnonzero(hits)
            found_places.append(places.take(indices))
            found_entries.append(entries.take(indices))
        return np.concatenate(found_places), np.concatenate(found_entries)


def _finished(rolling: U64, size: int) -> U64:
    """Rolling hashes of n-grams of one size as hashes, in place."""
    with np.errstate(over="ignore"):
        rolling ^= _SEEDS[size]
        rolling *= _MULTIPLIER
    return rolling


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Every n-gram of every text: its hash, the row of its text, and where it stands (``start``, ``size``, in characters)."""

    hashes: U64
    rows: I64
    starts: I64
    sizes: I64


def occurrences(texts: Sequence[str], sizes: tuple[int, int]) -> Occurrences:
    """All n-grams of the texts with ``sizes[0] <= n <= sizes[1]``; arrays of equal length, one entry an n-gram.

    Examples
    --------
    >>> found = occurrences(["好的", ""], (1, 2))
    >>> found.sizes.tolist(), found.rows.tolist()
    ([1, 1, 2], [0, 0, 0])
    """
    grams = Grams.of(texts, sizes[1])
    first = np.cumsum([0, *map(len, texts)])
    left = first[1:][grams.row_of] - np.arange(grams.row_of.size)  # characters from here to the text's end
    lengths = range(sizes[0], min(sizes[1], len(grams.rolling)) + 1)
    places = [np.flatnonzero(left >= n) for n in lengths]
    hashes = [grams.hashes(n, at) for n, at in zip(lengths, places, strict=True)]
    if not places:
        return Occurrences(np.zeros(0, dtype=np.uint64), *[np.zeros(0, dtype=np.int64)] * 3)
    at = np.concatenate(places)
    rows = grams.row_of[at].astype(np.int64)
    return Occurrences(np.concatenate(hashes), rows, at - first[rows], np.repeat(np.array(lengths), list(map(len, places))))


def tf_idf(rows: I32, columns: I32, idf: F32, count: int) -> sp.csr_matrix:
    """Rows of unit length from n-grams that stand in them, one by one in any order: (1 + ln how often) times ``idf`` of its column."""
    bits = int(idf.size).bit_length()
    width: Any = np.uint32 if count << bits < 2**32 else np.uint64  # half the width sorts in half the time
    keys = rows.astype(width)
    keys <<= width(bits)
    keys |= columns.astype(width)
    keys.sort()
    new = np.ones(keys.size, dtype=bool)
    np.not_equal(keys[1:], keys[:-1], out=new[1:])
    first = np.flatnonzero(new)
    times = np.diff(first, append=keys.size)
    keys = keys.take(first)
    indptr = np.searchsorted(keys, np.arange(count + 1, dtype=width) << width(bits))
    found = (keys & width((1 << bits) - 1)).astype(np.int32)
    values = idf.take(found)
    again = np.flatnonzero(times > 1)
    values[again] *= 1.0 + np.log(times[again].astype(np.float32))
    return unit_rows(values, found, indptr, idf.size)


def unit_rows(values: F32, columns: I32, starts: I64, width: int) -> sp.csr_matrix:
    """A matrix from its entries, row by row from ``starts`` on, each row brought to unit length."""
    count = starts.size - 1
    indptr = starts.astype(np.int32)
    # A product with one column of ones adds up the squares of each row, in order, in a third of the time that `numpy.bincount` takes.
    squares = sp.csr_matrix(((values * values).astype(np.float64), np.zeros_like(columns), indptr), shape=(count, 1))
    norms = np.sqrt(squares @ np.ones(1))
    norms[norms == 0] = 1.0
    data = (values / np.repeat(norms, np.diff(starts))).astype(np.float32)
    return sp.csr_matrix((data, columns, indptr), shape=(count, width))


@dataclass(frozen=True)
class CharNgrams:
    """A fitted vocabulary of n-grams with their inverse document frequencies.

    ``vocabulary`` holds sorted hashes; column ``j`` of a matrix belongs to ``vocabulary[j]``. With an n-gram it holds all its parts, which
    stand in as many texts at least.
    """

    sizes: tuple[int, int]
    vocabulary: U64
    idf: F32

    def __post_init__(self) -> None:
        if self.sizes[0] != 1:
            raise ValueError("an n-gram is found by its parts, from single characters on")

    @classmethod
    def fit(cls, texts: Sequence[str], sizes: tuple[int, int], min_df: int) -> CharNgrams:
        """Learn the n-grams that stand in at least ``min_df`` of ``texts``."""
        found = occurrences(texts, sizes)
        order = np.lexsort((found.rows, found.hashes))
        hashes, rows = found.hashes[order], found.rows[order]
        new_pair = np.ones(hashes.size, dtype=bool)
        new_pair[1:] = (hashes[1:] != hashes[:-1]) | (rows[1:] != rows[:-1])
        vocabulary, df = np.unique(hashes[new_pair], return_counts=True)
        kept = df >= min_df
        idf = (np.log((1.0 + len(texts)) / (1.0 + df[kept])) + 1.0).astype(np.float32)
        return cls(sizes, vocabulary[kept], idf)

    @cached_property
    def table(self) -> HashTable:
        """Hash → column."""
        return HashTable.of(self.vocabulary)

    def columns(self, hashes: U64) -> I64:
        """Column of each hash, -1 where the vocabulary lacks it."""
        columns = np.full(hashes.size, -1, dtype=np.int64)
        places, found = self.table.find(hashes)
        columns[places] = found
        return columns

    def transform(self, texts: Sequence[str]) -> sp.csr_matrix:
        """Rows of unit length: (1 + ln count) times idf; float32[len(texts), len(vocabulary)]."""
        return self.rows(Grams.of(texts, self.sizes[1]), len(texts))

    def rows(self, grams: Grams, count: int) -> sp.csr_matrix:
        """`transform` of ``count`` texts whose n-grams are known."""
        places, columns = grams.known(self.table, self.sizes[1])
        return tf_idf(grams.row_of.take(places), columns, self.idf, count)
