"""Time spent trying: what stood still meanwhile does not count."""

from datetime import datetime, timedelta

STOP = timedelta(hours=12)
"""What was due and not tried for longer stood still; waits and turns are far shorter."""


def without_stop(since: datetime | None, awaited: datetime, at: datetime) -> datetime:
    """Return since when something has been tried, seen from an attempt at ``at``.

    ``since`` is what was known before, ``awaited`` when this attempt was due: later by more than
    ``STOP`` it stood still, and a stop is no time spent trying.
    """
    # What a clock that was ahead has noted would make the patience last for as long.
    if since is None or since > at:
        return at
    late = at - awaited
    return since + (late if late > STOP else timedelta())
