"""One file of an archive, and how an archive's own names are read."""

from dataclasses import dataclass, field

from mappings.mail.attachments import safe_name

LOCKED = "it is locked by a password; ask the office to send it without one"
LINK = "it is a link to a file that is not in the archive"
DAMAGED = "it is damaged or cut off; ask the office to send it again"

_JUNK = frozenset({".ds_store", "thumbs.db", "desktop.ini"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A file by its name without folders, or why it could not be read, which leaves no content."""

    name: str
    content: bytes = field(default=b"", repr=False)
    problem: str = ""
    note: str = ""


def shown_name(path: str) -> str:
    """Return the last part of a path in an archive, fit to be a file's name; may be empty."""
    return safe_name(path)


def path_note(path: str) -> str:
    """Return what is wrong with a path that points out of its archive; blank for others."""
    slashed = path.replace("\\", "/")
    leaves = slashed.startswith("/") or ".." in slashed.split("/") or slashed[1:3] == ":/"
    return "its name points out of the archive, only its last part was kept" if leaves else ""


def is_junk(path: str) -> bool:
    """Tell whether an entry is what Windows or macOS put there for themselves."""
    parts = path.replace("\\", "/").lower().split("/")
    return "__macosx" in parts or parts[-1] in _JUNK or parts[-1].startswith("._")
