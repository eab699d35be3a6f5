from __future__ import annotations

from datetime import date

import pytest

from callqa.export.cells import safe_cell


@pytest.mark.parametrize("text", ["=1+1", "+86", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "　=cmd|' /C calc'!A0", "\x00=1"])
def test_a_formula_is_shown_not_run(text: str) -> None:
    assert safe_cell(text).startswith("'")


@pytest.mark.parametrize("value", ["好的", "a=b", "", " ", "1-2", -5, 1.5, None, date(2026, 3, 5)])
def test_other_values_stay(value: object) -> None:
    assert safe_cell(value) is value or safe_cell(value) == value
