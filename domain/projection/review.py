"""Reviews: opened once, resolved by a person."""

from dataclasses import replace
from typing import assert_never

from domain import facts
from domain.facts import Recorded
from domain.ports import StateView
from domain.projection.rows import row
from domain.state import ReviewState


def review_row(
    view: StateView, recorded: Recorded, fact: facts.ReviewOpened | facts.ReviewResolved
) -> ReviewState:
    """Return the review after it was opened or resolved."""
    at = recorded.event.occurred_at
    match fact:
        case facts.ReviewOpened():
            return ReviewState(
                review=fact.review,
                kind=fact.kind,
                campaign=fact.about.campaign,
                round=fact.about.round,
                office=fact.about.office,
                reason=fact.reason,
                opened_at=at,
                candidates=fact.candidates,
                raw=fact.raw,
                dispatch=fact.dispatch,
                evidence=recorded.event.evidence,
            )
        case facts.ReviewResolved():
            return replace(
                row(view, ReviewState, (fact.review,)),
                open=False,
                decision=fact.decision,
                by=fact.by,
                note=fact.note,
                resolved_at=at,
            )
        case _:
            assert_never(fact)
