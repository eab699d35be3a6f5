"""Numerals of speech, against values written by hand and against cn2an where that is right."""

from __future__ import annotations

from decimal import Decimal

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.text.numerals import find_numbers, read_number, scan_number
from tests.speech import say_number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("三万五", 35000),
        ("一百零五", 105),
        ("两百五", 250),
        ("两千零五", 2005),
        ("一万零五百", 10500),
        ("一万零五", 10005),
        ("十五", 15),
        ("廿六", 26),
        ("一百一十", 110),
        ("1万2", 12000),
        ("1万2000", 12000),
        ("5k", 5000),
        ("3w5", 35000),
        ("壹仟贰佰", 1200),
        ("三三零九", 3309),
        ("12,345.60", Decimal("12345.60")),
        ("四百三十一点五", Decimal("431.5")),
        ("三点五万", 35000),
        ("九四一点二四", Decimal("941.24")),
        ("一亿二", 120_000_000),
    ],
)
def test_read_number(text: str, value: Decimal | int) -> None:
    assert read_number(text) == value


@pytest.mark.parametrize("text", ["", "块", "三千块", "百", "点五", "三点"])
def test_read_number_refuses_what_is_no_numeral(text: str) -> None:
    assert read_number(text) is None


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("三百五百的", [300, 500]),
        ("两三千", [2000]),
        ("三五百", [300]),
        ("一千五六", [1500]),
        ("一万二三", [12000]),
        ("九百六一把还", [960, 1]),
        ("16十六号", [16, 16]),
        ("一千五最多", [1500]),
    ],
)
def test_runs_of_numerals_are_told_apart(text: str, values: list[int]) -> None:
    assert [number.value for number in find_numbers(text)] == values


def test_a_pair_of_neighbours_is_loose() -> None:
    number = scan_number("两三千", 0)
    assert number is not None
    assert number.loose
    exact = scan_number("两千", 0)
    assert exact is not None
    assert not exact.loose


@given(st.integers(min_value=0, max_value=99_999_999), st.booleans(), st.booleans())
def test_any_number_said_is_read_back(number: int, short: bool, liang: bool) -> None:
    assert read_number(say_number(number, short=short, liang=liang)) == number


@given(st.integers(min_value=1, max_value=99_999_999))
def test_agrees_with_cn2an_on_written_numerals(number: int) -> None:
    written = cn2an.an2cn(number)
    assert read_number(written) == number == cn2an.cn2an(written, "strict")


def test_speech_is_what_cn2an_is_not_made_for() -> None:
    assert read_number("三万五") == 35000
    with pytest.raises(ValueError, match="三万五"):
        cn2an.cn2an("三万五", "strict")


@given(st.text(alphabet="零一二三四五六七八九十百千万亿两点.0123456789,块号 ", max_size=12))
def test_no_text_breaks_the_reader(text: str) -> None:
    end = 0
    for number in find_numbers(text):
        assert end <= number.start < number.end <= len(text)
        assert number.value.is_finite()
        end = number.end
