"""Which days to ask the provincial axis for; pure functions.

The axis lists by Vietnamese dates and keeps settled packets in its lists, so a reader chooses the
days: from far enough back that nothing is missed, in pieces that stay short.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from connector.eoffice.vxp_rows import DAY_FIRST, YEAR_FIRST

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """The dates ``fromDate`` and ``toDate`` of one request."""

    first: date
    last: date

    def parameters(self) -> dict[str, str]:
        """Return the dates as the axis reads them, ``yyyy/MM/dd`` (guide v2.2)."""
        return {"fromDate": f"{self.first:%Y/%m/%d}", "toDate": f"{self.last:%Y/%m/%d}"}

    def halves(self) -> tuple["Window", ...]:
        """Split in two that share a day; empty where there is nothing to split."""
        days = (self.last - self.first).days
        if days < 2:
            return ()
        middle = self.first + DAY * (days // 2)
        return (Window(self.first, middle), Window(middle, self.last))


def local_date(at: datetime) -> date:
    """Return the date in Việt Nam of an aware instant."""
    return at.astimezone(ZONE).date()


def day_of(created: str) -> date | None:
    """Return the day of a time as the axis writes it, None for a form that is not known."""
    try:
        if found := YEAR_FIRST.match(created):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := DAY_FIRST.match(created):
            return date(int(found[3]), int(found[2]), int(found[1]))
    except ValueError:
        pass
    return None


def windows(first: date, today: date, length: int) -> Iterator[Window]:
    """Yield windows of at most ``length`` days from ``first`` to tomorrow, oldest first.

    Each shares a day with the next, and the last one reaches into tomorrow: whether the axis
    counts the day of ``toDate`` itself is not documented, nor how far its clock is from ours.
    """
    end = today + DAY
    start = min(first, today)
    while start < end:
        last = min(start + DAY * length, end)
        yield Window(start, last)
        start = last
