"""A document that its issuer takes back, before or after it came, and whoever answers that.

A revocation is remembered by what it names, so that a directive that comes after it waits for a
person instead of being distributed.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from domain.directive import Directive
from domain.exchange import (
    Business,
    ExchangeStatus,
    Packet,
    ResponseFor,
    StatusPacket,
    TargetEvidence,
)
from domain.facts import About, Event, RevocationDecided, RevocationReceived
from domain.ids import CampaignId, OrganId, RevocationId, digest_of
from domain.kinds import ReviewKind
from domain.state import RawState, RecallState, ReviewState, RevocationState
from dondoc.app import App
from dondoc.services.answers import planned_answer
from dondoc.services.directive_document import Named, issued_by, named_by, named_by_pointer
from dondoc.services.organs import same_organ
from dondoc.services.outcome import read_event
from dondoc.services.packets import packet_of
from dondoc.services.pointers import dispatch_of, named_in, names_letter
from dondoc.services.reviews import open_review
from mappings.edxml.targets import targets
from mappings.render.outside import LONG, plain

_LENGTH = 16

_LONGEST, _MOST = 200, 20
"""Characters of a DocumentId or a code, and how many of them one revocation may name."""

_READ = 10 * LONG
"""Characters of a reason that are looked at: it is shown to offices in one line."""

_STATED = (TargetEvidence.BUSINESS, TargetEvidence.REPLACEMENT)
"""What cannot be an answer that merely names our letter."""

_BY_NAME = (TargetEvidence.BUSINESS, TargetEvidence.REPLACEMENT, TargetEvidence.RESPONSE)
"""What names another document; the rest is the revocation's own identity."""


def read_revocation(
    app: App, raw: RawState, packet: Packet, warnings: tuple[str, ...], now: datetime
) -> Sequence[Event] | None:
    """Return the events of a document by which an issuer takes back a directive of ours.

    None where it is no revocation, or of a document that we do not have.
    """
    if packet.business is not Business.REVOCATION:
        return None
    named = named_by(app, packet)
    return _of_named(app, raw, named, packet, warnings, now) if named else None


def read_request(
    app: App, raw: RawState, packet: StatusPacket, warnings: tuple[str, ...], now: datetime
) -> Sequence[Event] | None:
    """Return the events of a status 13 that is addressed to us, about what we got.

    None where it may be about what we sent, or says nothing of which document.
    """
    answer, sender = packet.response_for, packet.sender.organ_id
    ours = same_organ(app, sender, app.unit.organ_id)
    to_us = not ours if not answer.organ_id else same_organ(app, answer.organ_id, app.unit.organ_id)
    if not to_us or not named_in(answer) or dispatch_of(app, answer.document_id) is not None:
        return None
    named = list(named_by_pointer(app, answer))
    if named:
        return _of_named(app, raw, named, packet, warnings, now)
    return None if ours else remembered(app, raw, packet, warnings, now)


def remembered(
    app: App,
    raw: RawState,
    packet: Packet | StatusPacket,
    warnings: tuple[str, ...],
    now: datetime,
) -> Sequence[Event]:
    """Return the events of a revocation of a document that has not come."""
    received = _received(app, raw, packet, None, now)
    why = "takes back a document that has not come; remembered"
    return [received, read_event(raw, now, why, About(), warnings)]


def _of_named(
    app: App,
    raw: RawState,
    named: Sequence[Named],
    packet: Packet | StatusPacket,
    warnings: tuple[str, ...],
    now: datetime,
) -> Sequence[Event] | None:
    sender = packet.sender.organ_id
    own = [one for one in named if issued_by(app, sender, one.state.directive)]
    foreign = [one for one in named if one not in own and one.evidence in _STATED]
    if not own and not foreign:
        return None
    found = [e for one in own if one.newest for e in _revoked(app, raw, one, packet, now)]
    for one in foreign:
        about, code = About(campaign=one.state.campaign), one.state.directive.code
        reason = f"{sender} takes back {code}, which it did not issue"
        found.append(_review(raw, ReviewKind.CONTRADICTION, about, reason, now))
    about = About(campaign=named[0].state.campaign) if len(named) == 1 else About()
    why = "takes back a directive" if found else "takes back a version that was replaced already"
    return [*found, read_event(raw, now, why, about, warnings)]


def _revoked(
    app: App, raw: RawState, named: Named, packet: Packet | StatusPacket, now: datetime
) -> list[Event]:
    campaign = named.state.campaign
    received = _received(app, raw, packet, campaign, now)
    waits = any(
        r.kind is ReviewKind.REVOKED
        for r in app.ledger.select(ReviewState, campaign=campaign, open=True)
    )
    if waits:
        return [received]
    said = _reason(packet)
    taken = " (the campaign was taken back already)" if _ended(app, campaign) else ""
    reason = (
        f"the issuer takes back {named.state.directive.code}{taken}: "
        f"{said or 'no reason given'}; until this is decided nothing of it is sent"
    )
    return [
        received,
        _review(raw, ReviewKind.REVOKED, About(campaign=campaign), reason, now),
    ]


def _ended(app: App, campaign: CampaignId) -> bool:
    return any(r.whole for r in app.ledger.select(RecallState, campaign=campaign))


def _review(raw: RawState, kind: ReviewKind, about: About, reason: str, now: datetime) -> Event:
    cause = f"revocation {raw.raw} {about.campaign}"
    return open_review(kind, cause, about, reason, now, raw=raw.raw, evidence=raw.digest)


def _received(
    app: App,
    raw: RawState,
    packet: Packet | StatusPacket,
    campaign: CampaignId | None,
    now: datetime,
) -> Event:
    """Return that a revocation came: once, until a person has decided it and it comes anew."""
    issuer = packet.sender.organ_id
    ids, codes = _names(packet)
    meant = digest_of("\n".join((*ids, "", *codes)).encode())[:_LENGTH]
    named = f"{issuer} {meant} {campaign or ''}".strip()
    before = [
        r
        for r in app.ledger.select(RevocationState)
        if (r.issuer, r.document_ids, r.codes) == (issuer, ids, codes) and r.agreed is not None
    ]
    key = f"{named} {len(before)}"
    fact = RevocationReceived(
        about=About(campaign=campaign),
        revocation=RevocationId(digest_of(key.encode())[:_LENGTH]),
        raw=raw.raw,
        issuer=issuer,
        document_ids=ids,
        codes=codes,
        reason=_reason(packet),
    )
    return Event(
        source="revocation", source_key=key, occurred_at=now, fact=fact, evidence=raw.digest
    )


def _names(packet: Packet | StatusPacket) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return DocumentIds and codes by which the revoked document will be known."""
    if isinstance(packet, StatusPacket):
        pointers = [packet.response_for]
    else:
        found = targets(packet)
        other = [t.pointer for t in found if t.evidence in _BY_NAME]
        pointers = other or [t.pointer for t in found]
    return (
        _bounded(p.document_id for p in pointers),
        _bounded(p.code for p in pointers),
    )


def _bounded(names: Iterable[str]) -> tuple[str, ...]:
    """Keep what can be a name: no document has longer ones, and none means so many others."""
    found = dict.fromkeys(name.strip() for name in names)
    return tuple(name for name in found if 0 < len(name) <= _LONGEST)[:_MOST]


def _reason(packet: Packet | StatusPacket) -> str:
    said = packet.description if isinstance(packet, StatusPacket) else packet.business_reason
    return plain(said[:_READ], LONG)


def revocations_of(app: App, directive: Directive) -> list[RevocationState]:
    """Return the revocations of a directive that were not refused, by its issuer only."""
    return [
        r
        for r in app.ledger.select(RevocationState)
        if r.agreed is not False
        and issued_by(app, r.issuer, directive)
        and any(names_letter(app, pointer, directive) for pointer in _pointers(r))
    ]


def _pointers(revocation: RevocationState) -> list[ResponseFor]:
    by_id = [ResponseFor(document_id=one) for one in revocation.document_ids]
    return [*by_id, *(ResponseFor(code=one) for one in revocation.codes)]


def decided(
    app: App, revocation: RevocationState, about: About, now: datetime, *, agreed: bool, by: str
) -> list[Event]:
    """Return a person's decision on a revocation, with the answer 15 or 16 to whoever asked."""
    fact = RevocationDecided(about=about, revocation=revocation.revocation, agreed=agreed, by=by)
    decision = Event(
        source="revocation",
        source_key=f"{revocation.revocation} decided",
        occurred_at=now,
        fact=fact,
        evidence=revocation.evidence,
    )
    raw = app.ledger.get(RawState, (revocation.raw,))
    if raw is None:
        return [decision]
    packet = packet_of(app, raw).packet
    status = ExchangeStatus.RECALL_AGREED if agreed else ExchangeStatus.RECALL_REFUSED
    meant = packet if isinstance(packet, Packet) else _asked(packet)
    again = revocation.revocation
    return [decision, *planned_answer(app, raw, meant, status, now, about=about, again=again)]


def _asked(packet: StatusPacket) -> ResponseFor:
    """Return the pointer of a request, with the identifier of who asks: that is who is answered."""
    pointer = packet.response_for
    return ResponseFor(
        organ_id=OrganId(packet.sender.organ_id),
        code=pointer.code,
        document_id=pointer.document_id,
        promulgated_on=pointer.promulgated_on,
    )
