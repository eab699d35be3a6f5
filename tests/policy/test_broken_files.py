"""A policy that is not right never runs: every fault is told with file, line and field, and a mistyped name with the right one."""

from __future__ import annotations

from pathlib import Path

import pytest

from callqa.errors import PolicyError
from callqa.policy import load_policy, policy_problems
from tests.policy.talk import HEAD, RULE

GOOD = HEAD + RULE + "{turn: {label: pressure_tactic}}\n"


def rule(when: str, **changes: str) -> str:
    text = HEAD + RULE + when + "\n"
    for field, value in changes.items():
        lines = [f"    {field}: {value}" if line.strip().startswith(f"{field}:") else line for line in text.splitlines()]
        text = "\n".join(lines) + "\n"
    return text


WHEN = "rules[0].when."
# text of the file, line, field, part of the message
BROKEN = {
    "not a mapping": ("- a\n- b\n", None, None, "must be a mapping of fields"),
    "not YAML": (HEAD + "rules: [\n", 5, None, "is not valid YAML"),
    "a key twice": (HEAD + "name: other\n", 4, "name", "stands twice"),
    "an alias": (HEAD + "lists: {a: &x [词], b: *x}\n", 4, None, "aliases"),
    "a wrong format": (GOOD.replace("format: 1", "format: 2"), 1, "format", "must be 1"),
    "no name": (GOOD.replace("name: tiny\n", ""), 1, "name", "is missing"),
    "a bad name": (GOOD.replace("name: tiny", "name: Tiny One"), 2, "name", "must match"),
    "a mistyped field": (GOOD.replace("rules:", "rulse:"), 4, "rulse", "did you mean rules?"),
    "a mistyped rule field": (GOOD.replace("severity", "sevrity"), 8, "rules[0].sevrity", "did you mean severity?"),
    "a title in one language": (GOOD.replace("{zh: 小, en: Tiny}", "{en: Tiny}"), 3, "title.zh", "is missing"),
    "no source": (rule("{turn: {role: agent}}", why="{zh: 因为, en: Because}"), 7, "rules[0].why.source", "is missing"),
    "a bad code": (GOOD.replace("code: RULE", "code: rule one"), 5, "rules[0].code", "must match"),
    "an unknown severity": (rule("{turn: {role: agent}}", severity="violaton"), 8, "rules[0].severity", "did you mean violation?"),
    "points that are no number": (rule("{turn: {role: agent}}", points="many"), 9, "rules[0].points", "must be a number"),
    "points above 100": (rule("{turn: {role: agent}}", points="101"), 9, "rules[0].points", "less than or equal to 100"),
    "an unknown label": (rule("{turn: {label: presure_tactic}}"), 11, WHEN + "turn.label[0]", "did you mean pressure_tactic?"),
    "an unknown sub-type": (rule("{turn: {subtype: insults}}"), 11, WHEN + "turn.subtype[0]", "did you mean insult?"),
    "a sub-type of another label": (
        rule("{turn: {label: misconduct, subtype: insult}}"), 11, WHEN + "turn.subtype[0]", "unknown sub-type 'insult'",
    ),
    "an unknown role": (rule("{turn: {role: agnet}}"), 11, WHEN + "turn.role", "one of agent, customer; did you mean agent?"),
    "a mistyped operator": (rule("{turn: {lable: misconduct}}"), 11, WHEN + "turn.lable", "did you mean label?"),
    "an empty condition": (rule("{}"), 11, "rules[0].when", "is an empty condition"),
    "an empty turn condition": (rule("{turn: {}}"), 11, WHEN + "turn", "is an empty condition"),
    "an unknown event": (
        HEAD + "events: {greeted: {role: agent}}\n" + RULE + "{turn: {is: greeting}}\n", 12, WHEN + "turn.is[0]", "did you mean greeted?",
    ),
    "an event before it is there": (HEAD + "events: {a: {is: b}, b: {role: agent}}\n", 4, "events.a.is[0]", "unknown event 'b'"),
    "an unknown list": (rule("{turn: {text: {any: '@words'}}}"), 11, WHEN + "turn.text.any[0]", "unknown list 'words'"),
    "an empty list": (HEAD + "lists: {words: []}\n", 4, "lists.words", "must hold at least one entry"),
    "a keyword of a gap alone": (rule("{turn: {text: {any: '*'}}}"), 11, WHEN + "turn.text.any[0]", "is an empty keyword"),
    "a keyword of three gaps": (rule("{turn: {text: {any: a*b*c*d}}}"), 11, WHEN + "turn.text.any[0]", "at most 2 gaps"),
    "more words than there are": (rule("{turn: {text: {any: [甲, 乙], at_least: 3}}}"), 11, WHEN + "turn.text.at_least", "3 of 2 words"),
    "a bad regex": (rule("{turn: {regex: {match: '(还'}}}"), 11, WHEN + "turn.regex.match[0]", "missing )"),
    "a regex with look-ahead": (rule("{turn: {regex: {match: '还(?=款)'}}}"), 11, WHEN + "turn.regex.match[0]", "callqa can run"),
    "no bounds": (rule("{count: {of: {role: agent}}}"), 11, WHEN + "count", "needs at_least, at_most, above or below"),
    "a bad time": (rule("{time: {outside: ['9 Uhr', '21:00']}}"), 11, WHEN + "time.outside[0]", 'such as "09:00"'),
    "a bad weekday": (rule("{time: {weekday: Monday}}"), 11, WHEN + "time.weekday[0]", "must be one of mon"),
    "an unknown measure": (rule("{measure: {name: filler, above: 1}}"), 11, WHEN + "measure.name", "did you mean fillers?"),
    "both sides of lacks": (
        rule("{lacks: {turn: {role: agent}, earlier: {role: agent}, later: {role: agent}}}"), 11, WHEN + "lacks", "earlier or later",
    ),
    "an unknown setting": (
        HEAD + "settings: {limit: 5}\n" + RULE + "{contacts: {above: $limits}}\n", 12, WHEN + "contacts.above", "did you mean limit?",
    ),
    "dates the wrong way": (
        GOOD + "    enabled_from: 2026-02-01\n    enabled_to: 2026-01-01\n", 5, "rules[0]", "enabled_to lies before enabled_from",
    ),
    "a rule twice": (GOOD + RULE.removeprefix("rules:\n") + "{turn: {role: agent}}\n", 1, None, "rule RULE stands twice"),
    "override of nothing": (GOOD + "override: {RULE: {points: 1}}\n", 1, None, "extends is missing"),
    "a missing base": (GOOD + "extends: nowhere.yaml\n", 12, "extends", "cannot be read"),
    "an unknown zero-tolerance code": (GOOD + "score: {zero_tolerance: [RULES]}\n", 12, "score.zero_tolerance[0]", "did you mean RULE?"),
    "an unknown floor": (GOOD + "score: {floors: {grave: 3}}\n", 12, "score.floors.grave", "unknown severity"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_with_its_place(tmp_path: Path, name: str) -> None:
    text, line, field, message = BROKEN[name]
    path = tmp_path / "broken.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        load_policy(path)
    error = caught.value
    assert (error.file, error.field) == (str(path), field)
    assert message in error.message
    assert line is None or error.line == line


def test_there_are_thirty_of_them() -> None:
    assert len(BROKEN) >= 30


def test_the_file_they_are_made_from_is_right(tmp_path: Path) -> None:
    path = tmp_path / "good.yaml"
    path.write_text(GOOD, encoding="utf-8")
    assert policy_problems(path) == []


def test_check_tells_everything_at_once(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(rule("{turn: {rolle: agent}}", points="many"), encoding="utf-8")
    assert [problem.field for problem in policy_problems(path)] == [WHEN + "turn.rolle", "rules[0].points"]


@pytest.mark.parametrize("raw", ["format: 1\n标题: 中文".encode("gb18030"), b"\xff\xfe\x00", b"a: \x01"])
def test_bytes_that_are_no_text(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "broken.yaml"
    path.write_bytes(raw)
    with pytest.raises(PolicyError, match=r"UTF-8|not valid YAML"):
        load_policy(path)


def test_policies_that_extend_each_other(tmp_path: Path) -> None:
    for name, base in (("a", "b"), ("b", "a")):
        (tmp_path / f"{name}.yaml").write_text(HEAD + f"extends: {base}.yaml\n", encoding="utf-8")
    with pytest.raises(PolicyError, match="extends a policy that extends this one"):
        load_policy(tmp_path / "a.yaml")


def test_override_of_a_rule_the_base_lacks(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(GOOD, encoding="utf-8")
    top = tmp_path / "top.yaml"
    top.write_text(HEAD + "extends: base.yaml\noverride: {RUEL: {points: 1}}\n", encoding="utf-8")
    with pytest.raises(PolicyError, match=r"top.yaml:5: override.RUEL: unknown rule 'RUEL'; did you mean RULE\?"):
        load_policy(top)
