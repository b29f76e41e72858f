"""Revocations in the ledger: recorded with what they name, and found again by that.

One row is one revocation for one campaign. A row without campaign is what is remembered: of
documents that have not come. It is never decided itself; each campaign that it holds a document of
gets a row of its own by the decision, so that what is decided in one campaign is lost in no other.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from domain.directive import Directive
from domain.exchange import Packet, ResponseFor, StatusPacket, TargetEvidence
from domain.facts import About, Event, RevocationDecided, RevocationReceived
from domain.ids import CampaignId, Digest, RevocationId, digest_of
from domain.state import RawState, RevocationState, RevokedName
from dondoc.app import App
from dondoc.services.directive_document import issued_by, stated
from dondoc.services.exchange_reply import packet_words
from dondoc.services.pointers import dispatch_of, names_letter
from mappings.edxml.known_as import known_as, names_of
from mappings.edxml.targets import targets
from mappings.render.outside import LONG, plain

_LENGTH = 16

_LONGEST, _MOST = 200, 20
"""Characters of a DocumentId or a code, and how many of them one revocation may name."""

_READ = 10 * LONG
"""Characters of a reason that are looked at: it is shown to offices in one line."""


def received(
    app: App,
    raw: RawState,
    packet: Packet | StatusPacket,
    campaign: CampaignId | None,
    now: datetime,
    *,
    meant: Directive | None = None,
) -> Event:
    """Return that a revocation came: once, until a person has decided it and it comes anew.

    ``meant`` is the document that it was found to name: it is known by that one's own names, too,
    because a pointer may need its day or its issuer to name anything.
    """
    pointers = pointers_meant(app, packet)
    if meant is not None:
        pointers.append(ResponseFor(document_id=meant.document_id, code=meant.code))
    # Those of the document that is meant count, however many are named in front of them.
    ids = _bounded(p.document_id for p in reversed(pointers))
    codes = _bounded(p.code for p in reversed(pointers))
    fact = RevocationReceived(
        about=About(campaign=campaign),
        revocation=RevocationId(""),
        raw=raw.raw,
        issuer=packet.sender.organ_id,
        document_ids=ids,
        codes=codes,
        reason=reason_of(packet),
        known_as=known_as(ids, codes),
    )
    return _numbered(app, fact, raw.digest, _itself(packet), now)[1]


def pointers_meant(app: App, packet: Packet | StatusPacket) -> list[ResponseFor]:
    """Return the pointers to what a revocation takes back.

    What it states beside its kind, else what it answers unless we sent that, else its own
    identity: a document that is taken back may well refer to another one.
    """
    if isinstance(packet, StatusPacket):
        return [packet.response_for]
    answered = [p for p in packet.response_for if dispatch_of(app, p.document_id) is None]
    return stated(packet) or answered or own_identity(packet)


def own_identity(packet: Packet) -> list[ResponseFor]:
    """Return the pointers of a packet to itself: some keep the identity of what they take back."""
    own = (TargetEvidence.HEADER, TargetEvidence.CODE)
    return [t.pointer for t in targets(packet) if t.evidence in own]


def reason_of(packet: Packet | StatusPacket) -> str:
    """Return why it is taken back, in the sender's words, in one line."""
    said = packet.description if isinstance(packet, StatusPacket) else packet.business_reason
    return plain(said[:_READ], LONG)


def _itself(packet: Packet | StatusPacket) -> str:
    """Return what all deliveries of one revocation share, and no other one that names the same."""
    if isinstance(packet, StatusPacket):
        pointer = packet.response_for
        return f"{packet.code.strip().zfill(2)} {pointer.document_id} {pointer.code}"
    return f"{packet.document_id} {packet_words(packet)}"


def _numbered(
    app: App, fact: RevocationReceived, evidence: Digest | None, itself: str, now: datetime
) -> tuple[RevocationId, Event]:
    """Name a revocation by what it says, of which campaign, and how often that was decided."""
    meant = "\n".join((*fact.document_ids, "", *fact.codes, "", itself))
    digest = digest_of(meant.encode())[:_LENGTH]
    named = f"{fact.issuer} {digest} {fact.about.campaign or ''}".strip()
    times = 0
    while True:
        key = f"{named} {times}"
        name = RevocationId(digest_of(key.encode())[:_LENGTH])
        before = app.ledger.get(RevocationState, (name,))
        if before is None or before.agreed is None:
            break
        times += 1
    return name, _event(key, replace(fact, revocation=name), evidence, now)


def _event(
    key: str, fact: RevocationReceived | RevocationDecided, evidence: Digest | None, now: datetime
) -> Event:
    return Event(source="revocation", source_key=key, occurred_at=now, fact=fact, evidence=evidence)


def _bounded(names: Iterable[str]) -> tuple[str, ...]:
    """Keep what can be a name: no document has longer ones, and none means so many others."""
    found = dict.fromkeys(name.strip() for name in names)
    return tuple(name for name in found if 0 < len(name) <= _LONGEST)[:_MOST]


def revocations_of(app: App, directive: Directive, campaign: CampaignId) -> list[RevocationState]:
    """Return the revocations of a campaign's document that were not refused, by its issuer only.

    What is remembered counts until this campaign has decided it.
    """
    fitting = [r for r in _naming(app, directive) if issued_by(app, r.issuer, directive)]
    own = {r.raw for r in fitting if r.campaign == campaign}
    return [
        r
        for r in fitting
        if r.agreed is not False
        and (r.campaign == campaign or (r.campaign is None and r.raw not in own))
    ]


def _naming(app: App, directive: Directive) -> list[RevocationState]:
    names = names_of(directive.document_id, directive.code, directive.number)
    known = [row for name in names for row in app.ledger.select(RevokedName, name=name)]
    found = (
        app.ledger.get(RevocationState, (one,))
        for one in dict.fromkeys(r.revocation for r in known)
    )
    return [r for r in found if r is not None and names_it(app, r, directive)]


def names_it(app: App, revocation: RevocationState, directive: Directive) -> bool:
    """Tell whether a revocation names a document, whoever sent it."""
    by_id = [ResponseFor(document_id=one) for one in revocation.document_ids]
    pointers = [*by_id, *(ResponseFor(code=one) for one in revocation.codes)]
    return any(names_letter(app, pointer, directive) for pointer in pointers)


def decision(
    app: App,
    revocation: RevocationState,
    campaign: CampaignId,
    now: datetime,
    *,
    agreed: bool,
    by: str,
) -> list[Event]:
    """Return a person's decision for one campaign; what was only remembered becomes its own."""
    about, name, evidence = About(campaign=campaign), revocation.revocation, revocation.evidence
    found: list[Event] = []
    if revocation.campaign is None:
        of_campaign = RevocationReceived(
            about=about,
            revocation=name,
            raw=revocation.raw,
            issuer=revocation.issuer,
            document_ids=revocation.document_ids,
            codes=revocation.codes,
            reason=revocation.reason,
            known_as=known_as(revocation.document_ids, revocation.codes),
        )
        name, event = _numbered(app, of_campaign, evidence, f"remembered {name}", now)
        found.append(event)
    decided = RevocationDecided(about=about, revocation=name, agreed=agreed, by=by)
    return [*found, _event(f"{name} decided", decided, evidence, now)]
