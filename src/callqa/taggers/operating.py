"""Operating points: thresholds that give a wished precision or recall, from scores on calls the model had not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from callqa.errors import CallqaError
from callqa.taggers.join import threshold_for
from callqa.taggers.manifest import CURVES

NEVER = 1.01  # above every score: the label never stands
GOALS = ("precision", "recall")


@dataclass(frozen=True)
class Curve:
    """Scores of one label on unseen turns of its role, and whether the label stands there in gold."""

    scores: npt.NDArray[np.float32]
    gold: npt.NDArray[np.bool_]

    def threshold(self, goal: str, least: float) -> float:
        """The threshold that reaches the goal and gives away least of the other measure; `NEVER` where none reaches it."""
        scores = self.scores.astype(np.float64)
        if goal == "precision":
            found = threshold_for(scores, self.gold, least)
            return NEVER if found is None else found
        positives = np.sort(scores[self.gold])[::-1]
        if not positives.size:
            return NEVER
        return float(positives[max(0, int(np.ceil(least * positives.size)) - 1)])


Curves = Mapping[str, Curve]


def parse_point(text: str) -> tuple[str, float]:
    """Read ``precision=0.95`` or ``recall=0.9``.

    Raises
    ------
    CallqaError
        It is neither.

    Examples
    --------
    >>> parse_point("precision=0.95")
    ('precision', 0.95)
    """
    goal, _, number = text.partition("=")
    try:
        least = float(number)
    except ValueError:
        least = 0.0
    if goal not in GOALS or not 0 < least <= 1:
        raise CallqaError("must be precision=P or recall=R with a number above 0, at most 1", field="operating-point")
    return goal, least


def thresholds_at(curves: Curves, point: str) -> dict[str, float]:
    """Threshold of every label at an operating point such as ``precision=0.95``."""
    goal, least = parse_point(point)
    return {label: curve.threshold(goal, least) for label, curve in curves.items()}


def save_curves(folder: Path, curves: Mapping[str, Curves]) -> None:
    """Write the curves of each speed as plain arrays."""
    arrays: dict[str, npt.NDArray[Any]] = {}
    for speed, of in curves.items():
        for label, curve in of.items():
            arrays[f"{speed}/{label}/scores"], arrays[f"{speed}/{label}/gold"] = curve.scores, curve.gold
    with (folder / CURVES).open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def load_curves(folder: Path, speeds: Sequence[str]) -> dict[str, dict[str, Curve]]:
    """Read what `save_curves` wrote, for these speeds."""
    with np.load(folder / CURVES, allow_pickle=False) as arrays:
        names = dict.fromkeys(name.rsplit("/", 1)[0] for name in arrays.files)
        return {
            speed: {
                name.partition("/")[2]: Curve(arrays[f"{name}/scores"], arrays[f"{name}/gold"])
                for name in names
                if name.startswith(f"{speed}/")
            }
            for speed in speeds
        }
