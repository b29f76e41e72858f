"""Which of several daemons collects a mail account: one at a time, by lease.

Whoever has the lease keeps it for as long as it lives. One that does not reach the server leaves it
to the others for a while, because the fault may lie in its own network only.
"""

from datetime import datetime, timedelta

import structlog

from dondoc.app import App, Inbox

log = structlog.get_logger(__name__)

_FAILURES = 3
"""So often in a row an account may not be reached before it is left to others: a server that is
started anew is back by then."""

_LEFT = timedelta(minutes=2)
"""How long: another one has a turn of its own in that time, and if it fails, too, nobody waits."""


def collected_here(app: App, now: datetime) -> list[Inbox]:
    """Return the accounts that this daemon collects now; their leases are its own."""
    return [inbox for inbox in app.inboxes if _takes(app, inbox, now)]


def note_reached(app: App, inbox: Inbox, reached: bool, now: datetime) -> None:
    """Note whether an account could be reached; its lease is left after some failures in a row.

    Where no other daemon lives it is kept: somebody must go on trying.
    """
    reach = inbox.reach
    reach.failures = 0 if reached else reach.failures + 1
    if reach.failures >= _FAILURES and _others(app):
        log.warning("mailbox_left_to_others", account=inbox.name, failures=reach.failures)
        reach.failures, reach.left = 0, now
        # Whoever takes it over owes the watching from here on.
        inbox.unanswered.clear()
        app.workers.leave(_lease(inbox))


def _takes(app: App, inbox: Inbox, now: datetime) -> bool:
    left = inbox.reach.left
    # A clock that was set back ends the waiting, too.
    if left is not None and timedelta() <= now - left < _LEFT and _others(app):
        return False
    inbox.reach.left = None
    return app.workers.take(_lease(inbox))


def _others(app: App) -> bool:
    return bool(app.workers.alive() - {app.workers.own})


def _lease(inbox: Inbox) -> str:
    return f"mailbox {inbox.name}"
