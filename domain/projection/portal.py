"""The portal of a campaign: asked until it gave its file, or a person does without."""

from dataclasses import replace
from typing import assert_never

from domain import facts
from domain.facts import Recorded
from domain.ports import StateView
from domain.projection.rows import known, row
from domain.state import PortalState

PortalFact = (
    facts.PortalFailed
    | facts.PortalFileFetched
    | facts.PortalCompared
    | facts.PortalRetryAsked
    | facts.PortalWaived
)


def portal_row(view: StateView, recorded: Recorded, fact: PortalFact) -> PortalState:
    """Return what is known of the portal after its event."""
    campaign = known(fact.about.campaign, "campaign")
    before = view.get(PortalState, (campaign,)) or PortalState(campaign=campaign)
    match fact:
        case facts.PortalFailed():
            return replace(
                before,
                attempts=fact.attempt,
                problem=fact.problem,
                reason=fact.reason,
                retry_at=fact.retry_at,
                evidence=recorded.event.evidence,
            )
        case facts.PortalFileFetched():
            return replace(
                before,
                problem=None,
                reason="",
                retry_at=None,
                file=fact.file,
                url=fact.url,
                fetched_at=recorded.event.occurred_at,
                evidence=recorded.event.evidence,
            )
        case facts.PortalCompared():
            fetched = row(view, PortalState, (campaign,))
            return replace(fetched, outcome=fact.outcome)
        case facts.PortalRetryAsked():
            return replace(before, retry_at=None)
        case facts.PortalWaived():
            return replace(before, waived_by=fact.by, retry_at=None)
        case _:
            assert_never(fact)
