"""`callqa explain` and `callqa train` through the real entry."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

DATA = Path(__file__).parents[2] / "data"


def callqa(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "callqa.cli.main", *words], capture_output=True, text=True, timeout=200, check=False)


def test_explain_for_people_and_programs() -> None:
    file = str(DATA / "sample" / "day-a.jsonl")
    shown = callqa("explain", file, "--turn", "5", "--lang", "zh")
    assert shown.returncode == 0, shown.stderr
    assert "施压" in shown.stdout
    found = json.loads(callqa("explain", file, "--turn", "5", "--json").stdout)
    assert found["turn"] == 5
    assert {"label", "score", "threshold", "pieces", "around", "context", "drawn_from", "evidence"} <= set(found["labels"][0])


def test_explain_says_what_is_missing() -> None:
    file = str(DATA / "sample" / "day-a.jsonl")
    for words, message in ((("--turn", "999"), "no turn 999"), (("--turn", "1", "--call", "nobody"), "no call nobody")):
        done = callqa("explain", file, *words)
        assert done.returncode == 1
        assert message in done.stderr
        assert "Traceback" not in done.stderr


def test_train_without_an_output_only_measures(tmp_path: Path) -> None:
    for name in ("t01", "t02"):
        lines = (DATA / "train" / f"{name}.jsonl").read_bytes().splitlines(keepends=True)[:10]
        (tmp_path / f"{name}.jsonl").write_bytes(b"".join(lines))
    done = callqa("train", str(tmp_path), "--no-encoder", "--workers", "1", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["full"]["calls"] == 20
    assert found["read_share"] == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["t01.jsonl", "t02.jsonl"]


def test_train_names_the_file_that_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text('{"call_id": "x"}\n', encoding="utf-8")
    done = callqa("train", str(tmp_path))
    assert done.returncode == 1
    assert "bad.jsonl" in done.stderr
