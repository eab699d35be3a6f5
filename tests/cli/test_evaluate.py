"""`callqa evaluate`: models and predictions, tables and JSON, wrong turns, perturbations."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from callqa.call import Call, Utterance
from callqa.cli.evaluate import Perturbation
from callqa.labels import LabelScheme, load_scheme
from callqa.sources import call_to_line
from callqa.text.perturb import PERTURBATIONS
from tests.cli.conftest import Run

GOLD = [
    Call(f"c{n}", (Utterance(1, "agent", text, labels=labels), Utterance(2, "customer", "我13800001234")), party="debtor", labelled=True)
    for n, (text, labels) in enumerate([("今天，必须还。", ("pressure_tactic",)), ("您好，请问是本人吗？", ())], 1)
]


class Rule:
    """A tagger that calls every turn with 必须 pressure and everybody the debtor; it keeps what it was shown."""

    name = "rule"
    sha256 = "0"
    scheme: LabelScheme = load_scheme()

    def __init__(self) -> None:
        self.shown: list[Call] = []

    def tag(self, calls: Sequence[Call], *, fast: bool = False) -> list[Call]:
        self.shown += calls
        return [
            replace(
                call,
                utterances=tuple(replace(u, labels=("pressure_tactic",) if "必须" in u.text else ()) for u in call.utterances),
                party="debtor",
                labelled=True,
            )
            for call in calls
        ]


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Rule:
    rule = Rule()
    fake = ModuleType("callqa.taggers.model")
    fake.__dict__["load_model"] = lambda _path: rule
    monkeypatch.setitem(sys.modules, "callqa.taggers.model", fake)
    return rule


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    path = tmp_path / "gold.jsonl"
    path.write_bytes(b"".join(map(call_to_line, GOLD)))
    return path


def test_a_model_is_shown_bare_transcripts(callqa: Run, model: Rule, gold: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert callqa("evaluate", gold, "--json") == 0
    record = json.loads(capsys.readouterr().out)
    assert record["labels"]["pressure_tactic"]["f1"] == 1.0
    assert record["calls"] == 2
    assert model.shown == [call.unlabelled() for call in GOLD]


def test_a_perturbed_transcript_is_what_the_model_sees(callqa: Run, model: Rule, gold: Path) -> None:
    assert callqa("evaluate", gold, "--perturb", "punctuation") == 0
    assert [call.utterances[0].text for call in model.shown] == ["今天必须还", "您好请问是本人吗"]


def test_every_perturbation_can_be_asked_for() -> None:
    assert {kind.value for kind in Perturbation} == set(PERTURBATIONS)


def test_tables_speak_both_languages(callqa: Run, gold: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert callqa("evaluate", gold, "--predictions", gold, "--lang", "zh") == 0
    out = capsys.readouterr().out
    assert "施压" in out and "宏平均" in out


def test_wrong_turns_are_written_masked(callqa: Run, gold: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.csv"
    bare = tmp_path / "bare.jsonl"
    bare.write_bytes(b"".join(call_to_line(replace(c, utterances=tuple(replace(u, labels=()) for u in c.utterances))) for c in GOLD))
    for option, shown in (("--mask", False), ("--no-mask", True)):
        assert callqa("evaluate", gold, "--predictions", bare, "--errors", wrong, option) == 0
        with wrong.open(encoding="utf-8-sig", newline="") as file:
            (row,) = csv.DictReader(file)
        assert row["missed"] == "pressure_tactic"
        assert ("13800001234" in row["after"]) is shown


@pytest.mark.parametrize("more", [["--fast"], ["--model", "m"], ["--perturb", "digits"]])
def test_predictions_go_without_a_model(callqa: Run, gold: Path, more: list[str]) -> None:
    assert callqa("evaluate", gold, "--predictions", gold, *more) == 2


def test_errors_of_another_ending_are_refused_before_the_work(callqa: Run, model: Rule, gold: Path) -> None:
    assert callqa("evaluate", gold, "--errors", "wrong.txt") == 2
    assert model.shown == []


def test_gold_that_is_no_gold_is_told(callqa: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "day.jsonl"
    path.write_bytes(call_to_line(GOLD[0].unlabelled()))
    assert callqa("evaluate", path, "--predictions", path) == 1
    assert "day.jsonl:1" in capsys.readouterr().err


def test_predictions_with_a_label_of_ones_own(callqa: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shipped = (Path(__file__).parents[2] / "src" / "callqa" / "labels.yaml").read_text(encoding="utf-8")
    own = "  - {name: sarcasm, zh: 讽刺, en: Sarcasm, role: agent, guide: '2', colour: CCCCCC}\n"
    (tmp_path / "labels.yaml").write_text(shipped + own, encoding="utf-8")
    call = Call("c1", (Utterance(1, "agent", "您真行", labels=("sarcasm",)),), party="debtor", labelled=True)
    (tmp_path / "gold.jsonl").write_bytes(call_to_line(call))
    args = ["evaluate", tmp_path / "gold.jsonl", "--predictions", tmp_path / "gold.jsonl", "--json"]
    assert callqa(*args, "--labels", tmp_path / "labels.yaml") == 0
    assert json.loads(capsys.readouterr().out)["labels"]["sarcasm"]["support"] == 1
    assert callqa(*args) == 1
