"""The portal of a campaign: asked until it gave its file, or a person does without."""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from domain import facts
from domain.errors import InvariantViolation
from domain.facts import Recorded
from domain.portal import CameWithout, PortalComparison
from domain.ports import StateView
from domain.projection.rows import known
from domain.state import PortalState

PortalFact = (
    facts.PortalAsked
    | facts.PortalFailed
    | facts.PortalFileFetched
    | facts.PortalCompared
    | facts.PortalRetryAsked
    | facts.PortalWaived
)


def portal_row(view: StateView, recorded: Recorded, fact: PortalFact) -> PortalState:
    """Return what is known of the portal after its event."""
    campaign = known(fact.about.campaign, "campaign")
    found = view.get(PortalState, (campaign,)) or PortalState(campaign=campaign)
    at, before = recorded.event.occurred_at, found.for_version(fact.version)
    match fact:
        case facts.PortalAsked():
            return replace(before, attempts=fact.attempt, retry_at=fact.retry_at)
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
                fetched_at=at,
                evidence=recorded.event.evidence,
            )
        case facts.PortalCompared():
            return _compared(before, fact, at)
        case facts.PortalRetryAsked():
            return replace(before, retry_at=None)
        case facts.PortalWaived():
            return replace(before, waived_by=fact.by, retry_at=None)
        case _:
            assert_never(fact)


def _compared(before: PortalState, fact: facts.PortalCompared, at: datetime) -> PortalState:
    if before.file is None:
        raise InvariantViolation(f"the portal of {before.campaign} gave no file to be compared")
    lacks = fact.outcome is PortalComparison.NOT_CARRIED
    more = (CameWithout(version=fact.version, at=at),) if lacks else ()
    return replace(before, outcome=fact.outcome, lacking=(*before.lacking, *more))
