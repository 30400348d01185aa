"""Tests of the days without hours."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkwright.registry import holidays

BAD = {
    "2026-2-3": '\'2026-2-3\' is not a day: write "2026-12-25" or "december 25"',
    "20261225": "'20261225' is not a day",
    "dec 25": "'dec 25' is not a day",
    "": "'' is not a day",
    "2026-12-24..": "'' is not a day",
    "2026-02-29": "'2026-02-29' is not a day",
    "december 32": "december has no day 32",
    "december 0": "december has no day 0",
    "february 29": "february 29 is not in every year: write it with its year",
    "february 20..march 2": "'february 20..march 2' contains february 29: write days with their year",
    "december 30..march 2": "'december 30..march 2' contains february 29",
    "2026-12-26..2026-12-24": "'2026-12-26..2026-12-24' ends before it begins",
    "2026-12-24..december 25": "'2026-12-24..december 25' names a year at one end only",
    "2020-01-01..2021-01-01": "'2020-01-01..2021-01-01' is longer than a year",
}


@pytest.mark.parametrize(("text", "message"), BAD.items(), ids=list(BAD))
def test_bad_days_are_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError) as error:
        holidays.merged([text])
    assert str(error.value).startswith(message)


def test_days_are_sorted_and_joined() -> None:
    texts = ("2026-12-24..2026-12-26", "2026-12-26", "December  31..january 1", "march 3", " 2026-12-27 ")
    assert holidays.merged(texts) == ("january 1", "march 3", "december 31", "2026-12-24..2026-12-27")


@given(
    st.lists(st.dates(date(1990, 1, 1), date(2060, 12, 31)), max_size=6),
    st.lists(
        st.dates(date(2023, 1, 1), date(2023, 12, 31)).map(lambda day: f"{holidays.MONTHS[day.month - 1]} {day.day}"),
        max_size=4,
    ),
    st.dates(date(1990, 1, 1), date(2060, 12, 31)),
)
def test_merged_texts_mean_the_same_days(dates: list[date], yearly: list[str], other: date) -> None:
    merged = holidays.merged([*map(str, dates), *yearly])
    assert holidays.merged(merged) == merged
    recurring = {(holidays.MONTHS.index(name) + 1, int(number)) for name, number in (one.split() for one in yearly)}
    for day in (*dates, other, *(one + timedelta(days=1) for one in dates)):
        assert holidays.contains(merged, day) == (day in dates or (day.month, day.day) in recurring)


def test_days_of_every_year_have_no_last_one() -> None:
    assert holidays.last_day(("2026-12-24..2026-12-26", "2025-01-01")) == date(2026, 12, 26)
    assert holidays.last_day(("december 25", "2026-12-24")) is None
    assert holidays.last_day(()) is None
