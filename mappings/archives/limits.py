"""How much of an archive is unpacked at most, counted over all archives of one message."""

from dataclasses import dataclass

from domain.errors import TooLarge

WHAT = "archive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of the archives of one message: octets packed, files, octets unpacked, nesting.

    ``directory`` is in octets, for all lists of entries of ZIP files; each is read twice.

    ``ratio`` is how many times its own size one archive may unpack to. Office files shrink to a
    tenth at most; below ``small`` octets unpacked it is not asked.
    """

    octets: int = 64 * 1024 * 1024
    members: int = 500
    unpacked: int = 64 * 1024 * 1024
    directory: int = 2 * 1024 * 1024
    depth: int = 3
    ratio: int = 200
    small: int = 4 * 1024 * 1024


class Budget:
    """What may still be unpacked; every archive of a message draws on the same one."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._members = limits.members
        self._octets = limits.unpacked
        self._directory = limits.directory
        self._allowed = 0
        self._unpacked = 0

    def open(self, packed: int) -> None:
        """Begin an archive of so many octets; raises ``TooLarge``."""
        if packed > self.limits.octets:
            raise TooLarge(WHAT, f"it has {packed} octets, at most {self.limits.octets} are opened")
        self._allowed = max(packed * self.limits.ratio, self.limits.small)
        self._unpacked = 0

    def directory(self, octets: int) -> None:
        """Count a list of entries before it is read; raises ``TooLarge``."""
        self._directory -= octets
        if self._directory < 0:
            most = self.limits.directory
            raise TooLarge(WHAT, f"its list of files is too long: over {most} octets are not read")

    def member(self) -> None:
        """Count one entry, file or not; raises ``TooLarge``."""
        self._members -= 1
        if self._members < 0:
            raise TooLarge(WHAT, f"it holds more than {self.limits.members} entries")

    @property
    def room(self) -> int:
        """Octets that the next file may have."""
        return min(self._octets, self._allowed - self._unpacked)

    def take(self, octets: int) -> None:
        """Count octets before or after they are unpacked; raises ``TooLarge``."""
        if octets > self._octets:
            raise TooLarge(WHAT, f"it unpacks to more than {self.limits.unpacked} octets")
        self._octets -= octets
        self._unpacked += octets
        if self._unpacked > self._allowed:
            raise TooLarge(WHAT, f"it unpacks to more than {self.limits.ratio} times its size")
