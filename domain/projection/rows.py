"""Reading rows while projecting; a row that must be there and is not is our bug."""

from typing import TypeVar

from domain.errors import InvariantViolation
from domain.facts import About
from domain.ports import StateView
from domain.state import State

S = TypeVar("S", bound=State)
T = TypeVar("T")


def known(value: T | None, what: str) -> T:
    """Return a member that this kind of event always has; raises ``InvariantViolation``."""
    if value is None:
        raise InvariantViolation(f"an event that needs its {what} came without it")
    return value


def scope(about: About) -> tuple[str, str, str]:
    """Return the key of the assignment that an event is about."""
    return (
        known(about.campaign, "campaign"),
        known(about.round, "round"),
        known(about.office, "office"),
    )


def row(view: StateView, kind: type[S], key: tuple[str, ...]) -> S:
    """Return the row with this key; raises ``InvariantViolation`` when it was never recorded."""
    found = view.get(kind, key)
    if found is None:
        raise InvariantViolation(f"{kind.__name__} {'/'.join(key)} was never recorded")
    return found
