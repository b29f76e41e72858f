"""What a person decides on documents that replace or take back a directive."""

from collections.abc import Sequence
from datetime import date, datetime

from domain.changes import changes
from domain.errors import NotAllowed, NotFound
from domain.exchange import Business, ExchangeStatus, Packet
from domain.facts import About, AssignmentExtended, Event
from domain.ids import CampaignId
from domain.kinds import Decision, ReviewKind
from domain.machine import settled
from domain.state import (
    AssignmentState,
    DirectiveState,
    RawState,
    ReviewState,
    RevocationState,
    RoundState,
)
from dondoc.app import App
from dondoc.services.answers import planned_answer, registered
from dondoc.services.directive_document import Candidate, candidate_in
from dondoc.services.picture import running
from dondoc.services.read_document import taken
from dondoc.services.recall import Order, ordered
from dondoc.services.replacing import replaced
from dondoc.services.revocations import names_it, revocations_of
from dondoc.services.revoking import decided
from schedulers.calendar import end_of
from schedulers.recall import ended

DIRECTIVE_REVIEWS = frozenset({ReviewKind.DUPLICATE_DIRECTIVE, ReviewKind.REVOKED})

_REVOKED = "cơ quan ban hành thu hồi văn bản"


def decide_directive(
    app: App,
    review: ReviewState,
    decision: Decision,
    by: str,
    now: datetime,
    *,
    until: date | None = None,
) -> Sequence[Event]:
    """Return the events that follow from a decision on a directive.

    ``until`` is the new deadline that comes with a replacement.
    Raises ``NotAllowed`` where the decision does not fit, or the document must not go out.
    """
    if review.kind is ReviewKind.DUPLICATE_DIRECTIVE:
        more_time = _until(app, review, until, by, now) if until else []
        return [*more_time, *_second_document(app, review, decision, by, now)]
    if decision not in (Decision.ACCEPT, Decision.REJECT):
        raise NotAllowed(
            "say whether the revocation holds: accept takes the directive back, reject goes on"
        )
    return _revocation(app, review, by, now, agreed=decision is Decision.ACCEPT)


def _until(app: App, review: ReviewState, until: date, by: str, now: datetime) -> list[Event]:
    """Give every office that still owes something the deadline of the replacement."""
    end = end_of(until)
    if end <= now:
        raise NotAllowed(f"{until} has gone by; name a day to come")
    newest = max(app.ledger.select(RoundState, campaign=_campaign(review)), key=lambda r: r.due_on)
    owing = [
        a
        for a in app.ledger.select(AssignmentState, campaign=newest.campaign, round=newest.round)
        if a.due_at is not None and not a.removed and not settled(a.expected, a.status)
    ]
    return [
        Event(
            source="review",
            source_key=f"{review.review} extended {a.office}",
            occurred_at=now,
            fact=AssignmentExtended(about=a.about, until=end, by=by),
            evidence=review.evidence,
        )
        for a in owing
    ]


def _second_document(
    app: App, review: ReviewState, decision: Decision, by: str, now: datetime
) -> Sequence[Event]:
    raw, about = _raw(app, review), About(campaign=review.campaign)
    packet, found = candidate_in(app, raw)
    if decision is Decision.REJECT:
        if packet.business is Business.NEW:
            return []
        refused = ExchangeStatus.RECALL_REFUSED
        return planned_answer(app, raw, packet, refused, now, about=about, again=raw.raw)
    events = _replaced(app, raw, packet, found, _campaign(review), by, now)
    return [*events, *registered(app, raw, about, now)]


def _replaced(
    app: App,
    raw: RawState,
    packet: Packet,
    found: Candidate,
    campaign: CampaignId,
    by: str,
    now: datetime,
) -> Sequence[Event]:
    _refuse_unfit(found)
    state = app.ledger.get(DirectiveState, (campaign,))
    if state is None:
        raise NotAllowed(f"campaign {campaign} has no directive that could be replaced")
    picture = running(app, campaign)
    if ended(picture):
        raise NotAllowed(
            f"campaign {campaign} was taken back from every office; a new directive needs a "
            "campaign of its own: use noted"
        )
    if not changes(state.directive, found.directive):
        raise NotAllowed(f"campaign {campaign} has this very document already; use noted")
    if revocations_of(app, found.directive, campaign):
        raise NotAllowed(f"the issuer has taken {found.directive.code} back; use noted")
    reason = packet.business_reason
    return replaced(app, raw, packet, state, found.directive, now, reason=reason, by=by)


def _refuse_unfit(found: Candidate) -> None:
    if found.refusal is not None:
        raise NotAllowed(f"it must not be distributed: {found.refusal[1]}")


def _revocation(
    app: App, review: ReviewState, by: str, now: datetime, *, agreed: bool
) -> Sequence[Event]:
    raw, campaign = _raw(app, review), _campaign(review)
    state = app.ledger.get(DirectiveState, (campaign,))
    of_taken = [
        r for r in app.ledger.select(RevocationState, campaign=campaign) if r.raw == raw.raw
    ]
    if state is not None and of_taken:
        return _of_taken(app, state, of_taken, by, now, agreed=agreed)
    return _of_held(app, raw, campaign, state, by, now, agreed=agreed)


def _of_taken(
    app: App,
    state: DirectiveState,
    asked: Sequence[RevocationState],
    by: str,
    now: datetime,
    *,
    agreed: bool,
) -> Sequence[Event]:
    """Take the campaign back, or let it go on; whoever asked for this gets 15 or 16.

    What was replaced since it was revoked is not in force any more: its replacement goes on.
    """
    campaign = state.campaign
    meant = [v for v in state.versions if any(names_it(app, r, v) for r in asked)]
    found = {r.key: r for v in meant for r in revocations_of(app, v, campaign)}
    waiting = [r for r in found.values() if r.agreed is None]
    events = decided(app, waiting, campaign, now, agreed=agreed, by=by)
    in_force = {r.key for r in revocations_of(app, state.directive, campaign)}
    if not agreed or not any(r.key in in_force for r in waiting):
        return events
    said = next((r.reason for r in waiting if r.reason), "")
    reason = f"{_REVOKED}: {said}" if said else _REVOKED
    order = Order(reason=reason, by=by)
    return [*events, *ordered(running(app, campaign), order, now)]


def _of_held(
    app: App,
    raw: RawState,
    campaign: CampaignId,
    state: DirectiveState | None,
    by: str,
    now: datetime,
    *,
    agreed: bool,
) -> Sequence[Event]:
    """Leave aside a document that was revoked before it came, or take it after all."""
    packet, found = candidate_in(app, raw)
    waiting = [r for r in revocations_of(app, found.directive, campaign) if r.agreed is None]
    answers = decided(app, waiting, campaign, now, agreed=agreed, by=by)
    if agreed:
        return answers
    rules = app.campaigns.get(campaign)
    _refuse_unfit(found)
    if state is not None:
        reason = packet.business_reason
        more = replaced(app, raw, packet, state, found.directive, now, reason=reason, by=by)
    elif rules is not None:
        more = taken(app, raw, rules, found.directive, now)
    else:
        raise NotFound(f"there is no campaign {campaign} in the configuration any more")
    return [*answers, *more, *registered(app, raw, About(campaign=campaign), now)]


def _raw(app: App, review: ReviewState) -> RawState:
    raw = app.ledger.get(RawState, (review.raw or "",))
    if raw is None:
        raise NotFound(f"the input of review {review.review} is not recorded")
    return raw


def _campaign(review: ReviewState) -> CampaignId:
    if review.campaign is None:
        raise NotAllowed(f"review {review.review} names no campaign; use noted")
    return review.campaign
