"""The shipped encoder is not loaded until a turn is to be read."""

from __future__ import annotations

import numpy as np
import pytest

from callqa.call import Call, Utterance
from callqa.features.turns import TurnTable
from callqa.shipped import shipped_path
from callqa.taggers import deferred
from callqa.taggers.encoder_scores import TunedScores

ENCODER = shipped_path("models/default") / "encoder"


def test_scores_are_those_of_the_encoder_and_come_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = []

    def load(folder: object) -> TunedScores:
        loaded.append(folder)
        return TunedScores(ENCODER)

    monkeypatch.setattr(deferred, "TunedScores", load)
    scores = deferred.DeferredScores(ENCODER)
    assert scores.outputs.labels and not loaded
    table, read = TurnTable.of([Call("c1", (Utterance(1, "agent", "您好"), Utterance(2, "customer", "我没钱")))]), np.array([True, True])
    assert (scores.scores(table, read) == TunedScores(ENCODER).scores(table, read)).all()
    assert scores.encoder.encode(["您好"]).shape == (1, 384)
    assert len(loaded) == 1
