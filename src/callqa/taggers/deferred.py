"""The shipped encoder's scores, loaded when somebody asks for them: a fast run never does."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from callqa.features.encoder import Encoder
from callqa.features.turns import TurnTable
from callqa.taggers.encoder_scores import F32, Bools, TunedScores, outputs_of, read_about


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
