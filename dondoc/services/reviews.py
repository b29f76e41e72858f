"""Names of reviews, and opening one."""

import hashlib
from datetime import datetime

from domain.facts import About, Event, ReviewOpened
from domain.ids import Digest, DispatchId, OfficeId, RawId, ReviewId
from domain.kinds import ReviewKind

_LENGTH = 12


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
