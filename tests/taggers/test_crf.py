"""Our reading of CRFsuite's file says what CRFsuite says."""

from __future__ import annotations

from random import Random

import numpy as np
import pycrfsuite
import pytest

from callqa.features.columns import Hashes
from callqa.taggers.crf import TwoLabelCrf

NAMES = [f"{prefix}{word}" for prefix in ("*a", "那个b", "那个+b", "=") for word in ("还", "款", "账", "")]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    random = Random(3)
    trainer = pycrfsuite.Trainer(algorithm="lbfgs", params={"c1": 0.01, "c2": 0.1, "max_iterations": 40}, verbose=False)
    for _ in range(60):
        items = [random.sample(NAMES, 5) for _ in range(random.randint(1, 4))]
        trainer.append(items, ["F" if "*a还" in item or random.random() < 0.2 else "O" for item in items])
    path = tmp_path_factory.mktemp("crf") / "model"
    trainer.train(str(path))
    return path.read_bytes()


def test_probabilities_are_those_of_crfsuite(model: bytes) -> None:
    random, ours, theirs = Random(4), TwoLabelCrf(model, "F"), pycrfsuite.Tagger()
    theirs.open_inmemory(model)
    for _ in range(200):
        items = [random.choices([*NAMES, "never seen"], k=random.randint(0, 8)) for _ in range(random.randint(1, 6))]
        theirs.set(items)
        wanted = [theirs.marginal("F", place) for place in range(len(items))]
        rows = np.repeat(np.arange(len(items)), [len(item) for item in items])
        scores = ours.scores(rows, Hashes.of([name for item in items for name in item]).values, len(items))
        assert ours.probabilities(scores) == pytest.approx(wanted, abs=1e-12)


def test_scores_beyond_all_bounds_still_give_probabilities(model: bytes) -> None:
    assert TwoLabelCrf(model, "F").probabilities([1e6, -1e6]) == pytest.approx([1.0, 0.0])


@pytest.mark.parametrize("damage", [lambda data: b"", lambda data: data[:40], lambda data: data[:-1], lambda data: b"x" + data[1:]])
def test_a_damaged_file_is_refused(model: bytes, damage: object) -> None:
    with pytest.raises(ValueError, match="CRFsuite"):
        TwoLabelCrf(damage(model), "F")  # type: ignore[operator]
