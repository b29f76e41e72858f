"""Days that the provincial axis is asked for."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.eoffice.lgsp_window import Window, day_of, local_date, windows

TODAY = date(2024, 5, 8)


def test_the_day_is_that_of_vietnam() -> None:
    assert local_date(datetime(2024, 5, 7, 17, 0, tzinfo=UTC)) == TODAY
    assert local_date(datetime(2024, 5, 7, 16, 59, tzinfo=UTC)) == TODAY - timedelta(days=1)


def test_parameters() -> None:
    window = Window(date(2024, 1, 2), TODAY)
    assert window.parameters() == {"fromDate": "2024/01/02", "toDate": "2024/05/08"}


@given(st.integers(-3, 400), st.integers(1, 60))
def test_windows_leave_no_day_out_and_share_one(back: int, length: int) -> None:
    first = TODAY - timedelta(days=back)
    found = list(windows(first, TODAY, length))
    assert found[0].first == min(first, TODAY)
    assert found[-1].last == TODAY + timedelta(days=1)
    assert all(0 < (window.last - window.first).days <= length for window in found)
    assert all(left.last == right.first for left, right in pairwise(found))


@given(st.integers(1, 40))
def test_halves_leave_no_day_out(days: int) -> None:
    window = Window(TODAY, TODAY + timedelta(days=days))
    halves = window.halves()
    if days < 2:
        assert halves == ()
    else:
        left, right = halves
        assert (left.first, left.last, right.last) == (window.first, right.first, window.last)
        assert left < window < right


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024/05/08 09:00:00", TODAY),
        ("2024-05-08T09:00:00", TODAY),
        ("08/05/2024 09:00:00", TODAY),
        ("2024/13/08", None),
        ("40/05/2024", None),
        ("1715133600000", None),
        ("", None),
    ],
)
def test_the_day_of_a_time(text: str, day: date | None) -> None:
    assert day_of(text) == day
