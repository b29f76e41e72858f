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
from dondoc.services.answers import planned_answer
from dondoc.services.directive_document import Candidate, candidate_in
from dondoc.services.picture import running
from dondoc.services.read_document import taken
from dondoc.services.recall import Order, ordered
from dondoc.services.replacing import replaced
from dondoc.services.revoking import decided, revocations_of
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
        if a.due_at is not None and not settled(a.expected, a.status)
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
        return planned_answer(app, raw, packet, ExchangeStatus.RECALL_REFUSED, now, about=about)
    return _replaced(app, raw, packet, found, _campaign(review), by, now)


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
    if revocations_of(app, found.directive):
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
    revocation = any(r.raw == raw.raw for r in app.ledger.select(RevocationState))
    if state is not None and revocation:
        return _of_taken(app, state, by, now, agreed=agreed)
    return _of_held(app, raw, campaign, state, by, now, agreed=agreed)


def _of_taken(
    app: App, state: DirectiveState, by: str, now: datetime, *, agreed: bool
) -> Sequence[Event]:
    """Take the campaign back, or let it go on; whoever asked gets 15 or 16.

    What was replaced since it was revoked is not in force any more: its replacement goes on.
    """
    about = About(campaign=state.campaign)
    meant = {r.key: r for v in state.versions for r in revocations_of(app, v)}
    waiting = [r for r in meant.values() if r.agreed is None]
    in_force = {r.key for r in revocations_of(app, state.directive)}
    found = [e for r in waiting for e in decided(app, r, about, now, agreed=agreed, by=by)]
    if not agreed or not any(r.key in in_force for r in waiting):
        return found
    said = next((r.reason for r in waiting if r.reason), "")
    reason = f"{_REVOKED}: {said}" if said else _REVOKED
    order = Order(reason=reason, by=by)
    return [*found, *ordered(running(app, state.campaign), order, now)]


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
    about = About(campaign=campaign)
    waiting = [r for r in revocations_of(app, found.directive) if r.agreed is None]
    answers = [e for r in waiting for e in decided(app, r, about, now, agreed=agreed, by=by)]
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
    return [*answers, *more]


def _raw(app: App, review: ReviewState) -> RawState:
    raw = app.ledger.get(RawState, (review.raw or "",))
    if raw is None:
        raise NotFound(f"the input of review {review.review} is not recorded")
    return raw


def _campaign(review: ReviewState) -> CampaignId:
    if review.campaign is None:
        raise NotAllowed(f"review {review.review} names no campaign; use noted")
    return review.campaign
