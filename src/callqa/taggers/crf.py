"""A linear-chain CRF of two labels, read from CRFsuite's file: how likely each item of a sequence has the one or the other.

CRFsuite learns it. It is not asked when calls are tagged: it wants every feature string of every item, one by one, which costs ten
times as much as looking up the weights of thousands of them by their hashes. Its file format: `crf1d_model.c` and `cqdb.c` of CRFsuite
0.12.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from math import exp

import numpy as np
import numpy.typing as npt

from callqa.features.columns import Hashes
from callqa.features.ngrams import HashTable

I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]

_HEADER = struct.Struct("<4sI4sIIIIIIIII")  # magic, size, type, version, three counts, five places
_STATE, _TRANSITION = 0, 1
_FEATURES_FROM = 12  # behind the head of that chunk
_FEATURE = np.dtype([("type", "<u4"), ("source", "<u4"), ("target", "<u4"), ("weight", "<f8")])
_DICTIONARY = struct.Struct("<4sIIIII")  # magic, size, flags, byte order, how many names, where their places stand
_LARGEST = 500.0  # of a score; exp() of more than 709 is no number


class TwoLabelCrf:
    """Weights of a CRF in favour of one of its two labels.

    Parameters
    ----------
    model
        The bytes of CRFsuite's model file.
    label
        The label whose probability is asked for.

    Raises
    ------
    ValueError
        The bytes are no such model.
    """

    def __init__(self, model: bytes, label: str) -> None:
        try:
            magic, size, _, _, _, labels, _, features_at, labels_at, names_at, _, _ = _HEADER.unpack_from(model)
            if magic != b"lCRF" or size != len(model) or labels != 2:
                raise ValueError("is not a CRFsuite model of two labels")
            count = int.from_bytes(model[features_at + 8 : features_at + 12], "little")
            features = np.frombuffer(model, _FEATURE, count, features_at + _FEATURES_FROM)
            wanted = _names(model, labels_at).index(label)
            names = _names(model, names_at)
        except (struct.error, UnicodeDecodeError, IndexError) as exc:
            raise ValueError("is not a whole CRFsuite model") from exc
        state = features[features["type"] == _STATE]
        signs = np.where(state["target"] == wanted, 1.0, -1.0)
        sums = np.bincount(state["source"], signs * state["weight"], minlength=len(names))
        hashes = Hashes.of(names).values
        order = np.argsort(hashes)
        self._names, self._weights = HashTable.of(hashes[order]), sums[order]
        moves = np.zeros((2, 2))
        for feature in features[features["type"] == _TRANSITION]:
            moves[int(feature["source"] == wanted), int(feature["target"] == wanted)] = feature["weight"]
        self._moves: list[list[float]] = np.exp(moves).tolist()

    def scores(self, items: I64, features: U64, count: int) -> list[float]:
        """Sum of the weights of each of ``count`` items' features.

        Parameters
        ----------
        items, features
            An item, and the hash (`Hashes`) of a feature that it has, one by one.
        """
        known, at = self._names.find(features)
        sums: list[float] = np.bincount(items[known], self._weights[at], minlength=count).tolist()
        return sums

    def probabilities(self, scores: Sequence[float]) -> list[float]:
        """How likely each item of a sequence has the label, given the sums of its features' weights.

        With two labels, how much more likely the one is than the other is all that need be carried from item to item.
        """
        odds = [exp(min(max(score, -_LARGEST), _LARGEST)) for score in scores]
        if len(odds) == 1:  # most sequences
            return [odds[0] / (1.0 + odds[0])]
        (stay_out, enter), (leave, stay_in) = self._moves
        before = [odds[0]]
        for own in odds[1:]:
            before.append(own * (enter + before[-1] * stay_in) / (stay_out + before[-1] * leave))
        after = [1.0]
        for own in reversed(odds[1:]):
            after.append((leave + own * after[-1] * stay_in) / (stay_out + own * after[-1] * enter))
        return [one * other / (1.0 + one * other) for one, other in zip(before, reversed(after), strict=True)]


def _names(model: bytes, start: int) -> list[str]:
    """Names in a dictionary of the file, in the order of their numbers."""
    magic, _, _, _, count, places_at = _DICTIONARY.unpack_from(model, start)
    if magic != b"CQDB":
        raise ValueError("lacks a dictionary of names")
    records = np.frombuffer(model, "<u4", count, start + places_at).astype(np.int64) + start  # each: number, size, name, NUL
    sizes = np.frombuffer(model, np.uint8)[records[:, None] + np.arange(4, 8)].view("<u4").ravel()
    places = zip((records + 8).tolist(), (records + 8 + sizes).tolist(), strict=True)
    return b"".join([model[begin:end] for begin, end in places]).decode().split("\0")[:-1]
