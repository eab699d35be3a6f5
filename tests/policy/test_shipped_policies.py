"""The shipped policies: every prohibited act and point of QA has a rule and calls that show it, and the generated files are current."""

from __future__ import annotations

from pathlib import Path

import pytest

from callqa.errors import PolicyError
from callqa.labels import load_scheme
from callqa.policy import apply_policy, load_policy
from callqa.policy.cases import Case, cases_beside, failure, load_cases, run_case, untested
from callqa.policy.describe import explain_rule
from callqa.policy.schema import cases_schema, policy_schema, schema_text
from callqa.shipped import shipped_path
from tests.policy.talk import SCHEME, talk

DEFAULT = shipped_path("policies/default.yaml")
POLICY = load_policy()
CASES = load_cases(cases_beside(DEFAULT), POLICY).cases
ITEMS = {f"act {number}" for number in range(1, 10)} | {f"point {number}" for number in range(1, 8)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}-{case.fires}")
def test_case(case: Case) -> None:
    result = run_case(case, POLICY)
    assert result.passed, failure(result)


@pytest.mark.parametrize("fires", [True, False])
def test_every_act_and_point_has_a_call_that_triggers_it_and_one_that_nearly_does(fires: bool) -> None:
    assert {item for case in CASES if case.fires is fires for item in case.covers} == ITEMS


def test_every_rule_has_both_kinds_of_case() -> None:
    assert untested(CASES, POLICY) == []


def test_every_violating_sub_type_has_a_rule_of_that_severity() -> None:
    for label in SCHEME:
        for sub in label.subtypes:
            if sub.severity == "violation":
                call = talk("A: 话" if label.role == "agent" else "C: 话", tags={1: f"{label.name}/{sub.name}"})
                assert "violation" in {flag.severity for flag in apply_policy(call, POLICY, SCHEME).flags}, sub.name


def test_self_regulation_differs_by_hours_and_contacts_only() -> None:
    pact = load_policy(shipped_path("policies/self-regulation.yaml"))
    assert {name: value for name, value in pact.settings.items() if POLICY.settings[name] != value} == {
        "hours_from": "08:00", "hours_to": "22:00", "contacts_a_day": 3,
    }  # fmt: skip
    late = talk("A: 您好", started_at="2026-03-05T21:30:00+08:00")
    codes = [{flag.code for flag in apply_policy(late, policy, SCHEME).flags} for policy in (POLICY, pact)]
    assert codes == [{"CALL_HOURS"}, set()]


@pytest.mark.parametrize(("name", "made"), [("schema.json", policy_schema), ("cases.schema.json", cases_schema)])
def test_schema_is_current(name: str, made: object) -> None:
    assert callable(made)
    assert shipped_path(f"policies/{name}").read_text(encoding="utf-8") == schema_text(made(load_scheme()))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_rule_can_be_explained(lang: str) -> None:
    for entry in POLICY.rules:
        text = "\n".join(explain_rule(entry, POLICY, "zh" if lang == "zh" else "en"))
        assert entry.rule.code in text
        assert (entry.rule.why.zh if lang == "zh" else entry.rule.why.en) in text


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("{rule: NOBODY, name: x, fires: true, turns: ['A: 好']}", "cases[0].rule: unknown rule 'NOBODY'"),
        ("{rule: QUARREL, name: x, fires: true, turns: [{agent: 好, tags: [pressure]}]}", "did you mean pressure_tactic?"),
        ("{rule: QUARREL, name: x, fires: true, turns: [{agent: 好, tags: [ptp_commitment]}]}", "never stands on a turn of the agent"),
        ("{rule: QUARREL, name: x, fires: true, turns: [{agent: 好, fillers: [呃]}]}", "is not in the turn"),
        ("{rule: QUARREL, name: x, fires: true, turns: ['好']}", 'must be "A: what the agent says"'),
        ("{rule: QUARREL, name: x, fires: true, turns: []}", "must hold at least one entry"),
    ],
)
def test_broken_cases(tmp_path: Path, case: str, message: str) -> None:
    path = tmp_path / "cases.yaml"
    path.write_text(f"format: 1\ncases:\n  - {case}\n", encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        load_cases(path, POLICY)
    assert message in str(caught.value)
    assert caught.value.line == 3
