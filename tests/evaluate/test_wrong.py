"""Wrong turns: which are shown, with what, and how they are written."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from callqa.call import Call, Promise, Utterance
from callqa.errors import OutputError
from callqa.evaluate.wrong import WrongTurn, write_wrong_turns, wrong_turns
from callqa.labels import load_scheme

SCHEME = load_scheme()
PROMISE = Utterance(3, "customer", "明天还", labels=("ptp_commitment",), ptp=Promise(date(2026, 3, 6)))
GOLD = Call(
    "c1",
    (
        Utterance(1, "agent", "王小明先生吗，我电话13800001234"),
        Utterance(2, "agent", "嗯那个今天必须还", labels=("filler_words",), fillers=((0, 1), (1, 3))),
        PROMISE,
        Utterance(4, "agent", "好的"),
    ),
    party="debtor",
)


def guess(turn: int, **changes: Any) -> Call:
    return replace(GOLD, utterances=tuple(replace(u, **changes) if u.turn == turn else u for u in GOLD.utterances))


def wrong(predicted: Call) -> list[WrongTurn]:
    return list(wrong_turns([GOLD], [predicted], SCHEME))


def test_a_right_prediction_has_no_wrong_turn() -> None:
    assert wrong(GOLD) == []


def test_a_label_too_many_is_shown_with_its_score_and_neighbours() -> None:
    (row,) = wrong(guess(4, labels=("pressure_tactic",), subtypes={"pressure_tactic": ("ultimatum",)}, scores={"pressure_tactic": 0.7}))
    assert (row.turn, row.missed, row.invented) == (4, (), ("pressure_tactic", "pressure_tactic/ultimatum"))
    assert row.scores == {"pressure_tactic": 0.7}
    assert row.before == ("2 agent: 嗯那个今天必须还", "3 customer: 明天还")
    assert row.after == ()


def test_spans_and_slots_count_as_wrong() -> None:
    (spans,) = wrong(guess(2, fillers=((1, 3),)))
    assert spans.missed == ("filler[0:1]",)
    (slots,) = wrong(guess(3, ptp=Promise(date(2026, 3, 7), method="app")))
    assert slots.slots == ("date: 2026-03-06 -> 2026-03-07", "method: - -> app")


def test_a_call_without_prediction_misses_everything() -> None:
    assert [row.turn for row in wrong_turns([GOLD], [], SCHEME)] == [2, 3]


def test_personal_data_is_hidden_unless_asked_for() -> None:
    shown = [next(wrong_turns([GOLD], [guess(1, labels=("misconduct",))], SCHEME, mask=mask)).text for mask in (True, False)]
    assert "13800001234" not in shown[0] and "王小明" not in shown[0]
    assert shown[1] == GOLD.utterances[0].text


def test_csv_opens_in_excel_and_jsonl_keeps_structure(tmp_path: Path) -> None:
    rows = wrong(guess(4, labels=("pressure_tactic",), scores={"pressure_tactic": 0.7}))
    write_wrong_turns(rows, tmp_path / "wrong.csv")
    write_wrong_turns(rows, tmp_path / "wrong.jsonl")
    assert (tmp_path / "wrong.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    with (tmp_path / "wrong.csv").open(encoding="utf-8-sig", newline="") as file:
        (record,) = csv.DictReader(file)
    assert (record["invented"], record["scores"]) == ("pressure_tactic", "pressure_tactic 0.700")
    (line,) = (tmp_path / "wrong.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["before"] == ["2 agent: 嗯那个今天必须还", "3 customer: 明天还"]


def test_another_ending_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"wrong\.txt"):
        write_wrong_turns([], tmp_path / "wrong.txt")
