"""Character n-grams as a TF-IDF matrix, counted with numpy over a whole chunk of turns at once.

scikit-learn's vectorizer counts n-grams in a Python loop, which alone would cost more than everything else a turn goes through
(docs/decisions.md). Here all texts of a chunk lie in one array of code points and every n-gram is a 64-bit polynomial hash, so that
counting is a few array operations. Two n-grams of one vocabulary share a hash with a probability below 1e-8.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from callqa.features.sparse import sp

U64 = npt.NDArray[np.uint64]
I64 = npt.NDArray[np.int64]
F32 = npt.NDArray[np.float32]

GRAMS = (1, 5)  # lengths of the n-grams that models of a turn see
START, END = "\x02", "\x03"  # edges of a turn: an n-gram knows that it begins or ends one
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_SPARE_BITS = 3  # buckets a vocabulary's entry, as a power of two: most n-grams it lacks fall into an empty one
_SEEDS = np.array([0xA5A5A5A5A5A5A5A5 ^ (n * 0x0123456789ABCDEF & 0xFFFFFFFFFFFFFFFF) for n in range(9)], dtype=np.uint64)


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
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    points = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    total = int(points.size)
    row_of = np.repeat(np.arange(len(texts), dtype=np.int64), lengths)
    first = np.repeat(np.cumsum(lengths) - lengths, lengths)
    left = first + np.repeat(lengths, lengths) - np.arange(total, dtype=np.int64)  # characters from here to the text's end
    hashes: list[U64] = []
    rows: list[I64] = []
    starts: list[I64] = []
    widths: list[I64] = []
    with np.errstate(over="ignore"):
        mixed = (points + np.uint64(1)) * _MULTIPLIER
        mixed ^= mixed >> np.uint64(29)
        rolling = np.zeros(total, dtype=np.uint64)
        for n in range(1, sizes[1] + 1):
            if n > total:
                break
            rolling = rolling[: total - n + 1] * _MULTIPLIER + mixed[n - 1 :]
            if n < sizes[0]:
                continue
            inside = np.flatnonzero(left[: total - n + 1] >= n)
            hashes.append((rolling[inside] ^ _SEEDS[n]) * _MULTIPLIER)
            rows.append(row_of[inside])
            starts.append(inside - first[inside])
            widths.append(np.full(inside.size, n, dtype=np.int64))
    if not hashes:
        empty = np.zeros(0, dtype=np.int64)
        return Occurrences(np.zeros(0, dtype=np.uint64), empty, empty, empty)
    return Occurrences(np.concatenate(hashes), np.concatenate(rows), np.concatenate(starts), np.concatenate(widths))


@dataclass(frozen=True, slots=True)
class HashTable:
    """Sorted hashes by their first bits: where each bucket starts and how many entries it has.

    Hashes are uniform, so a bucket holds one entry at most, or a few; `numpy.searchsorted` takes ten times as long.
    """

    hashes: U64
    shift: np.uint64
    starts: npt.NDArray[np.int32]
    sizes: npt.NDArray[np.uint8]

    @classmethod
    def of(cls, hashes: U64) -> HashTable:
        """A table of hashes, which must be sorted."""
        bits = int(hashes.size).bit_length() + _SPARE_BITS
        shift = np.uint64(64 - bits)
        sizes = np.bincount((hashes >> shift).astype(np.int64), minlength=1 << bits)
        return cls(hashes, shift, (np.cumsum(sizes) - sizes).astype(np.int32), sizes.astype(np.uint8))

    def find(self, hashes: U64) -> tuple[I64, I64]:
        """Indices of those hashes that the table holds, in order, and their places in it.

        Examples
        --------
        >>> table = HashTable.of(np.array([3, 8], dtype=np.uint64))
        >>> [found.tolist() for found in table.find(np.array([8, 5, 3], dtype=np.uint64))]
        [[0, 2], [1, 0]]
        """
        buckets = (hashes >> self.shift).view(np.int64)
        sizes = self.sizes[buckets]
        places = np.flatnonzero(sizes)
        at = self.starts[buckets[places]].astype(np.int64)
        wanted, sizes = hashes[places], sizes[places]
        hits = self.hashes[at] == wanted
        for step in range(1, int(sizes.max(initial=0))):
            more = np.flatnonzero(~hits & (sizes > step))
            here = more[self.hashes[at[more] + step] == wanted[more]]
            at[here] += step
            hits[here] = True
        return places[hits], at[hits]


@dataclass(frozen=True)
class CharNgrams:
    """A fitted vocabulary of n-grams with their inverse document frequencies.

    ``vocabulary`` holds sorted hashes; column ``j`` of a matrix belongs to ``vocabulary[j]``.
    """

    sizes: tuple[int, int]
    vocabulary: U64
    idf: F32

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
        return self.rows(occurrences(texts, self.sizes), len(texts))

    def rows(self, found: Occurrences, count: int) -> sp.csr_matrix:
        """`transform` of ``count`` texts whose n-grams are known."""
        known, columns = self.table.find(found.hashes)
        bits = np.int64(int(self.vocabulary.size).bit_length())
        keys, counts = np.unique((found.rows[known] << bits) | columns, return_counts=True)
        rows, cols = keys >> bits, keys & ((np.int64(1) << bits) - 1)
        values = (1.0 + np.log(counts.astype(np.float32))) * self.idf[cols]
        norms = np.sqrt(np.bincount(rows, weights=values * values, minlength=count))
        norms[norms == 0] = 1.0
        data = (values / norms[rows]).astype(np.float32)
        indptr = np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=count))))
        return sp.csr_matrix((data, cols.astype(np.int32), indptr.astype(np.int32)), shape=(count, self.vocabulary.size))
