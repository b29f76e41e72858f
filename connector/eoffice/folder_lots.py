"""Which files of a watched folder belong together as one document."""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from connector.eoffice.folder_look import EDXML, SHEET, Look, Seen, is_name

FILES_LIMIT = 1_000
"""Files of one document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """The files of one document; ``sheet`` is None for an edXML file.

    ``folder`` is the subfolder that is theirs alone. ``absent`` counts the files that the sheet
    names and that are not there. ``flaw`` is why the lot cannot be given to anyone.
    """

    name: str
    files: tuple[Seen, ...]
    sheet: Seen | None = None
    folder: str | None = None
    absent: int = 0
    flaw: str = ""

    @property
    def members(self) -> tuple[Seen, ...]:
        """Every file, the sheet first."""
        return self.files if self.sheet is None else (self.sheet, *self.files)

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(member.size for member in self.members)

    @property
    def modified(self) -> int:
        """When the last file was written, in nanoseconds of the file system's clock."""
        return max((member.mtime_ns for member in self.members), default=0)


def lots(found: Look, names: Callable[[Seen], Sequence[str]]) -> Iterator[Lot]:
    """Yield what lies in the folder; ``names`` gives the files that a sheet names."""
    taken: set[Seen] = set()
    sheets = _of_kind(found.files, SHEET)
    there = by_name(set(found.files).difference(sheets))
    for sheet in sheets:
        lot = _beside(sheet, names(sheet), there)
        if taken.intersection(lot.files):
            # The first document takes the file along; the second must not be read with it.
            lot = replace(lot, flaw="another sheet names one of its files too")
        taken.update(lot.files)
        yield lot
    for file in _of_kind(found.files, EDXML):
        if file not in taken:
            yield Lot(name=file.name, files=(file,))
    for folder, files in found.folders.items():
        if files:
            yield _in_folder(folder, files, names)
    for name in found.odd:
        yield Lot(name=name, files=(), flaw="it is a link, no file, or a folder nobody may open")


def by_name(files: Iterable[Seen]) -> Mapping[str, Seen]:
    """Return files by their names, composed and without regard to case.

    macOS takes names apart (NFD) and Windows shares know no case; where both spellings are there
    the exact one wins.
    """
    named: dict[str, Seen] = {}
    for file in sorted(files, key=lambda f: f.parts):
        exact = unicodedata.normalize("NFC", file.name)
        named.setdefault(exact.casefold(), file)
        named[exact] = file
    return named


def _of_kind(files: Iterable[Seen], suffixes: tuple[str, ...]) -> list[Seen]:
    return sorted(
        (file for file in files if file.name.lower().endswith(suffixes)), key=lambda f: f.parts
    )


def _beside(sheet: Seen, names: Sequence[str], there: Mapping[str, Seen]) -> Lot:
    files, absent = _picked(names, there)
    return Lot(name=sheet.name, sheet=sheet, files=files, absent=absent, flaw=_too_many(files))


def _in_folder(folder: str, files: tuple[Seen, ...], names: Callable[[Seen], Sequence[str]]) -> Lot:
    """Return the lot of a subfolder: the named files in their order, then all others."""
    sheets = _of_kind(files, SHEET)
    if len(sheets) != 1:
        flaw = f"it has {len(sheets)} sheets (*.yaml); there must be one"
        return Lot(name=folder, folder=folder, files=files, flaw=flaw)
    (sheet,) = sheets
    others = sorted((file for file in files if file != sheet), key=lambda f: f.parts)
    named, absent = _picked(names(sheet), by_name(others))
    rest = tuple(file for file in others if file not in set(named))
    return Lot(
        name=folder,
        folder=folder,
        sheet=sheet,
        files=(*named, *rest),
        absent=absent,
        flaw=_too_many(others),
    )


def _picked(names: Sequence[str], there: Mapping[str, Seen]) -> tuple[tuple[Seen, ...], int]:
    """Return the named files, each once, and how many are not there.

    What can be no name in this folder is nothing to wait for; reading the sheet refuses it.
    """
    composed = [unicodedata.normalize("NFC", name) for name in names if is_name(name)]
    found = [there.get(name) or there.get(name.casefold()) for name in composed]
    return tuple(dict.fromkeys(file for file in found if file)), found.count(None)


def _too_many(files: Sequence[Seen]) -> str:
    return f"it has over {FILES_LIMIT} files" if len(files) > FILES_LIMIT else ""
