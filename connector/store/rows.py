"""How each row type is kept: its name in the store, its key columns, what must be unique.

The columns themselves are the fields of the row types that ``domain/state.py`` gathers; nothing
repeats them.
"""

import dataclasses
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass

from domain.errors import InvariantViolation
from domain.state import (
    STATES,
    AgenciesState,
    AnswerState,
    AssignmentState,
    CompilationState,
    ConfigurationState,
    CursorState,
    DirectiveState,
    DispatchState,
    PortalState,
    RawState,
    RecallState,
    ReplyState,
    RestorationState,
    ReviewState,
    RevocationState,
    RevokedName,
    RoundState,
    State,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Name of a row type in the store, the columns of its ``key``, and a second unique set."""

    table: str
    key: tuple[str, ...]
    unique: tuple[str, ...] = ()


LAYOUTS: Mapping[type[object], Layout] = {
    RawState: Layout(table="raw", key=("raw",)),
    DirectiveState: Layout(table="directives", key=("campaign",)),
    RoundState: Layout(table="rounds", key=("campaign", "round")),
    AssignmentState: Layout(table="assignments", key=("campaign", "round", "office")),
    DispatchState: Layout(
        table="dispatches",
        key=("dispatch",),
        unique=("campaign", "round", "office", "kind", "occurrence", "channel"),
    ),
    ReplyState: Layout(table="replies", key=("reply",)),
    AnswerState: Layout(table="answers", key=("answer",)),
    ReviewState: Layout(table="reviews", key=("review",)),
    CompilationState: Layout(table="compilations", key=("campaign", "round", "version")),
    RecallState: Layout(table="recalls", key=("campaign", "round", "office")),
    RevocationState: Layout(table="revocations", key=("revocation",)),
    RevokedName: Layout(table="revoked_names", key=("name", "revocation")),
    CursorState: Layout(table="cursors", key=("account", "place")),
    RestorationState: Layout(table="restorations", key=("restoration",)),
    AgenciesState: Layout(table="agencies", key=("door",)),
    PortalState: Layout(table="portals", key=("campaign",)),
    ConfigurationState: Layout(table="configurations", key=("worker",)),
}

INDEXED = frozenset(
    {
        "campaign",
        "document_id",
        "due_at",
        "exchange_id",
        "message_id",
        "open",
        "status",
        "subject_token",
        "token",
    }
)
"""Columns that rows are looked up by; each gets an index wherever it is not first in a key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A field of a row type: its type without ``None``, and whether it may be None."""

    name: str
    hint: object
    nullable: bool

    @property
    def plain(self) -> type | None:
        """Return the class of the values, through NewType; None for a nested type."""
        hint = self.hint
        while isinstance(hint, typing.NewType):
            hint = hint.__supertype__
        return hint if isinstance(hint, type) and not dataclasses.is_dataclass(hint) else None


def _column(name: str, hint: object) -> Column:
    # ``NewType | None`` is a typing.Union, ``str | None`` a types.UnionType.
    united = typing.get_origin(hint) in {typing.Union, types.UnionType}
    members = typing.get_args(hint) if united else (hint,)
    given = [member for member in members if member is not types.NoneType]
    if len(given) != 1:
        raise InvariantViolation(f"column {name} has more than one type: {hint}")
    return Column(name=name, hint=given[0], nullable=len(given) < len(members))


def _columns(kind: type[State]) -> tuple[Column, ...]:
    hints = typing.get_type_hints(kind)
    return tuple(_column(field.name, hints[field.name]) for field in dataclasses.fields(kind))


COLUMNS: Mapping[type[object], tuple[Column, ...]] = {kind: _columns(kind) for kind in STATES}
"""The columns of every row type, in the order of its fields."""


_PLAIN = {
    kind: {column.name: column.plain for column in columns} for kind, columns in COLUMNS.items()
}


def check_equals(kind: type[object], equals: Mapping[str, str | bool]) -> None:
    """Raise ``InvariantViolation`` unless rows of this type can be selected by these values."""
    for name, value in equals.items():
        wanted = _PLAIN[kind].get(name)
        if wanted is None or not issubclass(wanted, bool if isinstance(value, bool) else str):
            raise InvariantViolation(f"{kind.__name__} cannot be selected by {name}={value!r}")
