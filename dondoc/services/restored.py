"""After a store was filled from a backup: what happened in the time that it knows nothing of."""

from datetime import datetime, timedelta

from domain.campaign import Channel
from domain.state import DispatchState, RestorationState
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
    """Tell whether a letter that the ledger never saw leave may have left; see above.

    On the exchange that does not matter: a document that is repeated makes no second one.
    """
    first = dispatch.channel is Channel.EMAIL and not dispatch.attempts
    return first and until is not None and dispatch.planned_at <= until
