"""Letters that may have left in the time that a restored store knows nothing of.

A letter has the same token whenever it is written, so one that left in that time and is to leave
again is known by what came of it: our blind copy, a delivery report, an answer. Where nothing
proves it, it is sent with the mark of a possible duplicate. On the exchange the sent list may have
it; where it has not, a document that is repeated makes no second one.
"""

from datetime import datetime

import structlog

from domain.campaign import Channel
from domain.errors import PeerRefused, PeerUnavailable
from domain.facts import DispatchAccepted, DispatchAttempted, Event, Fact
from domain.ids import Digest
from domain.state import DispatchState
from domain.status import DispatchStatus
from dondoc.app import App
from dondoc.services.sent_documents import SentDocument, sent_document
from dondoc.services.sent_trace import sent_trace
from dondoc.services.transmit import DoorSign, send_again, transmit

log = structlog.get_logger(__name__)


def send_unless_left(app: App, dispatch: DispatchState, now: datetime) -> DoorSign:
    """Record a letter as sent where something proves that it was, else send it.

    A mail is marked then. Where that cannot be found out now, nothing is sent and nothing recorded.
    """
    try:
        proof = _proof(app, dispatch, now)
    except (PeerUnavailable, PeerRefused) as error:
        log.warning("restored_search_failed", dispatch=dispatch.dispatch, error=str(error))
        return DoorSign.FAILED
    if proof is None:
        if dispatch.channel is Channel.EXCHANGE or app.mail is None:
            return transmit(app, dispatch, now)
        return send_again(app, dispatch, dispatch.attempts + 1, now)
    had_left = (
        left_unseen(dispatch, proof, now)
        if isinstance(proof, str)
        else left_unseen(
            dispatch, proof.said, now, exchange_id=proof.doc_id, evidence=proof.evidence
        )
    )
    app.ledger.append(had_left, recorded_at=now)
    return DoorSign.ANSWERED


def left_unseen(
    dispatch: DispatchState,
    proof: str,
    now: datetime,
    *,
    exchange_id: str | None = None,
    evidence: Digest | None = None,
) -> list[Event]:
    """Return that a letter left although the ledger did not see it: its attempt and its outcome.

    Nothing for one that was dropped: what becomes of it is told by whatever proves it.
    """
    if dispatch.status not in (DispatchStatus.PLANNED, DispatchStatus.DEFERRED):
        return []
    number = dispatch.attempts + 1
    attempted = DispatchAttempted(
        dispatch=dispatch.dispatch, about=dispatch.about, attempt=number, marked=dispatch.marked
    )
    accepted = DispatchAccepted(
        dispatch=dispatch.dispatch,
        about=dispatch.about,
        answer=proof,
        exchange_id=exchange_id,
        probed=True,
    )
    log.warning("dispatch_had_left", dispatch=dispatch.dispatch)
    proving = evidence or dispatch.content
    return [
        _event(dispatch, f"attempt {number}", attempted, now, dispatch.content),
        _event(dispatch, f"outcome {number}", accepted, now, proving),
    ]


def _event(dispatch: DispatchState, key: str, fact: Fact, now: datetime, proof: Digest) -> Event:
    return Event(
        source="dispatch",
        source_key=f"{dispatch.dispatch} {key}",
        occurred_at=now,
        fact=fact,
        evidence=proof,
    )


def _proof(app: App, dispatch: DispatchState, now: datetime) -> str | SentDocument | None:
    match dispatch.channel:
        case Channel.EXCHANGE:
            return sent_document(app, dispatch, now)
        case Channel.EMAIL:
            return (sent_trace(app, app.mail, dispatch).proof or None) if app.mail else None
