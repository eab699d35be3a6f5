"""`callqa policy` and `callqa flag`: what they print and how they exit."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from callqa.batch import tag_files
from callqa.cli import main
from callqa.shipped import shipped_path
from tests.batch.folder import call, quick, write

DEFAULT, PACT = shipped_path("policies/default.yaml"), shipped_path("policies/self-regulation.yaml")
Run = Callable[..., int]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command; its exit code."""
    monkeypatch.setenv("CALLQA_LANG", "en")

    def run(*args: str | Path) -> int:
        monkeypatch.setattr(sys, "argv", ["callqa", *map(str, args)])
        with pytest.raises(SystemExit) as left:
            main.main()
            raise SystemExit(0)
        return left.value.code if isinstance(left.value.code, int) else 0

    return run


@pytest.fixture
def out(tmp_path: Path) -> Path:
    late = call("late", "您好", "喂", started_at="2026-03-05T21:30:00+08:00")
    return tag_files([write(tmp_path / "day.jsonl", late, call("plain", "您好", "喂"))], tmp_path / "out", quick()).out


def test_check(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("policy", "check", DEFAULT) == 0
    assert "valid, 45 rules" in capsys.readouterr().out
    broken = tmp_path / "broken.yaml"
    broken.write_text("format: 1\nname: x\ntitel: {zh: 标题, en: T}\n", encoding="utf-8")
    assert run("policy", "check", broken) == 1
    assert f"{broken}:3: titel: is not a field here; did you mean title?" in capsys.readouterr().out
    assert run("policy", "check", broken, "--json") == 1
    assert json.loads(capsys.readouterr().out)["problems"][0]["line"] == 3
    assert run("policy", "check", tmp_path / "nowhere.yaml") == 1


def test_explain(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("policy", "explain", "CONTACTS_A_DAY", "-p", PACT, "--lang", "zh") == 0
    text = capsys.readouterr().out
    assert "当日联系次数超限" in text
    assert "大于: 3" in text
    assert run("policy", "explain") == 0
    assert len(capsys.readouterr().out.splitlines()) == 45
    assert run("policy", "explain", "CONTACT_A_DAY") == 1
    assert "did you mean CONTACTS_A_DAY?" in capsys.readouterr().err


def test_test(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("policy", "test", DEFAULT) == 0
    assert "90 of 90 cases passed" in capsys.readouterr().out
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("format: 1\ncases:\n  - {rule: QUARREL, name: 平和, fires: true, turns: ['A: 您好']}\n", encoding="utf-8")
    assert run("policy", "test", DEFAULT, wrong) == 1
    assert "QUARREL: 平和: did not fire" in capsys.readouterr().out


def test_diff_says_which_calls_change_and_why(run: Run, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("policy", "diff", DEFAULT, PACT, out, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["rules"] == {
        "CALL_HOURS": ["when.time.outside[0]: 09:00 → 08:00", "when.time.outside[1]: 21:00 → 22:00"],
        "CONTACTS_A_DAY": ["when.contacts.above: 5 → 3"],
    }
    assert [change["call_id"] for change in told["calls"]] == ["late"]
    assert told["calls"][0]["flags"] == [{"code": "CALL_HOURS", "change": "removed", "why": told["rules"]["CALL_HOURS"]}]
    assert run("policy", "diff", DEFAULT, PACT, out) == 0
    assert "late  80 → 100  CALL_HOURS gone" in capsys.readouterr().out


def test_flag(run: Run, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("flag", out, "--policy", PACT, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["calls"], told["changed"]) == (2, 1)
    assert run("flag", out) == 0
    assert "Call outside hours (CALL_HOURS)" in capsys.readouterr().out
    assert run("flag", out / "tagged") == 1


def test_schema(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("policy", "schema") == 0
    assert capsys.readouterr().out == shipped_path("policies/schema.json").read_text(encoding="utf-8")
