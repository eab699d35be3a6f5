"""The single tests of a call condition, each a `CallTest`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from callqa.call import Span
from callqa.policy.conditions import Bounds, Count, DataCondition, Lacks, Measure, Order, PromiseCondition, Share, TimeCondition
from callqa.policy.facts import Facts, Mask
from callqa.policy.measures import MEASURES
from callqa.policy.names import CallTest, Names, limits, no_detail, no_spans
from callqa.policy.turns import compile_turn, near_after, near_before

CALL_FIELDS = ("call_id", "agent_id", "account_id", "due", "minimum_due", "party", "model")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def count_test(condition: Count, names: Names, *place: str | int) -> CallTest:
    """How many turns meet a condition."""
    turn = compile_turn(condition.of, names, *place, "of")
    mask, within = turn.mask, limits(condition)

    def met(facts: Facts) -> Mask | None:
        found = mask(facts, facts.every)
        return found if within(found.bit_count()) else None

    return CallTest(met, turn.spans, lambda facts: {"count": mask(facts, facts.every).bit_count()}, turn.label)


def share_test(condition: Share, names: Names, *place: str | int) -> CallTest:
    """Which share of some turns meets a condition."""
    turn = compile_turn(condition.of, names, *place, "of")
    among = compile_turn(condition.among, names, *place, "among").mask
    within = limits(condition)

    def share(facts: Facts) -> tuple[Mask, float | None]:
        whole = among(facts, facts.every)
        part = turn.mask(facts, whole)
        return part, part.bit_count() / whole.bit_count() if whole else None

    def met(facts: Facts) -> Mask | None:
        part, value = share(facts)
        return part if value is not None and within(value) else None

    def detail(facts: Facts) -> Mapping[str, Any]:
        return {"share": round(share(facts)[1] or 0.0, 4)}

    return CallTest(met, turn.spans, detail, turn.label)


def order_test(condition: Order, names: Names, *place: str | int) -> CallTest:
    """One thing, then another."""
    first = compile_turn(condition.first, names, *place, "first")
    then = compile_turn(condition.then, names, *place, "then")
    reach = condition.within

    def met(facts: Facts) -> Mask | None:
        before = first.mask(facts, facts.every)
        if not before:
            return None
        lowest = before & -before
        later = then.mask(facts, facts.every & (near_after(before, reach) if reach is not None else ~(lowest | (lowest - 1))))
        if not later:
            return None
        return later | (before & near_before(later, reach if reach is not None else facts.count))

    def spans(facts: Facts, index: int) -> tuple[Span, ...]:
        return tuple(sorted({*first.spans(facts, index), *then.spans(facts, index)}))

    return CallTest(met, spans, no_detail, then.label, then.needs)


def lacks_test(condition: Lacks, names: Names, *place: str | int) -> CallTest:
    """Turns without what should stand before or after them."""
    turn = compile_turn(condition.turn, names, *place, "turn")
    side = "earlier" if condition.earlier is not None else "later"
    nested = condition.earlier or condition.later
    if nested is None:
        raise RuntimeError("the model allows no `lacks` without a side")
    other = compile_turn(nested, names, *place, side)
    reach, all_needing, first_needing, all_having, first_having = condition.within, turn.mask, turn.lowest, other.mask, other.lowest

    def never_before(facts: Facts) -> Mask | None:
        needing = first_needing(facts, facts.every)
        # What comes before the first of them comes before all of them.
        if not needing or first_having(facts, needing - 1):
            return None
        rest = facts.every & ~(needing - 1)
        having = first_having(facts, rest)
        return all_needing(facts, rest & (having | (having - 1)) if having else rest)

    def never_after(facts: Facts) -> Mask | None:
        needing = all_needing(facts, facts.every)
        having = all_having(facts, facts.every & ~((needing & -needing) - 1)) if needing else 0
        return (needing & ~((1 << having.bit_length() - 1) - 1) if having else needing) or None

    def not_near(facts: Facts) -> Mask | None:
        turns = reach or 0
        needing = all_needing(facts, facts.every)
        if not needing:
            return None
        if side == "earlier":
            return needing & ~near_after(all_having(facts, near_before(needing, turns)), turns) or None
        return needing & ~near_before(all_having(facts, facts.every & near_after(needing, turns)), turns) or None

    met = not_near if reach is not None else never_before if side == "earlier" else never_after
    return CallTest(met, turn.spans, no_detail, turn.label, turn.needs)


def measure_test(condition: Measure) -> CallTest:
    """A figure of the whole call."""
    figure, within = MEASURES[condition.name][0], limits(condition)

    def met(facts: Facts) -> Mask | None:
        value = figure(facts)
        return 0 if value is not None and within(value) else None

    def detail(facts: Facts) -> Mapping[str, Any]:
        value = figure(facts)
        return {} if value is None else {condition.name: round(value, 2)}

    return CallTest(met, no_spans, detail)


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def time_test(condition: TimeCondition) -> CallTest:
    """When the call began."""
    days = None if condition.weekday is None else frozenset(WEEKDAYS.index(day) for day in condition.weekday)
    spans = [(kind, _minutes(pair[0]), _minutes(pair[1])) for kind, pair in (("in", condition.inside), ("out", condition.outside)) if pair]

    def met(facts: Facts) -> Mask | None:
        start = facts.call.started_at
        if start is None or (days is not None and start.weekday() not in days):
            return None
        second = (start.hour * 60 + start.minute) * 60 + start.second
        for kind, low, high in spans:
            # A span over midnight (22:00 to 06:00) runs through the end of the day. The closing time itself still lies inside.
            inside = low * 60 <= second <= high * 60 if low <= high else second >= low * 60 or second <= high * 60
            if inside != (kind == "in"):
                return None
        return 0

    def detail(facts: Facts) -> Mapping[str, Any]:
        start = facts.call.started_at
        return {} if start is None else {"local_time": start.strftime("%H:%M"), "weekday": WEEKDAYS[start.weekday()]}

    return CallTest(met, no_spans, detail)


def data_test(condition: DataCondition) -> CallTest:
    """A field of the call's record."""
    name = condition.field
    figures = any(value is not None for value in (condition.at_least, condition.at_most, condition.above, condition.below))
    within = (
        limits(Bounds(at_least=condition.at_least, at_most=condition.at_most, above=condition.above, below=condition.below))
        if figures
        else None
    )

    def value_of(facts: Facts) -> Any:
        value = getattr(facts.call, name) if name in CALL_FIELDS else facts.call.extra.get(name)
        return float(value) if isinstance(value, Decimal) else value

    def met(facts: Facts) -> Mask | None:
        value = value_of(facts)
        if condition.known is not None and (value is not None) != condition.known:
            return None
        if condition.one_of is not None and value not in condition.one_of:
            return None
        if condition.none_of is not None and value in condition.none_of:
            return None
        if within is not None and (isinstance(value, bool) or not isinstance(value, int | float) or not within(value)):
            return None
        return 0

    return CallTest(met, no_spans, lambda facts: {name: value_of(facts)})


def _promised_day(facts: Facts) -> date | None:
    """The promised day of the standing promise, which results write as text."""
    value = facts.call.promise.get("date")
    return None if value is None else date.fromisoformat(value)


def promise_test(condition: PromiseCondition) -> CallTest:
    """The state of the standing promise."""
    within_days = None if condition.days is None else limits(condition.days)
    within_amount = None if condition.amount is None else limits(condition.amount)
    wanted = None if condition.missing is None else frozenset(condition.missing)

    def days_off(facts: Facts) -> int | None:
        day, start = _promised_day(facts), facts.call.started_at
        return None if day is None or start is None else (day - start.date()).days

    def met(facts: Facts) -> Mask | None:
        promise = facts.call.promise
        withdrawn = promise.get("status") == "withdrawn"
        made = bool(promise) and not withdrawn
        if condition.made is not None and made != condition.made:
            return None
        if condition.withdrawn is not None and withdrawn != condition.withdrawn:
            return None
        if condition.made is False or condition.withdrawn is True:
            return _turn_mask(facts)
        if not made:
            return None
        if condition.complete is not None and bool(promise.get("complete")) != condition.complete:
            return None
        if condition.recapped is not None and bool(promise.get("recapped")) != condition.recapped:
            return None
        if wanted is not None and wanted.isdisjoint(promise.get("missing") or ()):
            return None
        if within_days is not None:
            days = days_off(facts)
            if days is None or not within_days(days):
                return None
        if within_amount is not None:
            amount = promise.get("yuan")
            if amount is None or not within_amount(float(amount)):
                return None
        return _turn_mask(facts)

    def detail(facts: Facts) -> Mapping[str, Any]:
        promise = facts.call.promise
        found = {"date": promise.get("date"), "days": days_off(facts), "missing": list(promise.get("missing") or ())}
        return {key: value for key, value in found.items() if value not in (None, [])}

    return CallTest(met, no_spans, detail)


def _turn_mask(facts: Facts) -> Mask:
    """The turn of the standing promise."""
    number = facts.call.promise.get("turn")
    return next((1 << index for index, turn in enumerate(facts.call.utterances) if turn.turn == number), 0)


def contacts_test(bounds: Bounds) -> CallTest:
    """Which contact of its day with its account the call is."""
    within = limits(bounds)

    def ordinal(facts: Facts) -> int:
        return 0 if facts.day is None else facts.day.ordinal(facts.call.account_id, facts.call.started_at)

    def met(facts: Facts) -> Mask | None:
        nth = ordinal(facts)
        return 0 if nth and within(nth) else None

    def detail(facts: Facts) -> Mapping[str, Any]:
        start: datetime | None = facts.call.started_at
        if facts.day is None or facts.call.account_id is None or start is None:
            return {}
        return {"contact": ordinal(facts), "contacts": facts.day.total(facts.call.account_id, start.date())}

    return CallTest(met, no_spans, detail)
