"""Until when a document that came is to be answered."""

from datetime import date, datetime, time

import pytest

from schedulers.answers import answer_by
from schedulers.calendar import WorkingCalendar, at_local

CALENDAR = WorkingCalendar(off=frozenset({date(2024, 5, 15)}))


def at(day: int, clock: str) -> datetime:
    return at_local(date(2024, 5, day), time.fromisoformat(clock))


@pytest.mark.parametrize(
    ("came", "by"),
    [
        (at(13, "08:00"), at(13, "17:00")),
        (at(13, "17:00"), at(13, "17:00")),
        (at(13, "00:10"), at(13, "17:00")),
        (at(13, "17:00:01"), at(14, "17:00")),
        (at(14, "23:59"), at(16, "17:00")),
        (at(11, "10:00"), at(13, "17:00")),
        (at(10, "18:00"), at(13, "17:00")),
    ],
)
def test_the_end_of_the_working_day_on_which_it_came(came: datetime, by: datetime) -> None:
    assert answer_by(CALENDAR, came) == by
