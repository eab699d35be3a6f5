"""Contacts with one account on one day, over all calls of a run.

How a run uses it: a first pass over the inputs (or each worker over its share) calls `DayContacts.add` with nothing but account and start
time; shares are put together by `DayContacts.merge`; the second pass hands the result to `apply_policy`, which asks `DayContacts.ordinal`:
the how-many-eth contact of its day a call is. A contact is a call of the run that carries ``account_id`` and ``started_at``; its day is
the call's own local date. Memory: one int for an account and day, a list only where there are several calls (about 20 MB for 200,000
accounts); call texts are never held.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable
from datetime import date, datetime

_MICRO = 1_000_000


class DayContacts:
    """Start times of the calls of a run by account and local date.

    Examples
    --------
    >>> day = DayContacts()
    >>> for hour in (9, 11, 15):
    ...     day.add("k-1", datetime.fromisoformat(f"2026-03-05T{hour:02}:00:00+08:00"))
    >>> day.ordinal("k-1", datetime.fromisoformat("2026-03-05T11:00:00+08:00")), day.total("k-1", date(2026, 3, 5))
    (2, 3)
    >>> day.ordinal("k-1", datetime.fromisoformat("2026-03-06T11:00:00+08:00"))
    0
    """

    def __init__(self) -> None:
        self._starts: dict[tuple[str, int], int | list[int]] = {}

    def add(self, account_id: str | None, started_at: datetime | None) -> None:
        """Count one call; a call without account or start time is no contact that can be counted."""
        if account_id is None or started_at is None:
            return
        self._put((account_id, started_at.toordinal()), _moment(started_at))

    def _put(self, key: tuple[str, int], moment: int) -> None:
        held = self._starts.get(key)
        if held is None:
            self._starts[key] = moment
        elif isinstance(held, int):
            self._starts[key] = sorted((held, moment))
        else:
            insort(held, moment)

    def merge(self, others: Iterable[DayContacts]) -> DayContacts:
        """Take in the calls that others counted; the same call must not have been counted twice. Returns itself."""
        for other in others:
            for key, held in other._starts.items():
                for moment in (held,) if isinstance(held, int) else held:
                    self._put(key, moment)
        return self

    def ordinal(self, account_id: str | None, started_at: datetime | None) -> int:
        """Which contact of its day with its account a call is, 1 for the first; 0 where that is not known."""
        if account_id is None or started_at is None:
            return 0
        held = self._starts.get((account_id, started_at.toordinal()))
        if held is None:
            return 0
        return 1 if isinstance(held, int) else bisect_left(held, _moment(started_at)) + 1

    def total(self, account_id: str, day: date) -> int:
        """Calls with an account on a day."""
        held = self._starts.get((account_id, day.toordinal()))
        return 0 if held is None else 1 if isinstance(held, int) else len(held)

    def __len__(self) -> int:
        return len(self._starts)


def _moment(started_at: datetime) -> int:
    """Microseconds of the local clock within the day: enough to order calls of one day, and small."""
    return ((started_at.hour * 60 + started_at.minute) * 60 + started_at.second) * _MICRO + started_at.microsecond
