"""The main job with the shipped model, as a user runs it: a day's transcripts, a result folder, flags, exports, figures."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "data" / "sample"

pytestmark = pytest.mark.slow


def callqa(*args: str | Path) -> subprocess.CompletedProcess[str]:
    environ = os.environ | {"CALLQA_LANG": "en"}
    command = [sys.executable, "-m", "callqa.cli.main", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environ, check=False)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def said(call: dict[str, Any]) -> tuple[str, ...]:
    return tuple(turn["text"] for turn in call["utterances"])


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("run") / "out"
    done = callqa("tag", SAMPLE, "-o", out)
    assert (done.returncode, done.stderr) == (0, "")
    assert "44 calls" in done.stdout
    return out


def test_the_sample_has_no_labels_and_no_training_call() -> None:
    calls = [call for path in sorted(SAMPLE.glob("*.jsonl")) for call in lines(path)]
    assert len(calls) >= 40
    assert not any({"labels", "subtypes", "fillers", "ptp"} & set(turn) for call in calls for turn in call["utterances"])
    assert not any("party" in call for call in calls)
    trained = {said(call) for path in (ROOT / "data" / "train").glob("*.jsonl") for call in lines(path)}
    assert not trained.intersection(map(said, calls))


def test_every_file_is_there_and_every_call_once(result: Path) -> None:
    assert {path.name for path in result.iterdir()} == {"tagged", "calls.csv", "segments.csv", "rejects.jsonl", "run.json"}
    tagged = Counter(call["call_id"] for path in (result / "tagged").iterdir() for call in lines(path))
    given = Counter(call["call_id"] for path in SAMPLE.glob("*.jsonl") for call in lines(path))
    assert tagged == given
    assert lines(result / "rejects.jsonl") == []


def test_calls_are_flagged_with_turns_that_show_it(result: Path) -> None:
    calls = [call for path in (result / "tagged").iterdir() for call in lines(path)]
    flags = [flag for call in calls for flag in call["flags"]]
    assert {flag["severity"] for flag in flags} >= {"notice", "caution", "violation"}
    parties = Counter(call["party"] for call in calls)
    assert parties["debtor"] > parties["third_party"] > 0
    with (result / "calls.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(calls)
    assert sum(int(row["flag_count"]) for row in rows) == len(flags)


def test_results_are_training_data_to_every_command_that_reads_calls(result: Path, tmp_path: Path) -> None:
    """Tagged output has the schema of labelled data: it can be exported, flagged again, evaluated and converted."""
    commands: list[list[str | Path]] = [
        ["export", result, "-o", tmp_path / "review.xlsx", "--lang", "zh"],
        ["flag", result],
        ["evaluate", result / "tagged", "--predictions", result / "tagged", "--samples", "0"],
        ["convert", result / "tagged", "-o", tmp_path / "calls.html"],
    ]
    for args in commands:
        done = callqa(*args)
        assert done.returncode == 0, (args[0], done.stderr)


def test_bad_input_is_told_and_good_calls_are_tagged(tmp_path: Path) -> None:
    day = tmp_path / "day"
    day.mkdir()
    good = {"call_id": "good", "utterances": [{"turn": 1, "speaker": "agent", "text": "您好，请问是王先生吗"}]}
    bad = [
        ("no JSON", "{'call_id': 1}", None),
        ("no turns", json.dumps({"call_id": "a"}), "utterances"),
        ("empty turns", json.dumps({"call_id": "b", "utterances": []}), "utterances"),
        ("unknown speaker", json.dumps({"call_id": "c", "utterances": [{"turn": 1, "speaker": "robot", "text": "喂"}]}), "speaker"),
    ]
    (day / "mixed.jsonl").write_text("\n".join([json.dumps(good), *(line for _, line, _ in bad)]) + "\n", encoding="utf-8")
    gbk = good | {"call_id": "gbk"}
    (day / "gbk.jsonl").write_bytes((json.dumps(gbk, ensure_ascii=False) + "\n").encode("gbk"))
    (day / "empty.jsonl").write_bytes(b"")
    done = callqa("tag", day, "-o", tmp_path / "out", "--fast")
    assert done.returncode == 0, done.stderr
    tagged = {call["call_id"] for path in (tmp_path / "out" / "tagged").iterdir() for call in lines(path)}
    assert tagged == {"good", "gbk"}
    rejects = lines(tmp_path / "out" / "rejects.jsonl")
    of_mixed = [reject for reject in rejects if reject["file"].endswith("mixed.jsonl")]
    assert [reject["line"] for reject in of_mixed] == [2, 3, 4, 5]
    for reject, (_, _, field) in zip(of_mixed, bad, strict=True):
        assert reject["reason"]
        assert field is None or field in reject["field"]


def test_a_missing_path_is_one_line_and_exit_1(tmp_path: Path) -> None:
    done = callqa("tag", tmp_path / "none.jsonl", "-o", tmp_path / "out")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1 and "none.jsonl" in done.stderr
