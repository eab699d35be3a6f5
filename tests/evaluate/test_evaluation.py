"""Figures: right on hand-made calls, the same as the reference scorer's on any, with intervals that repeat."""

from __future__ import annotations

import importlib.util
import random
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from callqa.call import Amount, Call, Party, PartyChange, Promise, Utterance
from callqa.errors import InputError
from callqa.evaluate import Estimate, Evaluation, evaluate_calls
from callqa.evaluate.calibration import expected_calibration_error
from callqa.evaluate.tables import as_record, tables
from callqa.labels import LabelScheme, load_scheme
from callqa.sources.record import call_to_record

SCHEME = load_scheme()


def a_call(call_id: str, *turns: Utterance, party: Party = "debtor") -> Call:
    return Call(call_id, turns, party=party, labelled=True)


def pressing(turn: int, *subtypes: str) -> Utterance:
    return Utterance(turn, "agent", "今天必须还", labels=("pressure_tactic",), subtypes={"pressure_tactic": subtypes})


def promising(turn: int, amount: Decimal | None = None, method: str | None = None) -> Utterance:
    promise = Promise(date=date(2026, 3, 6), amount=amount, method=method)
    return Utterance(turn, "customer", "明天还", labels=("ptp_commitment",), subtypes={"ptp_commitment": ("firm",)}, ptp=promise)


def quiet(turn: int) -> Utterance:
    return Utterance(turn, "agent", "您好")


def test_counts_become_precision_recall_and_f1() -> None:
    gold = [a_call("c1", pressing(1), pressing(2), quiet(3)), a_call("c2", quiet(1))]
    guess = [a_call("c1", pressing(1), quiet(2), pressing(3)), a_call("c2", quiet(1))]
    figure = evaluate_calls(gold, guess, SCHEME).labels["pressure_tactic"]
    assert (figure.precision.value, figure.recall.value, figure.f1.value) == (0.5, 0.5, 0.5)
    assert (figure.support, figure.predicted) == (2, 2)


def test_a_violation_counts_by_call_whichever_turn_or_kind() -> None:
    gold = [a_call("c1", pressing(1, "insult"), quiet(2)), a_call("c2", pressing(1, "ultimatum"))]
    guess = [a_call("c1", quiet(1), pressing(2, "public_exposure")), a_call("c2", pressing(1, "insult"))]
    figure = evaluate_calls(gold, guess, SCHEME).call_gravest["pressure_tactic"]
    assert (figure.precision.value, figure.recall.value) == (0.5, 1.0)


def test_slots_are_judged_where_both_have_a_promise() -> None:
    gold = [a_call("c1", promising(1, Decimal(500), "app"), promising(2))]
    guess = [a_call("c1", promising(1, Decimal("500.00"), "wechat"), quiet(2))]
    slots = evaluate_calls(gold, guess, SCHEME).slots
    assert {name: share.accuracy.value for name, share in slots.items()} == {"date": 1, "amount": 1, "method": 0}
    assert {share.support for share in slots.values()} == {1}


def test_party_by_turn_follows_a_hand_over() -> None:
    gold = replace(a_call("c1", quiet(1), quiet(2), quiet(3), quiet(4), party="third_party"), party_from=(PartyChange(4, "debtor"),))
    guess = replace(gold, party_from=(PartyChange(3, "debtor"),))
    result = evaluate_calls([gold], [guess], SCHEME)
    assert (result.party.accuracy.value, result.party_turns.accuracy.value) == (1.0, 0.75)


def test_missing_calls_count_as_empty_and_others_are_left_out() -> None:
    gold = [a_call("c1", pressing(1)), a_call("c2", pressing(1))]
    result = evaluate_calls(gold, [gold[0], a_call("c9", pressing(1))], SCHEME)
    assert result.missing_calls == 1
    assert (result.labels["pressure_tactic"].precision.value, result.labels["pressure_tactic"].recall.value) == (1.0, 0.5)


@pytest.mark.parametrize("gold", [[], [a_call("c1", quiet(1)), a_call("c1", quiet(1))]])
def test_no_gold_or_the_same_call_twice_is_an_input_error(gold: list[Call]) -> None:
    with pytest.raises(InputError):
        evaluate_calls(gold, [], SCHEME)


def test_intervals_hold_the_value_and_repeat_with_the_seed() -> None:
    gold, guess = random_calls(seed=3)
    first, again, other = (evaluate_calls(gold, guess, SCHEME, seed=seed, samples=200) for seed in (5, 5, 6))
    assert first == again
    assert first.macro_f1 != other.macro_f1
    assert first.macro_f1.low is not None and first.macro_f1.high is not None and first.macro_f1.value is not None
    assert first.macro_f1.low < first.macro_f1.value < first.macro_f1.high


def test_samples_without_a_case_do_not_widen_an_interval() -> None:
    """One call in thirty has the label and is right: a third of the samples lacks it and must not count as wrong."""
    gold = [a_call("c0", pressing(1)), *(a_call(f"c{n}", quiet(1)) for n in range(1, 30))]
    result = evaluate_calls(gold, gold, SCHEME)
    f1 = result.labels["pressure_tactic"].f1
    assert (f1.low, f1.value, f1.high) == (1.0, 1.0, 1.0)
    assert result.labels["misconduct"].f1 == Estimate(0.0)


def test_without_samples_there_are_no_intervals() -> None:
    gold, guess = random_calls(seed=3)
    assert evaluate_calls(gold, guess, SCHEME, samples=0).macro_f1.low is None


def test_calibration_error_is_the_gap_within_bins() -> None:
    rng = np.random.default_rng(0)
    scores = rng.random(20_000)
    honest = rng.random(20_000) < scores
    assert expected_calibration_error(scores, honest) < 0.02
    assert expected_calibration_error(scores, ~honest) > 0.3
    assert expected_calibration_error([1.0], [True]) == 0


def test_calibration_looks_at_the_turns_of_the_labels_role_only() -> None:
    gold = a_call("c1", pressing(1), Utterance(2, "customer", "好"))
    guess = a_call("c1", *(replace(u, scores={"pressure_tactic": 1.0}) for u in gold.utterances))
    calibration = evaluate_calls([gold], [guess], SCHEME).calibration
    assert calibration["pressure_tactic"] == 0
    assert calibration["ptp_commitment"] is None


def test_record_and_tables_show_every_label_and_subtype() -> None:
    gold, guess = random_calls(seed=1)
    result = evaluate_calls(gold, guess, SCHEME, samples=50)
    record = as_record(result)
    assert record["labels"]["pressure_tactic"]["f1"] == pytest.approx(result.labels["pressure_tactic"].f1.value, abs=1e-6)
    assert len(record["macro_f1_interval"]) == 2
    names = [str(cell) for table in tables(result, SCHEME, "zh") for cell in table.columns[0].cells]
    for label in SCHEME:
        assert label.zh in names
        assert all(f"  {sub.zh}" in names for sub in label.subtypes)


# The reference scorer, as it stands beside the labelling guide.


def reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("score", Path(__file__).parents[1] / "fixtures" / "score.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def random_calls(seed: int, calls: int = 30, turns: int = 12) -> tuple[list[Call], list[Call]]:
    """Gold calls and a prediction that errs in everything now and then: labels, sub-types, spans, slots, party, whole turns and calls."""
    rng = random.Random(seed)

    def utterance(turn: int) -> Utterance:
        speaker: Any = rng.choice(["agent", "customer"])
        own = [label for label in SCHEME if label.role == speaker and rng.random() < 0.4]
        return Utterance(
            turn,
            speaker,
            "嗯那个今天还五百",
            labels=tuple(label.name for label in own),
            subtypes={la.name: tuple(s.name for s in rng.sample(la.subtypes, min(2, len(la.subtypes)))) for la in own if la.subtypes},
            fillers=((0, 1), (1, 3)) if any(label.marks == "spans" for label in own) else (),
            ptp=promise() if any(label.marks == "promise" for label in own) else None,
        )

    def promise() -> Promise:
        amounts: list[Amount | None] = [Decimal("500.00"), Decimal("0.10"), "full", "minimum", None]
        return Promise(rng.choice([date(2026, 3, 5), date(2026, 3, 6), None]), rng.choice(amounts), rng.choice(["app", None]))

    def spoil(gold: Utterance) -> Utterance:
        if rng.random() < 0.6:
            return gold
        other = utterance(gold.turn)
        return replace(other, speaker=gold.speaker) if rng.random() < 0.6 else replace(gold, fillers=((0, 1), (3, 4)), ptp=promise())

    parties: list[Party] = ["debtor", "third_party", "unknown"]
    gold = [a_call(f"c{n}", *(utterance(t) for t in range(1, turns + 1)), party=rng.choice(parties)) for n in range(calls)]
    guess = [
        replace(call, party=rng.choice([call.party, "unknown"]), utterances=tuple(spoil(u) for u in call.utterances if rng.random() < 0.95))
        for call in gold
        if rng.random() < 0.95
    ]
    return gold, guess


def ours(result: Evaluation, scheme: LabelScheme) -> dict[str, float | None]:
    """Our figures under the reference's names."""
    figures = {f"labels.{name}": figure for name, figure in result.labels.items()}
    figures |= {"call_leak": result.call_labels["third_party_leak"], "call_pressure": result.call_labels["pressure_tactic"]}
    figures |= {"call_violation": result.call_gravest["pressure_tactic"]}
    named: dict[str, float | None] = {}
    for name, figure in figures.items():
        named |= {f"{name}.p": figure.precision.value, f"{name}.r": figure.recall.value, f"{name}.f1": figure.f1.value}
        named[f"{name}.support"] = figure.support
    named |= {f"subtypes.{name}": figure.f1.value for name, figure in result.subtypes_by_label.items()}
    named |= {f"slots.{name}": share.accuracy.value for name, share in result.slots.items()}
    return named | {
        "subtypes_micro_f1": result.subtypes_micro.f1.value,
        "filler_span_f1": result.spans.f1.value,
        "slot_support": result.slots["date"].support,
        "party_accuracy": result.party.accuracy.value,
        "missing_calls": result.missing_calls,
        "macro_f1_five": result.macro_f1.value,
    }


def flat(value: Any, name: str = "") -> dict[str, float | None]:
    if not isinstance(value, dict):
        return {name: value}
    return {path: leaf for key, part in value.items() for path, leaf in flat(part, f"{name}.{key}" if name else key).items()}


@pytest.mark.parametrize("seed", range(8))
def test_agrees_with_the_reference_scorer(seed: int) -> None:
    gold, guess = random_calls(seed)
    expected = flat(reference().score({c.call_id: call_to_record(c) for c in gold}, {c.call_id: call_to_record(c) for c in guess}))
    found = ours(evaluate_calls(gold, guess, SCHEME, samples=0), SCHEME)
    assert found == pytest.approx(expected, abs=5e-4)
