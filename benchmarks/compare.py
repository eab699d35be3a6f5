"""What moved between two reports of `benchmarks.run`, beyond noise: ``python -m benchmarks.compare OLD.json NEW.json``.

Ratios are compared, not seconds: both sides of a ratio ran on the same machine in the same minutes. Exit code 1 where one got worse.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.run import TARGETS

TOLERANCE = 0.05  # of the old value; smaller moves say nothing


@dataclass(frozen=True, slots=True)
class Move:
    """A ratio in both reports, and the share by which it has to move to be more than noise."""

    name: str
    old: float
    new: float
    noise: float
    more_is_better: bool

    @property
    def change(self) -> float:
        """As a share of the old value; positive is more."""
        return self.new / self.old - 1

    @property
    def verdict(self) -> str:
        """``better``, ``worse`` or, within the noise, ``same``."""
        if abs(self.change) <= self.noise:
            return "same"
        return "better" if (self.change > 0) == self.more_is_better else "worse"


def moves(old: dict[str, Any], new: dict[str, Any]) -> list[Move]:
    """The ratios that stand in both reports.

    Noise is the tolerance or, if that is more, what the repeats of the measured things lay apart in either report.

    Examples
    --------
    >>> [found] = moves({"ratios": {"fast / tutorial": 2.0}, "results": []}, {"ratios": {"fast / tutorial": 2.5}, "results": []})
    >>> found.verdict, round(found.change, 2)
    ('better', 0.25)
    """
    noise = max([TOLERANCE, *(result["noise"] for report in (old, new) for result in report["results"])])
    return [
        Move(name, value, new["ratios"][name], noise, TARGETS.get(name, (0, 0, True))[2])
        for name, value in old["ratios"].items()
        if name in new["ratios"]
    ]


def main(old: Path, new: Path) -> int:
    """Print the moves; 1 where something got worse."""
    found = moves(json.loads(old.read_bytes()), json.loads(new.read_bytes()))
    for move in found:
        print(f"{move.name:34}{move.old:>10.3f}{move.new:>10.3f}{move.change:>+9.1%}  {move.verdict}")
    if found:
        print(f"moves within {found[0].noise:.1%} count as noise")
    return int(any(move.verdict == "worse" for move in found))


if __name__ == "__main__":
    raise SystemExit(main(*map(Path, sys.argv[1:3])))
