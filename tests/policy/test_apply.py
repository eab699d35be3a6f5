"""Flags and score of a call: points, floors, zero tolerance, dates, extension."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from callqa.errors import PolicyError
from callqa.policy import apply_policy, load_policy
from tests.policy.talk import HEAD, RULE, SCHEME, policy_of, talk

PRESS = "{turn: {label: pressure_tactic}}"
CALL = talk("A: 起诉", "A: 上门", tags={1: "pressure_tactic/legal_action", 2: "pressure_tactic/visit_threat"})


def score(tmp_path: Path, **parts: str) -> float | None:
    return apply_policy(CALL, policy_of(tmp_path, PRESS, **parts), SCHEME).score


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({}, 90),
        ({"fields": "    per_hit: true\n"}, 80),
        ({"fields": "    per_hit: true\n    max_points: 15\n"}, 85),
        ({"tail": "score: {floors: {caution: 95}}\n"}, 95),
        ({"tail": "score: {floors: {notice: 95}}\n"}, 90),
        ({"tail": "score: {zero_tolerance: [RULE]}\n"}, 0),
        ({"tail": "score: {floors: {caution: 95}, zero_tolerance: [RULE]}\n"}, 0),
        ({"fields": "    enabled: false\n"}, 100),
        ({"fields": "    enabled_from: 2026-03-06\n"}, 100),
        ({"fields": "    enabled_from: 2026-03-05\n    enabled_to: 2026-03-05\n"}, 90),
        ({"fields": "    enabled_to: 2026-03-04\n"}, 100),
    ],
)
def test_score(tmp_path: Path, parts: dict[str, str], expected: float) -> None:
    assert score(tmp_path, **parts) == expected


def test_a_flag_carries_what_a_reviewer_needs(tmp_path: Path) -> None:
    [raised] = apply_policy(CALL, policy_of(tmp_path, PRESS, fields="    needs_review: true\n"), SCHEME).flags
    assert (raised.code, raised.severity, raised.points, raised.turns) == ("RULE", "caution", 10, (1, 2))
    assert (raised.label, raised.needs_review) == ("pressure_tactic", True)
    assert (raised.name_zh, raised.name_en, raised.advice_zh, raised.advice_en) == ("规则", "Rule", "改", "Change")


def test_applying_again_replaces_flags(tmp_path: Path) -> None:
    policy = policy_of(tmp_path, PRESS)
    once = apply_policy(CALL, policy, SCHEME)
    assert apply_policy(once, policy, SCHEME) == once
    assert apply_policy(talk("A: 您好"), policy, SCHEME).score == 100


BASE = (
    HEAD
    + "settings: {limit: 2}\nlists: {law: [起诉]}\n"
    + RULE
    + "{all: [{measure: {name: turns, at_least: $limit}}, {turn: {text: {any: '@law'}}}]}\n"
)


def extended(tmp_path: Path, more: str) -> dict[str, float]:
    (tmp_path / "base.yaml").write_text(BASE, encoding="utf-8")
    top = tmp_path / "top.yaml"
    top.write_text(HEAD + "extends: base.yaml\n" + more, encoding="utf-8")
    return {flag.code: flag.points for flag in apply_policy(CALL, load_policy(top), SCHEME).flags}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", {"RULE": 10}),
        ("settings: {limit: 3}\n", {}),
        ("override: {RULE: {points: 3}}\n", {"RULE": 3}),
        ("override: {RULE: {enabled: false}}\n", {}),
        ("lists: {law: [法院]}\n", {}),
        ("lists: {law: [法院]}\nmore_words: {law: [上门]}\n", {"RULE": 10}),
        (RULE.replace("RULE", "SECOND") + "{turn: {label: pressure_tactic}}\n", {"RULE": 10, "SECOND": 10}),
    ],
)
def test_extending(tmp_path: Path, more: str, expected: dict[str, float]) -> None:
    assert extended(tmp_path, more) == expected


def test_hash_covers_what_a_policy_extends(tmp_path: Path) -> None:
    extended(tmp_path, "")
    before = load_policy(tmp_path / "top.yaml").sha256
    assert load_policy(tmp_path / "top.yaml").sha256 == before
    (tmp_path / "base.yaml").write_text(BASE + "# changed\n", encoding="utf-8")
    assert load_policy(tmp_path / "top.yaml").sha256 != before


def test_a_policy_reaches_a_worker_whole_or_not_at_all(tmp_path: Path) -> None:
    policy = policy_of(tmp_path, PRESS)
    sent = pickle.dumps(policy)
    assert apply_policy(CALL, pickle.loads(sent), SCHEME) == apply_policy(CALL, policy, SCHEME)
    policy_of(tmp_path, "{turn: {label: misconduct}}")
    with pytest.raises(PolicyError, match="was changed"):
        pickle.loads(sent)
