"""Files of a RAR (4 and 5) or 7z archive, by the system's libarchive, out of memory.

Only the formats asked for are let in, as libarchive knows many more; nothing is written to disk.
"""

from collections.abc import Iterator
from typing import Any

from domain.errors import MalformedDocument
from mappings.archives.limits import WHAT, Budget
from mappings.archives.member import (
    DAMAGED,
    LINK,
    LOCKED,
    Member,
    is_junk,
    path_note,
    shown_name,
)
from mappings.archives.rar_lock import is_locked
from mappings.text.legacy_vietnamese import old_name

SIGNATURES = {
    b"Rar!\x1a\x07\x00": "rar",
    b"Rar!\x1a\x07\x01\x00": "rar5",
    b"7z\xbc\xaf\x27\x1c": "7zip",
}
"""How the files begin, and libarchive's name for the format."""

MISSING = "RAR and 7z need the system library libarchive (Debian: apt install libarchive13)"

_LOCK_WORDS = ("crypt", "passphrase", "password")
_BLOCK = 64 * 1024


def library_found() -> bool:
    """Tell whether RAR and 7z can be opened here."""
    try:
        _library()
    except MalformedDocument:
        return False
    return True


def packed_members(content: bytes, format_name: str, budget: Budget) -> Iterator[Member]:
    """Yield the files of an archive. Raises ``MalformedDocument`` and ``TooLarge``."""
    if is_locked(content):
        raise MalformedDocument(WHAT, LOCKED)
    library = _library()
    try:
        with library.memory_reader(content, format_name=format_name, filter_name="none") as archive:
            for entry in archive:
                budget.member()
                path = _path(entry.pathname)
                if not entry.isdir and not is_junk(path):
                    yield _member(library, entry, path, budget)
    except library.ArchiveError as error:
        raise MalformedDocument(WHAT, _reason(error)) from error


# Any: the library has no types.
def _library() -> Any:
    """Return the library, which is loaded only where such an archive came."""
    try:
        import libarchive  # noqa: PLC0415 - needs a system library that may be missing
    except (ImportError, OSError, AttributeError, TypeError) as error:
        raise MalformedDocument(WHAT, MISSING) from error
    # It would log what it meets, and names of files are in it.
    libarchive.ffi.logger.disabled = True
    return libarchive


def _member(library: Any, entry: Any, path: str, budget: Budget) -> Member:
    name = shown_name(path)
    if not entry.isfile:
        return Member(name=name, problem=LINK)
    if entry.size is not None and entry.size > budget.room:
        budget.take(entry.size)
    content = bytearray()
    try:
        for block in entry.get_blocks(_BLOCK):
            budget.take(len(block))
            content += block
    except library.ArchiveError as error:
        return Member(name=name, problem=_reason(error))
    return Member(name=name, content=bytes(content), note=path_note(path))


def _path(found: str | bytes | None) -> str:
    return found if isinstance(found, str) else old_name(found or b"")


def _reason(error: Exception) -> str:
    words = str(error).lower()
    return LOCKED if any(word in words for word in _LOCK_WORDS) else DAMAGED
