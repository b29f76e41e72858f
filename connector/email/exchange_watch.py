"""Hearing at once that something arrived in an Exchange mailbox (streaming notifications).

A notification only wakes whoever reads: nothing that happens while nobody listens is told later,
so what arrived is always found by the mailbox itself. The stream has a connection of its own.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from threading import Event, Thread
from typing import Any

import structlog
from exchangelib.services import GetStreamingEvents, SubscribeToStreaming

from connector.email.exchange_client import ExchangeClient, ExchangeServer
from connector.email.exchange_folders import folder_named
from domain.errors import ConfigError, PeerRefused, PeerUnavailable

log = structlog.get_logger(__name__)

STREAM_MINUTES = 25
"""Exchange ends a stream after 30 minutes at most; it is renewed before."""
# Waits before a new connection; the last one repeats.
RETRY_SECONDS = (1.0, 2.0, 5.0, 15.0, 30.0, 60.0)
# How long stopping waits for a thread that is just connecting.
_GOODBYE_SECONDS = 2.0
_KINDS = ("NewMailEvent", "CreatedEvent", "MovedEvent")


class _Stream(GetStreamingEvents):  # type: ignore[misc]  # the library ships no types
    """Tells of each sign of life, also of those that say nothing happened."""

    def __init__(self, *args: Any, alive: Callable[[], None], **kwargs: Any) -> None:
        self._alive = alive
        super().__init__(*args, **kwargs)

    def _get_element_container(self, message: Any, name: Any = None) -> Any:
        self._alive()
        return super()._get_element_container(message, name)


class ExchangeWatch:
    """A thread that wakes whoever reads when something may have arrived in one of the folders.

    It never fails: when it cannot listen it says so in the log and tries again after the waits of
    ``retry``, in seconds. ``minutes`` is how long one stream lasts. Its methods raise nothing.
    """

    def __init__(
        self,
        account: str,
        server: ExchangeServer,
        folders: Sequence[str],
        *,
        now: Callable[[], datetime],
        minutes: int = STREAM_MINUTES,
        retry: Sequence[float] = RETRY_SECONDS,
    ) -> None:
        self._account = account
        self._client = ExchangeClient(server)
        self._folders = tuple(folders)
        self._now = now
        self._minutes = minutes
        self._retry = tuple(retry)
        self._wake: Callable[[], None] = lambda: None
        self._stopping = Event()
        self._thread: Thread | None = None
        self._service: Any = None
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
        self._thread = Thread(target=self._run, name=f"watch {self._account}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening; afterwards nobody is woken any more."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._stopping.set()
        self._wake = lambda: None
        # The thread waits within a read, which only the end of the stream ends.
        with suppress(AttributeError, OSError, ValueError, RuntimeError):
            self._service._streaming_response.raw.shutdown()
        thread.join(_GOODBYE_SECONDS)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._client.ask(self._listen, again=False)
                continue
            except (PeerUnavailable, PeerRefused, ConfigError) as error:
                if self._stopping.is_set():
                    break
                log.warning("mailbox_watch_lost", account=self._account, error=str(error))
            except Exception as error:  # noqa: BLE001 - else nobody would be woken until a restart
                # Its text may hold what the server said, and with it a letter.
                log.error("mailbox_watch_failed", account=self._account, error=type(error).__name__)
            self._reconnects += 1
            self._stopping.wait(self._retry[min(self._failures, len(self._retry) - 1)])
            self._failures += 1
        self._client.close()

    def _listen(self, account: Any) -> None:
        """Listen until the server ends the stream; what came while nobody listened is news, too."""
        folders = [folder_named(account, name) for name in self._folders]
        subscription = SubscribeToStreaming(account=account).get(
            folders=folders, event_types=_KINDS
        )
        self._service = _Stream(account=account, alive=self._note)
        self._wake()
        for _ in self._service.call([subscription], connection_timeout=self._minutes):
            if self._stopping.is_set():
                return
            self._wake()

    def _note(self) -> None:
        self._failures = 0
        self._heard_at = self._now()
