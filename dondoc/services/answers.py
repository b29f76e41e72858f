"""What Dondoc answers the sender of a document: statuses of Quyết định 28/2018/QĐ-TTg.

An answer is planned in the transaction that records the reading, and leaves in the same turn
(``answering``): Nghị định 30/2020/NĐ-CP, Điều 21 asks for notice on the day of arrival. It goes
back through the door by which the document came. A status message is never answered but by the
15 or 16 that a request to take back calls for.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum

from domain.errors import MalformedDocument
from domain.exchange import Ability, ExchangeStatus, Packet, ResponseFor, StatusPacket
from domain.facts import (
    About,
    AnswerPlanned,
    DirectiveTaken,
    Event,
    RawRead,
    ReplyRecorded,
    ReviewOpened,
    RevocationReceived,
)
from domain.ids import AnswerId, OrganId, digest_of
from domain.kinds import Answering, RawChannel, ReviewKind
from domain.state import RawState
from dondoc.app import App, ExchangeDoor
from dondoc.services.organs import same_organ
from dondoc.services.packets import packet_of
from mappings.edxml.status_words import WORDS
from mappings.edxml.write import write_status

SOURCE = "answer"

_LENGTH = 16


class _Standing(Enum):
    """What a document is to Dondoc once it has been read."""

    OTHERS = "others"
    WAITS = "waits"
    REGISTERED = "registered"


def planned_answer(
    app: App,
    raw: RawState,
    document: Packet | ResponseFor,
    status: ExchangeStatus,
    now: datetime,
    *,
    about: About | None = None,
    description: str = "",
    again: str = "",
) -> list[Event]:
    """Return the event that plans a status about a document; nothing where none is due.

    ``raw`` is the input that calls for it and ``document`` what it is about: the document itself
    or, for a request to take one back, the pointer to it with the OrganId of who asks. None is due
    for our own unit's documents, without sender or DocumentId, through a door that cannot send or
    that is not to answer, and when it was planned before: a document that is delivered twice is
    answered once. ``again`` tells one request from the next where the same status may be due anew.
    """
    pointer = document if isinstance(document, ResponseFor) else _pointer(document)
    door = _door_back(app, raw)
    if door is None or not pointer.organ_id or not _answerable(app, pointer):
        return []
    key = " ".join((pointer.organ_id.strip(), pointer.document_id.strip(), status, again)).strip()
    if app.ledger.find(SOURCE, key) is not None:
        return []
    written = StatusPacket(
        sender=app.unit,
        response_for=pointer,
        code=status,
        description=description or WORDS[status],
        at=raw.arrived_at if status is ExchangeStatus.ARRIVED else now,
    )
    fact = AnswerPlanned(
        answer=AnswerId(f"{status}-{digest_of(key.encode())[:_LENGTH]}"),
        raw=raw.raw,
        about=about or About(),
        code=status,
        account=door.name,
        target=pointer.organ_id,
        document_id=pointer.document_id,
        content=app.evidence.put(write_status(written)),
    )
    return [
        Event(source=SOURCE, source_key=key, occurred_at=now, fact=fact, evidence=raw.digest),
    ]


def answers_to(
    app: App, raw: RawState, packet: Packet, events: Sequence[Event], now: datetime
) -> list[Event]:
    """Return the answers to a document, given the events that follow from its reading.

    01 says that it has come, 03 that it stands in the ledger. What waits for a person has 01 only,
    and so has a document of others where every one is to be answered.
    """
    facts = [event.fact for event in events]
    about = next((fact.about for fact in facts if isinstance(fact, RawRead)), About())
    standing = _standing(facts, about)
    door = _door_back(app, raw)
    if standing is _Standing.OTHERS and (door is None or door.answers is not Answering.ALL):
        return []
    arrived = planned_answer(app, raw, packet, ExchangeStatus.ARRIVED, now, about=about)
    if standing is not _Standing.REGISTERED:
        return arrived
    return [
        *arrived,
        *planned_answer(app, raw, packet, ExchangeStatus.REGISTERED, now, about=about),
    ]


def registered(app: App, raw: RawState, about: About, now: datetime) -> list[Event]:
    """Return the answers to a document that a person has taken into the ledger."""
    if _door_back(app, raw) is None:
        return []
    try:
        packet = packet_of(app, raw).packet
    except MalformedDocument:
        # Whom to answer stands in the file, and nobody can read it.
        return []
    if isinstance(packet, StatusPacket):
        return []
    due = (ExchangeStatus.ARRIVED, ExchangeStatus.REGISTERED)
    return [event for s in due for event in planned_answer(app, raw, packet, s, now, about=about)]


def _door_back(app: App, raw: RawState) -> ExchangeDoor | None:
    """Return the door by which raw input is answered, None where it is not."""
    door = None if raw.channel is RawChannel.MAIL else app.door(raw.account)
    if door is None or door.rehearsal or door.answers is Answering.OFF:
        return None
    return door if Ability.SEND in door.exchange.abilities else None


def _answerable(app: App, pointer: ResponseFor) -> bool:
    ours = same_organ(app, pointer.organ_id or OrganId(""), app.unit.organ_id)
    return bool(pointer.document_id.strip()) and not ours


def _pointer(packet: Packet) -> ResponseFor:
    code = (packet.code_number, packet.code_notation)
    return ResponseFor(
        organ_id=packet.sender.organ_id,
        code="/".join(filter(None, code)),
        document_id=packet.document_id,
        promulgated_on=packet.promulgated_on,
    )


def _standing(facts: Sequence[object], about: About) -> _Standing:
    taken = DirectiveTaken | ReplyRecorded | RevocationReceived
    if any(isinstance(fact, taken) for fact in facts):
        return _Standing.REGISTERED
    asked = [fact.kind for fact in facts if isinstance(fact, ReviewOpened)]
    if asked:
        # An answer to the result is nobody's report: it is in the ledger for a person to read.
        unclear = asked == [ReviewKind.UNCLEAR_REPLY]
        return _Standing.REGISTERED if unclear else _Standing.WAITS
    return _Standing.REGISTERED if about.campaign is not None else _Standing.OTHERS
