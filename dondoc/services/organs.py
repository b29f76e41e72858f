"""Whether two identifiers name one unit: by the exchange's table, else by a marked guess.

Everything that compares identifiers comes here. What only the formula made equal is written into
the events of the input that was being read, see ``noting``.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import structlog

from domain.errors import EvidenceMissing, MalformedDocument
from domain.exchange import Ability
from domain.facts import Event, Fact, RawRead, ReceiptRecorded, ReviewOpened
from domain.ids import OrganId
from domain.organs import OrganTable, Sameness
from domain.state import AgenciesState
from dondoc.app import App, ExchangeDoor
from mappings.agencies import read_agencies
from mappings.edxml.identifiers import compare_organs
from schedulers.calendar import local_day

log = structlog.get_logger(__name__)

BY_FORMULA = "matched by the formula only"
"""How the mark begins by which a person recognises a guess."""

_SURE = (Sameness.TEXT, Sameness.TABLE)


def table_door(app: App) -> ExchangeDoor | None:
    """Return the door whose table of units counts: the exchange's, if it gives one."""
    return next((d for d in app.doors if Ability.AGENCIES in d.exchange.abilities), None)


def table_in_force(app: App) -> AgenciesState | None:
    """Return which table the ledger holds for that door."""
    door = table_door(app)
    return app.ledger.get(AgenciesState, (door.name,)) if door else None


def load_table(app: App) -> OrganTable:
    """Hold the table in force and return it; an empty one when there is none or it is damaged."""
    state, organs = table_in_force(app), app.organs
    if state is None:
        organs.forget()
    elif organs.table is None or organs.digest != state.digest:
        try:
            rows = read_agencies(app.evidence.get(state.digest))
            organs.hold(OrganTable(rows), state.digest, state.taken_at)
        except (EvidenceMissing, MalformedDocument):
            log.warning("agencies_not_readable", account=state.door, digest=state.digest)
            organs.forget()
    return table_held(app)


def table_held(app: App) -> OrganTable:
    """Return the table that comparisons use; it is loaded at their first and at every turn."""
    return load_table(app) if app.organs.table is None else app.organs.table


def same_organ(app: App, a: OrganId, b: OrganId) -> bool:
    """Tell whether two identifiers name one unit."""
    return is_one_of(app, a, (b,))


def is_one_of(app: App, organ: OrganId, known: Iterable[OrganId | None]) -> bool:
    """Tell whether an identifier is one of those known for a unit, by the surest of them.

    A match by the formula alone is noted for the input that is being read.
    """
    table = table_held(app)
    guess = ""
    for one in known:
        found = compare_organs(table, organ, one) if one else Sameness.NONE
        if found in _SURE:
            return True
        if found is Sameness.FORMULA:
            guess = guess or _note(app, organ, one or organ)
    if guess and app.organs.noted is not None:
        app.organs.noted[guess] = None
    return bool(guess)


def as_listed(app: App, organ: OrganId) -> str:
    """Say under which unit the table has an identifier, for a reason; empty when it has none."""
    unit = table_held(app).unit(organ)
    return f"; the exchange's table has it as {unit.code} {unit.name}".rstrip() if unit else ""


@contextmanager
def noting(app: App) -> Iterator[list[str]]:
    """Gather, until it ends, what only the formula makes equal."""
    found: list[str] = []
    app.organs.noted = {}
    try:
        yield found
    finally:
        found += app.organs.noted
        app.organs.noted = None


def marked(events: Sequence[Event], notes: Sequence[str]) -> list[Event]:
    """Return the events of one input with what makes them less than certain."""
    return [replace(event, fact=_marked(event.fact, notes)) if notes else event for event in events]


def _marked(fact: Fact, notes: Sequence[str]) -> Fact:
    match fact:
        case RawRead():
            return replace(fact, warnings=(*fact.warnings, *notes))
        case ReceiptRecorded():
            return replace(fact, detail="; ".join((fact.detail, *notes)))
        case ReviewOpened() if fact.raw is not None:
            return replace(fact, reason="; ".join((fact.reason, *notes)))
        case _:
            return fact


def _note(app: App, a: OrganId, b: OrganId) -> str:
    at = app.organs.taken_at
    lacks = f"the exchange's table of {local_day(at)} lacks one" if at else "there is no table yet"
    # In one order: a pair that is compared twice is one guess.
    one, other = sorted((a.strip(), b.strip()))
    return f"{BY_FORMULA}: {one} and {other}; {lacks}"
