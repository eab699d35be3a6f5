from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest

from callqa.call import Call, Flag, FlagHit, PartyChange, Promise, SlotSource, Utterance
from callqa.export.doccano import write_doccano
from callqa.export.label_studio import call_to_task, labelling_config, write_label_studio
from callqa.labels import load_scheme
from callqa.sources import Reject, call_from_record, call_to_record, detect_format, read_calls, read_labelled

SCHEME = load_scheme()
TRAIN = Path(__file__).parents[2] / "data" / "train"
TAGGED = Call(
    "c1",
    (
        Utterance(
            1, "agent", "𠮷先生，呃那个今天必须还", labels=("pressure_tactic", "filler_words"), fillers=((4, 5), (5, 7)),
            subtypes={"pressure_tactic": ("ultimatum", "moral_pressure")}, scores={"pressure_tactic": 0.9, "filler_words": 0.8},
            evidence={"pressure_tactic": ((7, 11),)}, extra={"conf": 0.5},
        ),
        Utterance(
            2, "customer", "明天还\n五百", labels=("ptp_commitment",), subtypes={"ptp_commitment": ("firm",)},
            ptp=Promise(date(2026, 3, 6), Decimal("500.50"), "app", {"date": SlotSource(2, (0, 2))}),
        ),
        Utterance(3, "customer", "还最低", labels=("ptp_commitment",), ptp=Promise(amount="minimum")),
        Utterance(5, "customer", "到时候还", labels=("ptp_commitment",), ptp=Promise()),
    ),
    party="third_party", party_from=(PartyChange(2, "debtor"),), flags=(Flag("x", "caution", 3.0, (FlagHit(1),)),), score=97.0,
    promise={"turn": 2}, model="m-1", labelled=True, agent_id="a1", due=Decimal("12.34"), extra={"team": "甲"},
)  # fmt: skip


def back(path: Path) -> list[Call]:
    found = []
    for item in read_calls(path, SCHEME):
        assert isinstance(item, Call), item
        found.append(item)
    return found


def exported(call: Call, **annotation: Any) -> dict[str, Any]:
    """The task as Label Studio gives it back after somebody submitted its prediction as it was."""
    task = call_to_task(call, SCHEME)
    done = {"id": 7, "completed_by": 1, "was_cancelled": False, "lead_time": 3.2, "updated_at": "2026-03-06T00:00:00Z", **annotation}
    task["annotations"] = [{"result": [dict(region) for region in task["predictions"][0]["result"]], **done}]
    return {**task, "id": 12, "project": 3, "data": {**task["data"], "audio": "rec.wav"}}


def test_labelled_data_goes_out_and_comes_back(tmp_path: Path) -> None:
    calls = read_labelled(sorted(TRAIN.glob("*.jsonl"))[:3])
    assert write_label_studio(calls, tmp_path / "tasks.json", SCHEME) == len(calls)
    assert write_doccano(calls, tmp_path / "docs.jsonl", SCHEME) == len(calls)
    assert detect_format(tmp_path / "tasks.json") == "label-studio" and detect_format(tmp_path / "docs.jsonl") == "doccano"
    # Gold labels are annotations there, so the task itself is kept beside them.
    assert [replace(call, extra={}) for call in back(tmp_path / "tasks.json")] == calls
    assert back(tmp_path / "docs.jsonl") == calls


def test_a_tagged_call_goes_out_and_comes_back(tmp_path: Path) -> None:
    write_label_studio([TAGGED], tmp_path / "tasks.json", SCHEME)
    write_doccano([TAGGED], tmp_path / "docs.jsonl", SCHEME)
    assert back(tmp_path / "tasks.json") == [TAGGED]
    assert back(tmp_path / "docs.jsonl") == [TAGGED]


def test_a_task_of_label_studio_goes_round_without_loss(tmp_path: Path) -> None:
    task = exported(TAGGED)
    path = tmp_path / "tasks.json"
    path.write_bytes(orjson.dumps([task]))
    [call] = back(path)
    stored = orjson.loads(orjson.dumps(call_to_record(call)))
    assert call_to_task(call_from_record(stored, SCHEME), SCHEME) == task


def test_a_corrected_task_becomes_training_data(tmp_path: Path) -> None:
    task = exported(TAGGED)
    regions = task["annotations"][0]["result"]
    regions[:] = [region for region in regions if region["from_name"] != "subtype_pressure_tactic" and region["value"].get("start") != "2"]
    where = {"start": 0, "end": 0, "startOffset": 0, "endOffset": 13}
    regions.append({"id": "new", "from_name": "subtype_pressure_tactic", "type": "choices", "value": {**where, "choices": ["insult"]}})
    path = tmp_path / "tasks.json"
    path.write_bytes(orjson.dumps([task]))
    [call] = back(path)
    one, two, three, four = call.utterances
    assert call.labelled and one.labels == ("pressure_tactic", "filler_words") and one.subtypes == {"pressure_tactic": ("insult",)}
    assert one.fillers == ((4, 5), (5, 7)) and one.extra == {"conf": 0.5}
    assert not one.scores and not one.evidence  # of other labels
    assert two == TAGGED.utterances[1] and four == TAGGED.utterances[3]
    assert three.labels == () and three.ptp is None
    assert (call.party, call.party_from) == (TAGGED.party, TAGGED.party_from)
    assert not call.flags and call.score is None and call.model is None and call.due == Decimal("12.34")


def test_a_changed_call_gets_a_new_annotation_beside_the_old() -> None:
    task = exported(TAGGED)
    call = replace(TAGGED, model=None, party="debtor", extra={"label_studio": {key: value for key, value in task.items() if key != "data"}})
    changed = call_to_task(call, SCHEME)
    assert len(changed["annotations"]) == 2 and changed["annotations"][0] == task["annotations"][0] and changed["id"] == 12


def test_the_latest_annotation_counts_and_cancelled_ones_do_not(tmp_path: Path) -> None:
    task = exported(TAGGED)
    old = {**task["annotations"][0], "result": [], "updated_at": "2026-03-05T00:00:00Z"}
    cancelled = {**old, "was_cancelled": True, "updated_at": "2026-03-09T00:00:00Z"}
    task["annotations"] = [*task["annotations"], old, cancelled]
    path = tmp_path / "tasks.json"
    path.write_bytes(orjson.dumps([task]))
    assert back(path)[0].utterances == TAGGED.utterances


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"start": "9", "end": "9"},
        {"start": "a", "end": "0"},
        {"start": "1", "end": "0"},
        {"start": "0", "end": "0", "paragraphlabels": ["no_such"]},
    ],
)
def test_a_region_that_fits_nothing_is_a_reject(tmp_path: Path, value: dict[str, Any]) -> None:
    task = exported(TAGGED)
    task["annotations"][0]["result"] = [{"from_name": "label", "value": value}]
    path = tmp_path / "tasks.json"
    path.write_bytes(orjson.dumps([task]))
    [reject] = read_calls(path, SCHEME)
    assert isinstance(reject, Reject) and reject.field is not None


def test_a_span_in_a_turn_without_text_is_a_reject(tmp_path: Path) -> None:
    task = exported(TAGGED)
    task["data"]["dialogue"][0]["text"] = None
    path = tmp_path / "tasks.json"
    path.write_bytes(orjson.dumps([task]))
    [reject] = read_calls(path, SCHEME)
    assert isinstance(reject, Reject) and "no text" in reject.reason


def test_the_configuration_knows_every_control_and_choice_that_tasks_use() -> None:
    tree = ET.fromstring(labelling_config(SCHEME))  # noqa: S314 (our own text)
    controls = {tag.get("name"): tag for tag in tree.iter() if tag.get("toName")}
    for region in call_to_task(TAGGED, SCHEME)["predictions"][0]["result"]:
        control = controls[region["from_name"]]
        choices = {tag.get("value") for tag in control}
        picked = region["value"].get("paragraphlabels", region["value"].get("choices", []))
        assert set(picked) <= choices and control.get("toName") == region["to_name"]
        assert control.tag.lower() == region["type"]
    named = {tag.get("value") for tag in tree.iter("Label")} | {tag.get("value") for tag in tree.iter("Choice")}
    assert {label.name for label in SCHEME} | {sub.name for label in SCHEME for sub in label.subtypes} <= named


def test_documents_corrected_in_doccano(tmp_path: Path) -> None:
    write_doccano([TAGGED], tmp_path / "docs.jsonl", SCHEME)
    document = orjson.loads((tmp_path / "docs.jsonl").read_bytes())
    document["label"] = [span for span in document["label"] if not span[2].startswith("pressure_tactic")]
    # doccano 1.8 gives metadata back in a field of its own and adds its own fields
    document = {"id": 4, "text": document["text"], "label": document["label"], "Comments": [], "metadata": {"callqa": document["callqa"]}}
    (tmp_path / "docs.jsonl").write_bytes(orjson.dumps(document))
    [call] = back(tmp_path / "docs.jsonl")
    assert call.utterances[0].labels == ("filler_words",) and call.utterances[0].fillers == ((4, 5), (5, 7))
    assert call.utterances[1:] == TAGGED.utterances[1:] and call.party == TAGGED.party
    assert call.model is None and call.extra["doccano"] == {"id": 4, "Comments": []}


@pytest.mark.parametrize("change", [{"text": "1 agent: 您好"}, {"callqa": "no"}, {"callqa": "{}"}, {"label": [[1, 2]]}, {"text": None}])
def test_a_document_that_does_not_fit_is_a_reject(tmp_path: Path, change: dict[str, Any]) -> None:
    write_doccano([TAGGED], tmp_path / "docs.jsonl", SCHEME)
    document = orjson.loads((tmp_path / "docs.jsonl").read_bytes())
    (tmp_path / "docs.jsonl").write_bytes(orjson.dumps({**document, **change}))
    [reject] = read_calls(tmp_path / "docs.jsonl", SCHEME)
    assert isinstance(reject, Reject) and "今天" not in repr(reject)
