"""The working calendar against the announced days of 2024 to 2026."""

import json
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.campaign import RoundRule
from schedulers.calendar import (
    WorkingCalendar,
    at_local,
    due_date,
    end_of,
    first_due_date,
    local_day,
)
from tests.checkout import ROOT

ANNOUNCED = json.loads((ROOT / "tests/data/calendar.json").read_text(encoding="utf-8"))
YEARS = ("2024", "2025", "2026")


def days(table: str) -> list[date]:
    return [date.fromisoformat(day) for year in YEARS for day in ANNOUNCED[table][year]]


OFF = days("off")
WORKED = days("makeup_saturdays")
CALENDAR = WorkingCalendar.of(OFF, WORKED)
CULTURE_DAY = date(2026, 11, 24)
BARE = WorkingCalendar()
DAYS = st.dates(date(2024, 1, 1), date(2026, 12, 31))


def test_exactly_the_announced_days_are_off_on_weekdays() -> None:
    day, found = date(2024, 1, 1), []
    while day.year < 2027:
        if day.weekday() < 5 and not CALENDAR.is_working(day):
            found.append(day)
        day += timedelta(days=1)
    # The library has 24 November 2026 off already; an office that works then announces it.
    assert found == sorted([*OFF, CULTURE_DAY])
    assert WorkingCalendar.of(OFF, [CULTURE_DAY]).is_working(CULTURE_DAY)


@pytest.mark.parametrize("day", WORKED)
def test_make_up_saturdays_are_worked_only_where_announced(day: date) -> None:
    assert day.weekday() == 5
    assert CALENDAR.is_working(day)
    assert not BARE.is_working(day)


@pytest.mark.parametrize(
    ("last", "first"),
    [
        (date(2024, 2, 7), date(2024, 2, 15)),
        (date(2025, 1, 24), date(2025, 2, 3)),
        (date(2026, 2, 13), date(2026, 2, 23)),
    ],
    ids=["2024", "2025", "2026"],
)
def test_tet_is_stepped_over(last: date, first: date) -> None:
    assert CALENDAR.shift(last, 1) == first
    assert CALENDAR.shift(first, -1) == last
    assert CALENDAR.shift(first - timedelta(days=2), 0) == last
    assert CALENDAR.working_days(last, first) == 1


def test_an_announced_exception_wins_over_the_library_both_ways() -> None:
    monday, tet = date(2024, 3, 4), date(2024, 2, 12)
    assert not WorkingCalendar.of([monday], []).is_working(monday)
    assert not BARE.is_working(tet)
    assert WorkingCalendar.of([], [tet]).is_working(tet)
    assert WorkingCalendar.of([monday], [monday]).is_working(monday)


def test_the_day_before_a_sunday_deadline_is_friday() -> None:
    sunday = date(2024, 11, 10)
    assert CALENDAR.practical(sunday, before=True) == date(2024, 11, 8)
    assert CALENDAR.practical(sunday, before=False) == date(2024, 11, 8)
    monday = date(2025, 11, 10)
    assert CALENDAR.practical(monday, before=True) == date(2025, 11, 7)
    assert CALENDAR.practical(monday, before=False) == monday


@pytest.mark.parametrize(
    ("day", "by", "expected"),
    [
        (date(2024, 11, 8), 0, date(2024, 11, 8)),
        (date(2024, 11, 9), 0, date(2024, 11, 8)),
        (date(2024, 11, 9), 1, date(2024, 11, 11)),
        (date(2024, 11, 9), -1, date(2024, 11, 8)),
        (date(2024, 11, 8), 1, date(2024, 11, 11)),
        (date(2024, 11, 8), 5, date(2024, 11, 15)),
        (date(2024, 11, 8), -10, date(2024, 10, 25)),
        (date(2024, 5, 3), 1, date(2024, 5, 4)),
        (date(2024, 5, 6), -1, date(2024, 5, 4)),
        (date(2024, 12, 31), 1, date(2025, 1, 2)),
    ],
)
def test_shift(day: date, by: int, expected: date) -> None:
    assert CALENDAR.shift(day, by) == expected


def test_working_days() -> None:
    assert CALENDAR.working_days(date(2024, 11, 8), date(2024, 11, 15)) == 5
    assert CALENDAR.working_days(date(2024, 5, 3), date(2024, 5, 6)) == 2
    assert CALENDAR.working_days(date(2024, 11, 8), date(2024, 11, 8)) == 0
    assert CALENDAR.working_days(date(2024, 11, 8), date(2024, 11, 1)) == 0


@given(DAYS, st.integers(1, 30))
def test_shifting_and_counting_agree(day: date, by: int) -> None:
    there = CALENDAR.shift(day, by)
    assert CALENDAR.is_working(there)
    assert CALENDAR.working_days(day, there) == by
    if CALENDAR.is_working(day):
        assert CALENDAR.shift(there, -by) == day


@given(DAYS)
def test_the_practical_day_is_worked_and_in_time(day: date) -> None:
    assert CALENDAR.practical(day, before=True) < day
    assert CALENDAR.practical(day, before=False) <= day
    assert CALENDAR.is_working(CALENDAR.practical(day, before=True))


def test_a_day_ends_in_viet_nam_and_is_kept_in_utc() -> None:
    end = end_of(date(2024, 11, 10))
    assert end == datetime(2024, 11, 10, 16, 59, 59, tzinfo=UTC)
    assert end.tzinfo is UTC
    assert local_day(end) == date(2024, 11, 10)
    assert local_day(end + timedelta(seconds=1)) == date(2024, 11, 11)
    assert at_local(date(2024, 11, 10), time(6)) == datetime(2024, 11, 9, 23, tzinfo=UTC)


def test_due_dates_yearly_and_once() -> None:
    yearly = RoundRule(yearly=True, due_month=11, due_day=10)
    once = RoundRule(yearly=False, due_on=date(2024, 6, 30))
    assert due_date(yearly, 2025) == date(2025, 11, 10)
    assert due_date(once, 2025) == date(2024, 6, 30)
    assert first_due_date(yearly, date(2024, 5, 8)) == date(2024, 11, 10)
    assert first_due_date(yearly, date(2024, 11, 10)) == date(2025, 11, 10)
    assert first_due_date(yearly, date(2024, 12, 1)) == date(2025, 11, 10)
    assert first_due_date(once, date(2024, 12, 1)) == date(2024, 6, 30)
    with pytest.raises(ValueError, match="needs due_on"):
        due_date(RoundRule(yearly=False), 2024)
