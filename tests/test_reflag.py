"""Another policy on results that stand: the same bytes as tagging with it, and never half a folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from callqa.batch import tag_files
from callqa.batch.files import move_durably
from callqa.batch.output import WORK
from callqa.errors import OutputError
from callqa.labels import load_scheme
from callqa.policy import load_policy
from callqa.reflag import reflag
from callqa.shipped import shipped_path
from tests.batch.folder import call, contents, lines, quick, rows, write

SCHEME = load_scheme()
PACT = shipped_path("policies/self-regulation.yaml")


@pytest.fixture
def day(tmp_path: Path) -> Path:
    """Two inputs: four contacts with one account on a day, one of them late, and a line that is no call."""
    calls = [
        call(f"c{hour}", "请问是王先生吗", "我失业了没钱", "不还就起诉", account_id="k1", started_at=f"2026-03-05T{hour}:30:00+08:00")
        for hour in (10, 11, 12, 21)
    ]
    write(tmp_path / "one.jsonl", *calls[:2], "no call")
    write(tmp_path / "two.jsonl", *calls[2:])
    write(tmp_path / "three.jsonl", "no call either")
    return tmp_path


def tagged(day: Path, name: str, policy: Path | None = None) -> Path:
    inputs = [day / f"{stem}.jsonl" for stem in ("one", "two", "three")]
    return tag_files(inputs, day / name, quick(policy=policy)).out


def test_it_gives_the_bytes_that_tagging_with_the_policy_gives(day: Path) -> None:
    out, expected = tagged(day, "out"), tagged(day, "expected", PACT)
    assert contents(out) != contents(expected)
    summary = reflag(out, load_policy(PACT), SCHEME)
    assert contents(out) == contents(expected)
    assert summary.changed == 1
    record, wanted = (json.loads((folder / "run.json").read_bytes()) for folder in (out, expected))
    assert record["policy"] == wanted["policy"]
    assert record["counts"] == wanted["counts"]
    assert not (out / WORK).exists()


def test_the_same_policy_changes_nothing(day: Path) -> None:
    out = tagged(day, "out")
    before = contents(out)
    assert reflag(out, load_policy(), SCHEME).changed == 0
    assert contents(out) == before


def test_flags_stand_in_the_tables(day: Path) -> None:
    out = tagged(day, "out")
    assert [row["score"] for row in rows(out / "calls.csv")] == [
        str(one["score"]) for part in ("one", "two") for one in lines(out / "tagged" / f"{part}.jsonl")
    ]
    late = rows(out / "calls.csv")[-1]
    assert "CALL_HOURS" in late["flags"]
    reflag(out, load_policy(PACT), SCHEME)
    late = rows(out / "calls.csv")[-1]
    assert "CALL_HOURS" not in late["flags"]
    assert "CONTACTS_A_DAY" in late["flags"]


def test_a_killed_run_is_repaired_by_running_again(day: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, expected = tagged(day, "out"), tagged(day, "expected", PACT)
    moved = 0

    def die_at_third(source: Path, target: Path) -> None:
        nonlocal moved
        moved += 1
        if moved == 3:
            raise KeyboardInterrupt
        move_durably(source, target)

    monkeypatch.setattr("callqa.reflag.move_durably", die_at_third)
    with pytest.raises(KeyboardInterrupt):
        reflag(out, load_policy(PACT), SCHEME)
    assert not (out / "run.json").exists()
    monkeypatch.undo()
    reflag(out, load_policy(PACT), SCHEME)
    assert contents(out) == contents(expected)
    assert (out / "run.json").exists()


def test_a_folder_without_a_finished_run_is_refused_and_left_alone(day: Path) -> None:
    (day / "empty").mkdir()
    with pytest.raises(OutputError, match="is not the folder of a finished run"):
        reflag(day / "empty", load_policy(), SCHEME)
    assert list((day / "empty").iterdir()) == []
    with pytest.raises(OutputError, match="is no folder"):
        reflag(day / "nowhere", load_policy(), SCHEME)


def test_a_damaged_part_stops_it_before_anything_changes(day: Path) -> None:
    out = tagged(day, "out")
    with (out / "tagged" / "two.jsonl").open("a", encoding="utf-8") as file:
        file.write("{broken\n")
    before = contents(out)
    with pytest.raises(OutputError, match=r"two.jsonl:3: is damaged"):
        reflag(out, load_policy(PACT), SCHEME)
    assert contents(out) == before
    assert (out / "run.json").exists()
