from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from callqa.call import Call
from callqa.convert import CONFIG, REJECTS, convert_files, load_mapping
from callqa.errors import InputError
from callqa.labels import load_scheme
from callqa.privacy import mask_call
from callqa.sources import ReadOptions, call_to_line, read_calls, read_labelled

SCHEME = load_scheme()
FIXTURES = Path(__file__).parent / "sources" / "fixtures"
CALLS = read_labelled([Path(__file__).parents[1] / "data" / "train" / "t01.jsonl"])[:5]


def write(path: Path, calls: list[Call]) -> Path:
    path.write_bytes(b"".join(call_to_line(call) for call in calls))
    return path


def test_many_formats_become_one_file_and_a_list_of_rejects(tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text("oops\n", encoding="utf-8")
    summary = convert_files([FIXTURES / "funasr.json", FIXTURES / "call.txt", bad], tmp_path / "out.jsonl", SCHEME)
    assert (summary.files, summary.calls, summary.rejects) == (3, 3, 1)
    assert [call.call_id for call in read_calls(tmp_path / "out.jsonl", SCHEME)] == ["rec-1", "c-1", "c-2"]
    assert orjson.loads((tmp_path / f"out.jsonl{REJECTS}").read_bytes())["file"] == str(bad)
    convert_files([FIXTURES / "funasr.json"], tmp_path / "out.jsonl", SCHEME)
    assert not (tmp_path / f"out.jsonl{REJECTS}").exists()


@pytest.mark.parametrize("target", ["label-studio", "doccano"])
def test_labelled_calls_go_to_a_tool_and_come_back(tmp_path: Path, target: str) -> None:
    source = write(tmp_path / "gold.jsonl", CALLS)
    convert_files([source], tmp_path / "tool", SCHEME, target=target)
    assert (tmp_path / f"tool{CONFIG}").exists() == (target == "label-studio")
    convert_files([tmp_path / "tool"], tmp_path / "back.jsonl", SCHEME, options=ReadOptions(form=target))
    assert [replace(call, extra={}) for call in read_labelled([tmp_path / "back.jsonl"])] == CALLS


def test_every_call_is_changed_before_it_is_written(tmp_path: Path) -> None:
    source = write(tmp_path / "gold.jsonl", CALLS)
    convert_files([source], tmp_path / "out.html", SCHEME, target="html", change=mask_call)
    text = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert "赵女士" not in text and "*女士" in text


def test_files_are_private(tmp_path: Path) -> None:
    convert_files([write(tmp_path / "gold.jsonl", CALLS)], tmp_path / "tasks.json", SCHEME, target="label-studio")
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.glob("tasks.json*"))


def test_a_mapping_file(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text("from: csv\nagent: 1\ncolumns:\n  text: 识别文本\n", encoding="utf-8")
    assert load_mapping(path) == ReadOptions("csv", "1", {"text": "识别文本"})


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("- a", None),
        ("other: 1", "other"),
        ("columns: [a]", "columns"),
        ("columns: {text: 1}", "columns"),
        ("from: [x]", "from"),
        ("{", None),
    ],
)
def test_a_wrong_mapping_file_is_named(tmp_path: Path, text: str, field: str | None) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_mapping(path)
    assert (caught.value.file, caught.value.field) == (str(path), field)


@pytest.mark.parametrize(("options", "target"), [(ReadOptions(form="pdf"), "jsonl"), (ReadOptions(), "pdf")])
def test_an_unknown_format_is_an_error(tmp_path: Path, options: ReadOptions, target: str) -> None:
    with pytest.raises(InputError, match="must be one of"):
        convert_files([FIXTURES / "call.txt"], tmp_path / "out", SCHEME, options=options, target=target)
