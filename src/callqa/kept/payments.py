"""Payments as a back office exports them: CSV, XLSX or Parquet with account, time and amount → `Payment`."""

from __future__ import annotations

import csv
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from callqa.errors import CallqaError, InputError
from callqa.sources import Reject, iter_lines
from callqa.sources.tables import DELIMITERS
from callqa.sources.xlsx import check_size

# headings by field, compared without blanks, underscores and case
HEADINGS: Mapping[str, frozenset[str]] = {
    "account_id": frozenset({"accountid", "account", "账户id", "账户", "账号", "客户号", "客户编号", "合同号", "借据号"}),
    "paid_at": frozenset(
        {"paidat", "paiddate", "paymentdate", "date", "time", "还款时间", "还款日期", "入账时间", "入账日期", "交易时间", "交易日期"}
        | {"到账时间", "日期", "时间"}
    ),
    "amount": frozenset({"amount", "paid", "paidamount", "金额", "还款金额", "实还金额", "入账金额", "交易金额", "到账金额"}),
}
_TIMES = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日")
_MONEY = re.compile(r"[￥¥\s,，元]")
_BATCH = 10_000  # rows of a Parquet file turned into Python values at a time


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment. ``paid_at`` is a day where the export gives no time of day; ``line`` is its line or row in the file."""

    account_id: str
    paid_at: datetime | date
    amount: Decimal  # yuan to the cent
    line: int


def read_payments(path: Path) -> Iterator[Payment | Reject]:
    """The payments of a file, and a reject with line and field for each row that cannot be used.

    Parameters
    ----------
    path
        ``.csv``, ``.tsv``, ``.xlsx`` or ``.parquet``. Columns are found by their headings, Chinese or English.

    Raises
    ------
    InputError
        The file cannot be read, or has no column for one of account_id, paid_at and amount.
    """
    readers = {".csv": _csv_rows, ".tsv": _csv_rows, ".txt": _csv_rows, ".xlsx": _xlsx_rows, ".parquet": _parquet_rows}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise InputError("must be .csv, .tsv, .xlsx or .parquet", file=path)
    if not path.is_file():
        raise InputError("no such file", file=path)
    rows = reader(path)
    _, headings = next(rows, (0, ()))
    where = _columns(headings, path)
    for line, row in rows:
        cells = {field: row[at] if at < len(row) else None for field, at in where.items()}
        if all(cell is None or str(cell).strip() == "" for cell in row):
            continue
        try:
            yield Payment(_account(cells["account_id"]), _moment(cells["paid_at"]), _amount(cells["amount"]), line)
        except InputError as error:
            yield Reject.of(error, file=str(path), line=line)


def _columns(headings: Sequence[Any], path: Path) -> dict[str, int]:
    plain = [re.sub(r"[\s_]|[(（].*?[)）]", "", str(heading or "").lower()).lstrip("\ufeff") for heading in headings]
    where = {}
    for field, names in HEADINGS.items():
        at = next((index for index, heading in enumerate(plain) if heading in names), None)
        if at is None:
            raise InputError(f"no column for {field}; the heading must be {field} or a Chinese name of it", file=path, line=1, field=field)
        where[field] = at
    return where


def _csv_rows(path: Path) -> Iterator[tuple[int, Sequence[Any]]]:
    lines = iter_lines(path)
    numbers: list[int] = []

    def text() -> Iterator[str]:
        for line in lines:
            if line.fault is not None:
                raise InputError(line.fault, file=path, line=line.number)
            numbers.append(line.number)
            yield line.data.decode() + "\n"

    source = text()
    head = next(source, "")
    delimiter = max(DELIMITERS, key=head.count)
    try:
        yield 1, next(csv.reader([head], delimiter=delimiter, strict=True), [])
        numbers.clear()
        for row in csv.reader(source, delimiter=delimiter, strict=True):
            yield numbers[0] if numbers else 0, row
            numbers.clear()
    except csv.Error as exc:
        raise InputError(f"is no readable table ({exc})", file=path, line=numbers[-1] if numbers else None) from exc


def _xlsx_rows(path: Path) -> Iterator[tuple[int, Sequence[Any]]]:
    from openpyxl import load_workbook

    try:
        check_size(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions that a list of payments does not need
            book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except InputError as exc:
        raise InputError(exc.message, file=path) from exc
    except Exception as exc:  # openpyxl raises whatever its parsers do
        raise InputError(f"is no readable workbook ({type(exc).__name__})", file=path) from exc
    try:
        yield from enumerate(book.worksheets[0].iter_rows(values_only=True), 1)
    finally:
        book.close()


def _parquet_rows(path: Path) -> Iterator[tuple[int, Sequence[Any]]]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as exc:
        raise CallqaError("Parquet needs pyarrow: pip install 'callqa[parquet]'", file=path) from exc
    try:
        with parquet.ParquetFile(path) as file:
            yield 0, file.schema_arrow.names
            number = 0
            for batch in file.iter_batches(batch_size=_BATCH):
                for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    number += 1
                    yield number, row
    except pyarrow.ArrowException as exc:
        raise InputError(f"is no readable Parquet file ({type(exc).__name__})", file=path) from exc


def _account(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # a spreadsheet keeps a number of an account as a float
    text = "" if value is None else str(value).strip()
    if not text:
        raise InputError("is missing", field="account_id")
    return text


def _amount(value: Any) -> Decimal:
    if isinstance(value, bool) or value is None or str(value).strip() == "":
        raise InputError("is missing", field="amount")
    try:
        # a float of a spreadsheet is read by its shortest decimal form, which is what the cell shows
        amount = Decimal(_MONEY.sub("", str(value)))
    except InvalidOperation:
        raise InputError("is not a number", field="amount") from None
    if not amount.is_finite() or amount <= 0:
        raise InputError("must be above zero", field="amount")
    if amount != amount.quantize(Decimal("0.01")):
        raise InputError("has more than two decimals", field="amount")
    return amount.quantize(Decimal("0.01"))


def _moment(value: Any) -> datetime | date:
    if isinstance(value, datetime | date):
        return value
    text = "" if value is None else str(value).strip()
    if not text:
        raise InputError("is missing", field="paid_at")
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise InputError("is no date or time", field="paid_at") from None
    for form in (None, *_TIMES):
        try:
            moment = datetime.fromisoformat(text) if form is None else datetime.strptime(text, form)
        except ValueError:
            continue
        return moment if "H" in (form or "H") and not re.fullmatch(r"\d{8}", text) else moment.date()
    raise InputError("is no date or time", field="paid_at")
