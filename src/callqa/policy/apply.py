"""Policy + tagged call → flags with their evidence, and the call's score."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import date
from operator import attrgetter

from callqa.call import Call, Flag, maker
from callqa.labels import LabelScheme
from callqa.policy.contacts import DayContacts
from callqa.policy.facts import Facts, Mask
from callqa.policy.loading import CompiledRule, Policy

FULL_SCORE = 100.0
make_flag = maker(Flag)
make_call: Callable[..., Call] = maker(Call)
# All fields but flags and score, for a copy with others of these: a tenth of the time of `dataclasses.replace`.
_FIELDS = [field.name for field in fields(Call)]
_BEFORE_FLAGS = attrgetter(*_FIELDS[: _FIELDS.index("flags")])
_AFTER_SCORE = attrgetter(*_FIELDS[_FIELDS.index("score") + 1 :])

_Case = tuple[Facts, list[Flag]]  # a call and its flags so far


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
    return apply_to_all([call], policy, scheme, day)[0]


def apply_to_all(calls: Sequence[Call], policy: Policy, scheme: LabelScheme, day: DayContacts | None = None) -> list[Call]:
    """`apply_policy` to each of some calls, in a fifth less time.

    It goes rule by rule, not call by call: what a rule runs then stays in the processor's caches.
    """
    cases: list[_Case] = [(Facts(call, scheme, day), []) for call in calls]
    standing: dict[str, list[_Case]] = {}  # the calls on which a label or sub-type stands
    for case in cases:
        for name in case[0].standing:
            standing.setdefault(name, []).append(case)
    for entry in policy.active:
        met, needs = entry.met, entry.needs
        if needs is None:
            asked = cases
        elif len(needs) == 1:
            asked = standing.get(next(iter(needs)), [])
        else:
            asked = [case for case in cases if not needs.isdisjoint(case[0].standing)]
        if entry.dated:
            asked = [case for case in asked if entry.enabled_on(_day(case[0].call))]
        fired = [(facts, shown, flags) for facts, flags in asked if (shown := met(facts)) is not None]
        if fired:
            _flag(entry, fired)
    return [
        make_call(*_BEFORE_FLAGS(facts.call), tuple(flags), call_score(flags, policy), *_AFTER_SCORE(facts.call)) for facts, flags in cases
    ]


def _day(call: Call) -> date | None:
    return None if call.started_at is None else call.started_at.date()


def _flag(entry: CompiledRule, fired: Sequence[tuple[Facts, Mask, list[Flag]]]) -> None:
    """Add the flag of a rule to those of each call on which it fired."""
    rule, test = entry.rule, entry.test
    label, spans, detail = test.label, test.spans, test.detail
    code, severity, per_hit, most, review = rule.code, rule.severity, rule.per_hit, rule.max_points, rule.needs_review
    words = rule.name.zh, rule.name.en, rule.advice.zh, rule.advice.en
    for facts, shown, flags in fired:
        points = rule.points
        if per_hit:
            points *= max(shown.bit_count(), 1)
            if most is not None:
                points = min(points, most)
        hits = facts.hits(shown, spans) if shown else ()
        flags.append(make_flag(code, severity, points, hits, label, *words, review, detail(facts)))


def call_score(flags: Sequence[Flag], policy: Policy) -> float:
    """100 less the points of the flags, kept above the floor of the gravest; 0 where a rule of zero tolerance fired.

    A floor is the least score of a call whose gravest flag has that severity; a severity without one has floor 0.
    """
    zero_tolerance = policy.score.zero_tolerance
    if zero_tolerance and not {flag.code for flag in flags}.isdisjoint(zero_tolerance):
        return 0.0
    worst = policy.scheme.worst([flag.severity for flag in flags])
    floor = float(policy.score.floors.get(worst, 0.0)) if worst is not None else 0.0
    return round(max(FULL_SCORE - sum([flag.points for flag in flags]), floor, 0.0), 2)
