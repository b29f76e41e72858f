"""What waits for a person: reviews, and input that was set aside."""

from typing import TypedDict

from domain.state import RawState, ReviewState


class ReviewView(TypedDict):
    """One review; ``evidence`` is the SHA-256 of what it is about."""

    review: str
    kind: str
    campaign: str | None
    round: str | None
    office: str | None
    candidates: list[str]
    reason: str
    opened_at: str
    raw: str | None
    dispatch: str | None
    evidence: str | None
    open: bool
    decision: str | None
    by: str | None
    note: str


class QuarantineView(TypedDict):
    """One input that could not be read; ``size`` in octets, ``evidence`` is its SHA-256."""

    raw: str
    channel: str
    arrived_at: str
    size: int
    evidence: str
    reason: str


def review_view(review: ReviewState) -> ReviewView:
    """Return a review in its JSON form."""
    return ReviewView(
        review=review.review,
        kind=review.kind,
        campaign=review.campaign,
        round=review.round,
        office=review.office,
        candidates=list(review.candidates),
        reason=review.reason,
        opened_at=review.opened_at.isoformat(),
        raw=review.raw,
        dispatch=review.dispatch,
        evidence=review.evidence,
        open=review.open,
        decision=review.decision,
        by=review.by,
        note=review.note,
    )


def quarantine_view(raw: RawState) -> QuarantineView:
    """Return quarantined input in its JSON form."""
    return QuarantineView(
        raw=raw.raw,
        channel=raw.channel,
        arrived_at=raw.arrived_at.isoformat(),
        size=raw.size,
        evidence=raw.digest,
        reason=raw.outcome,
    )
