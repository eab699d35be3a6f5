"""Every format's fixture is written after its public documentation; the address stands by each."""

from __future__ import annotations

import gzip
import logging
from pathlib import Path

import orjson
import pytest

from callqa.call import Call
from callqa.errors import InputError
from callqa.labels import load_scheme
from callqa.sources import ReadOptions, Reject, detect_format, documents, read_calls
from callqa.sources.raw import AS_FOUND

FIXTURES = Path(__file__).parent / "fixtures"
SCHEME = load_scheme()
AGENT = "您好，这里是恒通银行信用卡中心，请问是王先生吗？"
CUSTOMER = "我是，你说。"
Turns = list[tuple[str, str, int | None, int | None]]
BOTH: Turns = [("agent", AGENT, 430, 4300), ("customer", CUSTOMER, 4510, 5890)]


def read_one(path: Path, options: ReadOptions = AS_FOUND) -> Call:
    [call] = read_calls(path, SCHEME, options=options)
    assert isinstance(call, Call), call
    return call


def turns_of(call: Call) -> Turns:
    return [(turn.speaker, turn.text, turn.start_ms, turn.end_ms) for turn in call.utterances]


def test_funasr() -> None:
    """https://modelscope.github.io/FunASR/tutorial.html (``sentence_info`` with ``spk``, ``start``, ``end``, ``sentence``)."""
    assert detect_format(FIXTURES / "funasr.json") == "funasr"
    call = read_one(FIXTURES / "funasr.json")
    assert call.call_id == "rec-1"
    assert turns_of(call) == [("agent", AGENT[:3], 430, 2110), ("agent", AGENT[3:], 2110, 4300), ("customer", CUSTOMER, 4510, 5890)]


def test_whisperx() -> None:
    """https://github.com/m-bain/whisperX (``segments`` in seconds; a segment's speaker may be missing: issue 460 there)."""
    assert detect_format(FIXTURES / "whisperx.json") == "whisperx"
    call = read_one(FIXTURES / "whisperx.json")
    assert call.call_id == "whisperx"
    assert turns_of(call) == [*BOTH, ("customer", "嗯", 6000, 6400)]


def test_alibaba() -> None:
    """https://help.aliyun.com/zh/isi/developer-reference/api-reference-2 (``Result.Sentences``, in no order over the channels)."""
    assert detect_format(FIXTURES / "alibaba.json") == "alibaba"
    call = read_one(FIXTURES / "alibaba.json")
    assert call.call_id == "d429dd7dd75711e89305ab6170fe84f9"
    assert turns_of(call) == BOTH
    assert call.utterances[1].extra["emotion_value"] == 7.0


def test_contact_lens() -> None:
    """https://docs.aws.amazon.com/connect/latest/adminguide/contact-lens-example-output-files.html (``Transcript``)."""
    assert detect_format(FIXTURES / "contact_lens.json") == "contact-lens"
    call = read_one(FIXTURES / "contact_lens.json")
    assert call.call_id == "b1f0c0de-contact"
    assert turns_of(call) == BOTH
    assert "role_confidence" not in call.extra


@pytest.mark.parametrize("name", ["call.vtt", "call.srt"])
def test_subtitles(name: str) -> None:
    """https://www.w3.org/TR/webvtt1/#webvtt-cue-voice-span and https://www.loc.gov/preservation/digital/formats/fdd/fdd000569.shtml."""
    assert detect_format(FIXTURES / name) == "subtitles"
    call = read_one(FIXTURES / name)
    assert call.call_id == "call"
    assert turns_of(call) == BOTH


def test_plain_text_with_several_calls() -> None:
    assert detect_format(FIXTURES / "call.txt") == "text"
    first, second = read_calls(FIXTURES / "call.txt", SCHEME)
    assert isinstance(first, Call) and isinstance(second, Call)
    assert (first.call_id, turns_of(first)) == ("c-1", [("agent", AGENT, None, None), ("customer", CUSTOMER, None, None)])
    assert [turn.speaker for turn in second.utterances] == ["customer", "agent"]


@pytest.mark.parametrize(
    "text",
    [
        "[00:01:02.5] 坐席：您好\n[00:01:04] 客户：嗯\n",
        "00:01:02.5 坐席: 您好\n00:01:04 客户: 嗯",
        "【坐席】：您好\n【客户】：嗯",
        "AGENT: 您好\nCUSTOMER: 嗯",
        "坐席 ：您好\r\n客户 ：嗯\r\n",
    ],
)
def test_plain_text_as_people_write_it(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text(text, encoding="utf-8")
    call = read_one(path)
    assert [(turn.speaker, turn.text) for turn in call.utterances] == [("agent", "您好"), ("customer", "嗯")]
    assert call.utterances[0].start_ms in (None, 62_500)


def test_text_without_speakers_is_a_reject_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("通话ID：c-1\n您好\n客户：嗯\n通话ID：c-2\n坐席：您好\n", encoding="utf-8")
    bad, good = read_calls(path, SCHEME)
    assert isinstance(bad, Reject) and (bad.line, bad.field) == (2, "speaker")
    assert isinstance(good, Call) and good.call_id == "c-2"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("name", ["funasr.json", "alibaba.json", "call.srt", "call.vtt", "call.txt"])
def test_encodings(tmp_path: Path, encoding: str, name: str) -> None:
    path = tmp_path / name
    path.write_bytes((FIXTURES / name).read_text(encoding="utf-8").encode(encoding))
    assert list(read_calls(path, SCHEME)) == list(read_calls(FIXTURES / name, SCHEME))


@pytest.mark.parametrize("name", ["funasr.json", "call.srt", "call.txt"])
def test_packed_files(tmp_path: Path, name: str) -> None:
    path = tmp_path / f"{name}.gz"
    path.write_bytes(gzip.compress((FIXTURES / name).read_bytes()))
    assert list(read_calls(path, SCHEME)) == list(read_calls(FIXTURES / name, SCHEME))


def test_a_document_a_line_and_bad_ones_between(tmp_path: Path) -> None:
    good = orjson.loads((FIXTURES / "alibaba.json").read_bytes())
    failed = {**good, "StatusText": "FILE_DOWNLOAD_FAILED", "TaskId": "t2"}
    path = tmp_path / "day.jsonl"
    path.write_bytes(b"\n".join([orjson.dumps(good), b"oops", b"[]", orjson.dumps(failed), orjson.dumps({**good, "TaskId": "t3"})]))
    items = list(read_calls(path, SCHEME))
    assert [item.call_id for item in items if isinstance(item, Call)] == [good["TaskId"], "t3"]
    assert [(item.line, item.field) for item in items if isinstance(item, Reject)] == [(2, None), (3, None), (4, "StatusText")]


def test_records_of_callqa_in_an_array(tmp_path: Path) -> None:
    turn = {"turn": 1, "speaker": "agent", "text": "您好"}
    path = tmp_path / "a.json"
    records = [{"call_id": "c1", "utterances": [turn]}, {"call_id": "c2", "utterances": []}]
    path.write_bytes(orjson.dumps(records, option=orjson.OPT_INDENT_2))
    assert detect_format(path) == "json"
    good, bad = read_calls(path, SCHEME)
    assert isinstance(good, Call) and good.call_id == "c1"
    assert isinstance(bad, Reject) and (bad.field, bad.call_id) == ("utterances", "c2")


def test_the_agent_is_who_the_user_says() -> None:
    call = read_one(FIXTURES / "alibaba.json", ReadOptions(agent="1"))
    assert [turn.speaker for turn in call.utterances] == ["customer", "agent"]
    assert "role_confidence" not in call.extra


def test_inferred_roles_are_warned_of_with_their_confidence(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        call = read_one(FIXTURES / "alibaba.json")
    assert 0.9 < call.extra["role_confidence"] < 1
    [message] = [record.getMessage() for record in caplog.records]
    assert "inferred" in message and call.call_id in message and f"{call.extra['role_confidence']:.3f}" in message
    assert "王先生" not in message


def test_a_forced_format_that_does_not_fit_is_a_reject() -> None:
    for form in ("funasr", "xlsx", "parquet", "csv", "subtitles", "text", "label-studio"):
        items = list(read_calls(FIXTURES / "alibaba.json", SCHEME, options=ReadOptions(form=form)))
        assert items and all(isinstance(item, Reject) for item in items), form


def test_a_missing_file_is_an_error_whatever_the_format(tmp_path: Path) -> None:
    for form in (None, "funasr", "xlsx", "parquet", "csv", "subtitles", "text"):
        with pytest.raises(InputError):
            list(read_calls(tmp_path / "none", SCHEME, options=ReadOptions(form=form)))


def test_a_document_longer_than_the_limit_is_a_reject(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MAX_DOCUMENT", 2**20)
    path = tmp_path / "a.json"
    path.write_bytes(b"[\n" + b" " * 2**20 + (FIXTURES / "funasr.json").read_bytes()[1:])
    [reject] = read_calls(path, SCHEME)
    assert isinstance(reject, Reject) and reject.reason == "is longer than 1 MiB"
