"""What a changed policy changes: rule by rule, and call by call on results that stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

from callqa.call import Call, Flag
from callqa.policy.apply import apply_policy
from callqa.policy.contacts import DayContacts
from callqa.policy.describe import events_of, parts_of
from callqa.policy.loading import CompiledRule, Policy

Change = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class FlagChange:
    """A flag of a call that one policy raises and the other does not, or raises otherwise."""

    call_id: str
    code: str
    change: Change
    why: tuple[str, ...]  # what is different about the rule
    before: Flag | None
    after: Flag | None


@dataclass(frozen=True, slots=True)
class CallChange:
    """A call whose flags or score differ between two policies."""

    call_id: str
    score_before: float | None
    score_after: float | None
    flags: tuple[FlagChange, ...]


def rule_changes(old: Policy, new: Policy) -> dict[str, tuple[str, ...]]:
    """Per code what differs between two policies, a phrase each; rules that are alike do not appear.

    Examples
    --------
    >>> from callqa.policy.loading import load_policy
    >>> from callqa.shipped import shipped_path
    >>> changes = rule_changes(load_policy(), load_policy(shipped_path("policies/self-regulation.yaml")))
    >>> changes["CONTACTS_A_DAY"]
    ('when.contacts.above: 5 → 3',)
    """
    found: dict[str, tuple[str, ...]] = {}
    for code in dict.fromkeys([*old.by_code, *new.by_code]):
        before, after = old.by_code.get(code), new.by_code.get(code)
        if before is None or after is None:
            found[code] = ("the rule is new" if before is None else "the rule is gone",)
        elif phrases := tuple(_differences(before, after, old, new)):
            found[code] = phrases
    return found


_DECIDING = ("severity", "points", "per_hit", "max_points", "needs_review", "enabled", "enabled_from", "enabled_to", "when")


def _differences(before: CompiledRule, after: CompiledRule, old: Policy, new: Policy) -> Iterator[str]:
    one, other = _plain(before.rule), _plain(after.rule)
    for name in _DECIDING:
        yield from _leaves(name, one.get(name), other.get(name))
    events = events_of(before.rule.when, old.events) | events_of(after.rule.when, new.events)
    for name in sorted(events):
        yield from _leaves(f"events.{name}", _plain(old.events.get(name)), _plain(new.events.get(name)))
    for name in sorted(_lists_of(before, old) | _lists_of(after, new)):
        was, now = old.lists.get(name, ()), new.lists.get(name, ())
        gained, lost = [word for word in now if word not in was], [word for word in was if word not in now]
        if gained or lost:
            yield f"lists.{name}: " + " ".join([*(f"+{word}" for word in gained), *(f"-{word}" for word in lost)])


def _plain(model: BaseModel | None) -> dict[str, Any]:
    return {} if model is None else model.model_dump(mode="json", by_alias=True, exclude_unset=True)


def _leaves(place: str, one: Any, other: Any) -> Iterator[str]:
    if one == other:
        return
    if isinstance(one, dict) and isinstance(other, dict):
        for key in dict.fromkeys([*one, *other]):
            yield from _leaves(f"{place}.{key}", one.get(key), other.get(key))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from _leaves(f"{place}[{index}]", left, right)
    else:
        yield f"{place}: {_short(one)} → {_short(other)}"


def _short(value: Any) -> str:
    if isinstance(value, dict | list):
        return "…"
    return "–" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _lists_of(entry: CompiledRule, policy: Policy) -> set[str]:
    conditions = [entry.rule.when, *(policy.events[name] for name in events_of(entry.rule.when, policy.events))]
    return {name for condition in conditions for part in parts_of(condition) for name in _named_lists(part)}


def _named_lists(part: BaseModel) -> Iterator[str]:
    for name in part.model_fields_set:
        value = getattr(part, name)
        if isinstance(value, list):
            yield from (word[1:] for word in value if isinstance(word, str) and word.startswith("@"))


def call_changes(calls: Iterable[Call], old: Policy, new: Policy, day: DayContacts | None = None) -> Iterator[CallChange]:
    """Calls whose flags or score differ between two policies, in order.

    Parameters
    ----------
    calls
        Tagged calls; flags they carry are not looked at.
    day
        Contacts of the run, where they are known.
    """
    reasons = rule_changes(old, new)
    score_reason = ("the score is made otherwise",)
    for call in calls:
        before, after = apply_policy(call, old, old.scheme, day), apply_policy(call, new, new.scheme, day)
        was, now = _by_code(before), _by_code(after)
        pairs = [(code, was.get(code), now.get(code)) for code in dict.fromkeys([*was, *now])]
        flags = tuple(
            FlagChange(call.call_id, code, _kind(one, other), reasons.get(code, score_reason), one, other)
            for code, one, other in pairs
            if _differs(one, other)
        )
        if flags or before.score != after.score:
            yield CallChange(call.call_id, before.score, after.score, flags)


def _by_code(call: Call) -> Mapping[str, Flag]:
    return {flag.code: flag for flag in call.flags}


def _kind(before: Flag | None, after: Flag | None) -> Change:
    return "added" if before is None else "removed" if after is None else "changed"


def _differs(before: Flag | None, after: Flag | None) -> bool:
    if before is None or after is None:
        return before is not after
    return any(getattr(before, name) != getattr(after, name) for name in ("severity", "points", "turns", "needs_review"))
