"""Export files: what a spreadsheet and a program find in them."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest
from openpyxl.cell.rich_text import TextBlock

from callqa.call import Call
from callqa.errors import OutputError
from callqa.export.segments import SegmentFilter, find_segments
from callqa.export.write import SEGMENT_WRITERS, format_of, write_segments
from callqa.labels import load_scheme
from callqa.lang import Lang

SCHEME = load_scheme()
Tagged = list[tuple[str, Call]]


def write(tagged: Tagged, path: Path, lang: Lang = "en") -> Path:
    assert write_segments(find_segments(tagged, SCHEME, SegmentFilter()), path, SCHEME, lang) == 5
    return path


def test_csv_has_a_byte_order_mark_and_chinese_headings(tagged: Tagged, tmp_path: Path) -> None:
    path = write(tagged, tmp_path / "s.csv", "zh")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["标签"] for row in rows] == ["施压", "承诺还款", "语气词", "三方泄露", "困难披露"]
    assert rows[0]["质检项"] == "曝光威胁"
    assert rows[1]["承诺"] == "2026-03-06；500.00；APP"
    assert rows[4]["接听人"] == "本人"


def test_no_cell_of_a_spreadsheet_is_a_formula(tagged: Tagged, tmp_path: Path) -> None:
    with write(tagged, tmp_path / "s.csv").open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.DictReader(file))["text"] == "'=今天必须还，不然曝光你"
    sheet = openpyxl.load_workbook(write(tagged, tmp_path / "s.xlsx")).worksheets[0]
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_workbook_is_ready_to_work_in(tagged: Tagged, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write(tagged, tmp_path / "s.xlsx", "zh"), rich_text=True)
    sheet = book.worksheets[0]
    heads = {str(cell.value): cell.column for cell in sheet[1]}
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == f"A1:{sheet.cell(6, sheet.max_column).coordinate}"
    text = sheet.cell(2, heads["文本"])
    assert text.alignment.wrap_text
    assert [piece.text for piece in text.value if isinstance(piece, TextBlock) and piece.font.b] == ["必须", "曝光"]
    colours = [sheet.cell(row, heads["标签"]).fill.start_color.rgb for row in range(2, 7)]
    expected = ["pressure_tactic", "ptp_commitment", "filler_words", "third_party_leak", "hardship_disclosure"]
    assert colours == [f"FF{SCHEME[name].colour}" for name in expected]
    assert sheet.cell(2, heads["开始时间"]).value.isoformat() == "2026-03-05T10:12:00"
    heights = [sheet.row_dimensions[row].height for row in (2, 6)]  # two turns before, then one turn before and a shorter text
    assert heights[0] >= 30 >= heights[1] > 0
    legend = book.worksheets[1]
    assert {cell.value for cell in legend["B"]} >= set(SCHEME.names)


def test_jsonl_and_parquet_keep_english_keys_and_structure(tagged: Tagged, tmp_path: Path) -> None:
    lines = [json.loads(line) for line in write(tagged, tmp_path / "s.jsonl", "zh").read_text(encoding="utf-8").splitlines()]
    assert lines[0]["subtypes"][1] == {"label": "pressure_tactic", "subtype": "public_exposure"}
    assert lines[0]["before"][1] == {"turn": 2, "speaker": "customer", "text": "是我"}
    assert lines[1]["promise"] == {"date": "2026-03-06", "amount": 500, "method": "app"}
    assert lines[2]["fillers"] == [[0, 1], [1, 3]]
    table = pq.read_table(write(tagged, tmp_path / "s.parquet", "zh"))
    assert table.column_names == list(lines[0])
    rows = table.to_pylist()
    assert rows[0] == lines[0]
    assert rows[1]["promise"]["amount"] == "500"


@pytest.mark.parametrize("suffix", SEGMENT_WRITERS)
def test_nothing_found_is_an_empty_table(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / "none"
    assert write_segments([], path, SCHEME, "en", suffix) == 0
    assert path.exists()


def test_another_ending_is_told_and_nothing_is_written(tagged: Tagged, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"\.xlsx"):
        write_segments([], tmp_path / "s.xls", SCHEME, "en")
    assert list(tmp_path.iterdir()) == []
    assert format_of(tmp_path / "S.HTML") == "html"


def test_a_text_longer_than_a_cell_is_cut(tagged: Tagged, tmp_path: Path) -> None:
    file, call = tagged[0]
    long = replace(call.utterances[2], text="今" * 40_000, evidence={"pressure_tactic": ((39_990, 40_000),)})
    call = replace(call, utterances=(long,), flags=())
    path = tmp_path / "s.xlsx"
    write_segments(find_segments([(file, call)], SCHEME, SegmentFilter()), path, SCHEME, "en")
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert max(len(str(cell.value)) for cell in sheet[2]) == 32_767
