from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from callqa.export.cells import safe_cell
from callqa.export.sheet import CsvTable


@pytest.mark.parametrize("text", ["=1+1", "+86", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "　=cmd|' /C calc'!A0", "\x00=1"])
def test_a_formula_is_shown_not_run(text: str) -> None:
    assert safe_cell(text).startswith("'")


@pytest.mark.parametrize("value", ["好的", "a=b", "", " ", "1-2", -5, 1.5, None, date(2026, 3, 5)])
def test_other_values_stay(value: object) -> None:
    assert safe_cell(value) is value or safe_cell(value) == value


HARMFUL = ',"\r\n\x00=+-@＝＋－＠ \u00a0\u3000a好；'
CELLS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.text(alphabet=HARMFUL, max_size=4))


@given(st.lists(st.lists(CELLS, max_size=4), max_size=4))
@example([["", ""], [""], [], [None], [-5, "-5"], ["a", "=1"], ["好,", "x"], [" ", "b"]])
def test_a_table_is_what_the_csv_module_writes_of_safe_cells(rows: list[list[object]]) -> None:
    expected = io.StringIO(newline="")
    csv.writer(expected).writerows([safe_cell(cell) for cell in row] for row in rows)
    table = CsvTable()
    table.add(rows)
    assert table.take() == expected.getvalue().encode()
    assert table.take() == b""
