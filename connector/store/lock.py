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
    """An exclusive lock on a file; see ``DaemonLock``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock or raise ``Conflict`` at once; ``StoreFailed`` when the file is refused."""
        with translated(f"lock {self._path}"):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                self._take(descriptor)
            except BaseException:
                os.close(descriptor)
                raise
        self._descriptor = descriptor

    def confirm(self) -> None:
        """Do nothing: what a file's lock holds cannot be lost while the process lives."""

    def release(self) -> None:
        """Give the lock back; the file stays, because removing it would let two processes in."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def holder(self) -> str | None:
        """Return the number of the process that holds the lock, as it wrote it; None if none does.

        Takes and changes nothing. Raises ``StoreFailed`` when the file may not be read.
        """
        with translated(f"lock {self._path}"):
            try:
                descriptor = os.open(self._path, os.O_RDONLY)
            except FileNotFoundError:
                return None
            try:
                return None if _locked(descriptor, fcntl.LOCK_SH) else _written(descriptor)
            finally:
                os.close(descriptor)

    def _take(self, descriptor: int) -> None:
        for _ in range(_TRIES):
            if _locked(descriptor, fcntl.LOCK_EX):
                break
            time.sleep(_PAUSE_SECONDS)
        else:
            raise Conflict(
                f"the store of {self._path} is in use by process {_written(descriptor)}; "
                "stop that daemon first, or give this one a store of its own"
            )
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)


def _locked(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _written(descriptor: int) -> str:
    return os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
