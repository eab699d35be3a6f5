from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from callqa.call import Call, PartyChange, Promise, Utterance
from callqa.errors import InputError
from callqa.labels import load_scheme
from callqa.sources import call_to_line, read_labelled
from callqa.validate import validate_files
from callqa.validate.duplicates import near_duplicates
from callqa.validate.fixes import fix_call
from callqa.validate.problems import FIXABLE, PROBLEMS, Problem
from callqa.validate.rules import check_call

SCHEME = load_scheme()
TRAIN = Path(__file__).parents[2] / "data" / "train"


def call_of(*turns: Utterance) -> Call:
    return Call("c1", turns, party="debtor", labelled=True, started_at=datetime(2026, 3, 5, 10, tzinfo=UTC))


def codes(call: Call) -> list[str]:
    return [finding.code for finding in check_call(call, SCHEME)]


def write(path: Path, calls: Sequence[Call]) -> Path:
    path.write_bytes(b"".join(call_to_line(call) for call in calls))
    return path


PRESSED = Utterance(1, "agent", "今天必须还", labels=("pressure_tactic",), subtypes={"pressure_tactic": ("ultimatum",)})
PROMISED = Utterance(
    2, "customer", "明天还", labels=("ptp_commitment",), subtypes={"ptp_commitment": ("firm",)}, ptp=Promise(date(2026, 3, 6))
)
FILLED = Utterance(3, "agent", "呃那个您好", labels=("filler_words",), fillers=((0, 1), (1, 3)))
LEAKED = Utterance(4, "agent", "他欠款逾期了", labels=("third_party_leak",), subtypes={"third_party_leak": ("debt_existence",)})


def test_a_good_call_has_no_problem() -> None:
    assert codes(replace(call_of(PRESSED, PROMISED, FILLED, LEAKED), party_from=(PartyChange(4, "unknown"),))) == []


@pytest.mark.parametrize(
    ("turn", "code"),
    [
        (replace(PRESSED, speaker="customer"), "wrong_role"),
        (replace(PROMISED, speaker="agent"), "wrong_role"),
        (LEAKED, "wrong_listener"),
        (replace(PRESSED, subtypes={}), "no_subtype"),
        (replace(PRESSED, labels=()), "subtype_without_label"),
        (replace(FILLED, fillers=()), "no_spans"),
        (replace(FILLED, labels=()), "spans_without_label"),
        (replace(FILLED, fillers=((1, 3), (0, 1))), "spans_disordered"),
        (replace(FILLED, fillers=((0, 2), (1, 3))), "spans_disordered"),
        (replace(FILLED, text="e\u0301好", fillers=((0, 1),)), "span_in_character"),
        (replace(FILLED, text="👍🏽好", fillers=((1, 2),)), "span_in_character"),
        (replace(FILLED, text="呃，您好", fillers=((0, 2),)), "span_with_blank"),
        (replace(FILLED, text="呃那个\u200b您好"), "invisible"),
        (replace(PROMISED, ptp=None), "no_slots"),
        (replace(PROMISED, labels=(), subtypes={}), "slots_without_label"),
        (replace(PROMISED, ptp=Promise(date(2026, 3, 4))), "promise_in_past"),
    ],
)
def test_what_the_guide_forbids_is_found(turn: Utterance, code: str) -> None:
    assert codes(call_of(turn)) == [code]


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (replace(call_of(PRESSED), labelled=False), "not_labelled"),
        (replace(call_of(PRESSED), party=None), "no_party"),
        (replace(call_of(PRESSED), party_from=(PartyChange(1, "debtor"),)), "party_repeated"),
        (replace(call_of(PRESSED), due=Decimal(5), minimum_due=Decimal(6)), "minimum_over_due"),
    ],
)
def test_what_a_call_lacks_is_found(call: Call, code: str) -> None:
    assert codes(call) == [code]


def test_the_shipped_data_is_clean() -> None:
    report = validate_files([TRAIN], SCHEME)
    assert report.errors == 0 and report.calls > 1000
    assert set(report.labels) == set(SCHEME.names) and report.parties.total() == report.calls


def test_problems_name_their_place(tmp_path: Path) -> None:
    bad = replace(call_of(replace(PRESSED, subtypes={})), call_id="c2")
    path = write(tmp_path / "a.jsonl", [call_of(PRESSED), bad, call_of(PROMISED)])
    with path.open("ab") as file:
        file.write(b"oops\n")
    report = validate_files([path], SCHEME)
    places = [(problem.line, problem.call_id, problem.turn, problem.field, problem.code) for problem in report.problems]
    assert places == [
        (2, "c2", 1, "subtypes", "no_subtype"),
        (2, "c2", None, None, "same_transcript"),
        (3, "c1", None, "call_id", "id_repeated"),
        (4, None, None, None, "unreadable"),
    ]
    assert report.problems[0].place() == f"{path}:2: c2: turn 1: subtypes"
    assert report.problems[2].detail == f"{path}:1"


def test_test_calls_among_the_training_data_are_found(tmp_path: Path) -> None:
    calls = read_labelled(sorted(TRAIN.glob("*.jsonl"))[:2])
    test = calls[7]
    turns = [replace(turn, text=turn.text.replace("先生", "女士")) for turn in test.utterances[:-1]]
    near = replace(test, call_id="near", utterances=tuple(turns))
    write(tmp_path / "train.jsonl", [near, *calls[20:60]])
    write(tmp_path / "test.jsonl", [*calls[:20], *calls[60:]])
    report = validate_files([tmp_path / "train.jsonl"], SCHEME, against=[tmp_path / "test.jsonl"])
    assert [(problem.call_id, problem.detail) for problem in report.problems if problem.code == "leak"] == [("near", test.call_id)]
    assert near_duplicates(calls[:10], calls[10:]) == {}


def test_fixing_leaves_nothing_fixable_and_touches_nothing_else(tmp_path: Path) -> None:
    bad = [
        replace(FILLED, labels=(), fillers=((1, 3), (0, 1))),
        replace(PRESSED, turn=4, subtypes={"pressure_tactic": ("ultimatum",), "misconduct": ("private_benefit",)}),
        replace(FILLED, turn=5, text="呃，那个e\u0301", fillers=((0, 2), (4, 5))),
    ]
    path = write(tmp_path / "a.jsonl", [replace(call_of(*bad), party_from=(PartyChange(5, "debtor"),))])
    untouched = b'  {"call_id": "c2",  "utterances": []}\r\noops\n\n'
    with path.open("ab") as file:
        file.write(untouched)
    before = {problem.code for problem in validate_files([path], SCHEME).problems}
    assert before & FIXABLE == FIXABLE
    report = validate_files([path], SCHEME, fix=True)
    assert report.fixed == ["c1"]
    assert not any(problem.fixable for problem in report.problems)
    assert path.read_bytes().endswith(untouched)
    content = path.read_bytes()
    assert validate_files([path], SCHEME, fix=True).fixed == [] and path.read_bytes() == content


def test_a_good_call_is_not_rewritten() -> None:
    call = call_of(PRESSED, PROMISED, FILLED)
    assert fix_call(call, SCHEME) is call


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
def test_only_plain_files_are_fixed(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(call_to_line(call_of(FILLED)).decode().encode(encoding))
    with pytest.raises(InputError, match="only plain UTF-8"):
        validate_files([path], SCHEME, fix=True)


def test_every_problem_has_both_languages() -> None:
    for code in PROBLEMS:
        problem = Problem(code, "a", detail="misconduct")
        assert problem.text("en") != problem.text("zh")
