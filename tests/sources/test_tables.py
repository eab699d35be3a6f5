from __future__ import annotations

import zipfile
from datetime import datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from callqa.call import Call
from callqa.labels import load_scheme
from callqa.sources import ReadOptions, Reject, detect_format, read_calls
from callqa.sources import xlsx as xlsx_source

SCHEME = load_scheme()
HEAD = ["通话ID", "角色", "开始时间", "结束时间", "文本", "坐席工号", "班组", "情绪"]
ROWS: list[list[Any]] = [
    ["c-1", "坐席", 430, 4300, "您好，恒通银行", "a17", "甲组", "平"],
    ["c-2", "坐席", 0, 900, "喂，您好", "a18", "乙组", "平"],
    ["c-1", "客户", 4510, 5890, "我是，你说", "a17", "甲组", "急"],
    ["c-2", "客户", 1000, 1900, "不需要", "a18", "乙组", "平"],
]


def write(path: Path, head: list[str], rows: list[list[Any]]) -> Path:
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        sheet = book.active
        for row in [head, *rows]:
            sheet.append(row)
        book.save(path)
    elif path.suffix == ".parquet":
        pd.DataFrame(rows, columns=head).to_parquet(path)
    else:
        delimiter = {".csv": ",", ".tsv": "\t", ".txt": ";"}[path.suffix]
        path.write_text("\n".join(delimiter.join(map(str, row)) for row in [head, *rows]) + "\n", encoding="utf-8-sig")
    return path


def calls_of(path: Path, **columns: str) -> list[Call]:
    items = list(read_calls(path, SCHEME, options=ReadOptions(columns=columns)))
    assert all(isinstance(item, Call) for item in items), items
    return [item for item in items if isinstance(item, Call)]


@pytest.mark.parametrize(
    ("name", "form"), [("a.csv", "csv"), ("a.tsv", "csv"), ("a.txt", "csv"), ("a.xlsx", "xlsx"), ("a.parquet", "parquet")]
)
def test_a_row_a_turn(tmp_path: Path, name: str, form: str) -> None:
    path = write(tmp_path / name, HEAD, ROWS)
    assert detect_format(path) == form
    one, two = calls_of(path)
    assert (one.call_id, two.call_id) == ("c-1", "c-2")
    assert [(turn.speaker, turn.text, turn.start_ms, turn.end_ms) for turn in one.utterances] == [
        ("agent", "您好，恒通银行", 430, 4300),
        ("customer", "我是，你说", 4510, 5890),
    ]
    assert one.agent_id == "a17" and one.extra == {"班组": "甲组"}
    assert one.utterances[1].extra == {"情绪": "急"} and two.extra == {"班组": "乙组", "情绪": "平"}


def test_columns_named_by_the_user(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", ["会话", "谁", "说了什么"], [["c-1", "A", "您好，请问是王先生吗"], ["c-1", "B", "我是"]])
    bad = list(read_calls(path, SCHEME, options=ReadOptions(form="csv")))
    assert isinstance(bad[0], Reject) and "call_id, speaker, text" in bad[0].reason
    named = {"call_id": "会话", "speaker": "谁", "text": "说了什么"}
    [call] = read_calls(path, SCHEME, options=ReadOptions(form="csv", columns=named))
    assert isinstance(call, Call) and [turn.speaker for turn in call.utterances] == ["agent", "customer"]
    [wrong] = read_calls(path, SCHEME, options=ReadOptions(form="csv", columns={**named, "text": "没有"}))
    assert isinstance(wrong, Reject) and wrong.field == "columns.text"


@pytest.mark.parametrize(
    ("heading", "values", "expected"),
    [
        ("开始时间", [0, 4510], [0, 4510]),
        ("开始时间", ["0.43", "4.51"], [430, 4510]),
        ("开始时间", [0, 4], [0, 4000]),
        ("start_ms", [0, 4], [0, 4]),
        ("开始时间(秒)", [0, 4510], [0, 4_510_000]),
        ("开始时间", ["00:00:01.5", "01:02"], [1500, 62_000]),
        ("开始时间", ["2026-03-05 10:12:00", "2026/3/5 10:12:03"], [0, 3000]),
        ("开始时间", ["2026年3月5日 10:12:00", ""], [0, None]),
    ],
)
def test_times_in_the_units_people_use(tmp_path: Path, heading: str, values: list[Any], expected: list[int | None]) -> None:
    rows = [["c-1", "坐席", values[0], "您好"], ["c-1", "客户", values[1], "嗯"]]
    [call] = calls_of(write(tmp_path / "a.csv", ["通话ID", "角色", heading, "文本"], rows))
    assert [turn.start_ms for turn in call.utterances] == expected
    if str(values[0]).startswith("2026"):
        assert call.started_at == datetime.fromisoformat("2026-03-05T10:12:00+08:00")


def test_cells_of_a_workbook_have_their_types(tmp_path: Path) -> None:
    head = ["通话ID", "角色", "开始时间", "文本", "通话时间", "逾期金额", "账户", "备注"]
    row = ["c-1", "坐席", time(0, 0, 5), "您好", datetime(2026, 3, 5, 10, 12), 6318.27, 2041.0, datetime(2026, 3, 1)]
    [call] = calls_of(write(tmp_path / "a.xlsx", head, [row]))
    assert call.utterances[0].start_ms == 5000 and call.started_at == datetime.fromisoformat("2026-03-05T10:12:00+08:00")
    assert call.due == Decimal("6318.27") and call.account_id == "2041" and call.extra == {"备注": "2026-03-01T00:00:00"}


def test_a_bad_row_costs_its_call_only(tmp_path: Path) -> None:
    rows = [*ROWS, ["", "坐席", 0, 1, "x", "", "", ""], ["c-3", "", 0, 1, "x", "", "", ""], ["c-4", "坐席", "早上", 1, "x", "", "", ""]]
    rows.append(["c-6", "坐席", "1e999", 1, "x", "", "", ""])
    path = write(tmp_path / "a.csv", HEAD, rows)
    path.write_text(path.read_text(encoding="utf-8-sig") + "c-5,坐席,1,2,x,,,,太多\n", encoding="utf-8")
    items = list(read_calls(path, SCHEME))
    assert [item.call_id for item in items if isinstance(item, Call)] == ["c-1", "c-2"]
    rejects = {(item.line, item.field) for item in items if isinstance(item, Reject)}
    assert rejects == {(6, "call_id"), (7, "speaker"), (8, "start"), (9, "start"), (10, None)}


def test_quoted_cells_and_line_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('通话ID,角色,文本\n\nc-1,坐席,"您好，""王先生""\n是吗"\nc-2,,x\n', encoding="utf-8")
    good, bad = read_calls(path, SCHEME)
    assert isinstance(good, Call) and good.utterances[0].text == '您好，"王先生"\n是吗'
    assert isinstance(bad, Reject) and bad.line == 5


def test_a_bomb_behind_a_workbook_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 40_000_000)
    [reject] = read_calls(path, SCHEME)
    assert isinstance(reject, Reject) and "expands more than 200-fold" in reject.reason
    monkeypatch.setattr(xlsx_source, "MAX_UNPACKED", 1000)
    [reject] = read_calls(write(tmp_path / "a.xlsx", HEAD, ROWS), SCHEME)
    assert isinstance(reject, Reject) and "unpacks to more than" in reject.reason


@pytest.mark.parametrize("name", ["a.xlsx", "a.parquet"])
def test_a_damaged_file_is_a_reject(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, HEAD, ROWS)
    path.write_bytes(path.read_bytes()[:-200])
    [reject] = read_calls(path, SCHEME)
    assert isinstance(reject, Reject) and "no readable" in reject.reason


def test_a_row_that_cannot_be_read_does_not_cost_the_table(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    huge = "x" * 200_000
    path.write_text(f'通话ID,角色,文本\nc-1,坐席,您好\nc-2,坐席,"a"b\nc-3,坐席,{huge}\nc-1,客户,嗯\nc-4,坐席,"没完', encoding="utf-8")
    items = list(read_calls(path, SCHEME))
    [good] = [item for item in items if isinstance(item, Call)]
    assert [turn.text for turn in good.utterances] == ["您好", "嗯"]
    assert [item.line for item in items if isinstance(item, Reject)] == [3, 4, 6]
