"""The folder of a backup: a ledger, the evidence that it names, and a list of both.

The list is written last and names the ledger's file with its digest. So a backup that was cut off
is none, and the one before it in the same folder stays good. Backing up into the same folder again
adds only what is new of the evidence.
"""

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from connector.store.disk_failures import translated
from connector.store.evidence import FolderEvidence
from connector.store.evidence_files import synchronise
from connector.store.ledger import SqlLedger
from connector.store.lock import StoreLock
from domain.errors import StoreFailed
from domain.store_mark import identity_of

_LIST = "backup.json"
_LOCK = "backup.lock"
_VERSION = 1
_LEDGER = re.compile(r"ledger-\d{8}T\d{12}Z\.sqlite(?:-wal|-shm)?")
"""Files that backups name, and what SQLite puts beside them; any other one is somebody else's."""


class Backup(BaseModel):
    """What the list of a backup says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int
    made_at: datetime
    ledger: str
    """Name of the ledger's file in the folder."""
    sha256: str
    """Digest of that file."""
    events: int
    contents: int
    octets: int
    missing: tuple[str, ...]
    """Digests of what was absent or damaged when the backup was made."""
    first: str = ""
    """Identity of the ledger's first event, which later backups of the same store share."""


class BackupFolder:
    """Where a backup is kept."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def begun(self, now: datetime) -> Iterator["NewBackup"]:
        """Yield a new backup, for one process at a time; it counts once ``finish`` was called.

        One that was not finished leaves no ledger behind.
        """
        name = f"ledger-{now.astimezone(UTC):%Y%m%dT%H%M%S%fZ}.sqlite"
        with StoreLock(self._path / _LOCK):
            new = NewBackup(self._path, name, now)
            try:
                yield new
            finally:
                new.close()
                if not new.finished:
                    new.remove()

    def listed(self) -> Backup:
        """Return what the folder holds; raises ``StoreFailed`` when it is no finished backup."""
        try:
            backup = Backup.model_validate_json((self._path / _LIST).read_bytes())
            if backup.version != _VERSION:
                raise StoreFailed(f"{self._path} was made by another version of Dondoc: use that")
            found = _digest(self._path / Path(backup.ledger).name)
        except (OSError, ValidationError) as error:
            raise StoreFailed(
                f"{self._path} holds no finished backup ({type(error).__name__}); "
                "name the folder that `dondoc backup` wrote"
            ) from error
        if found != backup.sha256:
            raise StoreFailed(
                f"the ledger in {self._path} is damaged: its digest is not the one in {_LIST}; "
                "use another backup"
            )
        return backup

    @contextmanager
    def opened(self, backup: Backup) -> Iterator[tuple[SqlLedger, FolderEvidence]]:
        """Yield the ledger and the evidence of a backup, to be read."""
        path = self._path / Path(backup.ledger).name
        # The list has its digest, so it is whole, and a backup may lie where nobody can write.
        with closing(SqlLedger.open(path, create=False, unchanging=True)) as ledger:
            yield ledger, _evidence(self._path, read_only=True)


class NewBackup:
    """A backup that is being made."""

    def __init__(self, folder: Path, name: str, made_at: datetime) -> None:
        self._folder = folder
        self._file = folder / name
        self._made_at = made_at
        self.finished = False
        self.ledger = SqlLedger.open(self._file)
        self.evidence = _evidence(folder)

    def finish(self, *, events: int, contents: int, octets: int, missing: tuple[str, ...]) -> None:
        """Declare it finished, and remove the ledgers of those before it.

        Raises ``StoreFailed`` where the folder holds the backup of another store.
        """
        first = next(self.ledger.events(), None)
        identity = identity_of(first) if first else ""
        self._refuse_another(identity)
        self.ledger.close()
        with translated(f"backup {self._folder}"):
            listed = Backup(
                version=_VERSION,
                made_at=self._made_at,
                ledger=self._file.name,
                sha256=_digest(self._file),
                events=events,
                contents=contents,
                octets=octets,
                missing=missing,
                first=identity,
            )
            _replace(self._folder / _LIST, listed.model_dump_json(indent=1).encode())
            self.finished = True
            for old in self._folder.glob("ledger-*.sqlite*"):
                if _LEDGER.fullmatch(old.name) and not old.name.startswith(self._file.name):
                    old.unlink()

    def remove(self) -> None:
        """Remove its ledger: on a full disk it would hold the room that is lacking."""
        for file in self._folder.glob(f"{self._file.name}*"):
            file.unlink(missing_ok=True)

    def _refuse_another(self, first: str) -> None:
        before = _first_of(self._folder / _LIST)
        if before and first and before != first:
            raise StoreFailed(
                f"{self._folder} holds the backup of another store; "
                "give this one a folder of its own"
            )

    def close(self) -> None:
        """Release the files."""
        self.ledger.close()


def _first_of(file: Path) -> str:
    """Return whose backup a list is of; empty where there is none, or none that says so."""
    try:
        return Backup.model_validate_json(file.read_bytes()).first
    except (OSError, ValidationError):
        return ""


def _evidence(folder: Path, *, read_only: bool = False) -> FolderEvidence:
    return FolderEvidence(folder / "evidence", read_only=read_only)


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _replace(path: Path, content: bytes) -> None:
    fresh = path.with_name(f"{path.name}.new")
    with fresh.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(path)
    synchronise(path.parent)
