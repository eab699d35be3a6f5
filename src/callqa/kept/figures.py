"""The figures an agent is measured by: call volume, promises, kept-promise rate, money promised and recovered."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from callqa.kept.ledger import PromiseOutcome

Z95 = 1.959963984540054  # two-sided 95 % quantile of the normal distribution


@dataclass(slots=True)
class Figures:
    """Counts and sums of one agent, one team or all.

    ``due`` promises are those kept, partly kept or broken; the rate is kept ÷ due (domain notes), ``None`` while none is due.
    ``promised`` and ``recovered`` are yuan, over all promises that could be held against payments.
    """

    calls: int = 0
    promises: int = 0
    complete: int = 0
    kept: int = 0
    partly: int = 0
    broken: int = 0
    not_due: int = 0
    unmatched: int = 0
    promised: Decimal = Decimal(0)
    recovered: Decimal = Decimal(0)

    @property
    def due(self) -> int:
        """Promises whose day is over, and those kept before it."""
        return self.kept + self.partly + self.broken

    @property
    def rate(self) -> float | None:
        """Kept promises per due promise."""
        return self.kept / self.due if self.due else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 % Wilson interval of the rate."""
        return wilson(self.kept, self.due) if self.due else None

    def add(self, outcome: PromiseOutcome) -> None:
        """Count one promise."""
        self.promises += 1
        self.complete += outcome.complete
        setattr(self, outcome.status, getattr(self, outcome.status) + 1)
        if outcome.status != "unmatched":
            self.promised += outcome.promised or 0
            self.recovered += outcome.paid


def wilson(hits: int, trials: int, z: float = Z95) -> tuple[float, float]:
    """Wilson score interval of a proportion (Wilson 1927): honest where counts are small or the rate is near 0 or 1.

    Examples
    --------
    >>> tuple(round(bound, 3) for bound in wilson(8, 10))
    (0.49, 0.943)
    """
    share = hits / trials
    centre = share + z * z / (2 * trials)
    spread = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def group_figures(calls: Iterable[str | None], outcomes: Iterable[tuple[str | None, PromiseOutcome]]) -> dict[str | None, Figures]:
    """Figures by a key: ``calls`` holds the key of each call, ``outcomes`` key and outcome of each promise; keys sorted, none last."""
    groups: dict[str | None, Figures] = {}
    for key in calls:
        groups.setdefault(key, Figures()).calls += 1
    for key, outcome in outcomes:
        groups.setdefault(key, Figures()).add(outcome)
    return dict(sorted(groups.items(), key=lambda entry: (entry[0] is None, entry[0] or "")))
