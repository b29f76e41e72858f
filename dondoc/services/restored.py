"""After the ledger became an older one: what happened in the time that it knows nothing of."""

from datetime import datetime, timedelta

from domain.state import DispatchState, RestorationState
from domain.status import DispatchStatus
from dondoc.app import App, Inbox

_FILED = timedelta(days=14)
"""How long mail that was filed in the lost time is looked for; the daemon starts long before."""

_PLANNED = timedelta(days=1)
"""What fell due in the lost time is planned anew as soon as the daemon works again."""


def folders_of(app: App, inbox: Inbox, now: datetime) -> tuple[str, ...]:
    """Return the folders to take in; what was filed in the lost time lies in one more."""
    if not inbox.filed_in:
        return inbox.folders
    lately = any(row.restored_at > now - _FILED for row in app.ledger.select(RestorationState))
    return inbox.searched if lately else inbox.folders


def doubtful_until(app: App) -> datetime | None:
    """Return until when letters are planned that may have left in the lost time already."""
    restored = [row.restored_at + _PLANNED for row in app.ledger.select(RestorationState)]
    return max(restored, default=None)


def may_have_left(dispatch: DispatchState, until: datetime | None) -> bool:
    """Tell whether a letter that the ledger did not see leave may have left; see above.

    One that was put off before may have left at a later attempt, of which nothing is known.
    """
    if until is None:
        return False
    if dispatch.attempts:
        put_off = dispatch.status is DispatchStatus.DEFERRED
        return put_off and dispatch.changed_at <= until - _PLANNED
    return dispatch.planned_at <= until
