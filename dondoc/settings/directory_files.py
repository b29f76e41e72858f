"""The files of the directory by themselves: to be edited though other files are not right yet."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from domain.errors import ConfigError, Problem
from domain.office import Office
from dondoc.settings.convert import to_office
from dondoc.settings.list_words import to_words
from dondoc.settings.models import DirectoryFile
from dondoc.settings.models_columns import ColumnsFile
from dondoc.settings.placed import read_entry
from dondoc.settings.set_files import expanded
from dondoc.settings.source import Document, octets, read_document
from mappings.directory.columns import Words

EntryT = TypeVar("EntryT", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficesFile:
    """One file of the directory: its text as it lies there, and its offices."""

    path: Path
    text: str
    offices: tuple[Office, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryFiles:
    """All files of the directory, the bodies that it lies in, and the words of lists of offices."""

    files: tuple[OfficesFile, ...]
    around: tuple[str, ...]
    words: Words


def read_directory_files(config: Path) -> DirectoryFiles:
    """Read the directory that a configuration names; an empty one where there is none yet.

    Raises ``ConfigError`` with every problem of these files.
    """
    if not config.is_file():
        return DirectoryFiles(files=(), around=(), words=to_words([]))
    main, problems = read_document(config)
    if main is None:
        raise ConfigError(problems)
    return DirectoryFiles(
        files=tuple(read_offices_file(path) for path in _named(main, "directory")),
        around=tuple(_around(main)),
        words=to_words([_read(ColumnsFile, path)[0] for path in _named(main, "directory_columns")]),
    )


def read_offices_file(path: Path) -> OfficesFile:
    """Read one file of the directory; raises ``ConfigError`` with its problems."""
    entry, _ = _read(DirectoryFile, path)
    offices = tuple(map(to_office, entry.offices))
    return OfficesFile(path=path, text=octets(path).decode("utf-8"), offices=offices)


def _read(model: type[EntryT], path: Path) -> tuple[EntryT, Document]:
    document, problems = read_document(path)
    if document is None:
        raise ConfigError(problems)
    placed, found = read_entry(model, document)
    errors = tuple(problem for problem in found if not problem.warning)
    if placed is None or errors:
        raise ConfigError((*problems, *errors))
    _refuse(problems)
    return placed.entry, document


def _refuse(problems: tuple[Problem, ...]) -> None:
    if problems:
        raise ConfigError(problems)


def _named(main: Document, key: str) -> Iterator[Path]:
    value = main.data.get(key) if isinstance(main.data, dict) else None
    patterns = value if isinstance(value, list) else [value]
    named = (p.strip() for p in patterns if isinstance(p, str) and p.strip())
    found = (path for pattern in named for path in expanded(main.path.parent, pattern))
    yield from dict.fromkeys(found)


def _around(main: Document) -> Iterator[str]:
    unit = main.data.get("unit") if isinstance(main.data, dict) else None
    for key in ("name", "parent_name"):
        name = unit.get(key) if isinstance(unit, dict) else None
        if isinstance(name, str) and name.strip():
            yield name
