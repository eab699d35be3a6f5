"""Linear models over character n-grams of a turn and of the turns around it.

The n-grams of the turn before have weights of their own, yet each distinct text is counted once, however many turns it stands in or
beside. All outputs (labels, sub-types) share one pass over the text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from callqa.features.ngrams import GRAMS, CharNgrams, occurrences, unit_rows
from callqa.features.turns import TurnTable

F32 = npt.NDArray[np.float32]
I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

MIN_DF = 3  # texts an n-gram must stand in to be a feature
# Turn offset → longest n-gram that counts there, and its weight against the turn itself (by-writer figures in docs/decisions.md).
AROUND: Mapping[int, tuple[int, float]] = {0: (5, 1.0), -1: (3, 0.5), -2: (2, 0.3), 1: (2, 0.3)}
DENSE_WEIGHT = 0.15


@dataclass(frozen=True)
class Counted:
    """TF-IDF rows of a table's distinct texts, by longest n-gram; what `LinearBank` multiplies. The last row is empty: no text at all."""

    by_size: Mapping[int, sp.csr_matrix]


@dataclass(frozen=True)
class Vocabulary:
    """The n-grams all linear models of a bank share. ``sizes`` column → length of its n-gram, ``places`` column → row of the weights."""

    ngrams: CharNgrams
    sizes: npt.NDArray[np.int8]
    places: npt.NDArray[np.int32]

    @classmethod
    def fit(cls, table: TurnTable) -> Vocabulary:
        """From the texts of all turns."""
        texts = [table.distinct[index] for index in table.text_of]
        ngrams = CharNgrams.fit(texts, GRAMS, MIN_DF)
        found = occurrences(list(dict.fromkeys(texts)), GRAMS)
        columns = ngrams.columns(found.hashes)
        sizes = np.zeros(ngrams.vocabulary.size, dtype=np.int64)
        sizes[columns[columns >= 0]] = found.sizes[columns >= 0]
        return cls.of(ngrams, sizes)

    @classmethod
    def of(cls, ngrams: CharNgrams, sizes: I64) -> Vocabulary:
        """With a row of weights for each n-gram, in the order of the n-grams."""
        return cls(ngrams, sizes.astype(np.int8), np.arange(sizes.size, dtype=np.int32))

    def common_first(self) -> Vocabulary:
        """The same with rows of weights in the order in which they are wanted: what is said all the time lies close together then, which
        saves a third of the time that multiplying takes; and what is looked at in the turn itself only stands last."""
        longest = np.array([max((size for size, _ in AROUND.values() if size < length), default=0) for length in range(GRAMS[1] + 2)])
        order = np.lexsort((self.ngrams.idf, longest[self.sizes]))
        return Vocabulary(self.ngrams, self.sizes, np.argsort(order).astype(np.int32))

    def weights_for(self, longest: int) -> int:
        """Rows of weights that n-grams up to a length ask for."""
        return int(self.places[self.sizes <= longest].max(initial=-1)) + 1

    def count(self, table: TurnTable) -> Counted:
        """TF-IDF of a table's distinct texts: one row a text, for each length that `AROUND` asks for."""
        texts = len(table.distinct) + 1
        full = self.ngrams.rows(table.grams, texts)
        sizes, places = self.sizes.take(full.indices), self.places.take(full.indices)
        by_size = {}
        for longest, width in self._widths.items():
            if longest == GRAMS[1]:
                by_size[longest] = sp.csr_matrix((full.data, places, full.indptr), shape=(texts, width))
            else:
                kept = np.flatnonzero(sizes <= longest)
                by_size[longest] = unit_rows(full.data.take(kept), places.take(kept), np.searchsorted(kept, full.indptr), width)
        return Counted(by_size)

    @cached_property
    def _widths(self) -> Mapping[int, int]:
        return {longest: self.weights_for(longest) for longest, _ in AROUND.values()}

    def design(self, table: TurnTable, counted: Counted) -> dict[int, sp.csr_matrix]:
        """Turn offset → rows of the turn there (zero where the call has none), weighted: what the models are fitted on."""
        blocks = {}
        for offset, (longest, weight) in AROUND.items():
            rows, there = table.neighbour(offset)
            blocks[offset] = sp.diags(there.astype(np.float32) * np.float32(weight)) @ counted.by_size[longest][table.text_of[rows]]
        return blocks


@dataclass(frozen=True)
class LinearBank:
    """Fitted weights: ``weights[offset]`` float32[n-grams, outputs], ``dense`` float32[dense features, outputs], ``bias`` [outputs]."""

    names: tuple[str, ...]
    weights: Mapping[int, F32]
    dense: F32
    bias: F32

    @classmethod
    def beside(cls, banks: Sequence[LinearBank]) -> LinearBank:
        """Several banks as one, their outputs side by side, so that one pass over the texts gives the scores of all."""
        return cls(
            tuple(name for bank in banks for name in bank.names),
            {offset: np.hstack([bank.weights[offset] for bank in banks], dtype=np.float32) for offset in AROUND},
            np.hstack([bank.dense for bank in banks]),
            np.concatenate([bank.bias for bank in banks]),
        )

    def ordered(self, vocabulary: Vocabulary) -> LinearBank:
        """The same with weights that stand in the order of a vocabulary's columns put in that of its places."""
        order = np.argsort(vocabulary.places)
        rows = {offset: order[: vocabulary.weights_for(longest)] for offset, (longest, _) in AROUND.items()}
        # `take` fetches whole rows, in a third of the time that indexing needs.
        return replace(self, weights={offset: weights.take(rows[offset], axis=0) for offset, weights in self.weights.items()})

    def part(self, outputs: slice) -> LinearBank:
        """Some of the outputs, as views."""
        weights = {offset: weights[:, outputs] for offset, weights in self.weights.items()}
        return LinearBank(self.names[outputs], weights, self.dense[:, outputs], self.bias[outputs])

    def scores(self, table: TurnTable, counted: Counted, dense: F32, rows: I64) -> F32:
        """Margins of some turns, float32[rows, outputs]; positive speaks for an output."""
        # In float64: a product of many rows sums in another order than one of few, and its last bits must not show in a score.
        total = dense[rows].astype(np.float64) @ (self.dense.astype(np.float64) * DENSE_WEIGHT) + self.bias
        for offset, (longest, weight) in AROUND.items():
            total += (counted.by_size[longest][table.text_at(offset)[rows]] @ self.weights[offset]) * np.float32(weight)
        return total.astype(np.float32)


def fit_bank(
    design: Mapping[int, sp.csr_matrix], dense: F32, targets: Mapping[str, tuple[Bools, Bools]], *, strength: Mapping[str, float], seed: int
) -> LinearBank:
    """Fit one balanced logistic regression an output.

    Parameters
    ----------
    design, dense
        Features of all rows, from `Vocabulary.design` and `callqa.features.context`.
    targets
        Output → (rows to fit on, gold of every row).
    strength
        Output → scikit-learn's C.
    """
    from sklearn.linear_model import LogisticRegression  # only fitting needs it, and it takes a second to load

    offsets = list(design)
    stacked = sp.hstack([*design.values(), sp.csr_matrix(dense * np.float32(DENSE_WEIGHT))]).tocsr()
    edges = np.cumsum([design[offset].shape[1] for offset in offsets])
    coefficients = np.zeros((stacked.shape[1], len(targets)), dtype=np.float32)
    bias = np.zeros(len(targets), dtype=np.float32)
    for column, (name, (rows, gold)) in enumerate(targets.items()):
        y = gold[rows]
        if y.all() or not y.any():  # nothing to tell apart: never, or always
            bias[column] = 20.0 if y.size and y.all() else -20.0
            continue
        model = LogisticRegression(C=strength[name], class_weight="balanced", solver="liblinear", max_iter=200, random_state=seed)
        model.fit(stacked[rows], y)
        coefficients[:, column] = model.coef_[0]
        bias[column] = model.intercept_[0]
    parts = np.split(coefficients, edges)
    return LinearBank(tuple(targets), dict(zip(offsets, parts, strict=False)), parts[-1], bias)
