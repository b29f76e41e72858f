"""Working days of a Vietnamese state office, and the deadlines that follow from them.

Public holidays (Bộ luật Lao động 2019, Điều 112) come from a table that is made from the
``holidays`` library; the yearly announcement (days off swapped with make-up Saturdays) is
configuration and wins over it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from domain.campaign import RoundRule

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
_SATURDAY = 5


_HOLIDAYS = Path(__file__).with_name("public_holidays.txt")
"""One day a line, and its name. The library itself would load the calendars of 250 countries into
every daemon; `tests/unit/schedulers/test_public_holidays.py` compares them and writes the table.
"""


@cache
def _public_holidays() -> frozenset[date]:
    lines = _HOLIDAYS.read_text(encoding="utf-8").splitlines()
    return frozenset(date.fromisoformat(line.partition(" ")[0]) for line in lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingCalendar:
    """Which days are worked. ``off`` and ``worked`` are the announced exceptions."""

    off: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()

    @classmethod
    def of(cls, off: Iterable[date], worked: Iterable[date]) -> "WorkingCalendar":
        """Make a calendar from the announced days off and make-up days."""
        return cls(off=frozenset(off), worked=frozenset(worked))

    def is_working(self, day: date) -> bool:
        """Tell whether offices work on ``day``."""
        if day in self.worked:
            return True
        if day in self.off or day.weekday() >= _SATURDAY:
            return False
        return day not in _public_holidays()

    def shift(self, day: date, working_days: int) -> date:
        """Return the working day that lies ``working_days`` after (before, when negative) ``day``.

        Zero gives ``day`` itself when it is worked, else the last working day before it.
        """
        step = timedelta(days=1 if working_days > 0 else -1)
        left = abs(working_days)
        while left or not self.is_working(day):
            day += step
            if self.is_working(day) and left:
                left -= 1
        return day

    def working_days(self, after: date, until: date) -> int:
        """Count the working days after one day up to and including another; 0 when it is past."""
        days = ((after + timedelta(days=n)) for n in range(1, (until - after).days + 1))
        return sum(1 for day in days if self.is_working(day))

    def practical(self, due_on: date, *, before: bool) -> date:
        """Return the last working day on which an answer is safely in time."""
        return self.shift(due_on, -1) if before else self.shift(due_on, 0)


def local_day(instant: datetime) -> date:
    """Return the calendar day in Viet Nam at an instant."""
    return instant.astimezone(LOCAL).date()


def at_local(day: date, clock: time) -> datetime:
    """Return the instant, in UTC, at which it is ``clock`` in Viet Nam on ``day``."""
    return datetime.combine(day, clock, LOCAL).astimezone(UTC)


def end_of(day: date) -> datetime:
    """Return the last second of a day in Viet Nam, in UTC: lateness begins after it."""
    return at_local(day, time(23, 59, 59))


def due_date(rule: RoundRule, year: int) -> date:
    """Return the date that the letter names as deadline in ``year``.

    Raises ``ValueError`` when the rule is not yearly and names no date.
    """
    if rule.yearly:
        return date(year, rule.due_month, rule.due_day)
    if rule.due_on is None:
        raise ValueError("a round that is not yearly needs due_on")
    return rule.due_on


def first_due_date(rule: RoundRule, issued_on: date) -> date:
    """Return the first deadline that falls after the directive's date."""
    due_on = due_date(rule, issued_on.year)
    return due_on if not rule.yearly or due_on > issued_on else due_date(rule, issued_on.year + 1)
