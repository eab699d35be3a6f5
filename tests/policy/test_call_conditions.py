"""When each operator of a call condition holds."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from callqa.call import Call
from callqa.policy import DayContacts
from callqa.promise import fill_promises
from tests.policy.talk import flag, talk

CALL = talk(
    "A: 您好",
    "C: 没钱",
    "A: 不还就起诉",
    "C: 那我明天还",
    tags={2: "hardship_disclosure/cash_shortage", 3: "pressure_tactic/legal_action", 4: "ptp_commitment/firm"},
    times=[(0, 2), (2, 3), (3, 5), (6, 7)],
    party="debtor",
    agent_id="a1",
    due=Decimal("5000.00"),
    extra={"product": "车贷"},
)

HOLDS = {
    "count": ("{count: {of: {role: agent}, at_least: 2}}", (1, 3)),
    "count too small": ("{count: {of: {role: agent}, above: 2}}", None),
    "none of them": ("{count: {of: {label: misconduct}, at_most: 0}}", ()),
    "share": ("{share: {of: {label: pressure_tactic}, among: {role: agent}, at_least: 0.5}}", (3,)),
    "share too small": ("{share: {of: {label: pressure_tactic}, among: {role: agent}, above: 0.5}}", None),
    "order": ("{order: {first: {label: hardship_disclosure}, then: {label: pressure_tactic}}}", (2, 3)),
    "order the other way": ("{order: {first: {label: ptp_commitment}, then: {label: pressure_tactic}}}", None),
    "order too far apart": ("{order: {first: {label: hardship_disclosure}, then: {label: ptp_commitment}, within: 1}}", None),
    "order near enough": ("{order: {first: {label: hardship_disclosure}, then: {label: ptp_commitment}, within: 2}}", (2, 4)),
    "lacks something earlier": ("{lacks: {turn: {label: pressure_tactic}, earlier: {text: {any: 理解}}}}", (3,)),
    "has it earlier": ("{lacks: {turn: {label: pressure_tactic}, earlier: {text: {any: 您好}}}}", None),
    "had it too early": ("{lacks: {turn: {label: pressure_tactic}, earlier: {text: {any: 您好}}, within: 1}}", (3,)),
    "lacks something later": ("{lacks: {turn: {label: hardship_disclosure}, later: {text: {any: 您好}}}}", (2,)),
    "has it later": ("{lacks: {turn: {label: hardship_disclosure}, later: {label: pressure_tactic}, within: 1}}", None),
    "turns": ("{measure: {name: turns, at_least: 4}}", ()),
    "duration": ("{measure: {name: duration, at_least: 7, at_most: 7}}", ()),
    "talk share": ("{measure: {name: agent_talk_share, above: 0.6}}", ()),
    "longest silence": ("{measure: {name: longest_silence, at_least: 1, at_most: 1}}", ()),
    "silence share": ("{measure: {name: silence_share, above: 0.1, below: 0.2}}", ()),
    "speaking rate": ("{measure: {name: agent_chars_per_second, at_least: 1.75}}", ()),
    "overlaps": ("{measure: {name: overlaps, at_least: 1}}", None),
    "within hours": ("{time: {outside: ['09:00', '21:00']}}", None),
    "inside a span": ("{time: {inside: ['09:30', '10:00'], weekday: thu}}", ()),
    "another weekday": ("{time: {weekday: [sat, sun]}}", None),
    "over midnight": ("{time: {inside: ['22:00', '10:00']}}", ()),
    "a field is one of": ("{data: {field: product, one_of: [车贷, 房贷]}}", ()),
    "a field is none of": ("{data: {field: agent_id, none_of: [a1]}}", None),
    "an amount": ("{data: {field: due, at_least: 5000}}", ()),
    "an amount that is not known": ("{data: {field: minimum_due, at_least: 0}}", None),
    "a field is known": ("{data: {field: account_id, known: true}}", None),
    "all": ("{all: [{turn: {label: pressure_tactic}}, {turn: {label: hardship_disclosure}}]}", (2, 3)),
    "any": ("{any: [{turn: {label: misconduct}}, {turn: {label: ptp_commitment}}]}", (4,)),
    "not": ("{not: {turn: {label: misconduct}}}", ()),
    "not, but it is": ("{not: {any: [{turn: {label: pressure_tactic}}, {contacts: {above: 9}}]}}", None),
    "contacts that nobody counted": ("{contacts: {at_least: 1}}", None),
}


@pytest.mark.parametrize("name", HOLDS)
def test_operator(tmp_path: Path, name: str) -> None:
    when, expected = HOLDS[name]
    raised = flag(tmp_path, when, CALL)
    assert (None if raised is None else raised.turns) == expected


def test_figures_behind_a_finding_stand_in_its_detail(tmp_path: Path) -> None:
    raised = flag(tmp_path, "{all: [{measure: {name: turns, above: 3}}, {count: {of: {role: agent}, above: 1}}]}", CALL)
    assert raised is not None
    assert raised.detail == {"turns": 4, "count": 2}


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("{promise: {made: true}}", True),
        ("{promise: {made: false}}", False),
        ("{promise: {complete: false}}", True),
        ("{promise: {missing: amount}}", True),
        ("{promise: {missing: date}}", False),
        ("{promise: {recapped: false}}", True),
        ("{promise: {days: {at_most: 1}}}", True),
        ("{promise: {days: {above: 1}}}", False),
        ("{promise: {amount: {above: 0}}}", False),
        ("{promise: {withdrawn: true}}", False),
    ],
)
def test_promise_state(tmp_path: Path, when: str, expected: bool) -> None:
    raised = flag(tmp_path, when, fill_promises(CALL))
    assert (raised is not None) is expected
    assert raised is None or raised.turns == (4,)


def test_a_withdrawn_promise_no_longer_stands(tmp_path: Path) -> None:
    call = fill_promises(talk("C: 明天还五百", "A: 好", "C: 算了不还了", tags={1: "ptp_commitment/firm"}))
    assert flag(tmp_path, "{promise: {withdrawn: true}}", call) is not None
    assert flag(tmp_path, "{promise: {recapped: false}}", call) is None
    assert flag(tmp_path, "{promise: {made: true}}", call) is None


def contact(at: str) -> Call:
    return talk("A: 您好", started_at=at, account_id="k1")


def test_sixth_contact_of_a_day(tmp_path: Path) -> None:
    calls = [contact(f"2026-03-05T{hour:02}:00:00+08:00") for hour in (15, 9, 10, 11, 12, 13)]
    day = DayContacts()
    for call in calls:
        day.add(call.account_id, call.started_at)
    raised = [flag(tmp_path, "{contacts: {above: 5}}", call, day=day) for call in calls]
    assert [one is not None for one in raised] == [True, False, False, False, False, False]
    assert raised[0] is not None
    assert raised[0].detail == {"contact": 6, "contacts": 6}


def test_contacts_merge_and_know_days_and_accounts_apart() -> None:
    one, other = DayContacts(), DayContacts()
    evening, morning = contact("2026-03-05T20:00:00+08:00").started_at, contact("2026-03-05T09:00:00+08:00").started_at
    one.add("k1", evening)
    other.add("k1", morning)
    other.add("k2", morning)
    other.add(None, morning)
    other.add("k1", None)
    merged = one.merge([other])
    assert (merged.ordinal("k1", evening), merged.ordinal("k2", morning), merged.ordinal("k3", morning), len(merged)) == (2, 1, 0, 2)


@pytest.mark.parametrize(
    ("at", "outside"), [("08:59:59", True), ("09:00:00", False), ("21:00:00", False), ("21:00:01", True), ("23:58:00", True)]
)
def test_hours_are_those_of_the_call_s_own_clock(tmp_path: Path, at: str, outside: bool) -> None:
    when = "{time: {outside: ['09:00', '21:00']}}"
    assert (flag(tmp_path, when, contact(f"2026-03-05T{at}-05:00")) is not None) is outside
    assert flag(tmp_path, when, replace(CALL, started_at=None)) is None
