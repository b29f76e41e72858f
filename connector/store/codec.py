"""Facts and nested values as JSON text, and back.

The text is canonical: members sorted, no spaces, letters as they are, instants in UTC with
microseconds and ``Z`` (RFC 3339). Equal values are therefore equal text. Writing something that
does not fit its type raises ``InvariantViolation`` (our bug), reading raises ``StoreFailed``.
"""

import dataclasses
import json
import typing
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache, partial
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from domain.errors import InvariantViolation, StoreFailed
from domain.facts import Event, Fact, Recorded, about

VERSION = 1
"""Version of the payloads that this code writes, and the only one that it reads."""

_FACTS: Mapping[str, type[Fact]] = {kind.__name__: kind for kind in typing.get_args(Fact)}
_ADVICE = "use the Dondoc version that wrote this store, or a newer one"


def instant_text(instant: datetime) -> str:
    """Return an aware instant as text whose order is the order in time; naive is our bug."""
    if instant.tzinfo is None:
        raise InvariantViolation(f"instant {instant} has no time zone")
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def instant_of(text: str) -> datetime:
    """Return the instant that a text names, in UTC."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError as error:
        raise StoreFailed(f"the store is damaged: {text!r} is no instant") from error


def dumps(hint: object, value: object) -> str:
    """Return a value of the given type as canonical JSON text."""
    try:
        plain = _adapter(hint).dump_python(value, warnings="error")
        text = _CANONICAL.encode(plain)
        text.encode()
    except (PydanticSerializationError, TypeError):
        # The library's own errors quote the value, which may be a letter.
        raise InvariantViolation(f"a value does not fit {_name(hint)}") from None
    except UnicodeEncodeError:
        raise InvariantViolation(f"a text in {_name(hint)} has a lone surrogate") from None
    return text


def loads(hint: object, text: str) -> object:
    """Return the value of the given type that a JSON text stands for."""
    try:
        plain = json.loads(text)
        _refuse_unknown(hint, plain)
        return _in_utc(_adapter(hint).validate_python(plain))
    except ValidationError as error:
        places = sorted({".".join(map(str, problem["loc"])) for problem in error.errors()})
        raise StoreFailed(
            f"stored {_name(hint)} cannot be read: {', '.join(places)}; {_ADVICE}"
        ) from None
    except json.JSONDecodeError as error:
        raise StoreFailed(
            f"the store is damaged: stored {_name(hint)} is no JSON ({error.msg})"
        ) from None


def storable(text: str) -> str:
    """Return a text without NUL, which PostgreSQL's texts cannot hold: U+FFFD takes its place.

    Every database keeps it so, because a store may move from one to another. Values in JSON keep
    their NUL, which is an escape there.
    """
    return text.replace("\0", "\ufffd")


def column_text(hint: object, value: object) -> str:
    """Return a value as the text of one column: bare where its text is plain, JSON otherwise."""
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, str):
        return str(value)
    return value.isoformat() if isinstance(value, date) else dumps(hint, value)


def column_value(hint: object, text: str) -> object:
    """Return the value of the given type that the text of one column stands for."""
    return column_reader(hint)(text)


@cache
def column_reader(hint: object) -> Callable[[str], object]:
    """Return what reads the texts of a column of the given type, see ``column_value``."""
    if hint is datetime:
        return instant_of
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        read: Callable[[str], object] = hint
    else:
        read = date.fromisoformat if hint is date else partial(loads, hint)

    def checked(text: str) -> object:
        try:
            return read(text)
        except ValueError as error:
            raise StoreFailed(
                f"stored {_name(hint)} cannot be read: {text!r}; {_ADVICE}"
            ) from error

    return checked


def event_columns(event: Event, recorded_at: datetime) -> dict[str, str | int | None]:
    """Return everything that is kept of an event, by column of the ``events`` table."""
    scope = about(event.fact)
    texts = {
        "source": event.source,
        "source_key": event.source_key,
        "occurred_at": instant_text(event.occurred_at),
        "recorded_at": instant_text(recorded_at),
        "evidence": event.evidence,
        "campaign": scope.campaign,
        "round": scope.round,
        "office": scope.office,
        "dispatch": getattr(event.fact, "dispatch", None),
    }
    _check_texts(texts.values())
    kind = type(event.fact)
    return {
        **texts,
        "fact": kind.__name__,
        "version": VERSION,
        "payload": dumps(kind, event.fact),
    }


def _check_texts(texts: Iterable[str | None]) -> None:
    try:
        "".join(text for text in texts if text is not None).encode()
    except TypeError:
        raise InvariantViolation("a value does not fit the columns of an event") from None
    except UnicodeEncodeError:
        raise InvariantViolation("a text in the columns of an event has a lone surrogate") from None


def recorded_of(columns: Mapping[str, Any]) -> Recorded:  # values are typed by the columns
    """Return the event that a row of the ``events`` table holds; raises ``StoreFailed``."""
    kind = _FACTS.get(columns["fact"])
    if kind is None or columns["version"] != VERSION:
        raise StoreFailed(
            f"event {columns['sequence']}: unknown fact {columns['fact']} "
            f"version {columns['version']}; {_ADVICE}"
        )
    event = Event(
        source=columns["source"],
        source_key=columns["source_key"],
        occurred_at=instant_of(columns["occurred_at"]),
        fact=typing.cast(Fact, loads(kind, columns["payload"])),
        evidence=columns["evidence"],
    )
    return Recorded(
        sequence=columns["sequence"], recorded_at=instant_of(columns["recorded_at"]), event=event
    )


@cache
def _adapter(hint: Any) -> TypeAdapter[object]:  # any type expression, NewType and tuple[...] too
    return TypeAdapter(hint)


def _name(hint: object) -> str:
    return getattr(hint, "__name__", str(hint))


def _scalar(value: object) -> str:
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no JSON form for {type(value).__name__}")


_CANONICAL = json.JSONEncoder(
    default=_scalar, ensure_ascii=False, separators=(",", ":"), sort_keys=True
)


def _refuse_unknown(hint: object, plain: object) -> None:
    # pydantic passes over members that a dataclass does not have; a record must lose nothing.
    if isinstance(hint, type) and dataclasses.is_dataclass(hint) and isinstance(plain, dict):
        unknown = plain.keys() - {field.name for field in dataclasses.fields(hint)}
        if unknown:
            names = ", ".join(sorted(unknown))
            raise StoreFailed(f"stored {hint.__name__} has unknown members {names}; {_ADVICE}")


def _in_utc(value: object) -> object:
    # pydantic gives instants a time zone class of its own; equal, but no longer ``UTC`` itself.
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, tuple):
        return tuple(map(_in_utc, value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        given = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        changed = {name: _in_utc(member) for name, member in given.items()}
        unlike = {name: new for name, new in changed.items() if new is not given[name]}
        return dataclasses.replace(value, **unlike) if unlike else value
    return value
