"""Rebuilding the rows from the events alone, and comparing them with the rows that are kept."""

from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any, Protocol, TypeVar

from connector.store import codec
from connector.store.memory_rows import MemoryRows
from domain.errors import IllegalTransition, InvariantViolation
from domain.facts import Recorded
from domain.state import STATES, State

S = TypeVar("S", bound=State)


class Rows(Protocol):
    """Anything that projected rows can be read from: a ledger, or rows rebuilt."""

    def select(self, kind: type[S], **equals: str | bool) -> list[S]:
        """Return rows of one type in key order."""


def audit(events: Iterable[Recorded], kept: Rows) -> list[str]:
    """Rebuild every row from the events and name how the kept rows differ from them.

    Both must be of one moment. Events that contradict each other are a difference too.
    """
    try:
        return differences(kept, rebuild(events))
    except (IllegalTransition, InvariantViolation) as error:
        return [f"the events cannot be followed to their end, some are missing or changed: {error}"]


def rebuild(events: Iterable[Recorded]) -> MemoryRows:
    """Project recorded events in their order; raises what the projection raises."""
    rows = MemoryRows()
    for recorded in events:
        rows.record(recorded)
    return rows


def differences(kept: Rows, rebuilt: Rows) -> list[str]:
    """Compare all rows and name each difference: type, key, column, the kept and the rebuilt value.

    Empty when the two agree.
    """
    return [line for kind in STATES for line in _of_kind(kind, kept, rebuilt)]


def _of_kind(kind: type[State], kept: Rows, rebuilt: Rows) -> list[str]:
    old = {row.key: row for row in map(_as_kept, kept.select(kind))}
    new = {row.key: row for row in map(_as_kept, rebuilt.select(kind))}
    found: list[str] = []
    for key in sorted(old.keys() | new.keys()):
        name = f"{kind.__name__} {'/'.join(key)}"
        if key not in new:
            found.append(f"{name}: kept, but no event makes it")
        elif key not in old:
            found.append(f"{name}: made by the events, but not kept")
        else:
            found += [f"{name}: {line}" for line in _of_row(old[key], new[key])]
    return found


def _as_kept(row: S) -> S:
    """Return a row with its texts as a database holds them."""
    texts = ((f.name, getattr(row, f.name)) for f in fields(row))
    changed: dict[str, Any] = {
        name: codec.storable(value)
        for name, value in texts
        if isinstance(value, str) and codec.storable(value) != value
    }
    return replace(row, **changed) if changed else row


def _of_row(old: State, new: State) -> list[str]:
    pairs = [(f.name, getattr(old, f.name), getattr(new, f.name)) for f in fields(old)]
    return [f"{name} is kept as {a!r}, rebuilt as {b!r}" for name, a, b in pairs if a != b]
