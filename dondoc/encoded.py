"""The files that letters carry, encoded once for all letters of this process."""

from collections.abc import Callable
from threading import Lock
from typing import TypeAlias

from domain.directive import StoredFile
from domain.ids import Digest
from domain.recent import Recent
from mappings.mail.file_part import FilePart

KEPT_OCTETS = 64 * 1024 * 1024
"""Memory for encoded files: those of a campaign or two, whatever the number of letters."""

_Key: TypeAlias = tuple[Digest, str, str]


class EncodedFiles:
    """Encoded files by content, name and media type; safe to share between threads."""

    def __init__(self, kept: int = KEPT_OCTETS) -> None:
        self._recent = Recent[_Key, FilePart](kept, _octets)
        self._lock = Lock()

    def of(self, file: StoredFile, encode: Callable[[], FilePart]) -> FilePart:
        """Return a file as it travels, encoded where it is not kept; its errors go on."""
        # Encoded under the lock: what is large is not in memory twice.
        with self._lock:
            return self._recent.of((file.digest, file.name, file.media_type), encode)


def _octets(part: FilePart) -> int:
    return part.part.content.size
