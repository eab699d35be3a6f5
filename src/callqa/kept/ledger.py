"""Promises against payments: which were kept, in part kept, broken, are not due yet or cannot be told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from itertools import combinations
from typing import Literal

from callqa.call import Call
from callqa.kept.payments import Payment
from callqa.promise import Standing, standing_promise

Status = Literal["kept", "partly", "broken", "not_due", "unmatched"]
_SEARCHED = 12  # payments of one account in one window tried in every combination; beyond, in order of time


@dataclass(frozen=True, slots=True)
class PromiseOutcome:
    """What became of a call's standing promise.

    ``turn`` is where it was made last, ``amount_turn`` where its amount was named. ``paid`` is what was paid towards it, ``shortfall``
    what is missing (yuan). ``reason`` says of an unmatched promise what it lacks: ``no_account``, ``no_date``, ``no_amount``,
    ``withdrawn``.
    """

    call_id: str
    turn: int
    agent_id: str | None
    team: str | None
    account_id: str | None
    made_at: datetime | None
    due_on: date | None
    method: str | None
    promised: Decimal | None
    complete: bool
    status: Status
    amount_turn: int | None = None
    date_turn: int | None = None
    paid: Decimal = Decimal(0)
    shortfall: Decimal | None = None
    payment_lines: tuple[int, ...] = ()
    reason: str | None = None


@dataclass(slots=True)
class _Claim:
    """A promise that can be held against payments, while they are given out."""

    outcome: PromiseOutcome
    needed: Decimal
    made_at: datetime
    last_day: date
    taken: list[Payment] = field(default_factory=list)

    def in_window(self, payment: Payment) -> bool:
        day = payment_day(payment, self.made_at.tzinfo)
        if day > self.last_day or day < self.made_at.date():
            return False
        if isinstance(payment.paid_at, datetime):
            return local(payment.paid_at, self.made_at.tzinfo) >= self.made_at
        return True


def promise_of(call: Call) -> tuple[Standing | None, PromiseOutcome | None]:
    """A call's standing promise, and its outcome as far as the call alone tells it."""
    standing = standing_promise(call)
    if standing is None:
        return None, None
    team = call.extra.get("team")
    reason = (
        "withdrawn" if standing.withdrawn_turn is not None
        else "no_account" if not call.account_id
        else "no_date" if standing.date is None or call.started_at is None
        else "no_amount" if standing.yuan is None
        else None
    )  # fmt: skip
    return standing, PromiseOutcome(
        call_id=call.call_id,
        turn=standing.turn,
        agent_id=call.agent_id,
        team=None if team is None else str(team),
        account_id=call.account_id,
        made_at=call.started_at,
        due_on=standing.date,
        method=standing.method,
        promised=standing.yuan,
        complete=not standing.missing,
        status="unmatched",
        amount_turn=standing.slot_turns.get("amount"),
        date_turn=standing.slot_turns.get("date"),
        reason=reason,
    )


def settle(outcomes: Iterable[PromiseOutcome], payments: Iterable[Payment], *, as_of: date, grace_days: int = 0) -> list[PromiseOutcome]:
    """Give payments to promises and say what became of each; outcomes in the order they came.

    Kept means paid no less than promised, to the cent, from the moment of the call to the end of the promised day and the days of
    grace. Several payments add up. A payment serves one promise alone: first those that can be kept, by due day, each with the payments
    that exceed it least; then the rest goes to the others by due day.

    Parameters
    ----------
    as_of
        The day up to which payments are known. A promise whose last day is not before it is not due yet unless it is kept already.
    grace_days
        Days after the promised day on which a payment still counts.
    """
    settled = list(outcomes)
    claims: dict[str, list[tuple[int, _Claim]]] = defaultdict(list)
    for index, outcome in enumerate(settled):
        if outcome.reason is None and outcome.account_id and outcome.made_at and outcome.due_on and outcome.promised is not None:
            claim = _Claim(outcome, outcome.promised, outcome.made_at, outcome.due_on + timedelta(days=grace_days))
            claims[outcome.account_id].append((index, claim))
    free: dict[str, list[Payment]] = defaultdict(list)
    for payment in payments:
        if payment.account_id in claims:
            free[payment.account_id].append(payment)
    for account, entries in claims.items():
        entries.sort(key=lambda entry: (entry[1].last_day, entry[1].made_at.timestamp(), entry[0]))
        _give_out([claim for _, claim in entries], free[account])
        for index, claim in entries:
            settled[index] = _outcome(claim, as_of)
    return settled


def _give_out(claims: Sequence[_Claim], payments: list[Payment]) -> None:
    for claim in claims:
        claim.taken = _enough([one for one in payments if claim.in_window(one)], claim.needed)
        for one in claim.taken:
            payments.remove(one)
    for claim in claims:
        if not claim.taken:
            claim.taken = [one for one in payments if claim.in_window(one)]
            for one in claim.taken:
                payments.remove(one)


def _enough(payments: Sequence[Payment], needed: Decimal) -> list[Payment]:
    """The payments that reach ``needed`` with the least excess, then the fewest; none where all together do not."""
    if sum((one.amount for one in payments), Decimal(0)) < needed:
        return []
    ordered = sorted(payments, key=lambda one: (_sort_key(one), one.line))
    if len(ordered) > _SEARCHED:
        taken: list[Payment] = []
        for one in ordered:
            taken.append(one)
            if sum((each.amount for each in taken), Decimal(0)) >= needed:
                break
        return taken
    best: tuple[Payment, ...] = tuple(ordered)
    best_sum = sum((one.amount for one in ordered), Decimal(0))
    for size in range(1, len(ordered)):
        for group in combinations(ordered, size):
            total = sum((one.amount for one in group), Decimal(0))
            if needed <= total < best_sum:
                best, best_sum = group, total
    return list(best)


def _outcome(claim: _Claim, as_of: date) -> PromiseOutcome:
    paid = sum((one.amount for one in claim.taken), Decimal(0))
    missing = max(claim.needed - paid, Decimal(0))
    status: Status = "kept" if not missing else "not_due" if claim.last_day >= as_of else "partly" if paid else "broken"
    lines = tuple(sorted(one.line for one in claim.taken))
    return replace(claim.outcome, status=status, paid=paid, shortfall=missing, payment_lines=lines)


def local(moment: datetime, zone: tzinfo | None) -> datetime:
    """A payment's time in the call's zone; one without a zone is taken to be local already."""
    if zone is None:
        return moment.replace(tzinfo=None)
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)


def payment_day(payment: Payment, zone: tzinfo | None) -> date:
    """The day of a payment, in the call's zone."""
    return local(payment.paid_at, zone).date() if isinstance(payment.paid_at, datetime) else payment.paid_at


def _sort_key(payment: Payment) -> str:
    return payment.paid_at.isoformat()
