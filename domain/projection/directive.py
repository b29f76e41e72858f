"""A campaign's directive: taken once, then perhaps replaced; every version is kept."""

from dataclasses import replace

from domain import facts
from domain.errors import InvariantViolation
from domain.facts import Recorded
from domain.ports import StateView
from domain.projection.rows import known, row
from domain.state import DirectiveState


def taken(recorded: Recorded, fact: facts.DirectiveTaken) -> DirectiveState:
    """Return the row of a directive in its first version."""
    return DirectiveState(
        campaign=known(fact.about.campaign, "campaign"),
        directive=fact.directive,
        document_id=fact.directive.document_id,
        taken_at=recorded.event.occurred_at,
        evidence=recorded.event.evidence,
    )


def replaced(view: StateView, recorded: Recorded, fact: facts.DirectiveReplaced) -> DirectiveState:
    """Return the row after another document took its place; since when it counts does not move."""
    before = row(view, DirectiveState, (known(fact.about.campaign, "campaign"),))
    if fact.version != before.version + 1:
        raise InvariantViolation(f"version {fact.version} does not follow {before.version}")
    return replace(
        before,
        directive=fact.directive,
        document_id=fact.directive.document_id,
        evidence=recorded.event.evidence,
        version=fact.version,
        former=before.versions,
        reason=fact.reason,
        replaced_at=recorded.event.occurred_at,
    )
