"""Payment files of every kind, good rows and bad."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pandas
import pyarrow
import pytest
from pyarrow import parquet

from callqa.errors import InputError
from callqa.kept import Payment, read_payments
from callqa.sources import Reject


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv(tmp_path: Path, encoding: str, delimiter: str) -> None:
    rows = [["账户", "还款时间", "还款金额"], ["k-1", "2026-03-06 10:00:00", "500.00"], ["k-2", "2026/3/7", "1203.5"]]
    path = write(tmp_path / "p.csv", "\n".join(delimiter.join(row) for row in rows), encoding)
    assert list(read_payments(path)) == [
        Payment("k-1", datetime(2026, 3, 6, 10), Decimal("500.00"), 2),
        Payment("k-2", date(2026, 3, 7), Decimal("1203.50"), 3),
    ]


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2026-03-06", date(2026, 3, 6)),
        ("2026-03-06T10:00:00+08:00", datetime.fromisoformat("2026-03-06T10:00:00+08:00")),
        ("2026-03-06 10:00", datetime(2026, 3, 6, 10)),
        ("2026/03/06 10:00:01", datetime(2026, 3, 6, 10, 0, 1)),
        ("2026.3.6", date(2026, 3, 6)),
        ("20260306", date(2026, 3, 6)),
        ("2026年3月6日", date(2026, 3, 6)),
    ],
)
def test_times(tmp_path: Path, cell: str, moment: datetime | date) -> None:
    path = write(tmp_path / "p.csv", f"account_id,paid_at,amount\nk1,{cell},5\n")
    assert list(read_payments(path)) == [Payment("k1", moment, Decimal(5), 2)]


def test_amounts_as_people_write_them(tmp_path: Path) -> None:
    path = write(tmp_path / "p.csv", 'account_id,paid_at,amount\nk1,2026-03-06,"1,234.50"\nk1,2026-03-06,￥500\nk1,2026-03-06,500元\n')
    assert [one.amount for one in read_payments(path) if isinstance(one, Payment)] == [Decimal("1234.50"), Decimal(500), Decimal(500)]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (",2026-03-06,5", "account_id"),
        ("k1,,5", "paid_at"),
        ("k1,2026-13-06,5", "paid_at"),
        ("k1,soon,5", "paid_at"),
        ("k1,2026-03-06,", "amount"),
        ("k1,2026-03-06,five", "amount"),
        ("k1,2026-03-06,0", "amount"),
        ("k1,2026-03-06,-5", "amount"),
        ("k1,2026-03-06,1.005", "amount"),
        ("k1,2026-03-06,inf", "amount"),
        ("k1", "paid_at"),
    ],
)
def test_a_bad_row_is_rejected_by_line_and_field_and_the_others_go_on(tmp_path: Path, row: str, field: str) -> None:
    path = write(tmp_path / "p.csv", f"account_id,paid_at,amount\nk0,2026-03-06,5\n{row}\n\nk2,2026-03-06,7\n")
    good, bad, last = read_payments(path)
    assert isinstance(good, Payment)
    assert isinstance(last, Payment)
    assert last.line == 5
    assert isinstance(bad, Reject)
    assert (bad.line, bad.field, bad.file) == (3, field, str(path))


def test_xlsx(tmp_path: Path) -> None:
    path = tmp_path / "p.xlsx"
    frame = pandas.DataFrame({"账户": [2041, 2042], "入账日期": [datetime(2026, 3, 6, 10), "2026-03-07"], "金额": [500.1, "x"]})
    frame.to_excel(path, index=False)
    good, bad = read_payments(path)
    assert good == Payment("2041", datetime(2026, 3, 6, 10), Decimal("500.10"), 2)
    assert isinstance(bad, Reject)
    assert (bad.line, bad.field) == (3, "amount")


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    table = pyarrow.table({"account_id": ["k1"], "paid_at": [date(2026, 3, 6)], "amount": [Decimal("500.10")]})
    parquet.write_table(table, path)
    assert list(read_payments(path)) == [Payment("k1", date(2026, 3, 6), Decimal("500.10"), 1)]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("p.csv", "account_id,amount\nk1,5\n", "no column for paid_at"),
        ("p.csv", "", "no column for account_id"),
        ("p.doc", "", "must be .csv"),
        ("p.xlsx", "not a workbook", "no readable workbook"),
        ("p.parquet", "not parquet", "no readable Parquet"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        list(read_payments(write(tmp_path / name, text)))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        list(read_payments(tmp_path / "p.csv"))
