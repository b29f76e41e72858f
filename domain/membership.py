"""An office that a change of the rules takes out of a round or puts back, or that ends: the facts.

One that comes in late is an assignment like every other one. ``domain/facts.py`` gathers them.
"""

from dataclasses import dataclass

from domain.about import About
from domain.ids import OfficeId
from domain.office import Passing


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentRemoved:
    """The rules in force name an office no more: it gets nothing more, and owes nothing."""

    about: About
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentRestored:
    """The rules in force name it again, or it exists after all: it goes on where it was."""

    about: About
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentPassed:
    """The office has ended before it had answered: its duty passed to ``to``, by these steps.

    It gets nothing more. Its successor, which takes part in the round, owes the more of both.
    """

    about: About
    to: OfficeId
    passed: tuple[Passing, ...]
    reason: str
