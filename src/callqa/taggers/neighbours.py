"""Labelled turns that a model learned from, with their vectors, so that a turn can be shown the ones most like it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from callqa.call import Call
from callqa.features.encoder import Encoder

I8 = npt.NDArray[np.int8]
F32 = npt.NDArray[np.float32]

NEIGHBOURS_FILE = "neighbours.npz"
UNLABELLED_SHARE = 0.15  # of the turns without a label that are kept, enough to show what a label is not
_STEPS = 127


@dataclass(frozen=True)
class Neighbour:
    """A training turn and how like it is, cosine -1..1."""

    call_id: str
    turn: int
    text: str
    labels: tuple[str, ...]
    similarity: float


@dataclass(frozen=True)
class Neighbours:
    """Vectors of unit length in 8 bits, [turns, dimensions], less ``mean``; texts are kept as they were given."""

    vectors: I8
    mean: F32
    call_ids: tuple[str, ...]
    turns: tuple[int, ...]
    texts: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]

    @classmethod
    def fit(cls, calls: Sequence[Call], encoder: Encoder, *, seed: int) -> Neighbours:
        """Every labelled turn of the calls and a share of the others; mask the calls first if their texts are personal."""
        rng = np.random.default_rng(seed)
        kept = [
            (call.call_id, turn)
            for call in calls
            for turn in call.utterances
            if turn.text and (turn.labels or rng.random() < UNLABELLED_SHARE)
        ]
        raw = np.concatenate([encoder.encode([turn.text for _, turn in kept[start : start + 16]]) for start in range(0, len(kept), 16)])
        mean = raw.mean(0)
        return cls(
            np.round(_unit(raw - mean) * _STEPS).astype(np.int8),
            mean.astype(np.float32),
            tuple(call_id for call_id, _ in kept),
            tuple(turn.turn for _, turn in kept),
            tuple(turn.text for _, turn in kept),
            tuple(turn.labels for _, turn in kept),
        )

    def nearest(self, text: str, encoder: Encoder, count: int) -> list[Neighbour]:
        """The ``count`` training turns most like ``text``."""
        wanted = _unit(encoder.encode([text]) - self.mean)[0]
        likeness = (self.vectors.astype(np.float32) @ wanted) / _STEPS
        order = np.argsort(-likeness, kind="stable")[:count].tolist()
        return [
            Neighbour(self.call_ids[row], self.turns[row], self.texts[row], self.labels[row], round(float(likeness[row]), 3))
            for row in order
        ]

    def save(self, folder: Path) -> None:
        """Write them as plain arrays."""
        with (folder / NEIGHBOURS_FILE).open("wb") as file:
            np.savez_compressed(
                file,
                vectors=self.vectors,
                mean=self.mean,
                call_ids=np.array(self.call_ids),
                turns=np.array(self.turns),
                texts=np.array(self.texts),
                labels=np.array([" ".join(labels) for labels in self.labels]),
            )

    @classmethod
    def load(cls, folder: Path) -> Neighbours:
        """Read what `save` wrote."""
        with np.load(folder / NEIGHBOURS_FILE, allow_pickle=False) as arrays:
            labels = tuple(tuple(names.split()) for names in arrays["labels"].tolist())
            texts, ids = tuple(arrays["texts"].tolist()), tuple(arrays["call_ids"].tolist())
            return cls(arrays["vectors"], arrays["mean"], ids, tuple(arrays["turns"].tolist()), texts, labels)


def _unit(vectors: F32) -> F32:
    unit: F32 = (vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)).astype(np.float32)
    return unit
