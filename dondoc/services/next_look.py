"""When the next turn has something to do that cannot wait for it."""

from datetime import datetime, timedelta

from domain.state import DispatchState
from domain.status import DispatchStatus
from dondoc.app import App

_WAITING = (DispatchStatus.DEFERRED, DispatchStatus.UNCERTAIN)


def next_look(app: App, now: datetime, pause: timedelta) -> datetime | None:
    """Return when the first wait ends before the next regular turn, ``pause`` after ``now``."""
    waiting = [
        row for status in _WAITING for row in app.ledger.select(DispatchState, status=status)
    ]
    ends = [row.due_at for row in waiting if row.due_at and now < row.due_at < now + pause]
    return min(ends, default=None)
