"""The same 40 calls through every format: the same turns, so the same tags."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import orjson
import pandas as pd
import pytest
import zstandard

from callqa.call import Call
from callqa.errors import CallqaError
from callqa.export.doccano import write_doccano
from callqa.export.label_studio import write_label_studio
from callqa.labels import load_scheme
from callqa.shipped import shipped_path
from callqa.sources import ReadOptions, call_to_line, list_inputs, read_calls
from callqa.sources.raw import AS_FOUND
from callqa.taggers.model import Model, load_model

SCHEME = load_scheme()
COUNT = 40
NAMES = {"agent": "坐席", "customer": "客户"}
CHANNELS = {"agent": "0", "customer": "1"}


def forty_calls() -> list[Call]:
    paths = list_inputs([shipped_path("data/sample")])
    calls = [call for path in paths for call in read_calls(path, SCHEME) if isinstance(call, Call)]
    return calls[:COUNT]


CALLS = forty_calls()


@cache
def shipped_model() -> Model:
    """The shipped model; where none is (a fresh tree before training), tests of its tags are skipped."""
    try:
        return load_model()
    except CallqaError as exc:
        pytest.skip(f"no shipped model: {exc}")


def clock(milliseconds: int | None, comma: str = ".") -> str:
    seconds, millis = divmod(milliseconds or 0, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{comma}{millis:03d}"


def rows() -> list[list[Any]]:
    head: list[Any] = ["通话ID", "角色", "开始时间(ms)", "结束时间(ms)", "文本"]
    return [head, *([c.call_id, NAMES[u.speaker], u.start_ms, u.end_ms, u.text] for c in CALLS for u in c.utterances)]


def write_jsonl(folder: Path) -> None:
    (folder / "a.jsonl").write_bytes(b"".join(map(call_to_line, CALLS)))


def write_gb18030(folder: Path) -> None:
    (folder / "a.jsonl").write_bytes(b"".join(map(call_to_line, CALLS)).decode().encode("gb18030"))


def write_packed(folder: Path) -> None:
    (folder / "a.jsonl.gz").write_bytes(gzip.compress(b"".join(map(call_to_line, CALLS[:20]))))
    (folder / "b.jsonl.zst").write_bytes(zstandard.compress(b"".join(map(call_to_line, CALLS[20:])).decode().encode("utf-16")))


def write_csv(folder: Path) -> None:
    text = io.StringIO()
    csv.writer(text).writerows(rows())
    (folder / "a.csv").write_text(text.getvalue(), encoding="utf-8-sig")


def write_tsv(folder: Path) -> None:
    (folder / "a.tsv").write_bytes("\n".join("\t".join(map(str, row)) for row in rows()).encode("utf-16"))


def write_xlsx(folder: Path) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows():
        sheet.append(row)
    book.save(folder / "a.xlsx")


def write_parquet(folder: Path) -> None:
    head, *body = rows()
    pd.DataFrame(body, columns=head).to_parquet(folder / "a.parquet")


def write_funasr(folder: Path) -> None:
    for call in CALLS:
        info = [{"spk": int(CHANNELS[u.speaker]), "start": u.start_ms, "end": u.end_ms, "sentence": u.text} for u in call.utterances]
        document = [{"key": call.call_id, "text": "".join(u.text for u in call.utterances), "sentence_info": info}]
        (folder / f"{call.call_id}.json").write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2))


def write_whisperx(folder: Path) -> None:
    for call in CALLS:
        segments = [
            {"start": (u.start_ms or 0) / 1000, "end": (u.end_ms or 0) / 1000, "text": f" {u.text}", "speaker": CHANNELS[u.speaker]}
            for u in call.utterances
        ]
        (folder / f"{call.call_id}.json").write_bytes(orjson.dumps({"segments": segments, "language": "zh"}))


def write_alibaba(folder: Path) -> None:
    lines = []
    for call in CALLS:
        sentences = [
            {"BeginTime": u.start_ms, "EndTime": u.end_ms, "ChannelId": int(CHANNELS[u.speaker]), "Text": u.text} for u in call.utterances
        ]
        lines.append(orjson.dumps({"TaskId": call.call_id, "StatusText": "SUCCESS", "Result": {"Sentences": sentences}}))
    (folder / "day.jsonl").write_bytes(b"\n".join(lines))


def write_contact_lens(folder: Path) -> None:
    for call in CALLS:
        transcript = [
            {"BeginOffsetMillis": u.start_ms, "EndOffsetMillis": u.end_ms, "ParticipantId": u.speaker.upper(), "Content": u.text}
            for u in call.utterances
        ]
        document = {"Channel": "VOICE", "CustomerMetadata": {"ContactId": call.call_id}, "Transcript": transcript}
        (folder / f"{call.call_id}.json").write_bytes(orjson.dumps(document))


def write_text(folder: Path) -> None:
    lines = [
        line
        for call in CALLS
        for line in (f"通话ID：{call.call_id}", *(f"[{clock(u.start_ms)}] {NAMES[u.speaker]}：{u.text}" for u in call.utterances), "")
    ]
    (folder / "a.txt").write_text("\n".join(lines), encoding="utf-8")


def write_srt(folder: Path) -> None:
    for call in CALLS:
        cues = [
            f"{n}\n{clock(u.start_ms, ',')} --> {clock(u.end_ms, ',')}\n{NAMES[u.speaker]}：{u.text}\n"
            for n, u in enumerate(call.utterances, 1)
        ]
        (folder / f"{call.call_id}.srt").write_text("\n".join(cues), encoding="utf-8")


def write_vtt(folder: Path) -> None:
    for call in CALLS:
        cues = [f"{clock(u.start_ms)} --> {clock(u.end_ms)}\n<v {NAMES[u.speaker]}>{u.text}</v>\n" for u in call.utterances]
        (folder / f"{call.call_id}.vtt").write_text("\n".join(["WEBVTT\n", *cues]), encoding="utf-8")


def write_tasks(folder: Path) -> None:
    write_label_studio(CALLS, folder / "tasks.json", SCHEME)


def write_documents(folder: Path) -> None:
    write_doccano(CALLS, folder / "docs.jsonl", SCHEME)


FIRST = ReadOptions(agent="0")
FORMATS: list[tuple[Callable[[Path], None], ReadOptions]] = [
    (write_jsonl, AS_FOUND),
    (write_gb18030, AS_FOUND),
    (write_packed, AS_FOUND),
    (write_csv, AS_FOUND),
    (write_tsv, AS_FOUND),
    (write_xlsx, AS_FOUND),
    (write_parquet, AS_FOUND),
    (write_funasr, FIRST),
    (write_whisperx, FIRST),
    (write_alibaba, FIRST),
    (write_contact_lens, AS_FOUND),
    (write_text, AS_FOUND),
    (write_srt, AS_FOUND),
    (write_vtt, AS_FOUND),
    (write_tasks, AS_FOUND),
    (write_documents, AS_FOUND),
]
IDS = [write.__name__.removeprefix("write_") for write, _ in FORMATS]


def read_back(write: Callable[[Path], None], folder: Path, options: ReadOptions = AS_FOUND) -> list[Call]:
    write(folder)
    found = {}
    for path in list_inputs([folder]):
        for item in read_calls(path, SCHEME, options=options):
            assert isinstance(item, Call), item
            found[item.call_id] = item
    assert found.keys() == {call.call_id for call in CALLS}
    return [found[call.call_id] for call in CALLS]


def test_there_are_forty() -> None:
    assert len(CALLS) == COUNT and not any(call.labelled for call in CALLS)


@pytest.mark.parametrize(("write", "options"), FORMATS, ids=IDS)
def test_every_format_gives_the_same_turns(tmp_path: Path, write: Callable[[Path], None], options: ReadOptions) -> None:
    for call, original in zip(read_back(write, tmp_path, options), CALLS, strict=True):
        turns = [(u.turn, u.speaker, u.text, u.start_ms) for u in call.utterances]
        assert turns == [(u.turn, u.speaker, u.text, u.start_ms) for u in original.utterances]
        if write is not write_text:  # a line of text says when a turn begins, not when it ends
            assert [u.end_ms for u in call.utterances] == [u.end_ms for u in original.utterances]


@pytest.mark.slow
@pytest.mark.parametrize(("write", "options"), FORMATS[3:], ids=IDS[3:])
def test_every_format_gives_the_same_tags(tmp_path: Path, write: Callable[[Path], None], options: ReadOptions) -> None:
    model = shipped_model()
    tagged = model.tag(read_back(write, tmp_path, options), fast=True)
    for call, expected in zip(tagged, model.tag(CALLS, fast=True), strict=True):
        assert (call.party, call.party_from) == (expected.party, expected.party_from)
        assert [(u.labels, u.subtypes, u.fillers) for u in call.utterances] == [
            (u.labels, u.subtypes, u.fillers) for u in expected.utterances
        ]


def test_the_agent_is_found_where_nobody_names_it(tmp_path: Path) -> None:
    found = read_back(write_alibaba, tmp_path)
    right = sum(call.utterances[0].speaker == original.utterances[0].speaker for call, original in zip(found, CALLS, strict=True))
    unsure = sum(call.extra["role_confidence"] < 0.9 for call in found)
    assert right >= 0.9 * COUNT
    assert unsure <= 0.2 * COUNT
