"""Lunar days and holidays, against dates from published calendars."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callqa.text.festivals import FESTIVALS, add_working_days, festival, lunar_of, lunar_to_solar, next_lunar, next_lunar_day


@pytest.mark.parametrize(
    ("year", "new_year"),
    [(2024, date(2024, 2, 10)), (2025, date(2025, 1, 29)), (2026, date(2026, 2, 17)), (2027, date(2027, 2, 6)), (2028, date(2028, 1, 26))],
)
def test_new_years(year: int, new_year: date) -> None:
    assert lunar_to_solar(year, 1, 1) == new_year
    assert lunar_of(new_year) == (year, 1, 1)


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("元宵", date(2026, 3, 3)),
        ("清明", date(2026, 4, 5)),
        ("端午", date(2026, 6, 19)),
        ("中秋", date(2026, 9, 25)),
        ("重阳", date(2026, 10, 18)),
        ("冬至", date(2026, 12, 22)),
        ("除夕", date(2026, 2, 16)),
        ("腊八", date(2026, 1, 26)),
    ],
)
def test_festivals_of_2026(name: str, day: date) -> None:
    assert festival(name, date(2026, 1, 1)) == day


def test_the_winter_solstice_is_that_of_the_year_asked_for() -> None:
    assert festival("冬至", date(2026, 12, 25)) == date(2027, 12, 22)
    assert festival("冬至", date(2026, 3, 5), year=2027) == date(2027, 12, 22)


def test_a_holiday_ends_as_the_state_council_says_where_it_has_said() -> None:
    assert festival("国庆", date(2025, 9, 20), "after") == date(2025, 10, 9)  # with the Mid-Autumn Festival, eight days
    assert festival("国庆", date(2040, 9, 20), "after") == date(2040, 10, 8)  # not announced: the usual seven


def test_a_leap_month_s_day_is_told_by_its_number() -> None:
    assert lunar_of(date(2025, 7, 25)) == (2025, 6, 1)  # the leap sixth month's first day


@settings(deadline=None)  # the calendar works a year out when it is first asked
@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)), st.integers(1, 12), st.integers(1, 29))
def test_the_next_lunar_day_is_one_and_lies_ahead(today: date, month: int, day: int) -> None:
    found = next_lunar(today, month, day)
    assert found is not None
    assert 0 <= (found - today).days <= 385 + 30
    assert lunar_of(found)[1:] == (month, day)


@settings(deadline=None)  # the calendar works a year out when it is first asked
@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)), st.integers(1, 10))
def test_a_lunar_day_without_a_month_lies_ahead(today: date, day: int) -> None:
    found = next_lunar_day(today, day)
    assert found is not None
    assert found >= today
    assert lunar_of(found)[2] == day


@settings(deadline=None)  # the calendar works a year out when it is first asked
@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)), st.sampled_from(sorted(FESTIVALS)))
def test_before_the_day_and_after_it_come_in_order(today: date, name: str) -> None:
    year = today.year + 1
    before, day = festival(name, today, "before", year), festival(name, today, "day", year)
    last, after = festival(name, today, "last", year), festival(name, today, "after", year)
    assert before is not None
    assert day is not None
    assert last is not None
    assert after is not None
    assert before <= day <= last < after


def test_working_days_pass_over_holidays_and_count_the_days_worked_instead() -> None:
    assert add_working_days(date(2026, 3, 5), 1) == date(2026, 3, 6)
    assert add_working_days(date(2026, 3, 5), 2) == date(2026, 3, 9)
    assert add_working_days(date(2026, 9, 30), 1) == date(2026, 10, 8)
    assert add_working_days(date(2026, 10, 9), 1) == date(2026, 10, 10)  # a Saturday that is worked
