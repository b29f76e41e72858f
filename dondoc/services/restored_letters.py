"""Letters that may have left in the time that a restored store knows nothing of.

A letter has the same token whenever it is written, so one that left in that time and is to leave
again is known by what came of it: our blind copy, a delivery report, an answer. Where nothing
proves it, it is sent with the mark of a possible duplicate.
"""

from datetime import datetime

import structlog

from domain.errors import PeerRefused, PeerUnavailable
from domain.facts import DispatchAccepted, DispatchAttempted, Event, Fact
from domain.mail import Trace
from domain.ports import MailSearch, SentTrace
from domain.state import DispatchState
from dondoc.app import App, MailDoor
from dondoc.services.transmit import DoorSign, send_again

log = structlog.get_logger(__name__)


def send_unless_left(app: App, door: MailDoor, dispatch: DispatchState, now: datetime) -> DoorSign:
    """Record a letter as sent where something proves that it was, else send it, marked.

    Where that cannot be found out now, nothing is sent and nothing recorded.
    """
    try:
        proof = _proof(door, dispatch)
    except (PeerUnavailable, PeerRefused) as error:
        log.warning("restored_search_failed", dispatch=dispatch.dispatch, error=str(error))
        return DoorSign.FAILED
    if proof is None:
        return send_again(app, dispatch, 1, now)
    attempted = DispatchAttempted(
        dispatch=dispatch.dispatch, about=dispatch.about, attempt=1, marked=False
    )
    accepted = DispatchAccepted(
        dispatch=dispatch.dispatch, about=dispatch.about, answer=proof, probed=True
    )
    events = [_event(dispatch, "attempt 1", attempted, now)]
    events.append(_event(dispatch, "outcome 1", accepted, now))
    app.ledger.append(events, recorded_at=now)
    log.warning("dispatch_had_left", dispatch=dispatch.dispatch)
    return DoorSign.ANSWERED


def _event(dispatch: DispatchState, key: str, fact: Fact, now: datetime) -> Event:
    return Event(
        source="dispatch",
        source_key=f"{dispatch.dispatch} {key}",
        occurred_at=now,
        fact=fact,
        evidence=dispatch.content,
    )


def _proof(door: MailDoor, dispatch: DispatchState) -> str | None:
    if isinstance(door.transport, SentTrace) and dispatch.message_id:
        sent = door.transport.trace(dispatch.message_id) is Trace.SENT
        return "its copy lies among the sent items" if sent else None
    box = door.inbox.mailbox
    if not isinstance(box, MailSearch):
        return None
    found = (folder for folder in door.inbox.searched if box.mentions(folder, dispatch.token))
    folder = next(found, None)
    return f"mail in {folder} names it" if folder else None
