"""What a status message of the exchange changes (gói tin trạng thái, Quyết định 28/2018/QĐ-TTg)."""

from collections.abc import Sequence
from datetime import datetime

from domain.errors import MalformedDocument
from domain.exchange import ExchangeStatus, Packet, StatusPacket
from domain.facts import About, Event, ReceiptRecorded
from domain.kinds import ReviewKind
from domain.machine import dispatch_after
from domain.state import DispatchState, RawState
from domain.status import DispatchEvent, DispatchStatus
from dondoc.app import App
from dondoc.services.exchange_reply import is_receiver
from dondoc.services.outcome import read_event
from dondoc.services.reviews import open_review
from mappings.edxml.read import read_packet

_EVENTS = {
    ExchangeStatus.ARRIVED: DispatchEvent.DELIVERED,
    ExchangeStatus.REJECTED: DispatchEvent.REJECTED,
    ExchangeStatus.REGISTERED: DispatchEvent.REGISTERED,
    ExchangeStatus.ASSIGNED: DispatchEvent.ASSIGNED,
    ExchangeStatus.PROCESSING: DispatchEvent.PROCESSING,
    ExchangeStatus.FINISHED: DispatchEvent.FINISHED,
    ExchangeStatus.RECALL_ASKED: DispatchEvent.RECALL_ASKED,
    ExchangeStatus.RECALL_AGREED: DispatchEvent.RECALL_AGREED,
    ExchangeStatus.RECALL_REFUSED: DispatchEvent.RECALL_REFUSED,
}


def read_status(app: App, raw: RawState, content: bytes, now: datetime) -> Sequence[Event]:
    """Return the receipt that a status message is, once however often it is repeated.

    Raises ``MalformedDocument`` for a document, or a code that the regulation does not have.
    """
    packet, warnings = _packet(content)
    event = _EVENTS[_code(packet)]
    dispatch = _dispatch(app, packet)
    if dispatch is None:
        return [read_event(raw, now, "status of a document that is not ours", About())]
    if not is_receiver(app, dispatch, packet.sender.organ_id):
        return [
            _contradiction(raw, dispatch, now, f"{packet.sender.organ_id} is not the receiver"),
            read_event(raw, now, "status from another unit", dispatch.about),
        ]
    receipt = _receipt(raw, packet, event, dispatch, now)
    found = [receipt]
    if event is DispatchEvent.REJECTED:
        found.append(_rejection(raw, packet, dispatch, now))
    return [*found, read_event(raw, now, f"status {packet.code}", dispatch.about, warnings)]


def status_identity(_app: App, content: bytes) -> str:
    """Return what every statement of the same status shares; raises ``MalformedDocument``.

    A status is a fact about a document: repeated in other words it is the same fact.
    """
    packet, _ = _packet(content)
    return f"{packet.response_for.document_id} {_code(packet)}"


def _packet(content: bytes) -> tuple[StatusPacket, tuple[str, ...]]:
    reading = read_packet(content)
    if isinstance(reading.packet, Packet):
        raise MalformedDocument("the status message", "it is a document, not a status")
    return reading.packet, reading.warnings


def _code(packet: StatusPacket) -> ExchangeStatus:
    try:
        return ExchangeStatus(packet.code.strip().zfill(2))
    except ValueError as error:
        reason = f"its code {packet.code!r} is none of the nine of Quyết định 28/2018/QĐ-TTg"
        raise MalformedDocument("the status message", reason) from error


def _dispatch(app: App, packet: StatusPacket) -> DispatchState | None:
    document_id = packet.response_for.document_id
    found = app.ledger.select(DispatchState, document_id=document_id) if document_id else []
    return found[0] if found else None


def _receipt(
    raw: RawState,
    packet: StatusPacket,
    event: DispatchEvent,
    dispatch: DispatchState,
    now: datetime,
) -> Event:
    fact = ReceiptRecorded(
        dispatch=dispatch.dispatch,
        about=dispatch.about,
        receipt=event,
        detail=f"status {packet.code} {packet.description}".strip(),
        stated_at=packet.at,
    )
    # A unit that took the document after a first refusal may refuse it once more: that is new.
    again = " overruled" if _overruled(dispatch, event) else ""
    key = f"{packet.response_for.document_id} {dispatch.target} {packet.code}{again}"
    return Event(
        source="exchange-status",
        source_key=key,
        occurred_at=min(packet.at, now) if packet.at else now,
        fact=fact,
        evidence=raw.digest,
    )


def _rejection(
    raw: RawState, packet: StatusPacket, dispatch: DispatchState, now: datetime
) -> Event:
    """Let a refusal wait for a person; one that follows the registration contradicts it."""
    if _overruled(dispatch, DispatchEvent.REJECTED):
        return _contradiction(raw, dispatch, now, f"refused although {dispatch.status} before")
    return open_review(
        ReviewKind.REFUSAL,
        f"status {dispatch.dispatch}",
        dispatch.about,
        f"the exchange's receiver refused the document: {packet.description or 'no reason given'}",
        now,
        raw=raw.raw,
        dispatch=dispatch.dispatch,
        evidence=raw.digest,
    )


def _overruled(dispatch: DispatchState, event: DispatchEvent) -> bool:
    """Tell whether it is a refusal that stronger evidence stands against."""
    if event is not DispatchEvent.REJECTED or dispatch.status is DispatchStatus.REJECTED:
        return False
    return dispatch_after(dispatch.status, event) is dispatch.status


def _contradiction(raw: RawState, dispatch: DispatchState, now: datetime, why: str) -> Event:
    return open_review(
        ReviewKind.CONTRADICTION,
        f"status {raw.raw}",
        dispatch.about,
        f"a status message for {dispatch.dispatch} cannot be true: {why}",
        now,
        raw=raw.raw,
        dispatch=dispatch.dispatch,
        evidence=raw.digest,
    )
