"""What a document of the exchange is: a campaign's directive, an answer, or nothing of ours."""

from collections.abc import Sequence
from datetime import datetime

from domain.campaign import Campaign
from domain.directive import StoredFile
from domain.errors import MalformedDocument
from domain.exchange import Packet, StatusPacket
from domain.facts import About, DirectiveTaken, Event
from domain.ids import CampaignId
from domain.kinds import DispatchKind, ReviewKind
from domain.reading import MailAttachment
from domain.state import DirectiveState, DispatchState, RawState
from dondoc.app import App
from dondoc.services.exchange_reply import answer_to_result, read_reply
from dondoc.services.outcome import read_event
from dondoc.services.reviews import open_review
from dondoc.services.rounds import first_round
from dondoc.services.understand import attachment_texts
from mappings.edxml.identifiers import same_organ
from mappings.edxml.read import read_packet
from mappings.intake import refusal_reason, takes, to_directive
from mappings.letter.head import read_head


def read_document(app: App, raw: RawState, content: bytes, now: datetime) -> Sequence[Event]:
    """Return every event that follows from one document of the exchange.

    Raises ``MalformedDocument`` when it cannot be read or is a status message.
    """
    reading = read_packet(content)
    packet = reading.packet
    if isinstance(packet, StatusPacket):
        raise MalformedDocument("the document", "it is a status message, not a document")
    answered = _answered(app, packet)
    if answered is not None:
        forwarded = answered.kind is DispatchKind.COMPILATION
        read = answer_to_result if forwarded else read_reply
        return read(app, raw, packet, answered, reading.warnings, now)
    for campaign in app.campaigns.values():
        if takes(campaign.intake, packet, same_organ=same_organ):
            return _intake(app, raw, campaign, packet, reading.warnings, now)
    return [read_event(raw, now, "no campaign takes it", About(), reading.warnings)]


def _answered(app: App, packet: Packet) -> DispatchState | None:
    """Return the dispatch that a document says it answers (ResponseFor, QCVN 102:2016)."""
    for answer in packet.response_for:
        if not answer.document_id:
            continue
        for dispatch in app.ledger.select(DispatchState, document_id=answer.document_id):
            return dispatch
    return None


def _intake(
    app: App,
    raw: RawState,
    campaign: Campaign,
    packet: Packet,
    warnings: tuple[str, ...],
    now: datetime,
) -> Sequence[Event]:
    about = About(campaign=campaign.id)
    known = app.ledger.get(DirectiveState, (campaign.id,))
    if known is not None and known.document_id == packet.document_id:
        return [read_event(raw, now, "directive known already", about, warnings)]
    texts = _texts(packet)
    heads = [read_head(text) for text in texts]
    directive = to_directive(packet, _stored(app, packet), heads, texts)
    refusal = refusal_reason(directive, heads)
    if refusal is None and known is not None:
        reason = f"campaign {campaign.id} has its directive {known.directive.code} already"
        refusal = (ReviewKind.DUPLICATE_DIRECTIVE, reason)
    if refusal is not None:
        return [
            _held(raw, campaign.id, packet, refusal, now),
            read_event(raw, now, f"not distributed: {refusal[0]}", about, warnings),
        ]
    taken = Event(
        source="directive",
        source_key=campaign.id,
        occurred_at=now,
        fact=DirectiveTaken(about=about, directive=directive),
        evidence=raw.digest,
    )
    return [
        taken,
        *first_round(app, campaign, directive, now),
        read_event(raw, now, f"directive {directive.code} taken", about, warnings),
    ]


def _held(
    raw: RawState,
    campaign: CampaignId,
    packet: Packet,
    refusal: tuple[ReviewKind, str],
    now: datetime,
) -> Event:
    kind, reason = refusal
    return open_review(
        kind,
        f"document {packet.document_id} {raw.raw}",
        About(campaign=campaign),
        reason,
        now,
        raw=raw.raw,
        evidence=raw.digest,
    )


def _texts(packet: Packet) -> list[str]:
    mails = [
        MailAttachment(name=a.name, media_type=a.content_type, content=a.content)
        for a in packet.attachments
    ]
    return [found.text for found in attachment_texts(mails).values() if found.text]


def _stored(app: App, packet: Packet) -> tuple[StoredFile, ...]:
    return tuple(
        StoredFile(
            name=a.name,
            digest=app.evidence.put(a.content),
            size=len(a.content),
            media_type=a.content_type,
        )
        for a in packet.attachments
    )
