"""Amounts of promises: a table written by hand from the guide's rules, and sums said in Chinese read back to the cent."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.promise import promise_amount
from callqa.promise.amounts import FULL, MINIMUM, find_amounts, may_name_amount
from tests.speech import say_amount, say_number

ROWS = [
    line.split("\t")
    for line in Path(__file__).with_name("amounts.tsv").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
AMOUNTS = st.integers(1, 999_999_999).map(lambda cents: Decimal(cents) / 100)


def test_the_table_is_large_enough() -> None:
    assert len(ROWS) >= 250
    assert len({text for text, _ in ROWS}) == len(ROWS)


@pytest.mark.parametrize(("text", "meant"), ROWS, ids=[text for text, _ in ROWS])
def test_amount(text: str, meant: str) -> None:
    found = promise_amount(text)
    if meant in ("minimum", "full"):
        assert found == meant
    else:
        assert found == (None if meant == "-" else Decimal(meant))


@given(AMOUNTS, st.booleans(), st.booleans())
def test_any_sum_said_is_read_back_to_the_cent(amount: Decimal, liang: bool, last_unit: bool) -> None:
    assert promise_amount(f"我先还{say_amount(amount, liang=liang, last_unit=last_unit)}") == amount


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("一块一", "1.10"),
        ("一块一吧", "1.10"),
        ("一块一毛", "1.10"),
        ("一块一毛一", "1.11"),
        ("一块一五", "1.15"),
        ("两块一", "2.10"),
        ("五百块一共", "500"),
    ],
)
def test_one_yuan_and_one_jiao_are_a_sum(said: str, meant: str) -> None:
    assert promise_amount(f"我先还{said}") == Decimal(meant)


@pytest.mark.parametrize("said", ["一块儿还", "一块还", "一块一块还", "一块一起还", "跟下个月一块", "一块一共还"])
def test_one_kuai_for_together_is_no_sum(said: str) -> None:
    assert promise_amount(f"我{said}了吧") is None


@given(AMOUNTS)
def test_any_sum_in_figures_is_read_back_to_the_cent(amount: Decimal) -> None:
    assert promise_amount(f"我先还{amount:.2f}元") == amount


@given(st.integers(100, 9_999_999), st.booleans())
def test_a_sum_with_the_last_unit_left_away(yuan: int, liang: bool) -> None:
    assert promise_amount(f"还{say_number(yuan, short=True, liang=liang)}") == yuan


@given(st.integers(100, 99_999), st.integers(1, 28))
def test_a_sum_run_into_a_day(yuan: int, day: int) -> None:
    assert promise_amount(f"{say_number(day)}号还{say_number(yuan)}块") == yuan


def test_amounts_are_decimals_never_floats() -> None:
    found = promise_amount("还三块二毛七")
    assert isinstance(found, Decimal)
    assert str(found) == "3.27"


@given(st.text(alphabet="还最低全部一二三千百万块毛分多两，。 0123456789.剩下欠了号月", max_size=24))
def test_no_text_breaks_the_reader(text: str) -> None:
    found = promise_amount(text)
    assert found is None or found in ("minimum", "full") or Decimal(0) < Decimal(found) == Decimal(found).quantize(Decimal("0.01"))


@pytest.mark.parametrize("pattern", [FULL, MINIMUM])
@given(data=st.data())
def test_the_quick_look_passes_over_no_amount(pattern: re.Pattern[str], data: st.DataObject) -> None:
    assert may_name_amount(data.draw(st.from_regex(pattern)))


@given(st.text(st.sampled_from("零二两三十百千万廿五块元毛分多来几kW12.，最全都还清了不低还")))
def test_what_the_quick_look_passes_over_names_no_amount(text: str) -> None:
    assert may_name_amount(text) or not find_amounts(text)
