from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from callqa.cli.convert import app
from callqa.sources import read_labelled

FIXTURES = Path(__file__).parents[1] / "sources" / "fixtures"
GOLD = Path(__file__).parents[2] / "data" / "train" / "t01.jsonl"


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.output


def test_a_transcript_is_converted(tmp_path: Path) -> None:
    code, output = run(FIXTURES / "alibaba.json", "-o", tmp_path / "a.jsonl", "--agent", "1", "--json")
    assert code == 0 and json.loads(output)["calls"] == 1
    assert json.loads((tmp_path / "a.jsonl").read_text(encoding="utf-8"))["utterances"][0]["speaker"] == "customer"


def test_what_leaves_for_a_tool_is_masked_unless_told_otherwise(tmp_path: Path) -> None:
    for arguments, hidden in (([], True), (["--no-mask"], False)):
        code, _ = run(GOLD, "-o", tmp_path / "tasks.json", *arguments)
        assert code == 0
        assert ("赵女士" not in (tmp_path / "tasks.json").read_text(encoding="utf-8")) == hidden
    run(GOLD, "-o", tmp_path / "a.jsonl")
    assert "赵女士" in (tmp_path / "a.jsonl").read_text(encoding="utf-8")


def test_pseudonyms_and_back(tmp_path: Path) -> None:
    key = tmp_path / "key"
    assert run(GOLD, "-o", tmp_path / "a.jsonl", "--pseudonymise", key)[0] == 0
    assert "赵女士" not in (tmp_path / "a.jsonl").read_text(encoding="utf-8")
    assert run(GOLD, "-o", tmp_path / "b.jsonl", "--pseudonymise", key)[0] == 0
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()
    assert run(tmp_path / "a.jsonl", "-o", tmp_path / "c.jsonl", "--reveal", key)[0] == 0
    assert read_labelled([tmp_path / "c.jsonl"]) == read_labelled([GOLD])


@pytest.mark.parametrize("arguments", [["--to", "pdf"], ["--from", "pdf"], ["--column", "text"], ["--mask", "--reveal", "k"]])
def test_wrong_usage(tmp_path: Path, arguments: list[str]) -> None:
    assert run(FIXTURES / "call.txt", "-o", tmp_path / "a.jsonl", *arguments)[0] == 2
