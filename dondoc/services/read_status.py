"""What a status message of the exchange changes (gói tin trạng thái, Quyết định 28/2018/QĐ-TTg)."""

from collections.abc import Sequence
from datetime import datetime

from domain.errors import MalformedDocument
from domain.exchange import ExchangeStatus, Packet, StatusPacket
from domain.facts import About, Event, ReceiptRecorded
from domain.ids import Digest
from domain.kinds import DispatchKind, ReviewKind
from domain.machine import OF_STATUS, dispatch_after
from domain.state import DispatchState, RawState
from domain.status import DispatchEvent, DispatchStatus
from dondoc.app import App
from dondoc.services.followed import proved_by_status
from dondoc.services.live import live_rounds
from dondoc.services.organs import as_listed, same_organ
from dondoc.services.outcome import read_event
from dondoc.services.packets import packet_in
from dondoc.services.pointers import (
    assigned_senders,
    dispatch_of,
    is_receiver,
    latest_letter,
    letters_meant,
    named_in,
    names_letter,
)
from dondoc.services.put_back_signs import seen_in_receipts
from dondoc.services.recall_requests import (
    RECALLS,
    request_for,
    request_number,
    requests_for,
)
from dondoc.services.reviews import open_review
from dondoc.services.revoking import read_request
from schedulers.calendar import local_day


def read_status(app: App, raw: RawState, now: datetime) -> Sequence[Event]:
    """Return the receipt that a status message is, once however often it is repeated.

    Raises ``MalformedDocument`` for a document, or a code that the regulation does not have.
    """
    packet, warnings = _packet(app, raw.digest)
    event = OF_STATUS[_code(packet)]
    if event is DispatchEvent.RECALL_ASKED:
        of_ours = read_request(app, raw, packet, warnings, now)
        if of_ours is not None:
            return of_ours
    meant = _meant(app, packet)
    found: list[Event] = []
    proved = None if meant else proved_by_status(app, packet, raw.digest, now)
    if proved is not None:
        found, meant = [proved[0]], [proved[1]]
    if len(meant) != 1:
        return _of_no_dispatch(app, raw, packet, meant, warnings, now)
    dispatch = meant[0]
    wrong = _wrong_author(app, packet, event, dispatch)
    if wrong:
        return [
            _contradiction(raw, dispatch, now, wrong),
            read_event(raw, now, "status from another unit", dispatch.about, warnings),
        ]
    found.append(_receipt(app, raw, packet, event, dispatch, now))
    if event is DispatchEvent.REJECTED:
        found.append(_rejection(app, raw, packet, dispatch, now))
    if event in _ANSWERS and not _asked_for(app, dispatch):
        why = f"status {packet.code} answers a request that was never made"
        found.append(_contradiction(raw, dispatch, now, why))
    elif event is DispatchEvent.RECALL_REFUSED:
        found.append(_not_given_back(app, raw, packet, dispatch, now))
    found = [*seen_in_receipts(app, found, raw.digest, now), *found]
    return [*found, read_event(raw, now, f"status {packet.code}", dispatch.about, warnings)]


def status_identity(app: App, digest: Digest) -> str:
    """Return what every statement of the same status shares; raises ``MalformedDocument``.

    A status is a fact about a dispatch: repeated in other words, or with another pointer to the
    same dispatch, it is the same fact.
    """
    packet, _ = _packet(app, digest)
    meant = [dispatch.dispatch for dispatch in _meant(app, packet)]
    return f"{' '.join(meant) or packet.response_for.document_id} {_code(packet)}"


def _packet(app: App, digest: Digest) -> tuple[StatusPacket, tuple[str, ...]]:
    reading = packet_in(app, digest)
    if isinstance(reading.packet, Packet):
        raise MalformedDocument("the status message", "it is a document, not a status")
    return reading.packet, reading.warnings


def _code(packet: StatusPacket) -> ExchangeStatus:
    try:
        return ExchangeStatus(packet.code.strip().zfill(2))
    except ValueError as error:
        reason = f"its code {packet.code!r} is none of the nine of Quyết định 28/2018/QĐ-TTg"
        raise MalformedDocument("the status message", reason) from error


def _meant(app: App, packet: StatusPacket) -> list[DispatchState]:
    """Return the dispatch that a status is about; several when it may be any of them.

    The number of a letter that went out in several rounds means the round at the time of the
    status; several campaigns with letters of one number are a person's business.
    """
    answer = packet.response_for
    dispatch = dispatch_of(app, answer.document_id)
    if dispatch is not None:
        return [dispatch]
    if not named_in(answer):
        return []
    found = letters_meant(app, packet.sender.organ_id, answer, live_rounds(app), packet.at)
    duties = {(d.campaign, d.office) for d in found}
    return found if len(duties) > 1 or not found else [latest_letter(found, packet.at)]


def _of_no_dispatch(
    app: App,
    raw: RawState,
    packet: StatusPacket,
    meant: Sequence[DispatchState],
    warnings: tuple[str, ...],
    now: datetime,
) -> Sequence[Event]:
    """Note a status of somebody else's document; let one wait that may be about one of ours."""
    rounds = live_rounds(app)
    offices = assigned_senders(app, packet.sender.organ_id, rounds, local_day(now))
    answer, who = packet.response_for, ", ".join(offices)
    ours = any(names_letter(app, answer, v) for live in rounds for v in live.versions)
    if not meant and (not offices or (named_in(answer) and not ours)):
        return [read_event(raw, now, "status of a document that is not ours", About(), warnings)]
    if meant:
        why = f"it may mean any of {', '.join(d.dispatch for d in meant)}"
    elif ours:
        why = f"{who} names {named_in(answer)}, of which it got nothing on the exchange"
    else:
        why = f"status {packet.code} of {who} names no document"
    outcome = read_event(raw, now, f"{why}; nothing is counted", About(), warnings)
    if _code(packet) is ExchangeStatus.ARRIVED:
        return [outcome]
    office = offices[0] if len(offices) == 1 else None
    review = open_review(
        ReviewKind.CONTRADICTION,
        f"status {raw.raw}",
        About(office=office),
        f"a status message cannot be counted: {why}",
        now,
        candidates=tuple(offices),
        raw=raw.raw,
        evidence=raw.digest,
    )
    return [review, outcome]


def _wrong_author(
    app: App, packet: StatusPacket, event: DispatchEvent, dispatch: DispatchState
) -> str:
    """Say why the author of a status cannot state it, or nothing.

    Only the sender of a document asks to take it back, and only the receiver states all else
    (Quyết định 28/2018/QĐ-TTg).
    """
    organ = packet.sender.organ_id
    if event is DispatchEvent.RECALL_ASKED:
        ours = same_organ(app, organ, app.unit.organ_id)
        return "" if ours else f"{organ} asks to take back a document that it did not send"
    wrong = f"{organ} is not the receiver{as_listed(app, organ)}"
    return "" if is_receiver(app, dispatch, organ) else wrong


def _receipt(
    app: App,
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
    of_recall = event in RECALLS
    number = request_number(app, dispatch, event, packet.at) if of_recall else 0
    recall = f" recall {number}" if of_recall else ""
    if event is DispatchEvent.REJECTED and dispatch.status is DispatchStatus.RECALL_ASKED:
        # It refuses the request, perhaps a further one, and not the document.
        recall = f" recall {len(requests_for(app, dispatch))}"
    return Event(
        source="exchange-status",
        source_key=f"{dispatch.dispatch} {_code(packet)}{again}{recall}",
        occurred_at=_occurred_at(packet, dispatch, now),
        fact=fact,
        evidence=raw.digest,
    )


def _occurred_at(packet: StatusPacket, dispatch: DispatchState, now: datetime) -> datetime:
    """Return the status's own time where it can be true: after the sending, not to come."""
    earliest = dispatch.accepted_at or dispatch.planned_at
    return packet.at if packet.at is not None and earliest <= packet.at <= now else now


_ANSWERS = frozenset({DispatchEvent.RECALL_AGREED, DispatchEvent.RECALL_REFUSED})


def _asked_for(app: App, dispatch: DispatchState) -> bool:
    """Tell whether a 15 or 16 can be an answer: to a request, a replacement, the e-office."""
    if dispatch.followed or dispatch.kind is DispatchKind.REPLACEMENT:
        return True
    asked = dispatch.status in _ASKED_BACK
    return asked or request_for(app, dispatch) is not None


_ASKED_BACK = frozenset(
    {DispatchStatus.RECALL_ASKED, DispatchStatus.RECALLED, DispatchStatus.RECALL_REFUSED}
)


def _not_given_back(
    app: App, raw: RawState, packet: StatusPacket, dispatch: DispatchState, now: datetime
) -> Event:
    """Let it wait that an office keeps, or does not update, what it was asked to."""
    request = request_for(app, dispatch)
    replaces = dispatch.kind is DispatchKind.REPLACEMENT and request is None
    asked = "does not take the replacement" if replaces else "does not give the document back"
    sent = dispatch if replaces else request
    return open_review(
        ReviewKind.RECALL_REFUSED,
        f"status {raw.raw}",
        dispatch.about,
        f"{dispatch.office} {asked} ({packet.code}): {packet.description or 'no reason given'}",
        now,
        raw=raw.raw,
        dispatch=sent.dispatch if sent else None,
        evidence=raw.digest,
    )


def _rejection(
    app: App, raw: RawState, packet: StatusPacket, dispatch: DispatchState, now: datetime
) -> Event:
    """Let a refusal wait for a person; one that follows the registration contradicts it."""
    if dispatch.status is DispatchStatus.RECALL_ASKED:
        return _not_given_back(app, raw, packet, dispatch, now)
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
