"""Rounds and their compilations."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from domain import facts
from domain.errors import InvariantViolation
from domain.machine import round_after
from domain.ports import StateView
from domain.projection.rows import known, row
from domain.state import CompilationState, RoundState, State
from domain.status import RoundEvent, RoundStatus


def opened(at: datetime, fact: facts.RoundOpened) -> RoundState:
    """Return the first row of a round."""
    return RoundState(
        campaign=known(fact.about.campaign, "campaign"),
        round=known(fact.about.round, "round"),
        status=RoundStatus.OPEN,
        opened_at=at,
        due_on=fact.due_on,
        due_at=fact.due_at,
        compile_at=fact.compile_at,
    )


RoundFact = (
    facts.RoundReadied
    | facts.CompilationMade
    | facts.CompilationApproved
    | facts.CompilationForwarded
)


def round_rows(view: StateView, at: datetime, fact: RoundFact) -> Sequence[State]:
    """Return the round after its event, and the compilation that the event is about."""
    key = (known(fact.about.campaign, "campaign"), known(fact.about.round, "round"))
    before = row(view, RoundState, key)
    match fact:
        case facts.RoundReadied():
            return [replace(before, status=round_after(before.status, RoundEvent.READIED))]
        case facts.CompilationMade():
            made = CompilationState(
                campaign=before.campaign,
                round=before.round,
                version=fact.version,
                files=fact.files,
                made_at=at,
                reports=fact.reports,
                missing=fact.missing,
            )
            status = round_after(before.status, RoundEvent.COMPILED)
            return [replace(before, status=status, version=fact.version), made]
        case facts.CompilationApproved():
            result = row(view, CompilationState, _newest(before, fact.version))
            result = replace(result, approved_at=at, approved_by=fact.by, number=fact.number)
            return [replace(before, status=round_after(before.status, RoundEvent.APPROVED)), result]
        case facts.CompilationForwarded():
            result = row(view, CompilationState, _newest(before, fact.version))
            result = replace(result, forwarded_at=at)
            return [
                replace(before, status=round_after(before.status, RoundEvent.FORWARDED)),
                result,
            ]
        case _:
            assert_never(fact)


def _newest(before: RoundState, version: int) -> tuple[str, str, str]:
    if version != before.version:
        raise InvariantViolation(f"version {version} is not the newest one, {before.version}")
    return (before.campaign, before.round, f"{version:03d}")
