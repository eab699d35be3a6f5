"""`callqa tag`: options, what it prints, exit codes."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from callqa.batch import Progress
from callqa.cli import main, tag
from tests.batch.folder import FILES, call, write
from tests.batch.rules import load

Run = Callable[..., int]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `callqa tag` with the tagger of rules in place of a model; its exit code."""
    fake = ModuleType("callqa.taggers.model")
    fake.__dict__["load_model"] = load
    monkeypatch.setitem(sys.modules, "callqa.taggers.model", fake)
    monkeypatch.setenv("CALLQA_LANG", "en")

    def run(*args: str | Path) -> int:
        monkeypatch.setattr(sys, "argv", ["callqa", "tag", *map(str, args)])
        try:
            main.main()
        except SystemExit as exit_:
            return exit_.code if isinstance(exit_.code, int) else 0
        return 0

    return run


@pytest.fixture
def day(tmp_path: Path) -> Path:
    (tmp_path / "day").mkdir()
    write(tmp_path / "day/a.jsonl", call("c1", "您好", "我失业了"), "broken", call("c2", "不还就起诉"))
    write(tmp_path / "day/b.jsonl", call("c3", "您好"))
    return tmp_path / "day"


def test_a_summary_on_stdout_and_nothing_on_stderr(run: Run, day: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(day, "-o", tmp_path / "out") == 0
    said = capsys.readouterr()
    assert "3 calls, 4 turns from 2 inputs" in said.out and "Rejected: 1" in said.out and "is not valid JSON" in said.out
    assert "Pressure used (PRESSURE_USED)" in said.out and str(tmp_path / "out") in said.out
    assert said.err == ""
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES


def test_json_for_programs(run: Run, day: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(day, "-o", tmp_path / "out", "--json", "--fast", "--workers", "1") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["calls"], said["turns"], said["rejected"], said["inputs"]) == (3, 4, 1, 2)
    assert said["flags"]["PRESSURE_USED"] == 1 and said["seconds"] > 0
    assert json.loads((tmp_path / "out/run.json").read_bytes())["options"]["fast"] is True


def test_strict_does_all_and_exits_1(run: Run, day: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(day, "-o", tmp_path / "out", "--strict") == 1
    said = capsys.readouterr()
    assert said.err == f"callqa: {tmp_path / 'out/rejects.jsonl'}: --strict: 1 inputs were rejected\n"
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES
    assert run(day / "b.jsonl", "-o", tmp_path / "out", "--strict") == 0


def test_max_rejects(run: Run, day: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(day, "-o", tmp_path / "out", "--max-rejects", "0") == 1
    assert "more than --max-rejects 0" in capsys.readouterr().err
    assert run(day, "-o", tmp_path / "out2", "--max-rejects", "1") == 0


def test_faults_are_one_line_and_exit_1(run: Run, day: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path / "nowhere", "-o", tmp_path / "out") == 1
    assert capsys.readouterr().err == f"callqa: {tmp_path / 'nowhere'}: no such file or folder\n"
    assert run(day, "-o", tmp_path / "out") == 0
    with (day / "a.jsonl").open("a") as file:
        file.write("\n")
    capsys.readouterr()
    assert run(day, "-o", tmp_path / "out", "--resume") == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "a.jsonl has changed" in said


def test_wrong_usage_is_exit_2(run: Run, day: Path, tmp_path: Path) -> None:
    assert run(day) == 2  # no -o
    assert run(day, "-o", tmp_path / "out", "--workers", "0") == 2
    assert run(day, "-o", tmp_path / "out", "--scheduler", "tcp://127.0.0.1:1") == 2
    assert not (tmp_path / "out").exists()


def test_chinese(run: Run, day: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(day, "-o", tmp_path / "out", "--lang", "zh") == 0
    said = capsys.readouterr().out
    assert "3 通电话，4 句" in said and "拒收：1" in said and "使用施压" in said
    assert (tmp_path / "out/calls.csv").read_text("utf-8-sig").startswith("文件,通话ID")


def test_metrics(run: Run, day: Path, tmp_path: Path) -> None:
    assert run(day, "-o", tmp_path / "out", "--metrics", tmp_path / "callqa.prom") == 0
    said = (tmp_path / "callqa.prom").read_text()
    assert "# TYPE callqa_calls gauge\ncallqa_calls 3\n" in said and 'callqa_flagged_calls{code="PRESSURE_USED"} 1\n' in said
    assert (tmp_path / "callqa.prom").stat().st_mode & 0o044


def test_a_signal_stops_it_resumable(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    calls = [call(f"c{n}", "TERMINATE" if n == 70 else "您好") for n in range(141)]
    source = write(tmp_path / "day.jsonl", *calls)
    before = signal.getsignal(signal.SIGTERM)
    assert run(source, "-o", tmp_path / "out", "--workers", "1") == 128 + signal.SIGTERM
    assert "--resume" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGTERM) is before
    assert run(source, "-o", tmp_path / "out", "--workers", "1", "--resume") == 0
    assert "141 calls" in capsys.readouterr().out


def test_progress_lines_for_logs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    clock = [0.0]
    monkeypatch.setattr(tag, "monotonic", lambda: clock[0])
    report = tag._JsonLines()
    for seconds in (10.0, 31.0, 40.0, 62.0):
        clock[0] = seconds
        report(Progress("tag", int(seconds), 100, 1000, 0, seconds, 620))
    said = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["calls"] for line in said] == [31, 62]
    assert said[1] == {"phase": "tag", "calls": 62, "total": 100, "turns": 1000, "rejected": 0, "seconds": 62.0, "turns_per_second": 10.0}


def test_columns_of_a_table_are_named_by_option(callqa: Run, tmp_path: Path) -> None:
    table = tmp_path / "calls.csv"
    table.write_text("流水,谁,说的话\n7,坐席,您好\n7,客户,我明天还五百\n", encoding="utf-8")
    columns = [word for pair in ("call_id=流水", "speaker=谁", "text=说的话") for word in ("--column", pair)]
    assert callqa("tag", table, "-o", tmp_path / "out", "--fast", *columns) == 0
    tagged = [json.loads(line) for path in (tmp_path / "out" / "tagged").iterdir() for line in path.read_text("utf-8").splitlines()]
    assert [call["call_id"] for call in tagged] == ["7"]
    assert [turn["speaker"] for turn in tagged[0]["utterances"]] == ["agent", "customer"]
    assert callqa("tag", table, "-o", tmp_path / "more", "--column", "text") == 2
