"""Parts of a model that are read when somebody asks for them: a fast run never does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from callqa.features.encoder import Encoder
from callqa.features.turns import TurnTable
from callqa.taggers.encoder_scores import F32, Bools, TunedScores, outputs_of, read_about
from callqa.taggers.neighbours import Neighbour, Neighbours
from callqa.taggers.operating import Curves, load_curves


class DeferredScores:
    """`TunedScores` of a folder. What its columns mean is known at once."""

    def __init__(self, folder: Path) -> None:
        self.outputs = outputs_of(read_about(folder))
        self._folder = folder

    @cached_property
    def _scores(self) -> TunedScores:
        return TunedScores(self._folder)

    @property
    def encoder(self) -> Encoder:
        """The encoder whose vectors they come from."""
        return self._scores.encoder

    def scores(self, table: TurnTable, read: Bools) -> F32:
        """For all rows of the table; only turns marked in ``read`` are encoded."""
        return self._scores.scores(table, read)


class DeferredNeighbours:
    """`Neighbours` of a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def loaded(self) -> Neighbours:
        """The turns themselves."""
        return Neighbours.load(self._folder)

    def nearest(self, text: str, encoder: Encoder, count: int) -> list[Neighbour]:
        """The ``count`` training turns most like ``text``."""
        return self.loaded.nearest(text, encoder, count)


class DeferredCurves(Mapping[str, Curves]):
    """Curves of a folder by speed."""

    def __init__(self, folder: Path, speeds: Sequence[str]) -> None:
        self._folder, self._speeds = folder, speeds

    @cached_property
    def _loaded(self) -> Mapping[str, Curves]:
        return load_curves(self._folder, self._speeds)

    def __getitem__(self, speed: str) -> Curves:
        return self._loaded[speed]

    def __iter__(self) -> Iterator[str]:
        return iter(self._speeds)

    def __len__(self) -> int:
        return len(self._speeds)
