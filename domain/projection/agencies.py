"""The exchange's table of units that is in force."""

from dataclasses import replace
from typing import assert_never

from domain import facts
from domain.facts import Recorded
from domain.ports import StateView
from domain.projection.rows import known, row
from domain.state import AgenciesState


def agencies_row(
    view: StateView, recorded: Recorded, fact: facts.AgenciesTaken | facts.AgenciesConfirmed
) -> AgenciesState:
    """Return the table's row after it was taken anew, or found unchanged."""
    at = recorded.event.occurred_at
    match fact:
        case facts.AgenciesTaken():
            return AgenciesState(
                door=fact.door,
                digest=known(recorded.event.evidence, "evidence"),
                units=fact.units,
                pairs=fact.pairs,
                taken_at=at,
                confirmed_at=at,
            )
        case facts.AgenciesConfirmed():
            return replace(row(view, AgenciesState, (fact.door,)), confirmed_at=at)
        case _:
            assert_never(fact)
