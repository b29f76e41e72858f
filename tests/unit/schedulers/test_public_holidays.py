"""The table of public holidays is what the ``holidays`` library says.

With DONDOC_REGENERATE set the table is written first; do so when the library knows of a change.
"""

import os
from datetime import date, timedelta

import holidays
import pytest

from schedulers.calendar import WorkingCalendar
from tests.checkout import ROOT

TABLE = ROOT / "schedulers/public_holidays.txt"
YEARS = range(1950, 2101)
"""Those of which the library knows the moon."""


@pytest.fixture(scope="module")
def known() -> dict[date, str]:
    found = holidays.country_holidays("VN", years=YEARS, language="vi")
    return {day: name for day, name in sorted(found.items()) if day.year in YEARS}


def test_the_table_is_what_the_library_says(known: dict[date, str]) -> None:
    wanted = "".join(f"{day} {name}\n" for day, name in known.items())
    if os.environ.get("DONDOC_REGENERATE"):
        TABLE.write_text(wanted, encoding="utf-8")
    assert TABLE.read_text(encoding="utf-8") == wanted


def test_weekdays_are_worked_but_for_these_days(known: dict[date, str]) -> None:
    calendar = WorkingCalendar()
    day = date(YEARS[0], 1, 1)
    while day.year in YEARS:
        free = day.weekday() >= 5 or day in known
        assert calendar.is_working(day) is not free, day
        day += timedelta(days=1)
