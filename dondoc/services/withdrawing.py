"""What an office takes back of what it sent us: a person is told, and nothing is uncounted."""

from collections.abc import Sequence
from datetime import datetime

from domain.exchange import Packet, ResponseFor, StatusPacket
from domain.facts import About, Event, Fact, RevocationReceived
from domain.ids import OfficeId
from domain.kinds import ReviewKind
from domain.state import RawState, ReplyState, ReviewState
from dondoc.app import App
from dondoc.services.live import live_rounds
from dondoc.services.outcome import read_event
from dondoc.services.pointers import assigned_senders, named_in
from dondoc.services.reviews import open_review, review_id
from dondoc.services.revocations import own_identity, pointers_meant, reason_of, received
from mappings.edxml.identifiers import issued_as, same_code
from schedulers.calendar import local_day


def by_an_office(
    app: App,
    raw: RawState,
    packet: Packet | StatusPacket,
    warnings: tuple[str, ...],
    now: datetime,
) -> Sequence[Event] | None:
    """Return that an office takes back what it sent us, which a person must know of.

    Its report stays counted: only the office can say what holds now. None where no office of ours
    sent it.
    """
    sender = packet.sender.organ_id
    offices = assigned_senders(app, sender, live_rounds(app), local_day(now))
    if not offices:
        return None
    pointers = pointers_meant(app, packet)
    itself = own_identity(packet) if isinstance(packet, Packet) else []
    reply = _reply_meant(app, offices, pointers) or _reply_meant(app, offices, itself)
    named = ", ".join(dict.fromkeys(filter(None, map(named_in, pointers)))) or "a document"
    if reply is None:
        about = About(office=offices[0] if len(offices) == 1 else None)
        what = "which is counted as nothing here"
    else:
        about = About(campaign=reply.campaign, round=reply.round, office=reply.office)
        what = f"its {reply.kind}, which stays counted until it sends another one"
        named = reply.number or named
    said = reason_of(packet) or "no reason given"
    reason = f"{', '.join(offices)} takes back {named}, {what}: {said}; ask the office"
    told = open_review(
        ReviewKind.CONTRADICTION,
        f"revocation {raw.raw} {about.campaign}",
        about,
        reason,
        now,
        candidates=tuple(offices),
        raw=raw.raw,
        evidence=raw.digest,
    )
    why = "an office takes back a document of its own, to be decided"
    noted = received(app, raw, packet, None, now)
    before = app.ledger.find(noted.source, noted.source_key)
    if before is not None and _still_asked(app, before.event.fact, about):
        return [read_event(raw, now, "known already", about, warnings)]
    # Once the first was dealt with, the next is told again: it may mean another version of it.
    kept = [noted] if before is None else []
    return [*kept, told, read_event(raw, now, why, about, warnings)]


def _still_asked(app: App, fact: Fact, about: About) -> bool:
    """Tell whether the person who was told of an earlier one has still to decide."""
    if not isinstance(fact, RevocationReceived):
        return False
    name = review_id(ReviewKind.CONTRADICTION, f"revocation {fact.raw} {about.campaign}")
    review = app.ledger.get(ReviewState, (name,))
    return review is not None and review.open


def _reply_meant(
    app: App, offices: Sequence[OfficeId], pointers: Sequence[ResponseFor]
) -> ReplyState | None:
    """Return the newest answer of these offices that the pointers give the number of."""
    issued = filter(None, (issued_as(p.document_id) for p in pointers))
    codes = [*(p.code for p in pointers if p.code.strip()), *(code for _, code in issued)]
    found = [
        reply
        for campaign in dict.fromkeys(live.campaign for live in live_rounds(app))
        for reply in app.ledger.select(ReplyState, campaign=campaign)
        if reply.office in offices
        and reply.number is not None
        and any(same_code(code, reply.number) for code in codes)
    ]
    return max(found, key=lambda r: (r.received_at, r.reply), default=None)
