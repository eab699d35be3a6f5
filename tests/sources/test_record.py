from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.call import Call, Flag, FlagHit, PartyChange, Promise, SlotSource, Utterance
from callqa.errors import InputError
from callqa.labels import load_scheme
from callqa.sources.fields import FORBIDDEN, check_id
from callqa.sources.record import call_from_record, call_to_record

SCHEME = load_scheme()
TRAIN = Path(__file__).parents[2] / "data" / "train"


def record(**changes: Any) -> dict[str, Any]:
    pair = [{"turn": 1, "speaker": "agent", "text": "您好"}, {"turn": 2, "speaker": "customer", "text": "嗯"}]
    return {"call_id": "c1", "utterances": pair, **changes}


def turns(**changes: Any) -> dict[str, Any]:
    return record(utterances=[{"turn": 1, "speaker": "agent", "text": "呃那个您好", **changes}])


@pytest.mark.parametrize("path", sorted(TRAIN.glob("*.jsonl"))[:4], ids=lambda p: p.stem)
def test_labelled_data_comes_back_as_it_was(path: Path) -> None:
    for line in path.read_bytes().splitlines():
        data = orjson.loads(line)
        for item in data["utterances"]:
            item["labels"].sort(key=SCHEME.names.index)  # the order of labels says nothing
        assert call_to_record(call_from_record(data, SCHEME)) == data


def test_a_tagged_call_comes_back_with_every_field() -> None:
    sources = {"amount": SlotSource(1, (3, 5)), "method": SlotSource(reason="not_named")}
    flag = Flag("early", "caution", 5.0, (FlagHit(1, ((0, 2),)),), "ptp_commitment", "早", "early", detail={"rate": 0.5}, needs_review=True)
    call = Call(
        "c1",
        (
            Utterance(
                1, "customer", "明天还五百", 0, 900,
                labels=("ptp_commitment",),
                subtypes={"ptp_commitment": ("firm",)},
                ptp=Promise(date(2026, 3, 6), Decimal("500.00"), "app", sources),
                scores={"ptp_commitment": 0.93},
                evidence={"ptp_commitment": ((0, 3),)},
                extra={"asr_confidence": 0.8},
            ),
            Utterance(3, "agent", "嗯那个", fillers=((1, 3),), labels=("filler_words",)),
        ),
        started_at=datetime(2026, 3, 5, 10, 12, tzinfo=UTC),
        agent_id="a1", account_id="k1", due=Decimal("123.45"), minimum_due=Decimal("12.00"),
        party="third_party", party_from=(PartyChange(3, "debtor"),),
        flags=(flag,), score=95.0, promise={"date": "2026-03-06"}, model="m-1", labelled=True, extra={"team": "甲组"},
    )  # fmt: skip
    data = orjson.loads(orjson.dumps(call_to_record(call)))
    assert call_from_record(data, SCHEME) == call
    assert data["due"] == 123.45 and data["minimum_due"] == 12


def test_a_bare_transcript_is_written_without_annotation_keys() -> None:
    data = call_to_record(call_from_record(turns(labels=["filler_words"], fillers=[[0, 1]]), SCHEME).unlabelled())
    assert data == {"call_id": "c1", "utterances": [{"turn": 1, "speaker": "agent", "text": "呃那个您好"}]}


def test_unknown_fields_go_through() -> None:
    call = call_from_record(record(team={"name": "甲"}, utterances=[{"turn": 1, "speaker": "agent", "text": "好", "conf": [1, 2]}]), SCHEME)
    assert call.extra == {"team": {"name": "甲"}} and call.utterances[0].extra == {"conf": [1, 2]}
    assert call_to_record(call)["team"] == {"name": "甲"}


@pytest.mark.parametrize(
    ("amount", "cents"), [(500, "500.00"), (631.83, "631.83"), (0.1, "0.10"), (0, "0.00"), (99999999.99, "99999999.99")]
)
def test_amounts_are_exact_to_the_cent(amount: float, cents: str) -> None:
    call = call_from_record(record(due=amount), SCHEME)
    assert str(call.due) == cents
    assert call_to_record(call)["due"] == amount


def test_a_time_without_offset_is_china_time() -> None:
    started = call_from_record(record(started_at="2026-03-05T10:12:00"), SCHEME).started_at
    assert started is not None and started.utcoffset() == timedelta(hours=8)


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ([], None),
        ({"utterances": [{}]}, "call_id"),
        (record(call_id=7), "call_id"),
        (record(call_id=""), "call_id"),
        (record(call_id="x" * 201), "call_id"),
        (record(call_id="../../etc/passwd"), "call_id"),
        (record(call_id="a\\..\\b"), "call_id"),
        (record(call_id="a\x00b"), "call_id"),
        (record(call_id="a\u202eb"), "call_id"),
        ({"call_id": "c1"}, "utterances"),
        (record(utterances=None), "utterances"),
        (record(utterances=[]), "utterances"),
        (record(utterances={}), "utterances"),
        (record(utterances=["text"]), "utterances[0]"),
        (turns(turn=None), "utterances[0].turn"),
        (turns(turn=True), "utterances[0].turn"),
        (turns(turn=0), "utterances[0].turn"),
        (turns(turn="1"), "utterances[0].turn"),
        (record(utterances=[{"turn": 2, "speaker": "agent", "text": "a"}] * 2), "utterances[1].turn"),
        (record(utterances=[{"turn": n, "speaker": "agent", "text": "a"} for n in (2, 1)]), "utterances[1].turn"),
        (turns(speaker="坐席"), "utterances[0].speaker"),
        (turns(speaker=None), "utterances[0].speaker"),
        (turns(text=None), "utterances[0].text"),
        (turns(text=5), "utterances[0].text"),
        (turns(text="a\x00"), "utterances[0].text"),
        (turns(text="a\u202eb"), "utterances[0].text"),
        (turns(text="a\u200f"), "utterances[0].text"),
        (turns(text="a\ud800"), "utterances[0].text"),
        (turns(start_ms=-1), "utterances[0].start_ms"),
        (turns(start_ms=1.5), "utterances[0].start_ms"),
        (turns(start_ms=5, end_ms=4), "utterances[0].end_ms"),
        (turns(labels="pressure_tactic"), "utterances[0].labels"),
        (turns(labels=["no_such"]), "utterances[0].labels"),
        (turns(labels=["misconduct", "misconduct"]), "utterances[0].labels"),
        (turns(labels=["misconduct"], subtypes={"misconduct": ["firm"]}), "utterances[0].subtypes.misconduct"),
        (turns(labels=["misconduct"], subtypes=["firm"]), "utterances[0].subtypes"),
        (turns(fillers=[[0, 9]]), "utterances[0].fillers[0]"),
        (turns(fillers=[[0, 1], [2, 2]]), "utterances[0].fillers[1]"),
        (turns(fillers=[[0]]), "utterances[0].fillers[0]"),
        (turns(ptp={"date": "明天"}), "utterances[0].ptp.date"),
        (turns(ptp={"amount": "五百"}), "utterances[0].ptp.amount"),
        (turns(ptp={"amount": 1.234}), "utterances[0].ptp.amount"),
        (turns(ptp={"method": "post"}), "utterances[0].ptp.method"),
        (turns(scores={"misconduct": 1.5}), "utterances[0].scores.misconduct"),
        (turns(evidence={"misconduct": [[4, 6]]}), "utterances[0].evidence.misconduct[0]"),
        (record(party="mother"), "party"),
        (record(party_from=[{"turn": 9, "party": "debtor"}]), "party_from[0].turn"),
        (record(started_at="yesterday"), "started_at"),
        (record(started_at=5), "started_at"),
        (record(due=-1), "due"),
        (record(due=1e300), "due"),
        (record(due="12"), "due"),
        (record(due=True), "due"),
        (record(flags=[{"code": "x", "severity": "bad"}]), "flags[0].severity"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_its_field(data: Any, field: str | None) -> None:
    with pytest.raises(InputError) as caught:
        call_from_record(data, SCHEME)
    assert caught.value.field == field


def outcome(data: dict[str, Any]) -> Any:
    """What comes of the turns of a record."""
    try:
        return call_from_record(data, SCHEME).utterances
    except InputError as exc:
        return exc.field, exc.message


TURN = st.fixed_dictionaries(
    {},
    optional={
        "turn": st.one_of(st.integers(-1, 4), st.sampled_from([True, "1", None, 1.0])),
        "speaker": st.sampled_from(["agent", "customer", "坐席", None, 1]),
        "text": st.one_of(st.text(max_size=3), st.sampled_from(["您好 ok", "a\u3000b", "a\x00", "\u202e", "\ud800", "\n", None, 5])),
        "start_ms": st.one_of(st.integers(-1, 3), st.sampled_from([None, True, 1.5, "1"])),
        "end_ms": st.one_of(st.integers(-1, 3), st.sampled_from([None, False, 2.5, "1"])),
        "confidence": st.just(1),
    },
)


@given(st.lists(TURN, min_size=1, max_size=3))
def test_the_quick_look_at_a_turn_finds_what_a_full_one_finds(items: list[dict[str, Any]]) -> None:
    """A turn that says that it has no labels never passes the quick look."""
    assert outcome(record(utterances=items)) == outcome(record(utterances=[{**item, "labels": []} for item in items]))


def test_a_text_of_printable_characters_holds_none_that_is_forbidden() -> None:
    assert not any(char.isprintable() for char in map(chr, range(0x110000)) if FORBIDDEN.search(char))


def test_deep_nesting_is_refused() -> None:
    deep: Any = 1
    for _ in range(200):
        deep = [deep]
    with pytest.raises(InputError, match="nested"):
        call_from_record(record(team=deep), SCHEME)


def test_messages_hold_no_transcript_text() -> None:
    spoken = "我的卡号六二二二零二"
    bad = [turns(speaker=spoken), turns(labels=[spoken]), turns(subtypes={spoken: []}), turns(ptp={"method": spoken})]
    for data in [*bad, record(party=spoken)]:
        with pytest.raises(InputError) as caught:
            call_from_record(data, SCHEME)
        assert spoken not in str(caught.value)


def test_ids_of_many_forms_are_taken() -> None:
    for name in ("c-0001", "2026/03/05 10:12 甲", "a..b", "."):
        assert check_id(name, "call_id") == name
