from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from callqa.cli.validate import app

GOOD = (
    '{"call_id": "c1", "party": "debtor", "utterances": [{"turn": 1, "speaker": "agent", "text": "嗯那个", '
    '"labels": ["filler_words"], "fillers": [[1, 3]]}]}\n'
)
FIXABLE = GOOD.replace("c1", "c2").replace("[[1, 3]]", "[[0, 2], [1, 3]]")
BAD = GOOD.replace("c1", "c3").replace('"agent"', '"customer"')


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.output


def test_good_data_exits_0_and_is_counted(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(GOOD, encoding="utf-8")
    code, output = run(tmp_path, "--json")
    assert code == 0
    assert json.loads(output)["labels"] == {"filler_words": 1} and json.loads(output)["problems"] == []


def test_bad_data_exits_1_and_says_where(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(GOOD + BAD, encoding="utf-8")
    code, output = run(path)
    assert code == 1
    assert f"{path}:2: c3: turn 1: labels" in output


def test_fix_rewrites_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(FIXABLE, encoding="utf-8")
    assert run(path)[0] == 1
    code, output = run(path, "--fix", "--json")
    assert code == 0 and json.loads(output)["fixed"] == ["c2"]
    assert run(path)[0] == 0


def test_test_data_among_the_training_data(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(GOOD.replace("嗯那个", "嗯那个您好请问是王先生本人吗这里是恒通银行"), encoding="utf-8")
    code, output = run(tmp_path / "a.jsonl", "--against", tmp_path / "a.jsonl", "--json")
    assert code == 1
    assert [problem["code"] for problem in json.loads(output)["problems"]] == ["leak"]
