"""`callqa export`: from a result folder to files."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from callqa.call import Call, Utterance
from callqa.sources import call_to_line
from tests.cli.conftest import Run


@pytest.fixture
def result(tmp_path: Path) -> Path:
    turns = (
        Utterance(1, "agent", "是王小明先生吗"),
        Utterance(2, "agent", "今天必须还", labels=("pressure_tactic",), subtypes={"pressure_tactic": ("ultimatum",)}),
        Utterance(3, "customer", "没钱", labels=("hardship_disclosure",), subtypes={"hardship_disclosure": ("cash_shortage",)}),
    )
    (tmp_path / "out" / "tagged").mkdir(parents=True)
    (tmp_path / "out" / "tagged" / "day.jsonl").write_bytes(call_to_line(Call("c1", turns, party="debtor", model="m", labelled=True)))
    return tmp_path / "out"


def test_a_filtered_masked_csv_in_chinese(callqa: Run, result: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    to = tmp_path / "s.csv"
    assert callqa("export", result, "-o", to, "--label", "pressure_tactic", "--context", "1", "--lang", "zh") == 0
    assert capsys.readouterr().out.startswith("1 个片段")
    with to.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["标签"], row["前文"]) == ("施压", "坐席：是***先生吗")


def test_json_says_how_many(callqa: Run, result: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    to = tmp_path / "s.jsonl"
    assert callqa("export", result, "-o", to, "--no-mask", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"file": str(to), "segments": 2}
    assert "王小明" in to.read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "more"), [("s.html", []), ("s.json", ["--to", "label-studio"]), ("s.jsonl", ["--to", "doccano"])])
def test_whole_calls_masked(
    callqa: Run, result: Path, tmp_path: Path, name: str, more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert callqa("export", result, "-o", tmp_path / name, *more) == 0
    assert capsys.readouterr().out == f"1 calls in {tmp_path / name}\n"
    text = (tmp_path / name).read_text(encoding="utf-8")
    assert "没钱" in text and "王小明" not in text


def test_a_wrong_format_or_ending_is_told(callqa: Run, result: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert callqa("export", result, "-o", tmp_path / "s.csv", "--to", "pdf") == 2
    assert callqa("export", result, "-o", tmp_path / "s.doc") == 1
    assert "s.doc: must end in one of .csv" in capsys.readouterr().err


def test_an_unknown_label_is_told_and_leaves_no_file(callqa: Run, result: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert callqa("export", result, "-o", tmp_path / "s.csv", "--label", "presure") == 1
    assert "presure" in capsys.readouterr().err
    assert not (tmp_path / "s.csv").exists()
