"""Names of reviews, and opening one; what keeps failing is told again once it was resolved.

``caught`` is the net under every piece of work: one may fail, the next one is done.
"""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import TypeVar

import structlog

from domain.errors import Conflict, DondocError, DuplicateEvent, StoreFailed
from domain.facts import About, Event, ReviewOpened, ReviewResolved
from domain.ids import Digest, DispatchId, OfficeId, RawId, ReviewId
from domain.kinds import Decision, ReviewKind
from domain.state import ReviewState
from dondoc.app import App

log = structlog.get_logger(__name__)

T = TypeVar("T")

_LENGTH = 12

_ITSELF = "Dondoc"
"""Who resolved a review whose question answered itself."""


def review_id(*parts: str) -> ReviewId:
    """Return a short name that a person can type, the same for the same cause: ``R-1a2b…``."""
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return ReviewId(f"R-{digest[:_LENGTH]}")


def open_review(
    kind: ReviewKind,
    cause: str,
    about: About,
    reason: str,
    now: datetime,
    *,
    candidates: tuple[OfficeId, ...] = (),
    raw: RawId | None = None,
    dispatch: DispatchId | None = None,
    evidence: Digest | None = None,
) -> Event:
    """Return the event that opens a review; the same kind and cause never open two."""
    name = review_id(kind, cause)
    fact = ReviewOpened(
        review=name,
        kind=kind,
        about=about,
        reason=reason,
        candidates=candidates,
        raw=raw,
        dispatch=dispatch,
    )
    return Event(source="review", source_key=name, occurred_at=now, fact=fact, evidence=evidence)


def resolved_by_itself(review: ReviewState, note: str, now: datetime) -> Event:
    """Return that nothing is left to decide in a review; ``note`` says what came about."""
    return closed_review(review.review, review.about, note, now)


def closed_review(review: ReviewId, about: About, note: str, now: datetime) -> Event:
    """Return that nothing is left to decide in a review; ``note`` says what came about."""
    fact = ReviewResolved(
        review=review,
        about=about,
        decision=Decision.NOTED,
        by=_ITSELF,
        note=note,
    )
    key = f"{review} resolved"
    return Event(source="review", source_key=key, occurred_at=now, fact=fact)


def tell_failed(app: App, cause: str, about: About, reason: str, now: datetime) -> None:
    """Open a review of what failed; what fails again after one was resolved opens another.

    ``now`` is the turn's: what a person resolves during a turn is not asked again in that turn.
    """
    time = 1
    while (before := app.ledger.get(ReviewState, (_failed_id(cause, time),))) is not None:
        if before.resolved_at is None or before.resolved_at >= now:
            return
        time += 1
    name = f"{_printable(cause)} {time}"
    review = open_review(ReviewKind.FAILED, name, about, _printable(reason), now)
    with suppress(DuplicateEvent):
        app.ledger.append([review], recorded_at=now)


def waits(app: App, cause: str) -> bool:
    """Tell whether a failure of this cause waits for a person."""
    time = 1
    while (review := app.ledger.get(ReviewState, (_failed_id(cause, time),))) is not None:
        if review.open:
            return True
        time += 1
    return False


def _failed_id(cause: str, time: int) -> ReviewId:
    return review_id(ReviewKind.FAILED, f"{_printable(cause)} {time}")


def _printable(text: str) -> str:
    """Escape what a peer may have put into an error that no store or terminal takes."""
    return "".join(
        letter if letter.isprintable() or letter == "\n" else ascii(letter)[1:-1] for letter in text
    )


def caught(work: Callable[[], T], told: Callable[[str, bool], None]) -> T | None:
    """Return what one piece of work gives; a failure is told and stops no other piece.

    ``told`` gets the reason and whether it is a fault of ours, and is called where the log can
    show that. Raises only what no other piece would be spared: ``StoreFailed`` and ``Conflict``.
    """
    try:
        return work()
    except (StoreFailed, Conflict):
        raise
    except DondocError as error:
        told(str(error), False)
    except Exception as error:  # noqa: BLE001 - `told` logs it
        # What a peer sends may find a bug of ours; it costs that piece of work, not the turn.
        told(f"Dondoc failed on it ({type(error).__name__}); see the log", True)
    return None


def guarded(app: App, source: str, now: datetime, work: Callable[[], T]) -> T | None:
    """Return what taking in from one source gives; a failure opens a review, see ``caught``."""

    def told(reason: str, ours: bool) -> None:
        if ours:
            log.exception("intake_broken", source=_printable(source))
        else:
            log.warning("intake_failed", source=_printable(source))
        tell_failed(app, f"intake {source}", About(), f"{source}: {reason}", now)

    return caught(work, told)
