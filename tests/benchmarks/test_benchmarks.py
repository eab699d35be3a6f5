"""The benchmarks run, and their workload and comparison say what they claim. Nothing is timed here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from benchmarks import baselines, compare, run, workload


def test_a_workload_is_the_same_for_the_same_seed_and_repeats_little(tmp_path: Path) -> None:
    calls = list(workload.make_calls(3000))
    assert calls == list(workload.make_calls(3000)) and calls != list(workload.make_calls(3000, seed=8))
    turns = [turn for call in calls for turn in call["utterances"]]
    assert 3000 <= len(turns) < 3100
    assert len({call["call_id"] for call in calls}) == len(calls)
    assert not any("labels" in turn for turn in turns) and "party" not in calls[0]
    texts = [turn["text"] for turn in turns if len(turn["text"]) > workload.SHORT]
    assert len(set(texts)) / len(texts) > 0.95
    assert workload.write_workload(tmp_path / "w.jsonl", 3000) == len(turns)
    assert workload.read_texts(tmp_path / "w.jsonl") == [turn["text"] for turn in turns]


def test_a_baseline_takes_some_time(tmp_path: Path) -> None:
    workload.write_workload(tmp_path / "w.jsonl", 300)
    assert baselines.json_io(tmp_path / "w.jsonl") > 0


def test_a_command_is_watched() -> None:
    found = run.run_watched(["python3", "-c", "x = list(range(10**6)); print(len(x))"])
    assert found.said == "1000000\n" and found.clock > 0 and found.cpu > 0
    with pytest.raises(SystemExit, match="failed with exit code 3"):
        run.run_watched(["python3", "-c", "raise SystemExit(3)"])


def test_figures_are_shown_against_what_is_asked_for() -> None:
    result = run.Result("fast", 1000, [0.5, 0.6], [1.0, 1.1], 120.0)
    assert (result.rate, result.clock_rate, round(result.noise, 3)) == (2000, 1000, 0.2)
    shown = run.render([result], {"fast / tutorial": 1.2, "peak memory, 1M turns / 100k": 1.3, "fast / orjson": 0.1})
    assert "2,000" in shown and shown.count("  ok") == 1 and shown.count("  MISSED") == 1


def report(noise: float = 0.01, **ratios: float) -> dict[str, Any]:
    return {"ratios": ratios, "results": [{"noise": noise}]}


def test_only_moves_beyond_noise_count() -> None:
    old = report(**{"fast / tutorial": 2.0, "time, 1M turns / 100k": 10.0, "gone": 1.0})
    new = report(**{"fast / tutorial": 2.08, "time, 1M turns / 100k": 11.0, "new": 1.0})
    assert {move.name: move.verdict for move in compare.moves(old, new)} == {"fast / tutorial": "same", "time, 1M turns / 100k": "worse"}
    assert {move.verdict for move in compare.moves(old, {**new, **report(0.2, **new["ratios"])})} == {"same"}


def test_the_exit_code_says_whether_something_got_worse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, ratio in (("old", 2.0), ("better", 3.0), ("worse", 1.0)):
        (tmp_path / f"{name}.json").write_bytes(orjson.dumps(report(**{"fast / tutorial": ratio})))
    assert compare.main(tmp_path / "old.json", tmp_path / "better.json") == 0
    assert compare.main(tmp_path / "old.json", tmp_path / "worse.json") == 1
    assert "-50.0%  worse" in capsys.readouterr().out
