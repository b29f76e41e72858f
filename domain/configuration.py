"""Which set of configuration files is in force, and which was refused: the facts, and the row.

A set is all files of a configuration together; its digest is that of a list of their names and
contents. ``domain/facts.py`` and ``domain/state.py`` gather these with all others.
"""

from dataclasses import dataclass
from datetime import datetime

from domain.ids import Digest, SetDigest


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationAdopted:
    """A daemon works by this set from now on; the event's evidence is the list of its files.

    ``worker`` is the daemon's name among several, ``alone`` of the only one. ``former`` is the set
    whose place it took, None for the first one. ``files`` are the contents of its files.
    ``redirected_to`` is the address of a rehearsal, empty where letters go to the offices, and None
    in a fact from before that was recorded.
    """

    worker: str
    digest: SetDigest
    path: str
    former: SetDigest | None = None
    redirected_to: str | None = None
    files: tuple[Digest, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationRefused:
    """The files were changed to a set that cannot come into force; the one in force stays."""

    worker: str
    digest: SetDigest
    path: str
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationState:
    """The set that a daemon works by, and what became of the last one that was refused.

    ``adopted`` is the number of the event: of several daemons the newest one counts. ``problems``
    are those of a refused set, empty once a good one is in force again.
    """

    worker: str
    path: str
    digest: SetDigest | None = None
    adopted: int = 0
    adopted_at: datetime | None = None
    refused: SetDigest | None = None
    refused_at: datetime | None = None
    problems: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, ...]:
        """Return (worker)."""
        return (self.worker,)
