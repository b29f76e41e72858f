"""A document that its issuer takes back, before or after it came, and whoever answers that.

A revocation is remembered by what it names, so that a directive that comes after it waits for a
person instead of being distributed. ``withdrawing`` reads what an office takes back of its own.
"""

from collections.abc import Sequence
from datetime import datetime

from domain.exchange import Business, ExchangeStatus, Packet, ResponseFor, StatusPacket
from domain.facts import About, Event
from domain.ids import CampaignId, OrganId
from domain.kinds import ReviewKind
from domain.state import RawState, RecallState, ReviewState, RevocationState
from dondoc.app import App
from dondoc.services.answers import planned_answer
from dondoc.services.directive_document import (
    STATED,
    Named,
    issued_by,
    named_by,
    named_by_pointer,
)
from dondoc.services.organs import same_organ
from dondoc.services.outcome import read_event
from dondoc.services.packets import packet_of
from dondoc.services.pointers import dispatch_of, named_in
from dondoc.services.reviews import open_review
from dondoc.services.revocations import (
    decision,
    names_it,
    pointers_meant,
    reason_of,
    received,
)
from dondoc.services.withdrawing import by_an_office


def read_revocation(
    app: App, raw: RawState, packet: Packet, warnings: tuple[str, ...], now: datetime
) -> Sequence[Event] | None:
    """Return the events of a document by which a directive, or an office's own paper, is revoked.

    None where it is no revocation, or one of a document that we do not have by nobody of ours.
    """
    if packet.business is not Business.REVOCATION:
        return None
    named = named_by(app, packet)
    found = _of_named(app, raw, named, packet, warnings, now) if named else None
    return found or by_an_office(app, raw, packet, warnings, now)


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
    if ours:
        return None
    by_office = by_an_office(app, raw, packet, warnings, now)
    return by_office or remembered(app, raw, packet, warnings, now)


def remembered(
    app: App,
    raw: RawState,
    packet: Packet | StatusPacket,
    warnings: tuple[str, ...],
    now: datetime,
) -> Sequence[Event]:
    """Return the events of a revocation of a document that has not come."""
    why = "takes back a document that has not come; remembered"
    return [received(app, raw, packet, None, now), read_event(raw, now, why, About(), warnings)]


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
    foreign = [one for one in named if one not in own and one.evidence in STATED]
    if not own and not foreign:
        return None
    about = About(campaign=named[0].state.campaign) if len(named) == 1 else About()
    if own and own[0].instead:
        return _of_another(app, raw, own[0], packet, warnings, now)
    found = [e for one in own if one.newest for e in _revoked(app, raw, one, packet, now)]
    for one in foreign:
        place, code = About(campaign=one.state.campaign), one.state.directive.code
        reason = f"{sender} takes back {code}, which it did not issue"
        found.append(_review(raw, ReviewKind.CONTRADICTION, place, reason, now))
    why = "takes back a directive" if found else "takes back a version that was replaced already"
    if own and not all(any(named_by_pointer(app, p)) for p in pointers_meant(app, packet)):
        rest = received(app, raw, packet, None, now)
        # What is remembered is never decided: asked again, it is remembered already.
        found += [rest] if app.ledger.find(rest.source, rest.source_key) is None else []
    return [*found, read_event(raw, now, why, about, warnings)]


def _of_another(
    app: App,
    raw: RawState,
    named: Named,
    packet: Packet | StatusPacket,
    warnings: tuple[str, ...],
    now: datetime,
) -> Sequence[Event]:
    """Remember what is taken back, and tell a person that it refers to a directive of ours.

    Nothing of that is held: the issuer says which document it means.
    """
    about, code = About(campaign=named.state.campaign), named.state.directive.code
    reason = (
        f"{packet.sender.organ_id} takes back {named.instead}, which is no document here, and "
        f"refers to {code}: if {code} is meant, `dondoc recall {about.campaign}` takes it back"
    )
    told = _review(raw, ReviewKind.CONTRADICTION, about, reason, now)
    return [told, *remembered(app, raw, packet, warnings, now)]


def _revoked(
    app: App, raw: RawState, named: Named, packet: Packet | StatusPacket, now: datetime
) -> list[Event]:
    campaign = named.state.campaign
    event = received(app, raw, packet, campaign, now, meant=named.directive)
    if _waits(app, named):
        return [event]
    said = reason_of(packet)
    taken = " (the campaign was taken back already)" if _ended(app, campaign) else ""
    reason = (
        f"the issuer takes back {named.state.directive.code}{taken}: "
        f"{said or 'no reason given'}; until this is decided nothing of it is sent"
    )
    return [event, _review(raw, ReviewKind.REVOKED, About(campaign=campaign), reason, now)]


def _waits(app: App, named: Named) -> bool:
    """Tell whether a person is asked already about a revocation of the version in force.

    That a document that was never taken waits, or one of an earlier version, is another question.
    """
    campaign, in_force = named.state.campaign, named.state.directive
    asked = {
        r.raw
        for r in app.ledger.select(ReviewState, campaign=campaign, open=True)
        if r.kind is ReviewKind.REVOKED
    }
    return any(
        r.raw in asked and r.agreed is None and names_it(app, r, in_force)
        for r in app.ledger.select(RevocationState, campaign=campaign)
    )


def _ended(app: App, campaign: CampaignId) -> bool:
    return any(r.whole for r in app.ledger.select(RecallState, campaign=campaign))


def _review(raw: RawState, kind: ReviewKind, about: About, reason: str, now: datetime) -> Event:
    cause = f"revocation {raw.raw} {about.campaign}"
    return open_review(kind, cause, about, reason, now, raw=raw.raw, evidence=raw.digest)


def decided(
    app: App,
    revocations: Sequence[RevocationState],
    campaign: CampaignId,
    now: datetime,
    *,
    agreed: bool,
    by: str,
) -> list[Event]:
    """Return a person's decision on revocations in one campaign, with the answers 15 or 16.

    Whoever asked is answered once for each request, as soon as no campaign has to decide it any
    more: 15 where all agreed, else 16.
    """
    found: list[Event] = []
    for one in revocations:
        found += decision(app, one, campaign, now, agreed=agreed, by=by)
    for raw in dict.fromkeys(one.raw for one in revocations):
        found += _answered(app, raw, campaign, now, agreed=agreed)
    return found


def _answered(
    app: App, name: str, campaign: CampaignId, now: datetime, *, agreed: bool
) -> list[Event]:
    raw = app.ledger.get(RawState, (name,))
    elsewhere = [
        r.agreed
        for other in app.campaigns
        if other != campaign
        for r in app.ledger.select(RevocationState, campaign=other)
        if r.raw == name
    ]
    if raw is None or None in elsewhere:
        return []
    packet = packet_of(app, raw).packet
    holds = agreed and False not in elsewhere
    status = ExchangeStatus.RECALL_AGREED if holds else ExchangeStatus.RECALL_REFUSED
    meant = packet if isinstance(packet, Packet) else _asked(packet)
    about = About(campaign=campaign)
    return planned_answer(app, raw, meant, status, now, about=about, again=raw.raw)


def _asked(packet: StatusPacket) -> ResponseFor:
    """Return the pointer of a request, with the identifier of who asks: that is who is answered."""
    pointer = packet.response_for
    return ResponseFor(
        organ_id=OrganId(packet.sender.organ_id),
        code=pointer.code,
        document_id=pointer.document_id,
        promulgated_on=pointer.promulgated_on,
    )
