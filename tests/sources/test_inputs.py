from __future__ import annotations

from pathlib import Path

import pytest

from callqa.errors import InputError
from callqa.sources import Reject, SeenIds, list_inputs, read_calls, read_labelled

BARE = '{"call_id": "%s", "utterances": [{"turn": 1, "speaker": "agent", "text": "您好"}]}\n'
GOLD = '{"call_id": "%s", "party": "debtor", "utterances": [{"turn": 1, "speaker": "agent", "text": "您好", "labels": []}]}\n'


def test_files_folders_and_patterns(tmp_path: Path) -> None:
    names = ["b.jsonl", "a.jsonl.gz", "deep/c.csv", "notes.md", ".hidden.jsonl", "run.log"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [p.name for p in list_inputs([tmp_path])] == ["a.jsonl.gz", "b.jsonl", "c.csv"]
    assert [p.name for p in list_inputs([tmp_path / "*.jsonl", tmp_path / "b.jsonl"])] == ["b.jsonl"]
    assert [p.name for p in list_inputs([tmp_path / "notes.md"])] == ["notes.md"]


@pytest.mark.parametrize("name", ["none.jsonl", "none*.jsonl", "empty"])
def test_what_is_not_there_is_an_error_that_names_it(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError) as caught:
        list_inputs([tmp_path / name])
    assert name in str(caught.value)


def test_an_empty_file_is_a_reject(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("\n\n")
    assert list(read_calls(path)) == [Reject(str(path), None, None, "the file is empty")]


def test_an_id_given_twice_is_a_reject_across_files(tmp_path: Path) -> None:
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_text(BARE % "c1", encoding="utf-8")
    seen = SeenIds()
    list(read_calls(tmp_path / "a.jsonl", seen=seen))
    [twice] = read_calls(tmp_path / "b.jsonl", seen=seen)
    assert isinstance(twice, Reject) and twice.field == "call_id" and twice.call_id == "c1" and "a.jsonl:1" in twice.reason


def test_labelled_data_must_be_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(GOLD % "c1" + GOLD % "c2", encoding="utf-8")
    assert [call.call_id for call in read_labelled([path])] == ["c1", "c2"]
    for bad, field in ((BARE % "c3", "utterances"), (GOLD % "c1", "call_id"), ("oops\n", None)):
        path.write_text(GOLD % "c1" + bad, encoding="utf-8")
        with pytest.raises(InputError) as caught:
            read_labelled([path])
        assert (caught.value.line, caught.value.field) == (2, field)
