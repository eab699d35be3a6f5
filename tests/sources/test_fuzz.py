"""Ten thousand hostile inputs: no reader crashes, and every line or call of the input is read or rejected.

The inputs are valid files of each format, damaged, and JSON made of the keys that readers look for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import openpyxl
import orjson
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callqa.call import Call, Utterance
from callqa.errors import InputError
from callqa.export.doccano import call_to_document
from callqa.export.label_studio import call_to_task
from callqa.labels import load_scheme
from callqa.sources import (
    FORMATS,
    RawLine,
    ReadOptions,
    Reject,
    call_from_record,
    call_to_line,
    call_to_record,
    parse_line,
    read_calls,
    read_labelled,
)

pytestmark = pytest.mark.slow
SCHEME = load_scheme()
FIXTURES = Path(__file__).parent / "fixtures"
CALLS = read_labelled([Path(__file__).parents[2] / "data" / "train" / "t01.jsonl"])[:3]
SPOKEN = "机密内容"


def fuzz(examples: int) -> settings:
    return settings(max_examples=examples, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))


# One number a case, and the case made from it: many times faster than drawing every choice, and a failing case is still named by it.
seeds = st.integers(0, 2**32)


def damage(data: bytes, seed: int) -> bytes:
    """A valid file with some of its bytes cut, doubled, swapped or replaced."""
    random = Random(seed)
    damaged = bytearray(data)
    for _ in range(random.randint(0, 6)):
        start = random.randint(0, max(0, len(damaged) - 1))
        end = start + random.randint(0, 40)
        match random.randint(0, 8):
            case 0 | 1:
                del damaged[start:end]
            case 2 | 3:
                damaged[start:start] = damaged[start:end]
            case 4 | 5:
                damaged[start:end] = random.randbytes(random.randint(0, 20))
            case 6 | 7:
                damaged[start:end] = random.choice(HOSTILE)
            case _:
                del damaged[start:]
    return bytes(damaged)


HOSTILE = [
    *(b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\\ud800", b"\\u0000", b"\xe2\x80\xae", b"\n", b"\r\n\r\n", b'"', b"{", b"[" * 40, b"}"),
    *(b"-1", b"1e999", b"NaN", b"99999999999999999999", b"../..", b"=1+1", b",", b":", "：".encode(), b" --> ", b"<v ", b"WEBVTT\n"),
    *(b"true", b"null"),
]
KEYS = """
call_id utterances turn speaker text labels subtypes fillers ptp date amount scores evidence party party_from flags due started_at
sentence_info sentence spk start end segments words Result Sentences ChannelId BeginTime Text StatusText Transcript Participants
ParticipantId Content data dialogue record annotations result value from_name choices paragraphlabels label callqa meta
"""
SCALARS = [
    *(None, True, False, 0, 1, -1, 2**63 - 1, -(2**63), 0.5, -0.0, 1e300, "", "a", "0", "agent", "customer", "debtor", "full"),
    *("2026-03-05", "ptp_commitment", "firm", "../x", "\u202e", "\x00", "\u0301", "𠮷", SPOKEN, SPOKEN * 100),
]


def any_json(random: Random, depth: int = 0) -> Any:
    """A JSON value made of the keys that readers look for."""
    kind = random.randint(0, 5) if depth < 4 else 0
    if kind < 3:
        return random.choice(SCALARS)
    if kind == 3:
        return [any_json(random, depth + 1) for _ in range(random.randint(0, 3))]
    return {random.choice(KEYS.split()): any_json(random, depth + 1) for _ in range(random.randint(0, 5))}


def with_one_wrong_value(base: dict[str, Any], seed: int) -> Any:
    """A record with the value at some place in it replaced."""
    random = Random(seed)
    copy = orjson.loads(orjson.dumps(base))
    node = copy
    for _ in range(8):
        place = random.choice(list(node) if isinstance(node, dict) else list(range(len(node))))
        inner = node[place]
        if not isinstance(inner, dict | list) or not inner or random.random() < 0.15:
            node[place] = any_json(random, 2)
            break
        node = inner
    return copy


def faults(items: Sequence[Call | Reject]) -> list[str]:
    """What is wrong with what a reader gave: a call must come back from being written, a reject must give nothing away."""
    found = [] if items else ["what was read is not accounted for"]
    for item in items:
        if isinstance(item, Reject):
            if not item.reason or SPOKEN in f"{item.reason}{item.field}":
                found.append(f"a reject without a reason, or one that quotes: {item}")
        else:
            try:
                again: Call | InputError = call_from_record(orjson.loads(call_to_line(item)), SCHEME)
            except InputError as exc:
                again = exc
            if again != item:
                found.append(f"a call that is another one when it is read again: {again}")
    return found


def read_all(path: Path, data: bytes, form: str | None = None) -> list[Call | Reject]:
    path.write_bytes(data)
    return list(read_calls(path, SCHEME, options=ReadOptions(form=form)))


def test_faults_are_found() -> None:
    good = Call("c1", (Utterance(1, "agent", "您好"),))
    assert faults([good, Reject("f", 1, "text", "is missing")]) == []
    assert len(faults([])) == 1
    assert len(faults([Reject("f", 1, "text", f"must not be {SPOKEN}"), Reject("f", 1, None, "")])) == 2
    assert len(faults([replace(good, call_id=""), replace(good, utterances=(Utterance(1, "agent", "\u202e"),))])) == 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


RECORDS = [call_to_record(call) for call in CALLS]
FULL = {**RECORDS[0], "flags": [{"code": "x", "severity": "notice", "hits": [{"turn": 1, "spans": [[0, 1]]}]}], "score": 1.0, "model": "m"}
LINES = [call_to_line(call) for call in CALLS]
DOCUMENTS = [(FIXTURES / name).read_bytes() for name in ("funasr.json", "whisperx.json", "alibaba.json", "contact_lens.json")]
TOOLS = [orjson.dumps(make(call, SCHEME)) for call in CALLS for make in (call_to_task, call_to_document)]
TEXTS = [(FIXTURES / name).read_bytes() for name in ("call.txt", "call.srt", "call.vtt")]
TABLE = '通话ID,角色,开始时间,文本,备注\nc-1,坐席,0,您好,甲\nc-2,客户,1.5,"喂,好",\nc-1,客户,2,嗯,乙\n'.encode()


@fuzz(3000)
@given(st.sampled_from([*RECORDS, FULL]), seeds)
def test_a_record_with_one_wrong_value(base: dict[str, Any], seed: int) -> None:
    assert faults([parse_line(RawLine(1, orjson.dumps(with_one_wrong_value(base, seed))), "f", SCHEME)]) == []


@fuzz(1000)
@given(seeds)
def test_a_record_of_any_json(seed: int) -> None:
    assert faults([parse_line(RawLine(1, orjson.dumps(any_json(Random(seed)))), "f", SCHEME)]) == []


@fuzz(1500)
@given(st.sampled_from(LINES), seeds)
def test_a_damaged_line(line: bytes, seed: int) -> None:
    assert faults([parse_line(RawLine(1, damage(line, seed)), "f", SCHEME)]) == []


@fuzz(1000)
@given(st.sampled_from([b"".join(LINES), b"{}\n[]\n" + LINES[0]]), seeds)
def test_every_line_of_a_damaged_file_is_read_or_rejected(folder: Path, data: bytes, seed: int) -> None:
    data = damage(data, seed)
    items = read_all(folder / "a.jsonl", data, "jsonl")
    assert faults(items) == []
    if not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\x1f\x8b")) and b"\x00" not in data:
        assert len(items) == max(1, sum(bool(line.strip()) for line in data.split(b"\n")))


@fuzz(1300)
@given(st.sampled_from([*DOCUMENTS, *TOOLS]), seeds)
def test_damaged_documents(folder: Path, data: bytes, seed: int) -> None:
    assert faults(read_all(folder / "a.json", damage(data, seed))) == []


@fuzz(700)
@given(st.sampled_from([*DOCUMENTS, *TOOLS]), seeds)
def test_documents_with_one_wrong_value(folder: Path, data: bytes, seed: int) -> None:
    document = orjson.loads(data)
    base = document[0] if isinstance(document, list) else document
    assert faults(read_all(folder / "a.json", orjson.dumps(with_one_wrong_value(base, seed)))) == []


@fuzz(700)
@given(st.sampled_from(TEXTS), st.sampled_from([None, "text", "subtitles"]), seeds)
def test_damaged_text_and_subtitles(folder: Path, data: bytes, form: str | None, seed: int) -> None:
    assert faults(read_all(folder / "a.txt", damage(data, seed), form)) == []


@fuzz(500)
@given(st.sampled_from([TABLE, TABLE.replace(b",", b"\t")]), seeds)
def test_damaged_tables(folder: Path, data: bytes, seed: int) -> None:
    assert faults(read_all(folder / "a.csv", damage(data, seed), "csv")) == []


@fuzz(300)
@given(st.binary(max_size=200), st.sampled_from([None, *FORMATS]))
def test_any_bytes_as_any_format(folder: Path, data: bytes, form: str | None) -> None:
    assert faults(read_all(folder / "a", data, form)) == []


@pytest.fixture(scope="module")
def workbooks(folder: Path) -> dict[str, bytes]:
    rows = [line.split(",")[:4] for line in TABLE.decode().splitlines() if '"' not in line]
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(folder / "a.xlsx")
    pd.DataFrame(rows[1:], columns=rows[0]).to_parquet(folder / "a.parquet")
    return {name: (folder / f"a.{name}").read_bytes() for name in ("xlsx", "parquet")}


@pytest.mark.parametrize("name", ["xlsx", "parquet"])
@fuzz(100)
@given(seeds)
def test_damaged_workbooks(folder: Path, workbooks: dict[str, bytes], name: str, seed: int) -> None:
    assert faults(read_all(folder / f"b.{name}", damage(workbooks[name], seed), name)) == []
