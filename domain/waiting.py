"""Instants that were written down, and a clock that may have been wrong then."""

from datetime import datetime, timedelta

LONGEST_WAIT = timedelta(days=1)
"""The most that ``schedule.retry_minutes`` and ``schedule.probe_minutes`` allow."""


def wait_is_over(until: datetime, now: datetime) -> bool:
    """Tell whether what waits until an instant is due.

    An end that is further ahead than any wait lasts was counted by a clock that was ahead, and
    has been set right since: it would hold a letter up for as long as the clock was wrong.
    """
    return until <= now or noted_ahead(until, now)


def noted_ahead(at: datetime, now: datetime) -> bool:
    """Tell whether an instant was noted by a clock that was ahead, and has been set right since.

    A clock that is set back by less, as it may be by an hour, makes nothing that was noted wrong.
    """
    return at > now + LONGEST_WAIT
