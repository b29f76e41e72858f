"""After the ledger became an older one: what happened in the time that it knows nothing of."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.facts import Event, StoreReconciled
from domain.state import DispatchState, RestorationState
from domain.status import DispatchStatus
from dondoc.app import App, ExchangeDoor, Inbox, place_of

LATELY = timedelta(days=14)
"""How long mail of the lost time is looked for: an office may well answer a week after it. After
as long an exchange that cannot be asked is not waited for any more."""

PLANNED_WITHIN = timedelta(days=1)
"""What fell due in the lost time is planned anew as soon as the daemon works again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Which letters may have left in the lost time: those that were planned until ``until``, always
    where that is None, and those that were put off until ``restored_at``.
    """

    restored_at: datetime
    until: datetime | None


def folders_of(app: App, inbox: Inbox, now: datetime) -> tuple[str, ...]:
    """Return the folders to take in; what was filed in the lost time lies in one more."""
    if not inbox.filed_in or not restored_lately(app, now):
        return inbox.folders
    return (*inbox.folders, inbox.filed_in)


def restored_lately(app: App, now: datetime) -> bool:
    """Tell whether what was not known so far is explained by a restoration."""
    found = (_reconciled_at(app, row) for row in app.ledger.select(RestorationState))
    return any(at is None or at > now - LATELY for at in found)


def doubt_of(app: App) -> Doubt | None:
    """Return which letters may have left in the lost time; None where the ledger lacks nothing."""
    rows = app.ledger.select(RestorationState)
    if not rows:
        return None
    found = [_reconciled_at(app, row) for row in rows]
    ends = [at + PLANNED_WITHIN for at in found if at is not None]
    return Doubt(
        restored_at=max(row.restored_at for row in rows),
        until=max(ends) if len(ends) == len(rows) else None,
    )


def may_have_left(dispatch: DispatchState, doubt: Doubt | None) -> bool:
    """Tell whether a letter that the ledger did not see leave may have left; see above.

    One that was put off before may have left at a later attempt, of which nothing is known.
    """
    if doubt is None:
        return False
    if dispatch.attempts:
        put_off = dispatch.status is DispatchStatus.DEFERRED
        return put_off and dispatch.changed_at <= doubt.restored_at
    return doubt.until is None or dispatch.planned_at <= doubt.until


def may_be_repeated(app: App, dispatch: DispatchState, doubt: Doubt | None) -> bool:
    """Tell whether an uncertain letter may have been repeated in the lost time.

    So it is with one whose newest attempt the ledger knew already when it was put back.
    """
    if doubt is None:
        return False
    attempt = app.ledger.find("dispatch", f"{dispatch.dispatch} attempt {dispatch.attempts}")
    return attempt is not None and attempt.event.occurred_at <= doubt.restored_at


def note_reconciled(app: App, now: datetime) -> None:
    """Record of each restoration that everything which tells of the lost time was asked since.

    So it is at the end of a taking in that reached our mailbox and the exchange.
    """
    open_ones = [
        row
        for row in app.ledger.select(RestorationState)
        if _reconciled_at(app, row) is None and _all_asked(app, row, now)
    ]
    events = [
        Event(
            source="store",
            source_key=_key(row),
            occurred_at=now,
            fact=StoreReconciled(restoration=row.restoration),
        )
        for row in open_ones
    ]
    if events:
        app.ledger.append(events, recorded_at=now)


def _all_asked(app: App, row: RestorationState, now: datetime) -> bool:
    if app.mail is not None and not _asked_in(app, app.mail.inbox, now):
        return False
    waited = now - row.restored_at > LATELY
    return app.exchange is None or waited or _answered_in(app.exchange, now)


def _asked_in(app: App, inbox: Inbox, now: datetime) -> bool:
    heard = all(inbox.heard.get(folder) == now for folder in inbox.folders)
    return heard and place_of(inbox) in app.noticing.looked


def _answered_in(door: ExchangeDoor, now: datetime) -> bool:
    return all(door.heard.get(kind) == now for kind in door.kinds)


def _reconciled_at(app: App, row: RestorationState) -> datetime | None:
    found = app.ledger.find("store", _key(row))
    return found.event.occurred_at if found else None


def _key(row: RestorationState) -> str:
    return f"reconciled, {row.restoration}"
