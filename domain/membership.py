"""An office that a change of the rules takes out of a round, or puts back into it: the facts.

One that comes in late is an assignment like every other one. ``domain/facts.py`` gathers them.
"""

from dataclasses import dataclass

from domain.about import About


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentRemoved:
    """The rules in force name an office no more: it gets nothing more, and owes nothing."""

    about: About
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentRestored:
    """The rules in force name it again: it goes on where it was."""

    about: About
    reason: str
