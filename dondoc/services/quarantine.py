"""Input that could not be read: what it is, and reading it again on a person's word."""

from datetime import datetime

from domain.errors import NotAllowed, NotFound
from domain.facts import Event, RawReleased, ReviewResolved
from domain.ids import Digest, RawId
from domain.kinds import Decision, RawChannel, ReviewKind
from domain.state import RawState, ReviewState
from domain.status import RawStatus
from dondoc.app import App
from dondoc.services.collect_mail import fetch_again, header_only


def quarantined(app: App) -> list[RawState]:
    """Return what is set aside, oldest first."""
    found = app.ledger.select(RawState, status=RawStatus.QUARANTINED)
    return sorted(found, key=lambda raw: (raw.arrived_at, raw.raw))


def times_set_aside(app: App, raw: RawId) -> int:
    """Return how often input was set aside; each time opened a review of its own."""
    reviews = app.ledger.select(ReviewState, raw=raw)
    return sum(review.kind is ReviewKind.UNREADABLE for review in reviews)


def release(app: App, name: str, by: str, now: datetime) -> RawState:
    """Let the next turn read quarantined input again, and close the review that it opened.

    A message of which only the header was taken is fetched whole first, and the whole becomes its
    evidence. Raises ``NotFound`` for unknown input or a message that its mailbox has no more,
    ``NotAllowed`` for input that is not set aside or is still too large, and what the mailbox
    raises.
    """
    raw = app.ledger.get(RawState, (RawId(name),))
    if raw is None:
        raise NotFound(
            f"there is no input {name}; `dondoc quarantine list` shows what is set aside"
        )
    if raw.status is not RawStatus.QUARANTINED:
        raise NotAllowed(f"input {name} is {raw.status}; only quarantined input can be released")
    digest, size = _to_be_read(app, raw)
    released = Event(
        source="quarantine",
        source_key=f"{raw.raw} released {times_set_aside(app, raw.raw)}",
        occurred_at=now,
        fact=RawReleased(raw=raw.raw, by=by, size=size),
        evidence=digest,
    )
    reviews = app.ledger.select(ReviewState, open=True, raw=raw.raw)
    closed = [_closed(r, by, now) for r in reviews if r.kind is ReviewKind.UNREADABLE]
    app.ledger.append([released, *closed], recorded_at=now)
    return raw


def _to_be_read(app: App, raw: RawState) -> tuple[Digest, int | None]:
    """Return the digest of what the next turn reads, and its size where it was fetched anew."""
    # Only mail is ever fetched in part, and only mail is small enough to be loaded.
    mail = raw.channel is RawChannel.MAIL
    if not mail or not header_only(raw, app.evidence.get(raw.digest)):
        return raw.digest, None
    whole = fetch_again(app, raw)
    return app.evidence.put(whole), len(whole)


def _closed(review: ReviewState, by: str, now: datetime) -> Event:
    fact = ReviewResolved(
        review=review.review,
        about=review.about,
        decision=Decision.NOTED,
        by=by,
        note="released to be read again",
    )
    return Event(
        source="review",
        source_key=f"{review.review} resolved",
        occurred_at=now,
        fact=fact,
        evidence=review.evidence,
    )
