"""Where the documents of a watched folder go once they are settled, and how they are found there.

A journal beside them says what was put where, so that a settled document can still be fetched.
"""

import json
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from connector.eoffice.folder_look import PLACES, REFUSED, is_name, opened, shown
from connector.eoffice.folder_lots import Lot

JOURNAL = ".dondoc-journal.jsonl"
REASON = ".ly-do.txt"
# What most file systems, Linux and Windows shares among them, allow as one name.
_NAME_BYTES = 255

_TEXT = """Dondoc không nhận được văn bản này: {name}

Lý do: {reason}

Việc cần làm: sửa lại theo lý do trên rồi chép tệp (hoặc cả thư mục) vào thư mục theo dõi một lần
nữa. Tệp này chỉ để thông báo, có thể xoá.
"""
_NO_REASON = "Dondoc không đọc được; chi tiết ở mục Chờ xử lý của Dondoc."


@dataclass(frozen=True, slots=True)
class Kept:
    """Where one settled document lies: the names below the watched folder, the sheet first."""

    place: str
    has_sheet: bool
    files: tuple[tuple[str, ...], ...]


class Places:
    """The subfolders ``done``, ``refused`` and ``processing`` of a watched folder.

    Every method raises ``OSError``; nothing is ever overwritten.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def move(self, lot: Lot, doc_id: str, place: str, reason: str) -> None:
        """Move a document out of the folder."""
        folder = self._place(place)
        if lot.folder is not None:
            target = self._move_folder(self._root / lot.folder, folder, lot.folder)
        elif lot.sheet is not None:
            target = self._gather(lot, folder)
        else:
            target = self._move_file(self._root / lot.name, folder, lot.name)
        self._note(doc_id, _kept(lot, place, target))
        if place == REFUSED:
            self._explain(target, lot.name, reason)

    def move_on(self, kept: Kept, doc_id: str, place: str, reason: str) -> None:
        """Move a document from one of the places to another."""
        first = kept.files[0]
        source = self._root.joinpath(*first[:2])
        move = self._move_file if len(first) == 2 else self._move_folder
        target = move(source, self._place(place), first[1])
        files = tuple((place, target, *parts[2:]) for parts in kept.files)
        self._note(doc_id, Kept(place, kept.has_sheet, files))
        if place == REFUSED:
            self._explain(target, first[1], reason)

    def find(self, doc_id: str) -> Kept | None:
        """Return where a settled document lies, by the last line about it whose files are there."""
        found = None
        try:
            journal = opened(self._root, (JOURNAL,))
        except FileNotFoundError:
            return None
        with journal:
            for line in journal:
                if doc_id.encode() in line:
                    kept = _read(line, doc_id)
                    found = kept if kept is not None and self._is_there(kept) else found
        return found

    def _is_there(self, kept: Kept) -> bool:
        return all(self._root.joinpath(*parts).is_file() for parts in kept.files)

    def _note(self, doc_id: str, kept: Kept) -> None:
        entry = {
            "doc_id": doc_id,
            "place": kept.place,
            "sheet": kept.has_sheet,
            "files": kept.files,
        }
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        file = os.open(self._root / JOURNAL, flags, 0o666)
        with os.fdopen(file, "ab") as journal:
            journal.write(json.dumps(entry).encode() + b"\n")

    def _move_file(self, source: Path, folder: Path, name: str) -> str:
        target = _new(folder, name, lambda path: path.touch(exist_ok=False))
        try:
            source.replace(folder / target)
        except OSError:
            (folder / target).unlink(missing_ok=True)
            raise
        return target

    def _move_folder(self, source: Path, folder: Path, name: str) -> str:
        """Move a whole folder in one step, so that a document is never in two halves."""
        target = _new(folder, name, Path.mkdir)
        # Not every file server renames over an empty folder; none does over a full one.
        (folder / target).rmdir()
        source.rename(folder / target)
        return target

    def _gather(self, lot: Lot, folder: Path) -> str:
        """Move a sheet and the files beside it into a folder of their own, the sheet first.

        Were the sheet last, a kill in between would leave it waiting for files that have gone.
        """
        target = _new(folder, Path(lot.name).stem, Path.mkdir)
        for number, member in enumerate(lot.members):
            try:
                self._root.joinpath(*member.parts).replace(folder / target / member.name)
            except OSError:
                if number == 0:
                    (folder / target).rmdir()
                raise
        return target

    def _place(self, place: str) -> Path:
        folder = self._root / place
        folder.mkdir(exist_ok=True)
        if not stat.S_ISDIR(folder.lstat().st_mode):
            raise PermissionError(f"{place} is a link; it must be a folder")
        return folder

    def _explain(self, target: str, name: str, reason: str) -> None:
        text = _TEXT.format(name=shown(name), reason=reason or _NO_REASON)
        folder = self._root / REFUSED
        explained = _new(folder, _fitted(target, REASON), lambda path: path.touch(exist_ok=False))
        # With a BOM, by which every editor of Windows knows UTF-8.
        (folder / explained).write_text(text, encoding="utf-8-sig")


def _kept(lot: Lot, place: str, target: str) -> Kept:
    if lot.folder is None and lot.sheet is None:
        return Kept(place, False, ((place, target),))
    files = tuple((place, target, member.name) for member in lot.members)
    return Kept(place, lot.sheet is not None, files)


def _read(line: bytes, doc_id: str) -> Kept | None:
    """Read one line; whoever may write to the folder may have changed it."""
    try:
        entry = json.loads(line)
        kept = Kept(
            str(entry["place"]),
            bool(entry["sheet"]),
            tuple(tuple(str(part) for part in parts) for parts in entry["files"]),
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    sound = kept.place in PLACES and all(
        len(parts) in (2, 3) and parts[0] == kept.place and all(is_name(part) for part in parts)
        for parts in kept.files
    )
    return kept if sound and kept.files and entry["doc_id"] == doc_id else None


def _new(folder: Path, name: str, make: Callable[[Path], None]) -> str:
    """Make something new under a name, or under the name with a number, and return that."""
    path = Path(name)
    candidate = name
    for number in range(2, 1_000):
        try:
            make(folder / candidate)
        except FileExistsError:
            candidate = _fitted(path.stem, f" ({number}){path.suffix}")
        else:
            return candidate
    raise FileExistsError(f"{folder.name} has too many entries of one name")


def _fitted(stem: str, suffix: str) -> str:
    room = _NAME_BYTES - len(os.fsencode(suffix))
    while len(os.fsencode(stem)) > room:
        stem = stem[:-1]
    return stem + suffix
