from datetime import UTC, datetime, timedelta

from dondoc.pace import Pace

NOW = datetime(2024, 5, 8, 2, tzinfo=UTC)


def taken(pace: Pace, *seconds: int) -> list[bool]:
    return [pace.take(NOW + timedelta(seconds=s)) for s in seconds]


def test_no_limit_is_no_limit() -> None:
    assert all(taken(Pace(), *[0] * 1000))


def test_so_many_leave_in_any_minute() -> None:
    assert taken(Pace(2), 0, 30, 59, 60, 61, 90) == [True, True, False, True, False, True]


def test_a_clock_that_was_set_back_stops_nothing() -> None:
    assert taken(Pace(1), 3600, 0, 30, 60) == [True, True, False, True]
