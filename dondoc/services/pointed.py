"""The dispatches that messages point at: asked for by one message, or for many at once."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from domain.reading import MailContent, Via
from domain.state import DispatchState

if TYPE_CHECKING:
    from dondoc.app import App

Pointer: TypeAlias = tuple[Via, str, str]
"""How a message points, the column that it points by, and the value of that column."""

_Place: TypeAlias = tuple[str, str]

Pointed: TypeAlias = Mapping[_Place, Sequence[DispatchState]]
"""Dispatches by column and value; also values that no dispatch has."""

_TOGETHER = 500
"""Values in one question: a message may bear hundreds, and a database takes only so many."""


def pointers_of(content: MailContent) -> list[Pointer]:
    """Return what in a message points at dispatches, the strongest first."""
    return [
        *((Via.THREAD, "message_id", message) for message in content.thread),
        *((Via.TOKEN, "token", token) for token in content.tokens),
        *((Via.TOKEN, "token", r.envelope_id) for r in content.reports if r.envelope_id),
        *(
            (Via.THREAD, "message_id", r.original_message_id)
            for r in content.reports
            if r.original_message_id
        ),
        *((Via.SUBJECT_TOKEN, "subject_token", token) for token in content.subject_tokens),
    ]


def dispatches_at(app: "App", pointers: Sequence[Pointer]) -> list[DispatchState]:
    """Return every dispatch that one message points at."""
    if not pointers:
        return []
    known = _with(app, app.pointed, [pointers])
    places = map(_place, [pointers[0], *_further(pointers, known)])
    return list({d.dispatch: d for place in places for d in known[place]}.values())


def pointed_at(app: "App", contents: Iterable[MailContent]) -> Pointed:
    """Return what many messages point at, asked for at once."""
    each = map(pointers_of, contents)
    return _with(app, {}, [pointers for pointers in each if pointers])


def _with(app: "App", known: Pointed, each: Sequence[Sequence[Pointer]]) -> Pointed:
    """Return what is known, and what these messages point at."""
    near = _asked(app, known, (pointers[0] for pointers in each))
    return _asked(app, near, (one for pointers in each for one in _further(pointers, near)))


def _further(pointers: Sequence[Pointer], known: Pointed) -> list[Pointer]:
    """Return which pointers lead elsewhere than the first.

    An answer bears everything of the one letter that it answers: mostly nothing more is asked.
    """
    near = known[_place(pointers[0])]
    return [p for p in pointers[1:] if not any(getattr(d, p[1]) == p[2] for d in near)]


def _asked(app: "App", known: Pointed, pointers: Iterable[Pointer]) -> Pointed:
    wanted = iter({place: None for place in map(_place, pointers) if place not in known})
    found: dict[_Place, list[DispatchState]] = {}
    while some := set(islice(wanted, _TOGETHER)):
        found |= {place: [] for place in some}
        among = {column: [v for c, v in some if c == column] for column, _ in some}
        for dispatch in app.ledger.select_any(DispatchState, **among):
            for column in among:
                place = (column, getattr(dispatch, column))
                if place in some:
                    found[place].append(dispatch)
    return {**known, **found} if found else known


def _place(pointer: Pointer) -> _Place:
    _, column, value = pointer
    return column, value
