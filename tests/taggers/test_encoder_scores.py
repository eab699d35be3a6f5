"""The shipped encoder: offline, the same whatever else is read, silent on turns that are not read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from callqa.call import Call, Utterance
from callqa.errors import ModelError
from callqa.features.turns import TurnTable
from callqa.shipped import shipped_path
from callqa.taggers.encoder_scores import TunedScores, load_scores, read_about, unseen_scores

ENCODER = shipped_path("models/default/encoder")


def call(call_id: str, *texts: str) -> Call:
    return Call(call_id, tuple(Utterance(i + 1, "customer" if i % 2 else "agent", text) for i, text in enumerate(texts)))


@pytest.fixture(scope="module")
def scorer() -> TunedScores:
    return TunedScores(ENCODER)


def test_one_row_a_text_and_the_same_text_the_same_vector(scorer: TunedScores) -> None:
    vectors = scorer.encoder.encode(["今天必须还款", "好的", ""])
    assert vectors.shape == (3, 384)
    assert vectors.dtype == np.float32
    assert (scorer.encoder.encode(["今天必须还款", "好的", ""]) == vectors).all()
    assert scorer.encoder.encode([]).shape[0] == 0


def test_like_texts_lie_near_each_other(scorer: TunedScores) -> None:
    threat, other_threat, promise = scorer.encoder.encode(["不还就起诉你", "再拖我们就去法院告你", "明天发工资就还五百"])
    assert np.corrcoef(threat, other_threat)[0, 1] > np.corrcoef(threat, promise)[0, 1]


def test_a_call_scores_the_same_alone_and_among_others(scorer: TunedScores) -> None:
    one, two = call("a", "您好", "我没钱", "那起诉"), call("b", "喂", "我是他爸")
    alone, both = TurnTable.of([one]), TurnTable.of([two, one])
    first = scorer.scores(alone, np.ones(3, dtype=bool))
    second = scorer.scores(both, np.ones(5, dtype=bool))
    assert (first == second[2:]).all()


def test_turns_not_read_have_no_scores(scorer: TunedScores) -> None:
    read = np.array([False, True, False])
    found = scorer.scores(TurnTable.of([call("a", "您好", "我没钱", "那起诉")]), read)
    assert not found[~read].any()
    assert found[read].any()


def test_a_very_long_call_and_turn(scorer: TunedScores) -> None:
    table = TurnTable.of([call("a", *["还钱" * 400, "没钱"] * 60)])
    assert np.isfinite(scorer.scores(table, np.ones(120, dtype=bool))).all()


def test_stored_scores_are_for_the_very_call(scorer: TunedScores) -> None:
    with np.load(ENCODER / "unseen.npz", allow_pickle=False) as arrays:
        known = str(arrays["call_id"][0])
    table = TurnTable.of([call(known, "别的话", "不是那通")])  # the id of a training call, other words
    found = unseen_scores(ENCODER, scorer, table)
    assert (found == scorer.scores(table, np.ones(2, dtype=bool))).all()


def test_a_folder_that_holds_no_encoder(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"encoder\.json"):
        load_scores(tmp_path, None)
    (tmp_path / "encoder.json").write_text('{"format": 99}')
    with pytest.raises(ModelError, match="format"):
        read_about(tmp_path)
