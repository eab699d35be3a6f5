"""Dates of promises: a table written by hand from the guide's rules, and days said in Chinese read back."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.promise import promise_date
from tests.speech import say_day, say_number

ROWS = [
    line.split("\t")
    for line in Path(__file__).with_name("dates.tsv").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
DAYS = st.dates(date(2024, 1, 1), date(2029, 12, 31))


def test_the_table_is_large_enough() -> None:
    assert len(ROWS) >= 250
    assert len({(day, text) for day, text, _ in ROWS}) == len(ROWS)


@pytest.mark.parametrize(("call_day", "text", "meant"), ROWS, ids=[f"{day} {text}" for day, text, _ in ROWS])
def test_date(call_day: str, text: str, meant: str) -> None:
    expected = None if meant == "-" else date.fromisoformat(meant)
    assert promise_date(text, date.fromisoformat(call_day)) == expected


@given(DAYS, st.integers(0, 365), st.booleans(), st.sampled_from("号日"))
def test_any_day_with_its_month_is_read_back(call_day: date, ahead: int, figures: bool, hao: str) -> None:
    day = call_day + timedelta(days=ahead)
    if (day.month, day.day) == (call_day.month, call_day.day):
        day = call_day  # a year on to the day: nobody says that without the year
    if (day.month, day.day) != (2, 29) or ahead < 300:
        assert promise_date(f"我{say_day(day, figures=figures, hao=hao)}还", call_day) == day


@given(DAYS, st.integers(0, 700), st.booleans())
def test_any_day_with_its_year_is_read_back(call_day: date, ahead: int, figures: bool) -> None:
    day = call_day + timedelta(days=ahead)
    assert promise_date(f"我{say_day(day, figures=figures, hao='日', year=True)}还", call_day) == day


@given(DAYS, st.integers(1, 31), st.booleans())
def test_a_day_of_the_month_never_lies_in_the_past(call_day: date, number: int, figures: bool) -> None:
    day = promise_date(f"{number if figures else say_number(number)}号还", call_day)
    assert day is not None
    assert day >= call_day
    assert day.day == number
    assert not any((call_day + timedelta(days=gap)).day == number for gap in range((day - call_day).days))


@given(DAYS, st.integers(0, 6), st.sampled_from(["周", "星期", "礼拜"]))
def test_weekdays(call_day: date, index: int, word: str) -> None:
    name = f"{word}{'一二三四五六日'[index]}"
    soon = promise_date(f"{name}还", call_day)
    next_week = promise_date(f"下{name}还", call_day)
    assert soon is not None
    assert next_week is not None
    assert 0 <= (soon - call_day).days <= 6
    assert soon.weekday() == next_week.weekday() == index
    monday = call_day - timedelta(days=call_day.weekday())
    assert 7 <= (next_week - monday).days <= 13
    assert promise_date(f"这{name}还", call_day) == soon


@given(DAYS, st.integers(1, 60), st.sampled_from(["天内", "天之内", "天后", "天之后"]), st.booleans())
def test_days_counted(call_day: date, count: int, suffix: str, figures: bool) -> None:
    said = f"{count if figures else say_number(count)}{suffix}还"
    assert promise_date(said, call_day) == call_day + timedelta(days=count)


@given(DAYS)
def test_month_ends(call_day: date) -> None:
    last = promise_date("月底还", call_day)
    following = promise_date("下个月还", call_day)
    assert last is not None
    assert following is not None
    assert last.month == call_day.month
    assert (last + timedelta(days=1)).day == (following + timedelta(days=1)).day == 1
    assert last < following <= last + timedelta(days=31)


@given(st.text(alphabet="今明后天下个月周五十二三号底初前内还不，。 0123456789/-农历正月国庆", max_size=24), DAYS)
def test_no_text_names_a_day_that_has_passed(text: str, call_day: date) -> None:
    day = promise_date(text, call_day)
    assert day is None or day >= call_day or str(day.year) in text
