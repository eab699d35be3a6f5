from __future__ import annotations

import stat
from pathlib import Path

import pytest

from callqa.call import Call, Flag, FlagHit, Promise, SlotSource, Utterance
from callqa.errors import InputError
from callqa.privacy.pseudonyms import Pseudonyms, pseudonymise_call, reveal_call, reveal_text

CALL = Call(
    "c1",
    (
        Utterance(1, "agent", "王先生，电话13800001234，呃对吧", fillers=((18, 19),), labels=("filler_words",)),
        Utterance(
            2, "customer", "打幺三八零零零零幺二三四，明天还五百",
            labels=("ptp_commitment",), ptp=Promise(sources={"date": SlotSource(2, (13, 15))}), evidence={"ptp_commitment": ((13, 18),)},
        ),
    ),
    flags=(Flag("x", "notice", hits=(FlagHit(1, ((18, 19),)),)),),
)  # fmt: skip


def test_spans_move_along_and_turn_back() -> None:
    names = Pseudonyms.new()
    hidden = pseudonymise_call(CALL, names)
    one, two = hidden.utterances
    assert "1380" not in one.text and "王" not in one.text
    assert one.text[slice(*one.fillers[0])] == "呃" and one.text[slice(*hidden.flags[0].hits[0].spans[0])] == "呃"
    assert two.ptp is not None
    span = two.ptp.sources["date"].span
    assert span is not None and two.text[slice(*span)] == "明天"
    assert two.text[slice(*two.evidence["ptp_commitment"][0])] == "明天还五百"
    assert reveal_call(hidden, names) == CALL


def test_one_person_has_one_token_in_every_call_and_run(tmp_path: Path) -> None:
    names = Pseudonyms.new()
    first = names.token("name", "王小明")
    names.save(tmp_path / "key")
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    again = Pseudonyms.load(tmp_path / "key")
    assert again.token("name", "王小明") == first
    assert again.token("name", "王小红") != first
    assert reveal_text(f"找{first}", again) == "找王小明"


def test_without_the_key_tokens_say_nothing() -> None:
    token = Pseudonyms.new().token("mobile", "13800001234")
    assert token != Pseudonyms.new().token("mobile", "13800001234")
    assert reveal_text(token, Pseudonyms.new()) == token


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"format":1,"key":"00","originals":{}}', b'{"format":2}', b"\xff"])
def test_a_file_that_is_no_key_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "key").write_bytes(data)
    with pytest.raises(InputError) as caught:
        Pseudonyms.load(tmp_path / "key")
    assert caught.value.file == str(tmp_path / "key")
