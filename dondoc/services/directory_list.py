"""The directory taken from a spreadsheet and given back as one: previewed first, written whole."""

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from domain.errors import ConfigError, Conflict, InvariantViolation, NotAllowed, Problem
from domain.ids import OfficeId
from domain.office import Directory, Office
from domain.words import say
from dondoc.settings.check_directory import check_directory
from dondoc.settings.convert import to_office
from dondoc.settings.directory_files import (
    DirectoryFiles,
    OfficesFile,
    read_directory_files,
    read_offices_file,
)
from dondoc.settings.load import load_settings
from dondoc.settings.models import DirectoryFile, OfficeEntry
from dondoc.settings.placed import read_entry, sound_items
from dondoc.settings.source import read_document
from dondoc.settings.staged import StagedFiles
from mappings.directory.compare import Comparison, compare
from mappings.directory.read_list import read_list
from mappings.directory.records import FieldChange
from mappings.directory.table_file import read_tables
from mappings.directory.yaml_text import comments, edited
from mappings.render.directory_sheet import directory_workbook

_NEW_FILE_MODE = 0o644


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEdit:
    """A file of the directory as it is, None for a new one, and as it would be."""

    path: Path
    before: str | None
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPlan:
    """What a list would change. ``problems`` are errors that would come of it: nothing is written.

    ``unnamed`` is a new file that the configuration does not name.
    """

    comparison: Comparison
    edits: tuple[FileEdit, ...]
    problems: tuple[Problem, ...]
    unnamed: Path | None = None


def plan_import(
    config: Path,
    content: bytes,
    name: str,
    on: date,
    *,
    into: Path | None = None,
    end_missing: date | None = None,
) -> ImportPlan:
    """Return what a list of offices, a file's content, would change in the directory.

    New offices go ``into`` a file, which may be a new one; into the only file there is without it.
    Raises MalformedDocument for a file that is no list, ConfigError for a directory that is not
    sound, NotAllowed where it is not clear into which file.
    """
    found = _with_target(read_directory_files(config), into)
    listing = read_list(read_tables(content, name), found.words)
    directory = Directory(office for file in found.files for office in file.offices)
    comparison = compare(listing, directory, on, around=found.around, end_missing=end_missing)
    edits = _edits(found, comparison, into)
    problems, unnamed = _checked(config, edits, into)
    return ImportPlan(comparison=comparison, edits=edits, problems=problems, unnamed=unnamed)


def _with_target(found: DirectoryFiles, into: Path | None) -> DirectoryFiles:
    """Add a file that stands but is not named by the configuration."""
    if into is None or not into.is_file() or _named(found, into):
        return found
    file = read_offices_file(into)
    return DirectoryFiles(files=(*found.files, file), around=found.around, words=found.words)


def _named(found: DirectoryFiles, path: Path) -> OfficesFile | None:
    return next((f for f in found.files if f.path.resolve() == path.resolve()), None)


def _edits(
    found: DirectoryFiles, comparison: Comparison, into: Path | None
) -> tuple[FileEdit, ...]:
    added = [addition.office for addition in comparison.added]
    target = _target(found, into, needed=bool(added))
    altered = {one.office.id: one for one in (*comparison.changed, *comparison.ended)}
    edits: list[FileEdit] = []
    for file in found.files:
        mine = {o.id: altered[o.id].changes for o in file.offices if o.id in altered}
        more = added if target is not None and file.path == target else []
        if mine or more:
            offices = [altered[o.id].office if o.id in mine else o for o in file.offices]
            edits.append(_edit(file, mine, more, offices))
    if added and target is not None and all(file.path != target for file in found.files):
        edits.append(_edit(OfficesFile(path=target, text="", offices=()), {}, added, []))
    return tuple(edits)


def _target(found: DirectoryFiles, into: Path | None, *, needed: bool) -> Path | None:
    if into is not None:
        known = _named(found, into)
        return known.path if known else into
    if len(found.files) == 1:
        return found.files[0].path
    if not needed:
        return None
    listed = ", ".join(str(file.path) for file in found.files) or say("none yet")
    raise NotAllowed(
        say(
            "name the file for new offices with --into; files of the directory: {files}",
            files=listed,
        )
    )


def _edit(
    file: OfficesFile,
    changed: Mapping[OfficeId, Sequence[FieldChange]],
    added: Sequence[Office],
    offices: Sequence[Office],
) -> FileEdit:
    """Edit a file's text, and make sure that it says what it should and kept its comments."""
    groups = {office.id: office.groups[0] for office in file.offices if office.groups}
    after = edited(file.text, changed, added, groups)
    if _signs(file.text) - _signs(after) and _comments(file.text) - _comments(after):
        raise InvariantViolation(f"a comment of {file.path} would be lost")
    if {o.id: o for o in _offices(file.path, after)} != {o.id: o for o in (*offices, *added)}:
        raise InvariantViolation(f"{file.path} would not say what the list says")
    return FileEdit(path=file.path, before=file.text or None, after=after)


def _signs(text: str) -> Counter[str]:
    """Return what may be comments, without reading the whole file: that takes long."""
    return Counter(line.partition("#")[2].strip() for line in text.splitlines() if "#" in line)


def _comments(text: str) -> Counter[str]:
    return Counter(comment for _, comment in comments(text))


def _offices(path: Path, text: str) -> list[Office]:
    """Return the offices of a text; raises ``ConfigError`` where no such file could be read."""
    document, problems = read_document(path, lambda _: text.encode())
    if document is None:
        raise ConfigError(problems)
    return [to_office(placed.entry) for placed in sound_items(OfficeEntry, document, "offices")]


def _checked(
    config: Path, edits: Sequence[FileEdit], into: Path | None
) -> tuple[tuple[Problem, ...], Path | None]:
    """Return the errors that the edits would bring, and the new file that nobody names."""
    staged = {edit.path: edit.after.encode() for edit in edits}
    files = StagedFiles(staged)
    if not config.is_file():
        return tuple(p for edit in edits for p in _alone(edit)), None
    before = {(p.file, p.what) for p in _errors(config, StagedFiles({}))}
    new = tuple(p for p in _errors(config, files) if (p.file, p.what) not in before)
    unread = [edit for edit in edits if edit.path.absolute() not in files.given]
    unnamed = into if any(edit.path == into for edit in unread) else None
    return (*new, *(p for edit in unread for p in _alone(edit))), unnamed


def _errors(config: Path, files: StagedFiles) -> list[Problem]:
    try:
        load_settings(config, files)
    except ConfigError as error:
        return [problem for problem in error.problems if not problem.warning]
    return []


def _alone(edit: FileEdit) -> list[Problem]:
    """Check a file of the directory by itself."""
    document, problems = read_document(edit.path, lambda _: edit.after.encode())
    if document is None:
        return list(problems)
    _, found = read_entry(DirectoryFile, document)
    placed = sound_items(OfficeEntry, document, "offices")
    known = frozenset(one.entry.id for one in placed)
    every = (*problems, *found, *check_directory(placed, known))
    return [problem for problem in every if not problem.warning]


def write_import(plan: ImportPlan) -> tuple[Path, ...]:
    """Write the files of a plan, each whole, the old one kept beside it as FILE.bak.

    Returns the files. Raises ``ConfigError`` when the directory would not be sound, ``Conflict``
    when a file is another one by now; nothing is written then.
    """
    if plan.problems:
        raise ConfigError(plan.problems)
    for edit in plan.edits:
        now = edit.path.read_bytes().decode("utf-8") if edit.path.is_file() else None
        if now != edit.before:
            raise Conflict(f"{edit.path} was changed in the meantime; look at the preview again")
    for edit in plan.edits:
        _write(edit)
    return tuple(edit.path for edit in plan.edits)


def _write(edit: FileEdit) -> None:
    path = edit.path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    old = path.stat() if edit.before is not None else None
    if old is not None:
        shutil.copy2(path, path.with_name(f"{path.name}.bak"))
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    fresh = Path(name)
    try:
        with open(handle, "wb") as stream:
            os.fchmod(stream.fileno(), old.st_mode & 0o7777 if old else _NEW_FILE_MODE)
            if old is not None:
                # Only root can, and only root need: others own what they write.
                with suppress(PermissionError):
                    os.fchown(stream.fileno(), old.st_uid, old.st_gid)
            stream.write(edit.after.encode())
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


def export_directory(config: Path, made_at: datetime) -> tuple[bytes, int]:
    """Return the directory as an XLSX file, and how many offices it has."""
    found = read_directory_files(config)
    offices = [office for file in found.files for office in file.offices]
    return directory_workbook(offices, found.words, made_at), len(offices)
