"""A portal that did not give its file: what is recorded, whom it is told, and when that is over."""

from collections.abc import Sequence

import structlog

from domain.facts import Event, PortalCompared, PortalFailed
from domain.ids import Digest
from domain.kinds import ReviewKind
from domain.portal import PATIENT, PortalRule, PortalUnusable
from domain.state import ReviewState
from dondoc.app import App
from dondoc.services.portal_inquiry import Inquiry
from dondoc.services.reviews import open_review, resolved_by_itself
from schedulers.picture import Picture
from schedulers.portal import came_at, held, patience_ends, retry_at

log = structlog.get_logger(__name__)


def failed(
    app: App, inquiry: Inquiry, failure: PortalUnusable, evidence: Digest | None
) -> list[Event]:
    """Return that the portal did not give the file, and that a person is told where one must be."""
    fact = PortalFailed(
        about=inquiry.about,
        attempt=inquiry.attempt,
        problem=failure.problem,
        reason=failure.reason,
        retry_at=retry_at(inquiry.attempt, inquiry.now),
        version=inquiry.version,
    )
    log.warning(
        "portal_failed",
        campaign=inquiry.campaign,
        problem=failure.problem,
        attempt=inquiry.attempt,
    )
    event = inquiry.event(f"failed {inquiry.attempt}", fact, evidence)
    return [event, *_asked(app, inquiry, failure, evidence)]


def _asked(
    app: App, inquiry: Inquiry, failure: PortalUnusable, evidence: Digest | None
) -> list[Event]:
    """Tell a person: at once what does not end by itself, else when patience has passed.

    Whoever decided to wait is asked again when it has passed once more, if letters wait. Whoever
    was asked about the version before is asked about this one instead.
    """
    picture, came = inquiry.picture, came_at(inquiry.picture)
    told = _told_of(app, inquiry)
    earlier = [r for r in told if r.opened_at >= came]
    if any(r.open for r in earlier) or (earlier and picture.carried):
        return []
    since = max((r.resolved_at for r in earlier if r.resolved_at), default=None)
    early = inquiry.now < patience_ends(since or came, inquiry.rule, app.calendar)
    waits = early and (earlier or failure.problem in PATIENT)
    if waits and not any(r.open for r in told):
        return []
    reason = f"{failure.reason}; {_ways_out(picture, inquiry.rule)}"
    cause = f"{inquiry.campaign} {len(told) + 1}"
    return [
        open_review(
            ReviewKind.PORTAL_MISSING, cause, inquiry.about, reason, inquiry.now, evidence=evidence
        )
    ]


def _told_of(app: App, inquiry: Inquiry) -> list[ReviewState]:
    found = app.ledger.select(ReviewState, campaign=str(inquiry.campaign))
    return [r for r in found if r.kind is ReviewKind.PORTAL_MISSING]


def closed(app: App, inquiry: Inquiry, events: Sequence[Event]) -> list[Event]:
    """Close what a person was asked and need not decide any more, saying why."""
    came = any(isinstance(event.fact, PortalCompared) for event in events)
    note = (
        "the file is there now"
        if came
        else f"version {inquiry.version} of the directive took the place of the one that was meant"
    )
    return [
        resolved_by_itself(review, note, inquiry.now)
        for review in _told_of(app, inquiry)
        if review.open and (came or review.opened_at < came_at(inquiry.picture))
    ]


def _ways_out(picture: Picture, rule: PortalRule) -> str:
    trying = "`dondoc portal` shows what the rules find, and it is tried again by itself"
    if not held(picture):
        gone = "The letters do not wait for it"
        return f"{trying}. {gone}: accept gives it up, noted tries again at once and goes on"
    return (
        f"{trying}. The letter came without {rule.document} and waits for it: accept sends it "
        "without, noted asks the portal again at once and goes on waiting"
    )
