"""What a person decides in a review, and what follows from it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from domain.campaign import Channel
from domain.errors import MalformedDocument, NotAllowed, NotFound
from domain.exchange import Packet
from domain.facts import (
    AssignmentExtended,
    AssignmentWaived,
    DispatchAccepted,
    Event,
    Fact,
    ReviewResolved,
)
from domain.ids import CampaignId, OfficeId, ReplyId, ReviewId, RoundId
from domain.intents import PlanDispatch
from domain.kinds import LETTERS, Decision, DispatchKind, RawChannel, ReplyKind, ReviewKind
from domain.machine import ENDED
from domain.reading import MessageKind
from domain.state import (
    SENT_AGAIN,
    AssignmentState,
    DispatchStanding,
    DispatchState,
    RawState,
    ReviewState,
    RoundState,
)
from domain.status import DispatchStatus, RawStatus
from dondoc.app import App
from dondoc.services.agencies import accepted
from dondoc.services.answers import registered
from dondoc.services.exchange_reply import understood_packet
from dondoc.services.letters import planned_events
from dondoc.services.live import letter_of
from dondoc.services.outcome import read_event
from dondoc.services.packets import packet_of
from dondoc.services.picture import running
from dondoc.services.portal import portal_again, without_portal
from dondoc.services.recall import refuse_stopped
from dondoc.services.recall_requests import asked_back
from dondoc.services.replies import ACCEPTED, after_approval, reply_recorded
from dondoc.services.resolve_directive import DIRECTIVE_REVIEWS, decide_directive
from dondoc.services.resolve_recipients import OF_RECIPIENTS, decide_recipients
from dondoc.services.understand import Understanding, understand
from dondoc.services.unread import unread
from schedulers.calendar import end_of, local_day
from schedulers.doors import address_now
from schedulers.picture import Picture
from schedulers.portal import held

_COUNTABLE = frozenset(
    {
        ReviewKind.UNMATCHED_REPLY,
        ReviewKind.UNKNOWN_SENDER,
        ReviewKind.UNAUTHENTICATED,
        ReviewKind.WRONG_LETTER,
        ReviewKind.UNCLEAR_REPLY,
        ReviewKind.QUESTION,
        ReviewKind.REFUSAL,
        ReviewKind.UNREADABLE,
    }
)

_VERSIONED = frozenset({DispatchKind.COMPILATION, DispatchKind.REPLACEMENT, DispatchKind.RECALL})
"""Kinds whose occurrence says which version, or which letter, is meant."""

_RECORDED = frozenset({ReviewKind.UNCLEAR_REPLY, ReviewKind.QUESTION, ReviewKind.REFUSAL})
"""Reviews of replies that stand in the ledger under their own kind; only another one changes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """A decision and what it needs: ``office``, ``counts_as`` for a reply, ``until`` for time."""

    decision: Decision
    by: str
    note: str = ""
    office: OfficeId | None = None
    counts_as: ReplyKind | None = None
    until: date | None = None


def open_reviews(app: App) -> list[ReviewState]:
    """Return what waits for a person, oldest first."""
    return sorted(app.ledger.select(ReviewState, open=True), key=lambda r: (r.opened_at, r.review))


def resolve(app: App, name: str, resolution: Resolution, now: datetime) -> ReviewState:
    """Record a decision and everything that follows from it in one transaction.

    Raises ``NotFound`` for an unknown review or office and ``NotAllowed`` when the decision does
    not fit the review or lacks what it needs.
    """
    review = app.ledger.get(ReviewState, (ReviewId(name),))
    if review is None:
        raise NotFound(f"there is no review {name}; `dondoc review list` shows what waits")
    if not review.open:
        raise NotAllowed(f"review {name} was resolved already: {review.decision} by {review.by}")
    if resolution.decision is Decision.RESEND:
        events: Sequence[Event] = _resent(app, review, now)
    elif review.kind in OF_RECIPIENTS:
        events = decide_recipients(review.kind, resolution.decision)
    else:
        events = _following(app, review, resolution, now)
    resolved = ReviewResolved(
        review=review.review,
        about=review.about,
        decision=resolution.decision,
        by=resolution.by,
        note=resolution.note,
    )
    app.ledger.append([*events, _event(review, "resolved", resolved, now)], recorded_at=now)
    return replace(review, open=False, decision=resolution.decision, by=resolution.by)


def _following(
    app: App, review: ReviewState, resolution: Resolution, now: datetime
) -> Sequence[Event]:
    decides = resolution.decision in (Decision.ACCEPT, Decision.REJECT)
    if review.kind is ReviewKind.REVOKED or (decides and review.kind in DIRECTIVE_REVIEWS):
        return decide_directive(
            app, review, resolution.decision, resolution.by, now, until=resolution.until
        )
    match resolution.decision:
        case Decision.WAIVE:
            assignment = _assignment(app, review, resolution)
            reason = resolution.note or review.reason
            waived = AssignmentWaived(about=assignment.about, reason=reason, by=resolution.by)
            return [_event(review, "waived", waived, now)]
        case Decision.ACCEPT if review.kind is ReviewKind.EXTENSION_REQUEST:
            return [_event(review, "extended", _extension(app, review, resolution, now), now)]
        case Decision.ACCEPT if review.kind in _COUNTABLE and review.raw is not None:
            return _counted(app, review, resolution, now)
        case Decision.ACCEPT if review.kind is ReviewKind.PORTAL_MISSING:
            return [_event(review, "waived", without_portal(app, review, resolution.by), now)]
        case Decision.NOTED if review.kind is ReviewKind.PORTAL_MISSING:
            again = portal_again(app, review, resolution.by)
            return [_event(review, "again", fact, now) for fact in again]
        case Decision.ACCEPT if review.kind is ReviewKind.UNCERTAIN:
            arrived = _event(review, "arrived", _arrived(app, review, resolution), now)
            return [arrived, *asked_back(app, [arrived], now)]
        case Decision.ACCEPT if review.kind is ReviewKind.AGENCIES:
            return [accepted(app, review, now)]
        case Decision.ACCEPT:
            raise NotAllowed(
                f"there is nothing to accept in a review of kind {review.kind}; "
                "use noted, or the decision that its kind names in docs/operations.md"
            )
        case _:
            return []


def _extension(app: App, review: ReviewState, resolution: Resolution, now: datetime) -> Fact:
    if resolution.until is None:
        raise NotAllowed("granting more time needs the new date: --until YYYY-MM-DD")
    assignment = _assignment(app, review, resolution)
    until = end_of(resolution.until)
    if until <= max(now, assignment.due_at or now):
        raise NotAllowed(f"{resolution.until} gives no more time than there is; name a later day")
    return AssignmentExtended(about=assignment.about, until=until, by=resolution.by)


def _arrived(app: App, review: ReviewState, resolution: Resolution) -> Fact:
    """Return that a person found out, by telephone for instance, that a sending has arrived."""
    dispatch = app.ledger.get(DispatchState, (str(review.dispatch),))
    if dispatch is None or dispatch.status is not DispatchStatus.UNCERTAIN:
        raise NotAllowed(f"dispatch {review.dispatch} is not uncertain any more; use noted")
    return DispatchAccepted(
        dispatch=dispatch.dispatch,
        about=dispatch.about,
        answer=f"its arrival was confirmed by {resolution.by}",
        probed=True,
    )


def _counted(
    app: App, review: ReviewState, resolution: Resolution, now: datetime
) -> Sequence[Event]:
    if review.kind is ReviewKind.UNREADABLE:
        return _counted_unread(app, review, resolution, now)
    if review.kind in _RECORDED and resolution.counts_as is None:
        raise NotAllowed("this reply is recorded already; say what it counts as: --as report")
    assignment = _assignment(app, review, resolution)
    raw = _raw(app, review)
    understood, channel = _understood(app, review, assignment, raw, now)
    fact = reply_recorded(
        app,
        _as_kind(understood, resolution.counts_as),
        assignment.about,
        review.dispatch,
        now=now,
        channel=channel,
    )
    if fact.kind is ReplyKind.UNCLEAR and resolution.counts_as is None:
        raise NotAllowed("Dondoc cannot tell what this reply is; say it: --as report")
    counted = replace(fact, reply=ReplyId(f"{fact.reply}-{review.review}"))
    if review.kind is ReviewKind.UNAUTHENTICATED:
        counted = replace(counted, proofs=(*counted.proofs, ACCEPTED))
    late = after_approval(app, fact.about, fact.kind, raw, now)
    answers = registered(app, raw, fact.about, now)
    return [_event(review, "counted", counted, now), *late, *answers]


def _counted_unread(
    app: App, review: ReviewState, resolution: Resolution, now: datetime
) -> Sequence[Event]:
    """Count input that only a person has read; it leaves the quarantine."""
    if resolution.counts_as is None:
        raise NotAllowed("Dondoc could not read this; say what it counts as: --as report")
    raw = _raw(app, review)
    if raw.status is not RawStatus.QUARANTINED or raw.channel is RawChannel.EXCHANGE_STATUS:
        raise NotAllowed(f"input {raw.raw} is no answer that waits in quarantine; use noted")
    about = _assignment(app, review, resolution).about
    channel = Channel.EMAIL if raw.channel is RawChannel.MAIL else Channel.EXCHANGE
    understood = _as_kind(unread(app, raw), resolution.counts_as)
    fact = reply_recorded(app, understood, about, None, now=now, channel=channel)
    counted = replace(fact, reply=ReplyId(f"{fact.reply}-{review.review}"))
    late = after_approval(app, about, fact.kind, raw, now)
    read = read_event(raw, now, f"counted as {fact.kind} by {resolution.by}", about)
    answers = registered(app, raw, about, now)
    return [_event(review, "counted", counted, now), *late, read, *answers]


def _as_kind(understood: Understanding, kind: ReplyKind | None) -> Understanding:
    """Give the message the kind that the person saw in it; its own when none was said."""
    if kind is None:
        if understood.machine:
            raise NotAllowed("a machine wrote this message; say what it counts as with --as")
        return understood
    from_person = replace(understood.judgement, kind=MessageKind(kind))
    return replace(understood, judgement=from_person)


def _raw(app: App, review: ReviewState) -> RawState:
    raw = app.ledger.get(RawState, (review.raw or "",))
    if raw is None:
        raise NotFound(f"the input of review {review.review} is not recorded")
    return raw


def _understood(
    app: App, review: ReviewState, assignment: AssignmentState, raw: RawState, now: datetime
) -> tuple[Understanding, Channel]:
    if raw.channel is RawChannel.MAIL:
        content = app.evidence.get(raw.digest)
        return understand(app, content, now, prove=False), Channel.EMAIL
    dispatch = app.ledger.get(DispatchState, (review.dispatch or "",))
    packet = packet_of(app, raw).packet
    if not isinstance(packet, Packet):
        raise MalformedDocument("the reviewed input", "it is a status message, not an answer")
    return understood_packet(app, packet, assignment.about, dispatch), Channel.EXCHANGE


def _assignment(app: App, review: ReviewState, resolution: Resolution) -> AssignmentState:
    office = resolution.office or review.office
    if office is None and len(review.candidates) == 1:
        office = review.candidates[0]
    if office is None:
        raise NotAllowed("say which office is meant: --office ID")
    campaign, round_name = _place(app, review)
    found = app.ledger.get(AssignmentState, (campaign, round_name, office))
    if found is None:
        raise NotFound(f"office {office} has no assignment in round {round_name} of {campaign}")
    return found


def _place(app: App, review: ReviewState) -> tuple[CampaignId, RoundId]:
    """Return the round that a review is about; the only open one when it names none."""
    if review.campaign is not None and review.round is not None:
        return review.campaign, review.round
    rounds = app.ledger.select(RoundState)
    if review.campaign is not None:
        rounds = [r for r in rounds if r.campaign == review.campaign]
    if not rounds:
        raise NotFound("no round is open yet")
    if review.campaign is None and len({r.campaign for r in rounds}) > 1:
        raise NotAllowed("several campaigns are running; this reply must be looked at by hand")
    latest = max(rounds, key=lambda r: r.due_on)
    return latest.campaign, latest.round


def _resent(app: App, review: ReviewState, now: datetime) -> Sequence[Event]:
    """Plan another dispatch of the same kind to the address that the directory has now.

    Of a letter in several mails all go anew: what kept one back may well be its size, and the
    address may be another one.
    """
    if review.dispatch is None:
        raise NotAllowed("this review is about no dispatch; there is nothing to send again")
    before = app.ledger.get(DispatchState, (review.dispatch,))
    if before is None:
        raise NotFound(f"dispatch {review.dispatch} is not recorded")
    before = letter_of(app, before)
    picture = running(app, before.campaign)
    _refuse_outdated(app, picture, before)
    refuse_stopped(picture, before)
    target = address_now(picture, before.office, before.channel, local_day(now))
    if target is None:
        raise NotAllowed(
            f"office {before.office} has no {before.channel} in the directory any more"
        )
    kind = _kind_to_send(app, before)
    if kind in LETTERS and held(picture):
        raise NotAllowed(
            "letters wait for the file that is posted on the portal; decide that review first"
        )
    intent = PlanDispatch(
        about=before.about,
        kind=kind,
        occurrence=_next_occurrence(app, picture, before, kind),
        channel=before.channel,
        target=target,
        why=f"sent again after review {review.review}",
        recalls=before.recalls,
        marked=before.channel is Channel.EMAIL and review.kind is ReviewKind.UNCERTAIN,
    )
    return planned_events(app, picture, intent, now)


def _kind_to_send(app: App, before: DispatchState) -> DispatchKind:
    """Send the letter itself where its reminder came back: the new address has seen neither."""
    if before.kind is not DispatchKind.REMINDER:
        return before.kind
    siblings = app.ledger.dispatches_of(before.campaign, before.round, before.office)
    letter = next((d for d in siblings if d.kind in LETTERS), None)
    if letter is None:
        raise NotAllowed(f"{before.office} was sent no letter that could be sent again; use noted")
    return letter.kind


def _refuse_outdated(app: App, picture: Picture, before: DispatchState) -> None:
    """Refuse to send a result that would be dropped at once, or a letter that was replaced.

    A letter of an earlier version goes out in the version in force, unless that went already.
    """
    newer = _newer(picture, before)
    if newer is not None:
        raise NotAllowed(
            f"version {newer.edition} of the directive took its place, and went or goes by the "
            f"same door ({newer.dispatch}): use noted"
        )
    row = app.ledger.get(RoundState, (before.campaign, before.round))
    if before.kind is DispatchKind.COMPILATION and row and before.version < row.version:
        raise NotAllowed(
            f"version {before.version} of round {before.round} is out of date: version "
            f"{row.version} takes its place; approve that one, which sends it, and use noted"
        )


def _newer(picture: Picture, before: DispatchState) -> DispatchStanding | None:
    """Return the letter of a later version that the office has, or may get, by the same door."""
    if before.kind not in LETTERS | {DispatchKind.REMINDER}:
        return None
    later = (
        d
        for d in picture.dispatches
        if d.kind in LETTERS
        and (d.office, d.channel) == (before.office, before.channel)
        and d.edition > before.edition
        and d.status not in ENDED
    )
    return next(later, None)


def _next_occurrence(app: App, picture: Picture, before: DispatchState, kind: DispatchKind) -> int:
    siblings = app.ledger.dispatches_of(before.campaign, before.round, before.office)
    same = [d for d in siblings if d.kind is kind]
    if kind not in _VERSIONED:
        return max(d.occurrence for d in same) + 1
    # The occurrence holds the version too: that of another one would send the wrong result.
    replaces = kind is DispatchKind.REPLACEMENT
    version = picture.directive.version if replaces else before.version
    of_version = [d.occurrence for d in same if d.version == version]
    return max(of_version) + SENT_AGAIN if of_version else version


def _event(review: ReviewState, key: str, fact: Fact, now: datetime) -> Event:
    return Event(
        source="review",
        source_key=f"{review.review} {key}",
        occurred_at=now,
        fact=fact,
        evidence=review.evidence,
    )
