"""What was taken back: by a person's order, or by the issuer of a document."""

from dataclasses import replace
from typing import assert_never

from domain import facts
from domain.facts import Recorded
from domain.ids import OfficeId, RoundId
from domain.ports import StateView
from domain.projection.rows import known, row
from domain.state import RecallState, RevocationState


def recall_row(recorded: Recorded, fact: facts.RecallOrdered) -> RecallState:
    """Return the row of an order to take back."""
    return RecallState(
        campaign=known(fact.about.campaign, "campaign"),
        round=fact.about.round or RoundId(""),
        office=fact.about.office or OfficeId(""),
        reason=fact.reason,
        by=fact.by,
        ordered_at=recorded.event.occurred_at,
    )


def revocation_row(
    view: StateView, recorded: Recorded, fact: facts.RevocationReceived | facts.RevocationDecided
) -> RevocationState:
    """Return a revocation after it came, or after a person decided it."""
    match fact:
        case facts.RevocationReceived():
            return RevocationState(
                revocation=fact.revocation,
                raw=fact.raw,
                issuer=fact.issuer,
                document_ids=fact.document_ids,
                codes=fact.codes,
                reason=fact.reason,
                received_at=recorded.event.occurred_at,
                evidence=recorded.event.evidence,
                campaign=fact.about.campaign,
            )
        case facts.RevocationDecided():
            before = row(view, RevocationState, (fact.revocation,))
            campaign = fact.about.campaign or before.campaign
            return replace(before, campaign=campaign, agreed=fact.agreed, by=fact.by)
        case _:
            assert_never(fact)
