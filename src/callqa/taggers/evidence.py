"""Which characters of a turn spoke for a label: the linear model's n-grams, laid over the text they come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from callqa.call import Span
from callqa.features.ngrams import GRAMS, occurrences
from callqa.features.turns import bare_offsets
from callqa.taggers.linear import LinearBank, Vocabulary

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

BRIDGED = 2  # characters between two runs that are shown as one
SHARE_OF_PEAK = 0.4  # a character is evidence when n-grams over it speak at least this share of what the strongest character's do


@dataclass(frozen=True)
class Piece:
    """An n-gram of a turn with what it adds to a label's margin, negative where it speaks against it."""

    text: str
    weight: float


def evidence_spans(
    vocabulary: Vocabulary, bank: LinearBank, texts: Sequence[str], edged: Sequence[str], columns: Sequence[int]
) -> list[tuple[Span, ...]]:
    """Spans of each text that spoke for the bank's output in ``columns``; empty where none did.

    Parameters
    ----------
    texts, edged
        A turn's text as it came, and its bare text with edges as `TurnTable.distinct` has it.
    """
    if not texts:
        return []
    found = occurrences(edged, GRAMS)
    known, at = vocabulary.ngrams.table.find(found.hashes)
    rows, places, sizes = found.rows[known], found.starts[known], found.sizes[known]
    weight = bank.weights[0][vocabulary.places[at], np.asarray(columns)[rows]].astype(np.float64) * vocabulary.ngrams.idf[at] / sizes
    lengths = np.array([len(text) for text in edged])
    starts = np.cumsum(lengths + 1) - (lengths + 1)  # one place more than characters: for what ends with the text
    first = starts[rows] + places
    # An n-gram adds its weight where it starts and takes it off behind its end.
    steps = np.bincount(np.concatenate((first, first + sizes)), np.concatenate((weight, -weight)), minlength=int((lengths + 1).sum()))
    heat = np.zeros(steps.size)
    for start, end in zip(starts.tolist(), (starts + lengths).tolist(), strict=True):
        np.add.accumulate(steps[start:end], out=heat[start:end])  # text by text: a sum over all of them would round otherwise
    heat[starts] = heat[starts + lengths - 1] = 0.0  # both edges of a text, which nobody said
    return _spans(heat, starts, texts)


def _spans(heat: F64, starts: I64, texts: Sequence[str]) -> list[tuple[Span, ...]]:
    """Per text the runs of characters near its strongest one, as spans of the text as it came.

    ``heat`` holds all texts one behind the other, each with a cold place at both ends and one more, from ``starts`` on.
    """
    found: list[tuple[Span, ...]] = [()] * len(texts)
    peak = np.repeat(np.maximum.reduceat(heat, starts), np.diff(starts, append=heat.size))
    edges = np.flatnonzero(np.diff((heat >= SHARE_OF_PEAK * peak) & (peak > 0))) + 1  # begin and end of each run in turn
    of, first, last = _readable(np.searchsorted(starts, edges[::2], side="right") - 1, edges[::2], edges[1::2])
    cold = 3 * of + 1  # places of ``heat`` before a text's first character that are no character of any
    begin = np.cumsum([0, *map(len, texts)])[of]
    offsets = bare_offsets(texts)
    spans = zip((offsets[first - cold] - begin).tolist(), (offsets[last - cold - 1] + 1 - begin).tolist(), strict=True)
    for text, span in zip(of.tolist(), spans, strict=True):
        found[text] = (*found[text], span)
    return found


def _readable(of: I64, first: I64, last: I64) -> tuple[I64, I64, I64]:
    """Runs a few characters apart as one, and single characters left out where their text has more: people read words.

    A run is the text it is ``of``, its ``first`` character and the place behind its ``last``.
    """
    begins = np.ones(of.size, dtype=bool)
    begins[1:] = (np.diff(of) > 0) | (first[1:] - last[:-1] > BRIDGED)
    of, first, last = of[begins], first[begins], last[np.roll(begins, -1)]
    long = last - first > 1
    kept = long | ~np.isin(of, of[long])
    return of[kept], first[kept], last[kept]


def pieces(vocabulary: Vocabulary, bank: LinearBank, edged: str, column: int) -> list[Piece]:
    """Every known n-gram of a turn with its weight, the strongest first (by size, whichever side it speaks for)."""
    found = occurrences([edged], GRAMS)
    at = vocabulary.ngrams.columns(found.hashes)
    row = vocabulary.ngrams.transform([edged]).tocoo()
    value = dict(zip(row.col.tolist(), row.data.tolist(), strict=True))
    weights: dict[str, float] = {}
    for start, size, index in zip(found.starts.tolist(), found.sizes.tolist(), at.tolist(), strict=True):
        if index >= 0:
            weights[edged[start : start + size]] = float(bank.weights[0][vocabulary.places[index], column]) * value[index]
    return sorted((Piece(text, weight) for text, weight in weights.items()), key=lambda piece: (-abs(piece.weight), piece.text))
