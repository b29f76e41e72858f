"""Where the documents of a watched folder go once they are settled.

Whatever is said about a document, in the journal and in the text with the reason, is written before
it moves: on a full disk it stays where it is and is settled at a later look, and a program that is
killed leaves at most words about a document that is still waiting, which the next one finds.
"""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from connector.eoffice.folder_journal import Journal, Kept
from connector.eoffice.folder_look import REFUSED, opened, shown
from connector.eoffice.folder_lots import Lot

REASON = ".ly-do.txt"
# What most file systems, Linux and Windows shares among them, allow as one name.
_NAME_BYTES = 255

_TEXT = """Dondoc không nhận được văn bản này: {name}

Lý do: {reason}

Việc cần làm: sửa lại theo lý do trên rồi chép tệp (hoặc cả thư mục) vào thư mục theo dõi một lần
nữa. Tệp này chỉ để thông báo, có thể xoá.
"""
_NO_REASON = "Dondoc không đọc được; chi tiết ở mục Chờ xử lý của Dondoc."

Carry = Callable[[Path], None]
"""Moves a document to a path at which nothing stands but what a killed program left there."""


class Places:
    """The subfolders ``done``, ``refused`` and ``processing`` of a watched folder.

    Every method raises ``OSError``; nothing is ever overwritten.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._journal = Journal(root)
        self.find = self._journal.find

    def move(self, lot: Lot, doc_id: str, place: str, reason: str) -> None:
        """Move a document out of the folder."""
        carry: Carry
        if lot.folder is not None:
            name, carry = lot.folder, partial(_carry_folder, self._root / lot.folder)
        elif lot.sheet is not None:
            name, carry = Path(lot.name).stem, partial(self._gather, lot)
        else:
            name, carry = lot.name, partial(_carry_file, self._root / lot.name)
        self._put(doc_id, name, partial(_kept, lot, place), carry, (lot.name, reason))

    def move_on(self, kept: Kept, doc_id: str, place: str, reason: str) -> None:
        """Move a document from one of the places to another."""
        first = kept.files[0]
        source, name = self._root.joinpath(*first[:2]), first[1]

        def at(target: str) -> Kept:
            files = tuple((place, target, *parts[2:]) for parts in kept.files)
            return Kept(place, kept.has_sheet, files)

        carry = _carry_file if len(first) == 2 else _carry_folder
        self._put(doc_id, name, at, partial(carry, source), (name, reason))

    def finish(self) -> None:
        """Bring together the documents of which a stopped program moved the sheet alone."""
        for doc_id, kept in self._journal.halves():
            lying = [
                parts if self._root.joinpath(*parts).exists() else parts[-1:]
                for parts in kept.files
            ]
            if not self._journal.is_content(doc_id, lying, has_sheet=kept.has_sheet):
                continue
            with suppress(OSError):
                for now, then in zip(lying, kept.files, strict=True):
                    if now != then:
                        self._root.joinpath(*now).replace(self._root.joinpath(*then))

    def _put(
        self,
        doc_id: str,
        name: str,
        at: Callable[[str], Kept],
        carry: Carry,
        why: tuple[str, str],
    ) -> None:
        """Say where a document goes and why, then move it there."""
        place = at(name).place
        folder = self._place(place)
        target = self._target(folder, name, at, doc_id)
        self._journal.note(doc_id, at(target))
        explained = self._explain(target, *why) if place == REFUSED else None
        try:
            carry(folder / target)
        except OSError:
            # Of a document that went in part the reason must stand.
            if explained is not None and not os.path.lexists(folder / target):
                explained.unlink(missing_ok=True)
            raise

    def _target(self, folder: Path, name: str, at: Callable[[str], Kept], doc_id: str) -> str:
        """Return a free name, or the one that a move of this document has begun to use."""
        begun = self._journal.last(doc_id)
        for candidate in _candidates(name):
            path = folder / candidate
            if not os.path.lexists(path) or (at(candidate) == begun and _is_hollow(path)):
                return candidate
        raise FileExistsError(f"{folder.name} has too many entries of one name")

    def _gather(self, lot: Lot, target: Path) -> None:
        """Move a sheet and the files beside it into a folder of their own, the sheet first.

        Were the sheet last, a kill in between would leave it waiting for files that have gone.
        """
        target.mkdir(exist_ok=_is_hollow(target))
        for number, member in enumerate(lot.members):
            try:
                self._root.joinpath(*member.parts).replace(target / member.name)
            except OSError:
                if number == 0:
                    target.rmdir()
                raise

    def _place(self, place: str) -> Path:
        folder = self._root / place
        folder.mkdir(exist_ok=True)
        if not stat.S_ISDIR(folder.lstat().st_mode):
            raise PermissionError(f"{place} is a link; it must be a folder")
        return folder

    def _explain(self, target: str, name: str, reason: str) -> Path:
        """Write why a document is refused beside where it will lie; return where."""
        # With a BOM, by which every editor of Windows knows UTF-8.
        text = _TEXT.format(name=shown(name), reason=reason or _NO_REASON).encode("utf-8-sig")
        for candidate in _candidates(_fitted(target, REASON)):
            path = self._root / REFUSED / candidate
            if os.path.lexists(path) and not self._is_begun(candidate, text):
                continue
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
            try:
                with os.fdopen(os.open(path, flags, 0o666), "wb") as file:
                    file.write(text)
            except OSError:
                path.unlink(missing_ok=True)
                raise
            return path
        raise FileExistsError(f"{REFUSED} has too many entries of one name")

    def _is_begun(self, name: str, text: bytes) -> bool:
        """Tell whether a file is this text, or the beginning that a killed program left of it."""
        try:
            with opened(self._root, (REFUSED, name)) as file:
                return text.startswith(file.read(len(text) + 1))
        except OSError:
            return False


def _kept(lot: Lot, place: str, target: str) -> Kept:
    if lot.folder is None and lot.sheet is None:
        return Kept(place, False, ((place, target),))
    files = tuple((place, target, member.name) for member in lot.members)
    return Kept(place, lot.sheet is not None, files)


def _carry_file(source: Path, target: Path) -> None:
    if not _is_hollow(target):
        target.touch(exist_ok=False)
    try:
        source.replace(target)
    except OSError:
        target.unlink(missing_ok=True)
        raise


def _carry_folder(source: Path, target: Path) -> None:
    """Move a whole folder in one step, so that a document is never in two halves."""
    if _is_hollow(target):
        # Not every file server renames over an empty folder; none does over a full one.
        target.rmdir()
    source.rename(target)


def _is_hollow(path: Path) -> bool:
    """Tell whether a file or folder is there and empty, as a move that was stopped leaves it."""
    if path.is_symlink():
        return False
    if path.is_dir():
        return not any(path.iterdir())
    return path.is_file() and not path.lstat().st_size


def _candidates(name: str) -> Iterator[str]:
    """Yield a name, and then the name with a number."""
    yield name
    path = Path(name)
    for number in range(2, 1_000):
        yield _fitted(path.stem, f" ({number}){path.suffix}")


def _fitted(stem: str, suffix: str) -> str:
    room = _NAME_BYTES - len(os.fsencode(suffix))
    while len(os.fsencode(stem)) > room:
        stem = stem[:-1]
    return stem + suffix
