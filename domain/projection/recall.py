"""What was taken back: by a person's order, or by the issuer of a document."""

from dataclasses import replace
from typing import assert_never

from domain import facts
from domain.facts import Recorded
from domain.ids import OfficeId, RoundId
from domain.ports import StateView
from domain.projection.rows import known, row
from domain.state import RecallState, RevocationState, RevokedName


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


def revocation_rows(
    view: StateView, recorded: Recorded, fact: facts.RevocationReceived | facts.RevocationDecided
) -> list[RevocationState | RevokedName]:
    """Return a revocation after it came, with its names, or after a person decided it.

    One that is of a campaign stays so.
    """
    match fact:
        case facts.RevocationReceived():
            names = [RevokedName(name=n, revocation=fact.revocation) for n in fact.known_as]
            row_of_it = RevocationState(
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
            return [row_of_it, *names]
        case facts.RevocationDecided():
            before = row(view, RevocationState, (fact.revocation,))
            campaign = before.campaign or fact.about.campaign
            return [replace(before, campaign=campaign, agreed=fact.agreed, by=fact.by)]
        case _:
            assert_never(fact)
