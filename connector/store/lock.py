"""The lock that keeps a second daemon off a store; commands do not take it."""

import fcntl
import os
import time
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Self

from connector.store.disk_failures import translated
from domain.errors import Conflict

# Whoever asks for the holder has the lock for an instant: a daemon that starts just then waits.
_TRIES = 5
_PAUSE_SECONDS = 0.05

_NUMBER_OCTETS = 32
"""More than the number of a process takes."""


class DaemonLock(ABC):
    """What one daemon at a time holds of a store, however it ends; use it as a context manager."""

    @abstractmethod
    def acquire(self) -> None:
        """Take it, or raise ``Conflict`` at once, which names the process that holds it."""

    @abstractmethod
    def confirm(self) -> None:
        """Make sure that it is held still, or take it again; raises as ``acquire`` does."""

    @abstractmethod
    def release(self) -> None:
        """Give it back."""

    @abstractmethod
    def holder(self) -> str | None:
        """Return the process that holds it, None if none does; takes and changes nothing."""

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


class StoreLock(DaemonLock):
    """An exclusive lock on a file; see ``DaemonLock``. ``store`` names what it keeps others off.

    With ``folder`` it is one on the folder of the file as well, in which the store itself lies: so
    whoever removes the file lets nobody in.
    """

    def __init__(self, path: Path, *, store: str = "", folder: bool = False) -> None:
        self._path = path
        self._store = store or str(path.parent)
        self._with_folder = folder
        self._held: list[int] = []

    def acquire(self) -> None:
        """Take the lock or raise ``Conflict`` at once; ``StoreFailed`` when the file is refused."""
        with translated(f"lock {self._path}"):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                if self._with_folder:
                    self._take(os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY))
                self._take_file()
            except BaseException:
                self.release()
                raise

    def confirm(self) -> None:
        """Make the file anew if somebody removed it; its folder's lock is held all the while."""
        if self._with_folder and not self._path.exists():
            with translated(f"lock {self._path}"):
                self._take_file()

    def release(self) -> None:
        """Give the lock back; the file stays, because removing it would let two processes in."""
        held, self._held = self._held, []
        for descriptor in reversed(held):
            os.close(descriptor)

    def holder(self) -> str | None:
        """Return the number of the process that holds the lock, as it wrote it; None if none does.

        Takes and changes nothing. Raises ``StoreFailed`` when the file may not be read.
        """
        with translated(f"lock {self._path}"):
            places = [self._path, *([self._path.parent] if self._with_folder else [])]
            return self._written() if any(map(_held_by_another, places)) else None

    def _take_file(self) -> None:
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        self._take(descriptor)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)

    def _take(self, descriptor: int) -> None:
        self._held.append(descriptor)
        for _ in range(_TRIES):
            if _locked(descriptor, fcntl.LOCK_EX):
                return
            time.sleep(_PAUSE_SECONDS)
        raise Conflict(
            f"the store {self._store} is in use by process {self._written()}; "
            "stop that daemon first, or wait if it is a command such as store move"
        )

    def _written(self) -> str:
        try:
            text = self._path.read_bytes()[:_NUMBER_OCTETS]
        except FileNotFoundError:
            return "unknown"
        return text.decode("ascii", "replace").strip() or "unknown"


def _held_by_another(place: Path) -> bool:
    try:
        descriptor = os.open(place, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        return not _locked(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def _locked(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
