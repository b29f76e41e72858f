"""When a wait is over, also one that a wrong clock counted."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.waiting import LONGEST_WAIT, wait_is_over

NOW = datetime(2024, 10, 1, 2, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("ahead", "over"),
    [
        (-SECOND, True),
        (timedelta(), True),
        (SECOND, False),
        (LONGEST_WAIT, False),
        (LONGEST_WAIT + SECOND, True),
        (timedelta(days=30), True),
    ],
)
def test_a_wait_is_over_at_its_end_or_where_no_wait_ends(ahead: timedelta, over: bool) -> None:
    assert wait_is_over(NOW + ahead, NOW) is over
