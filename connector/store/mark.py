"""The mark beside a ledger, in a file of its own; see ``domain.ports.MarkBeside``."""

import json
import os
from pathlib import Path

from connector.store.disk_failures import translated
from connector.store.evidence_files import make_folder, synchronise
from domain.ids import Digest
from domain.store_mark import StoreMark


class FileMark:
    """Implements ``MarkBeside`` by a file, which is replaced whole."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> StoreMark | None:
        """Return the mark; None when there is none, or none that can be read."""
        with translated(f"mark {self._path}"):
            try:
                text = self._path.read_bytes()
            except FileNotFoundError:
                return None
        try:
            kept = json.loads(text)
            return StoreMark(
                first=Digest(str(kept["first"])),
                sequence=int(kept["sequence"]),
                newest=Digest(str(kept["newest"])),
            )
        except (ValueError, KeyError, TypeError):
            return None

    def write(self, mark: StoreMark) -> None:
        """Put a mark in the place of the one before, durably."""
        kept = {"first": mark.first, "sequence": mark.sequence, "newest": mark.newest}
        new = self._path.with_name(f"{self._path.name}.new")
        with translated(f"mark {self._path}"):
            make_folder(self._path.parent)
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with open(descriptor, "wb") as stream:
                stream.write(json.dumps(kept).encode())
                stream.flush()
                os.fsync(descriptor)
            new.replace(self._path)
            synchronise(self._path.parent)
