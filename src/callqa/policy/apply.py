"""Policy + tagged call → flags with their evidence, and the call's score."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from operator import attrgetter

from callqa.call import Call, Flag, maker
from callqa.labels import LabelScheme
from callqa.policy.contacts import DayContacts
from callqa.policy.facts import Facts, Mask, bits
from callqa.policy.loading import CompiledRule, Policy

FULL_SCORE = 100.0
make_flag = maker(Flag)
make_call: Callable[..., Call] = maker(Call)
# All fields but flags and score, for a copy with others of these: a tenth of the time of `dataclasses.replace`.
_FIELDS = [field.name for field in fields(Call)]
_BEFORE_FLAGS = attrgetter(*_FIELDS[: _FIELDS.index("flags")])
_AFTER_SCORE = attrgetter(*_FIELDS[_FIELDS.index("score") + 1 :])


def apply_policy(call: Call, policy: Policy, scheme: LabelScheme, day: DayContacts | None = None) -> Call:
    """The call with ``flags`` (in the order of the policy's rules) and ``score`` set; what it had of either is replaced.

    Parameters
    ----------
    call
        A tagged call with its promises filled.
    policy
        From `load_policy`.
    scheme
        The label scheme the call was tagged by.
    day
        Contacts of the run; without them no rule about contacts fires.

    Examples
    --------
    >>> from callqa.call import Utterance
    >>> from callqa.labels import load_scheme
    >>> from callqa.policy.loading import load_policy
    >>> turn = Utterance(1, "agent", "再不还就抓你", labels=("pressure_tactic",), subtypes={"pressure_tactic": ("criminal_threat",)})
    >>> flagged = apply_policy(Call("c1", (turn,)), load_policy(), load_scheme())
    >>> [flag.turns for flag in flagged.flags if flag.severity == "violation"]
    [(1,)]
    """
    facts = Facts(call, scheme, day)
    today = None if call.started_at is None else call.started_at.date()
    flags: list[Flag] = []
    standing = facts.standing
    for entry in policy.active:
        if entry.needs is not None and entry.needs.isdisjoint(standing):
            continue
        if entry.dated and not entry.enabled_on(today):
            continue
        shown = entry.met(facts)
        if shown is not None:
            flags.append(_flag(entry, facts, shown))
    return make_call(*_BEFORE_FLAGS(call), tuple(flags), call_score(flags, policy), *_AFTER_SCORE(call))


def _flag(entry: CompiledRule, facts: Facts, shown: Mask) -> Flag:
    rule, test, hit = entry.rule, entry.test, facts.hit
    spans = test.spans
    points = rule.points
    if rule.per_hit:
        points *= max(shown.bit_count(), 1)
        if rule.max_points is not None:
            points = min(points, rule.max_points)
    return make_flag(
        rule.code,
        rule.severity,
        points,
        tuple([hit(index, spans) for index in bits(shown)]) if shown else (),
        test.label,
        rule.name.zh,
        rule.name.en,
        rule.advice.zh,
        rule.advice.en,
        rule.needs_review,
        test.detail(facts),
    )


def call_score(flags: Sequence[Flag], policy: Policy) -> float:
    """100 less the points of the flags, kept above the floor of the gravest; 0 where a rule of zero tolerance fired.

    A floor is the least score of a call whose gravest flag has that severity; a severity without one has floor 0.
    """
    zero_tolerance = policy.score.zero_tolerance
    if zero_tolerance and not {flag.code for flag in flags}.isdisjoint(zero_tolerance):
        return 0.0
    worst = policy.scheme.worst(tuple({flag.severity for flag in flags}))
    floor = float(policy.score.floors.get(worst, 0.0)) if worst is not None else 0.0
    return round(max(FULL_SCORE - sum([flag.points for flag in flags]), floor, 0.0), 2)
