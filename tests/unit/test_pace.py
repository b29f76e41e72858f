from datetime import UTC, datetime, timedelta

from dondoc.pace import Pace

NOW = datetime(2024, 5, 8, 2, tzinfo=UTC)


def taken(pace: Pace, *seconds: int) -> list[bool]:
    instants = [NOW + timedelta(seconds=s) for s in seconds]
    rest = iter(instants)
    return [pace.take(lambda: next(rest)) for _ in instants]


def test_no_limit_is_no_limit() -> None:
    assert all(taken(Pace(), *[0] * 1000))


def test_so_many_leave_in_any_minute() -> None:
    assert taken(Pace(2), 0, 30, 59, 60, 61, 90) == [True, True, False, True, False, True]


def test_a_clock_that_was_set_back_stops_nothing() -> None:
    assert taken(Pace(1), 3600, 0, 30, 60) == [True, True, False, True]


def test_threads_that_share_it_count_in_the_order_of_their_instants() -> None:
    pace = Pace(2)
    counting: list[bool] = []

    def clock() -> datetime:
        counting.append(pace._lock.locked())
        return NOW

    assert pace.take(clock)
    assert counting == [True]
