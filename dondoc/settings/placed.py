"""A checked entry together with its place, so that cross checks can point at it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from domain.errors import ConfigError, Problem
from domain.words import Words
from dondoc.settings.problems import problems_of
from dondoc.settings.source import Document, Trail, read_document

EntryT = TypeVar("EntryT", bound=BaseModel)
RecordT = TypeVar("RecordT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed(Generic[EntryT]):
    """An entry that stands at ``trail`` of ``document``."""

    entry: EntryT
    document: Document
    trail: Trail = ()

    def problem(
        self, trail: Trail, what: Words, advice: Words, *, warning: bool = False
    ) -> Problem:
        """Make a problem that points at a part of this entry; an empty trail means its start."""
        return self.document.problem((*self.trail, *trail), what, advice, warning=warning)

    def where(self, trail: Trail = ()) -> str:
        """Return ``file:line`` of a part of this entry, to be named by another problem."""
        line, _ = self.document.position((*self.trail, *trail))
        return f"{self.document.file}:{line}"


def read_entry(
    model: type[EntryT], document: Document
) -> tuple[Placed[EntryT] | None, tuple[Problem, ...]]:
    """Check a whole file against its form."""
    try:
        return Placed(entry=model.model_validate(document.data), document=document), ()
    except ValidationError as error:
        return None, problems_of(error, model, document)


def read_checked(
    model: type[EntryT], document: Document, check: Callable[[Placed[EntryT]], Iterable[Problem]]
) -> tuple[Placed[EntryT] | None, tuple[Problem, ...]]:
    """Check a whole file against its form and by its own rules; without an entry when it fails."""
    placed, problems = read_entry(model, document)
    if placed is not None:
        problems += tuple(sorted(check(placed), key=lambda found: (found.line, found.column)))
    return (None if problems else placed), problems


def load_checked(
    path: Path, read: Callable[[Document], tuple[RecordT | None, tuple[Problem, ...]]]
) -> RecordT:
    """Read one file into a record; raises ``ConfigError`` with every problem at once."""
    document, problems = read_document(path)
    record = None
    if document is not None:
        record, found = read(document)
        problems += found
    if record is None or problems:
        raise ConfigError(problems)
    return record


def sound_items(model: type[EntryT], document: Document, key: str) -> list[Placed[EntryT]]:
    """Return the items of a list that are sound by themselves, whatever the others are.

    So one wrong office does not make every campaign that names another one look wrong too.
    """
    items = document.data.get(key) if isinstance(document.data, dict) else None
    placed = []
    for index, item in enumerate(items if isinstance(items, list) else []):
        try:
            entry = model.model_validate(item)
        except ValidationError:
            continue
        placed.append(Placed(entry=entry, document=document, trail=(key, index)))
    return placed
