"""A thread that listens to a mail server and only wakes whoever reads, whatever the protocol.

It never fails: when it cannot listen it says so in the log, waits and tries again.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime
from threading import Event, Thread

import structlog

from domain.errors import ConfigError, PeerRefused, PeerUnavailable

log = structlog.get_logger(__name__)

RETRY_SECONDS = (1.0, 2.0, 5.0, 15.0, 30.0, 60.0)
"""Waits before a new connection; the last one repeats."""

# How long stopping waits for a thread that is just connecting.
_GOODBYE_SECONDS = 2.0


class Watch(ABC):
    """MailWatch over one account; a protocol says how it listens. Its methods raise nothing.

    ``retry`` are the waits before a new connection in seconds, ``now`` gives the present.
    """

    def __init__(
        self,
        account: str,
        *,
        now: Callable[[], datetime],
        retry: Sequence[float] = RETRY_SECONDS,
    ) -> None:
        self._account = account
        self._now = now
        self._retry = tuple(retry)
        self._wake: Callable[[], None] = lambda: None
        self._stopping = Event()
        self._thread: Thread | None = None
        self._failures = 0
        self._heard_at: datetime | None = None
        self._reconnects = 0

    @property
    def heard_at(self) -> datetime | None:
        """When the server last proved that it is there; None before the first time."""
        return self._heard_at

    @property
    def reconnects(self) -> int:
        """How often the connection was lost or could not be made."""
        return self._reconnects

    def start(self, wake: Callable[[], None]) -> None:
        """Begin to listen; ``wake`` is called from another thread, and must not wait."""
        self._wake = wake
        self._stopping.clear()
        self._prepare()
        self._thread = Thread(target=self._run, name=f"watch {self._account}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening; afterwards nobody is woken any more."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._stopping.set()
        self._wake = lambda: None
        self._interrupt()
        thread.join(_GOODBYE_SECONDS)
        if not thread.is_alive():
            self._release()

    @abstractmethod
    def _listen(self) -> bool:
        """Listen on one connection; False when there is nothing more to hear, as after a stop.

        ``PeerUnavailable``, ``PeerRefused`` and whatever else is raised lead to a new connection.
        """

    @abstractmethod
    def _interrupt(self) -> None:
        """End the wait of the thread that listens."""

    def _prepare(self) -> None:  # noqa: B027 - not every protocol has something to do
        """Make what ``_interrupt`` needs, before the thread begins."""

    def _release(self) -> None:  # noqa: B027 - as above
        """Give back what was prepared, after the thread has ended."""

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                if not self._listen():
                    return
                continue
            except (PeerUnavailable, PeerRefused, ConfigError) as error:
                if self._stopping.is_set():
                    return
                log.warning("mailbox_watch_lost", account=self._account, error=str(error))
            except Exception as error:  # noqa: BLE001 - else nobody would be woken until a restart
                # Its text may hold what the server said, and with it a letter.
                log.error("mailbox_watch_failed", account=self._account, error=type(error).__name__)
            self._reconnects += 1
            self._stopping.wait(self._retry[min(self._failures, len(self._retry) - 1)])
            self._failures += 1
