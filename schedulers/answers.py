"""Until when a document that came is to be answered (Nghị định 30/2020/NĐ-CP, Điều 21)."""

from datetime import datetime, time

from schedulers.calendar import WorkingCalendar, at_local, local_day

_CLOSING = time(17, 0)
"""End of office hours; later nobody is there who could look."""


def answer_by(calendar: WorkingCalendar, came: datetime) -> datetime:
    """Return the end of the working day on which a document came.

    What comes after hours or on a day off counts as having come on the next working day.
    """
    day = local_day(came)
    closing = at_local(day, _CLOSING)
    if calendar.is_working(day) and came <= closing:
        return closing
    return at_local(calendar.shift(day, 1), _CLOSING)
