"""Documents of ours in the exchange's sent list of which the ledger does not know that they left.

A row of the list names no DocumentId. So a row that may be of a letter of ours is proved by the
document itself, which the exchange gives back to its sender; one that it does not give proves
nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog

from domain.campaign import Channel, ExchangeMode
from domain.errors import EvidenceMissing, MalformedDocument, PeerRefused, PeerUnavailable
from domain.exchange import Ability, Packet, PacketKind, SentPacket
from domain.ids import CampaignId, Digest
from domain.state import DirectiveState, DispatchState
from dondoc.app import App, ExchangeDoor
from dondoc.services.packets import packet_in
from mappings.edxml.identifiers import same_code
from mappings.names.fold import fold

log = structlog.get_logger(__name__)

_LOOKED_INTO = 20
"""Documents that are fetched to see whether they are of ours: the latest, for those were lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentDocument:
    """A document that the exchange has: its docId and DocumentId, and the file that shows both."""

    doc_id: str
    document_id: str
    receiver: str
    evidence: Digest

    @property
    def said(self) -> str:
        """Return what it proves, in the words of a server's answer."""
        return f"taken by the exchange, whose sent list has it as {self.doc_id}"


def sent_document(app: App, dispatch: DispatchState, now: datetime) -> SentDocument | None:
    """Return the document of a dispatch that the exchange has already; None where it shows none.

    Raises ``PeerUnavailable`` and ``PeerRefused`` where the list cannot be had now.
    """
    door = _with_list(app)
    if door is None or dispatch.document_id is None:
        return None
    title = fold(dispatch.subject)
    rows = (
        row
        for row in _unknown(app, door, now)
        if row.receiver == dispatch.target and fold(row.title) in ("", title)
    )
    found = (_shown(app, door, row) for row in rows)
    return next((one for one in found if one and one.document_id == dispatch.document_id), None)


def unknown_documents(app: App, now: datetime) -> Iterator[SentDocument]:
    """Yield documents that were sent by our account about our directives and are not recorded.

    The latest first, and only a few. Raises as ``sent_document``.
    """
    door = _with_list(app)
    taken = app.ledger.select(DirectiveState)
    directives = [one for one in taken if _sends(app, one.campaign)]
    if door is None or not directives:
        return
    codes = [one.directive.code for one in directives]
    subjects = [fold(one.directive.subject) for one in directives]

    def may_be_ours(row: SentPacket) -> bool:
        if not row.title and not row.notation:
            return True
        named = any(subject and subject in fold(row.title) for subject in subjects)
        return named or any(same_code(row.notation, code) for code in codes)

    rows = [row for row in _unknown(app, door, now) if may_be_ours(row)]
    for row in rows[: -_LOOKED_INTO - 1 : -1]:
        shown = _shown(app, door, row)
        if shown is not None:
            yield shown


def _sends(app: App, campaign: CampaignId) -> bool:
    rules = app.campaigns.get(campaign)
    return rules is not None and rules.exchange is ExchangeMode.SEND


def _with_list(app: App) -> ExchangeDoor | None:
    door = app.exchange
    return door if door and Ability.SENT_LIST in door.exchange.abilities else None


def _unknown(app: App, door: ExchangeDoor, now: datetime) -> list[SentPacket]:
    """Return the rows of the sent list of which no dispatch has the docId; asked once a turn."""
    if app.noticing.sent is None or app.noticing.sent[0] != now:
        app.noticing.sent = (now, door.exchange.sent(PacketKind.DOCUMENT))
    rows: Sequence[SentPacket] = app.noticing.sent[1]
    sent = app.ledger.select(DispatchState, channel=Channel.EXCHANGE)
    known = {dispatch.exchange_id for dispatch in sent}
    return [row for row in rows if row.doc_id not in known]


def _shown(app: App, door: ExchangeDoor, row: SentPacket) -> SentDocument | None:
    try:
        kept = app.evidence.receive(partial(door.exchange.fetch, row.doc_id)).digest
        packet = packet_in(app, kept).packet
    except (PeerRefused, PeerUnavailable, MalformedDocument, EvidenceMissing) as error:
        log.info("sent_document_not_shown", doc_id=row.doc_id, error=str(error))
        return None
    if not isinstance(packet, Packet):
        return None
    return SentDocument(
        doc_id=row.doc_id,
        document_id=packet.document_id,
        receiver=row.receiver,
        evidence=kept,
    )
