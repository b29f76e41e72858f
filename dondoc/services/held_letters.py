"""Letters by mail that wait until this process has looked through our mailbox once.

A store that was set back whole, as with a machine's snapshot, brings its own mark with it: only
what lies in the mailbox shows that letters left which it does not know. So whatever may have left
before this process began waits for the first look. What is planned later goes out: an office whose
mailbox is away for days still gets its letters.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from domain.campaign import Channel
from domain.intents import Probe, Transmit
from domain.state import DispatchState
from domain.status import DispatchStatus
from dondoc.app import App, Inbox, place_of
from dondoc.services.guarding import guarded_intent
from dondoc.services.put_back_signs import looked_lease
from dondoc.services.restored import PLANNED_WITHIN, Doubt, doubt_of, may_have_left
from dondoc.services.transmit import leave_to_person
from schedulers.transmissions import parked

log = structlog.get_logger(__name__)

_LOOKED_FOR_AT_LEAST = timedelta(hours=1)
"""A mailbox is away for a while after its machine has started, too."""

_UNTIL_BURIED = timedelta(minutes=2)
"""In a database that was put back others seem to live who do not: after so long they are buried."""

_NOT_LEFT = (DispatchStatus.PLANNED, DispatchStatus.DEFERRED)


def without_held(
    app: App, intents: Sequence[Transmit | Probe], now: datetime
) -> Sequence[Transmit | Probe]:
    """Return the intents without the letters that wait; a person is asked about one that waited
    for longer than we are patient.
    """
    door, began = app.mail, app.noticing.began
    if door is None or began is None or _looked_through(app, door.inbox, began, now):
        return intents
    doubt = doubt_of(app)
    found: list[Transmit | Probe] = []
    held: list[tuple[Transmit, DispatchState]] = []
    for intent in intents:
        dispatch = app.ledger.get(DispatchState, (intent.dispatch,))
        if isinstance(intent, Transmit) and dispatch and _waits(app, dispatch, began, doubt):
            held.append((intent, dispatch))
        else:
            found.append(intent)
    if held:
        log.warning("letters_wait_for_mailbox", account=door.inbox.name, letters=len(held))
    for intent, dispatch in held:
        if _waited_long(app, dispatch, began, now):
            _ask(app, intent, dispatch, now)
    return found


def _looked_through(app: App, inbox: Inbox, began: datetime, now: datetime) -> bool:
    """Tell whether this process has looked through a mailbox, or another daemon that lives has."""
    if place_of(inbox) in app.noticing.looked:
        return True
    if now - began < _UNTIL_BURIED:
        return False
    if app.workers.take(lease := looked_lease(place_of(inbox))):
        app.workers.leave(lease)
        return False
    return True


def _waits(app: App, dispatch: DispatchState, began: datetime, doubt: Doubt | None) -> bool:
    """Tell whether a letter may have left in a time that the ledger lacks.

    On the exchange a repeat is harmless.
    """
    if dispatch.channel is not Channel.EMAIL or dispatch.status not in _NOT_LEFT:
        return False
    if _decided_now(app, dispatch, began):
        return False
    if may_have_left(dispatch, doubt):
        return True
    if dispatch.attempts:
        return dispatch.changed_at < began
    return dispatch.planned_at <= began + PLANNED_WITHIN


def _decided_now(app: App, dispatch: DispatchState, began: datetime) -> bool:
    """Tell whether a person had it sent again since the start: nobody else repeats what is left
    uncertain.
    """
    before = app.ledger.dispatches_of(dispatch.campaign, dispatch.round, dispatch.office)
    return dispatch.planned_at >= began and any(
        parked(one) and (one.kind, one.channel) == (dispatch.kind, dispatch.channel)
        for one in before
    )


def _waited_long(app: App, dispatch: DispatchState, began: datetime, now: datetime) -> bool:
    # Since it was planned, not since the start: else a daemon that is started anew each day would
    # never come to ask.
    waited = now - dispatch.changed_at > app.patience.give_up
    return waited and now - began > _LOOKED_FOR_AT_LEAST


def _ask(app: App, intent: Transmit, dispatch: DispatchState, now: datetime) -> None:
    days = app.patience.give_up.days
    why = f"it was not sent: for {days} days our mailbox could not be looked through for its trace"
    guarded_intent(app, intent, now, lambda: leave_to_person(app, dispatch, why, now))
