from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from callqa.call import Call
from callqa.labels import load_scheme
from callqa.sources import RawLine, Reject, call_to_line, parse_line, read_calls

SCHEME = load_scheme()
GOOD = '{"call_id": "c%d", "utterances": [{"turn": 1, "speaker": "agent", "text": "您好"}]}'


def parse(text: str) -> Call | Reject:
    return parse_line(RawLine(5, text.encode("utf-8", "surrogatepass")), "a.jsonl", SCHEME)


@pytest.mark.parametrize(
    ("text", "field", "reason"),
    [
        ("{not json", None, "is not valid JSON"),
        ("[" * 100_000, None, "is not valid JSON"),
        ('{"a":' * 2_000 + "1" + "}" * 2_000, None, "is not valid JSON"),
        ('{"x": ' + "[" * 99 + "]" * 99 + ', "call_id": "c", "utterances": [{"turn": 1, "speaker": "agent", "text": ""}]}', "x", "nested"),
        ('{"call_id": "c1", "utterances": [{"turn": 1, "speaker": "agent", "text": "\\ud800"}]}', None, "is not valid JSON"),
        ('{"call_id": "c1", "utterances": [{"turn": 1, "speaker": "agent", "text": "\\u0000"}]}', "utterances[0].text", "NUL"),
        ('{"call_id": "c1", "utterances": [{"turn": 1, "speaker": "agent", "text": "\x00"}]}', None, "is not valid JSON"),
        ('{"call_id": "../c1", "utterances": [{"turn": 1, "speaker": "agent", "text": "a"}]}', "call_id", "path part"),
        ("[]", None, "a call must be a JSON object"),
        ("NaN", None, "is not valid JSON"),
    ],
)  # fmt: skip
def test_bad_lines_become_rejects(text: str, field: str | None, reason: str) -> None:
    reject = parse(text)
    assert isinstance(reject, Reject)
    assert (reject.file, reject.line, reject.field) == ("a.jsonl", 5, field)
    assert reason in reject.reason


def test_a_reject_names_the_call_but_quotes_nothing() -> None:
    reject = parse('{"call_id": "c9", "utterances": [{"turn": 1, "speaker": "我没钱还", "text": "我没钱还"}]}')
    assert isinstance(reject, Reject) and reject.call_id == "c9"
    assert "没钱" not in repr(reject)


def test_good_calls_go_on_past_bad_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join([GOOD % 1, "oops", GOOD % 2, GOOD % 1, '{"call_id": "c4", "utterances": []}', GOOD % 3]), encoding="utf-8")
    items = list(read_calls(path))
    assert [item.call_id for item in items if isinstance(item, Call)] == ["c1", "c2", "c3"]
    assert [(item.line, item.field) for item in items if isinstance(item, Reject)] == [(2, None), (4, "call_id"), (5, "utterances")]


def test_a_line_is_written_as_it_is_read() -> None:
    call = parse(GOOD % 1)
    assert isinstance(call, Call)
    assert call_to_line(call).endswith(b"}\n") and orjson.loads(call_to_line(call)) == orjson.loads(GOOD % 1)
