"""What a document of any door is: a campaign's directive, an answer, or nothing of ours."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime
from functools import partial

from domain.campaign import Campaign
from domain.directive import Directive
from domain.errors import MalformedDocument
from domain.exchange import Business, Packet, PacketReading, StatusPacket, TargetEvidence
from domain.facts import About, DirectiveTaken, Event
from domain.ids import CampaignId, Digest
from domain.kinds import DispatchKind, ReviewKind
from domain.state import DirectiveState, DispatchState, RawState
from dondoc.app import App
from dondoc.services.answers import answers_to
from dondoc.services.directive_document import candidate
from dondoc.services.exchange_reply import (
    answer_to_result,
    packet_words,
    read_reply,
    read_stranger,
    read_unpointed,
    several_meant,
)
from dondoc.services.live import live_rounds
from dondoc.services.organs import same_organ
from dondoc.services.outcome import read_event
from dondoc.services.packets import (
    packet_in,
    packet_of,
)
from dondoc.services.pointers import dispatch_of, letters_meant, named_in, pointers_of
from dondoc.services.replacing import read_replacement, revoked
from dondoc.services.reviews import open_review
from dondoc.services.revoking import read_revocation, remembered
from dondoc.services.rounds import first_round
from mappings.edxml.targets import targets
from mappings.intake import takes

_NAMED = (TargetEvidence.BUSINESS, TargetEvidence.REPLACEMENT)


def read_document(app: App, raw: RawState, now: datetime) -> Sequence[Event]:
    """Return every event that follows from one document of the exchange.

    Raises ``MalformedDocument`` when it cannot be read or is a status message.
    """
    packet, reading = _document(packet_of(app, raw))
    events = _following(app, raw, packet, reading, now)
    return [*events, *answers_to(app, raw, packet, events, now)]


def _following(
    app: App, raw: RawState, packet: Packet, reading: PacketReading, now: datetime
) -> Sequence[Event]:
    warnings = reading.warnings
    said = read_revocation(app, raw, packet, warnings, now) or read_replacement(
        app, raw, packet, reading, now
    )
    if said is not None:
        return said
    packet = replace(packet, response_for=pointers_of(app, packet))
    answered = _answered(app, packet, now)
    if len(answered) > 1:
        return several_meant(raw, answered, warnings, now)
    for dispatch in answered:
        forwarded = dispatch.kind is DispatchKind.COMPILATION
        read = answer_to_result if forwarded else read_reply
        return read(app, raw, packet, dispatch, warnings, now)
    # A revocation bears the number of what it takes back, and is no directive itself.
    directives = [] if packet.business is Business.REVOCATION else app.campaigns.values()
    for campaign in directives:
        if takes(campaign.intake, packet, same_organ=partial(same_organ, app)):
            return _intake(app, raw, campaign, packet, reading, now)
    unpointed = read_unpointed(app, raw, packet, warnings, now)
    if unpointed is not None:
        return unpointed
    if packet.business is Business.REVOCATION:
        return remembered(app, raw, packet, warnings, now)
    stranger = read_stranger(app, raw, packet, warnings, now)
    return stranger or [read_event(raw, now, "no campaign takes it", About(), warnings)]


def document_identity(app: App, digest: Digest) -> str:
    """Return what every delivery of a document shares; raises ``MalformedDocument``.

    A withdrawal is another document, even in the same words. To what it belongs plays no part:
    that depends on what else is known by then.
    """
    # What was never taken in by itself, such as a letter of ours, is edXML.
    arrived = app.ledger.select(RawState, digest=digest)
    reading = packet_of(app, arrived[0]) if arrived else packet_in(app, digest)
    packet, _ = _document(reading)
    said = f"{packet.sender.organ_id} {packet.document_id} {packet_words(packet)}"
    meant = [t.pointer.document_id for t in targets(packet) if t.evidence in _NAMED]
    return f"{said} {packet.business} {' '.join(dict.fromkeys(meant))}"


def _document(reading: PacketReading) -> tuple[Packet, PacketReading]:
    if isinstance(reading.packet, StatusPacket):
        raise MalformedDocument("the document", "it is a status message, not a document")
    return reading.packet, reading


def _answered(app: App, packet: Packet, now: datetime) -> list[DispatchState]:
    """Return the dispatch that a document says it answers; several when it may be any of them."""
    for answer in packet.response_for:
        dispatch = dispatch_of(app, answer.document_id)
        if dispatch is not None:
            return [dispatch]
    rounds = live_rounds(app) if any(map(named_in, packet.response_for)) else []
    found: dict[About, DispatchState] = {}
    for answer in packet.response_for:
        meant = letters_meant(
            app, packet.sender.organ_id, answer, rounds, packet.first_seen_at or now
        )
        found |= {dispatch.about: dispatch for dispatch in meant}
    return list(found.values())


def _intake(
    app: App,
    raw: RawState,
    campaign: Campaign,
    packet: Packet,
    reading: PacketReading,
    now: datetime,
) -> Sequence[Event]:
    about, warnings = About(campaign=campaign.id), reading.warnings
    known = app.ledger.get(DirectiveState, (campaign.id,))
    found = candidate(packet, reading)
    directive, refusal = found.directive, found.refusal
    if known is not None and directive in known.versions:
        return [read_event(raw, now, "directive known already", about, warnings)]
    if refusal is None and known is not None:
        refusal = (ReviewKind.DUPLICATE_DIRECTIVE, _second(campaign.id, known, directive))
    refusal = refusal or revoked(app, directive, campaign.id)
    if refusal is not None:
        return [
            _held(raw, campaign.id, packet, refusal, now),
            read_event(raw, now, f"not distributed: {refusal[0]}", about, warnings),
        ]
    return [
        *taken(app, raw, campaign, directive, now),
        read_event(raw, now, f"directive {directive.code} taken", about, warnings),
    ]


def taken(
    app: App, raw: RawState, campaign: Campaign, directive: Directive, now: datetime
) -> list[Event]:
    """Return that a campaign takes its directive, and the first round that it opens."""
    event = Event(
        source="directive",
        source_key=campaign.id,
        occurred_at=now,
        fact=DirectiveTaken(about=About(campaign=campaign.id), directive=directive),
        evidence=raw.digest,
    )
    return [event, *first_round(app, campaign, directive, now)]


def _second(campaign: CampaignId, known: DirectiveState, directive: Directive) -> str:
    """Say why a document cannot be the directive that a campaign has; the same one never comes."""
    reason = f"campaign {campaign} has its directive {known.directive.code} already"
    if directive.document_id != known.document_id:
        return reason
    pairs = ((f.name, getattr(known.directive, f.name)) for f in fields(directive))
    changed = [name for name, before in pairs if getattr(directive, name) != before]
    return f"{reason}; this one has the same DocumentId but differs in {', '.join(changed)}"


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
