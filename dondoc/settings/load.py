"""The whole configuration: every file read, every problem found, one record returned."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from pydantic import BaseModel

from domain.errors import ConfigError, Problem
from domain.office import Directory
from domain.words import say
from dondoc.settings import convert
from dondoc.settings.check_calendar import check_calendar, to_calendar
from dondoc.settings.check_campaign import Surroundings, check_campaigns
from dondoc.settings.check_directory import check_directory
from dondoc.settings.check_intake import check_intake
from dondoc.settings.check_literals import check_values
from dondoc.settings.check_mail import unnamed_login
from dondoc.settings.check_main import check_main
from dondoc.settings.check_names import check_names
from dondoc.settings.check_ourselves import check_ourselves
from dondoc.settings.check_succession import check_succession
from dondoc.settings.doors import check_doors, read_mappings, to_doors
from dondoc.settings.list_words import to_words
from dondoc.settings.load_rest import RestMapping
from dondoc.settings.mailboxes import check_mailboxes, to_mailboxes
from dondoc.settings.models import CalendarFile, CampaignFile, DirectoryFile, OfficeEntry
from dondoc.settings.models_columns import ColumnsFile
from dondoc.settings.models_main import MainFile
from dondoc.settings.phrases import read_phrases
from dondoc.settings.placed import Placed, read_entry, sound_items
from dondoc.settings.portals import check_portals, read_portals, to_portals
from dondoc.settings.records import Settings
from dondoc.settings.set_files import DiskFiles, SetFiles, is_folder
from dondoc.settings.source import Document, Trail, read_document
from dondoc.settings.store import to_store
from dondoc.settings.templates import OwnTemplates, read_templates
from mappings.portal.rules import PortalRules
from mappings.reply.phrases import Phrases

EntryT = TypeVar("EntryT", bound=BaseModel)


@dataclass(slots=True, kw_only=True)
class _Reading:
    """What was read so far. ``directory_whole`` is False when an office may be unknown to us,
    ``directory_sound`` when one is known that could not be used.
    """

    files: SetFiles
    documents: list[Document] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    main: Placed[MainFile] | None = None
    offices: list[Placed[OfficeEntry]] = field(default_factory=list)
    campaigns: list[Placed[CampaignFile]] = field(default_factory=list)
    calendars: list[Placed[CalendarFile]] = field(default_factory=list)
    columns: list[Placed[ColumnsFile]] = field(default_factory=list)
    mappings: dict[str, RestMapping] = field(default_factory=dict)
    portals: dict[Path, PortalRules] = field(default_factory=dict)
    templates: OwnTemplates = field(default_factory=OwnTemplates)
    phrases: Phrases | None = None
    directory: Directory = field(default_factory=lambda: Directory(()))
    directory_whole: bool = True
    directory_sound: bool = True
    new: bool = False


def load_settings(
    path: Path,
    files: SetFiles | None = None,
    *,
    day: date | None = None,
    also: Sequence[Path] = (),
    new: bool = False,
) -> Settings:
    """Read a configuration file and all that it names, from the disk or another place.

    ``also`` are campaigns that it does not name yet.

    Raises ``ConfigError`` with every error at once, and with the warnings behind them; when there
    are only warnings they are in ``Settings.warnings``. Secrets are not looked up. What depends on
    the ``day`` on which a directive comes gives warnings only, and none without one. A ``new``
    configuration may have no campaigns yet.
    """
    reading = _Reading(files=files or DiskFiles(), new=new)
    with _uncollected():
        document = _open(reading, path)
        if document is not None:
            _read_all(reading, document, also)
            _check_all(reading, day)
    errors = [problem for problem in reading.problems if not problem.warning]
    warnings = [problem for problem in reading.problems if problem.warning]
    if errors or reading.main is None:
        raise ConfigError((*_in_order(errors), *_in_order(warnings)))
    return _settings(path, reading, reading.main, tuple(_in_order(warnings)))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep Python's collector from going over a large directory again and again: nothing of what
    is being read is garbage. It took a fifth of the time.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _in_order(problems: Sequence[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda problem: (problem.file, problem.line, problem.column))


def _open(reading: _Reading, path: Path) -> Document | None:
    document, problems = read_document(path, reading.files.read)
    reading.problems += problems
    if document is None:
        return None
    document = replace(document, read=reading.files.read)
    reading.documents.append(document)
    return document


def _read_all(reading: _Reading, main: Document, also: Sequence[Path]) -> None:
    reading.main = _entry(reading, MainFile, main)
    for file in _named(reading, main, "directory"):
        _read_offices(reading, file)
    reading.directory = Directory(convert.to_office(office.entry) for office in reading.offices)
    named = list(_named(reading, main, "campaigns"))
    known = {document.path.resolve() for document in named}
    named += filter(None, (_open(reading, path) for path in also if path.resolve() not in known))
    for file in named:
        campaign = _entry(reading, CampaignFile, file)
        reading.campaigns += [campaign] if campaign else []
    for file in _named(reading, main, "calendar"):
        calendar = _entry(reading, CalendarFile, file)
        reading.calendars += [calendar] if calendar else []
    for file in _named(reading, main, "directory_columns"):
        columns = _entry(reading, ColumnsFile, file)
        reading.columns += [columns] if columns else []
    reading.mappings, problems = read_mappings(main, partial(_open, reading), reading.files.is_file)
    reading.problems += problems
    reading.portals, problems = read_portals(named, partial(_open, reading), reading.files.is_file)
    reading.problems += problems
    reading.phrases, problems = read_phrases(main, partial(_open, reading), reading.files.is_file)
    reading.problems += problems
    reading.templates, problems = read_templates(main, reading.files)
    reading.problems += problems


def _entry(reading: _Reading, model: type[EntryT], document: Document) -> Placed[EntryT] | None:
    placed, problems = read_entry(model, document)
    reading.problems += problems
    return placed


def _read_offices(reading: _Reading, document: Document) -> None:
    whole = _entry(reading, DirectoryFile, document)
    if whole is None:
        reading.directory_sound = False
        reading.offices += sound_items(OfficeEntry, document, "offices")
        return
    for index, office in enumerate(whole.entry.offices):
        reading.offices.append(Placed(entry=office, document=document, trail=("offices", index)))


def _named(reading: _Reading, main: Document, key: str) -> Iterator[Document]:
    """Read the files that a key names, each once; the key's own errors are reported elsewhere."""
    value = main.data.get(key) if isinstance(main.data, dict) else None
    patterns = value if isinstance(value, list) else [value]
    seen: set[Path] = set()
    for index, pattern in enumerate(patterns):
        if not isinstance(pattern, str) or not pattern.strip():
            continue
        files = reading.files.matching(main.path.parent, pattern.strip())
        if not files and not (reading.new and key == "campaigns"):
            reading.problems.append(_unmatched(main, (key, index), pattern.strip()))
            reading.directory_whole &= key != "directory"
        for file in files:
            if file in seen:
                continue
            seen.add(file)
            document = _open(reading, file)
            if document is not None:
                yield document
            elif key == "directory":
                reading.directory_whole = False


def _unmatched(main: Document, trail: Trail, pattern: str) -> Problem:
    key = str(trail[0])
    if is_folder(main.path.parent / pattern):
        what = say("{key}: {pattern} is a folder", key=key, pattern=pattern)
        return main.problem(trail, what, say("name its files: {name}/*.yaml", name=pattern))
    what = say("{key}: no file matches {pattern}", key=key, pattern=pattern)
    advice = say("write a path or pattern relative to {file}", file=main.path.name)
    return main.problem(trail, what, advice)


def _ids(reading: _Reading) -> frozenset[str] | None:
    """Return every id that an office bears, sound or not; None when some cannot be known."""
    found: set[str] = set()
    for document in reading.documents:
        offices = document.data.get("offices") if isinstance(document.data, dict) else None
        for office in offices if isinstance(offices, list) else []:
            name = office.get("id") if isinstance(office, dict) else None
            if isinstance(name, str):
                found.add(name)
    return frozenset(found) if reading.directory_whole and found else None


def _check_all(reading: _Reading, day: date | None) -> None:
    known = _ids(reading)
    calendar = to_calendar(reading.calendars)
    around = Surroundings(
        directory=reading.directory,
        known=known,
        whole=reading.directory_sound,
        calendar=calendar,
        years=_years(reading, day),
        day=day,
        main=reading.main.entry if reading.main else None,
        mappings=reading.mappings,
    )
    if reading.main is not None:
        reading.problems += check_main(reading.main)
        reading.problems += check_mailboxes(reading.main)
        reading.problems += check_doors(reading.main, reading.mappings)
        reading.problems += check_values(reading.main)
        reading.problems += check_ourselves(reading.offices, reading.campaigns, reading.main)
    else:
        reading.problems += unnamed_login(reading.documents[0])
    reading.problems += check_directory(reading.offices, known)
    reading.problems += check_names(reading.offices)
    reading.problems += check_succession(reading.offices)
    reading.problems += check_campaigns(reading.campaigns, around)
    reading.problems += check_intake(reading.campaigns)
    reading.problems += check_portals(reading.campaigns)
    reading.problems += check_calendar(reading.calendars)


def _years(reading: _Reading, day: date | None) -> tuple[int, ...]:
    """Return the announced years; from ``day`` on, with those of the next deadlines."""
    announced = {year.year for file in reading.calendars for year in file.entry.years}
    if day is None:
        return tuple(sorted(announced))
    return tuple(sorted({day.year, day.year + 1} | {year for year in announced if year > day.year}))


def _settings(
    path: Path, reading: _Reading, main: Placed[MainFile], warnings: tuple[Problem, ...]
) -> Settings:
    entry = main.entry
    campaigns = [
        convert.to_campaign(placed.entry, place=entry.unit.place) for placed in reading.campaigns
    ]
    return Settings(
        path=path.absolute(),
        files=(
            *(document.path.absolute() for document in reading.documents),
            *(path.absolute() for path in reading.templates.files),
        ),
        templates=reading.templates.sources,
        phrases=reading.phrases,
        store=to_store(main, entry.store),
        unit=convert.to_unit(entry.unit),
        place=entry.unit.place,
        exchange=convert.to_exchange(main, entry.exchange) if entry.exchange else None,
        doors=to_doors(main, reading.mappings),
        mail=convert.to_mail(main, entry.mail) if entry.mail else None,
        mailboxes=to_mailboxes(main),
        token_key=convert.to_key(main),
        schedule=convert.to_schedule(entry.schedule),
        calendar=to_calendar(reading.calendars),
        directory=reading.directory,
        list_words=to_words([file.entry for file in reading.columns]),
        campaigns=MappingProxyType({campaign.id: campaign for campaign in campaigns}),
        portals=MappingProxyType(to_portals(reading.campaigns, reading.portals)),
        warnings=warnings,
    )
