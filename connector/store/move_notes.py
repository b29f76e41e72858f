"""Notes beside a SQLite ledger that it is on its way to another place, or has moved there.

Neither may be used: of two copies of one ledger both would send what waits in them.
"""

import os
from datetime import datetime
from pathlib import Path

from connector.store.disk_failures import translated
from connector.store.evidence_files import synchronise
from domain.errors import StoreFailed


class MoveNotes:
    """The notes beside one ledger. Its methods raise ``StoreFailed``."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._moving = database.with_name(f"{database.name}.moving")
        self._moved = database.with_name(f"{database.name}.moved")

    def check(self, *, to: str | None = None) -> None:
        """Refuse a ledger that has moved, or is on its way elsewhere than ``to``."""
        if self._moved.exists():
            raise StoreFailed(
                f"the ledger {self._database} was moved to {_read(self._moved)}; "
                f"use the configuration that names that one. Only if nothing was ever sent from "
                f"there, remove {self._moved} to go on here"
            )
        # One without a word was cut off as it was written: nothing has left for there yet.
        if self._moving.exists() and _read(self._moving) not in (to, ""):
            raise StoreFailed(
                f"the ledger {self._database} is being moved to {_read(self._moving)}, and may be "
                f"complete there: give `dondoc store move` again, which completes it. Only if "
                f"nothing was ever sent from there, remove {self._moving} to go on here"
            )

    def is_moving(self) -> bool:
        """Tell whether a move was begun and not brought to its end."""
        return self._moving.exists()

    def begin(self, place: str) -> None:
        """Have the ledger refuse to be used: from now on ``place`` may hold it, too."""
        _write(self._moving, place)

    def end(self, place: str, now: datetime) -> None:
        """Have the ledger refuse to be used any more, because it is kept elsewhere now."""
        try:
            _write(self._moved, f"{place} at {now.isoformat(timespec='seconds')}")
        except StoreFailed as error:
            raise StoreFailed(
                f"{error}; the store is complete at {place}, do not use {self._database} any more"
            ) from error
        with translated(f"note {self._moving}"):
            self._moving.unlink(missing_ok=True)


def _read(note: Path) -> str:
    with translated(f"note {note}"):
        return note.read_text(encoding="utf-8").strip()


def _write(note: Path, text: str) -> None:
    """Write a note durably."""
    with translated(f"note {note}"):
        descriptor = os.open(note, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "wb") as stream:
            stream.write(f"{text}\n".encode())
            stream.flush()
            os.fsync(descriptor)
        synchronise(note.parent)
