"""Hearing at once that something arrived in an Exchange mailbox (streaming notifications).

A notification only wakes whoever reads: nothing that happens while nobody listens is told later,
so what arrived is always found by the mailbox itself. The stream has a connection of its own.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from exchangelib.services import GetStreamingEvents, SubscribeToStreaming

from connector.email.exchange_client import ExchangeClient, ExchangeServer
from connector.email.exchange_folders import folder_named
from connector.email.watch import RETRY_SECONDS, Watch

STREAM_MINUTES = 25
"""Exchange ends a stream after 30 minutes at most; it is renewed before."""
_KINDS = ("NewMailEvent", "CreatedEvent", "MovedEvent")


class _Stream(GetStreamingEvents):  # type: ignore[misc]  # the library ships no types
    """Tells of each sign of life, also of those that say nothing happened."""

    def __init__(self, *args: Any, alive: Callable[[], None], **kwargs: Any) -> None:
        self._alive = alive
        super().__init__(*args, **kwargs)

    def _get_element_container(self, message: Any, name: Any = None) -> Any:
        self._alive()
        return super()._get_element_container(message, name)


class ExchangeWatch(Watch):
    """MailWatch over folders of an Exchange mailbox; ``minutes`` is how long one stream lasts."""

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
        super().__init__(account, now=now, retry=retry)
        self._client = ExchangeClient(server)
        self._folders = tuple(folders)
        self._minutes = minutes
        self._service: Any = None

    def _interrupt(self) -> None:
        # The thread waits within a read, which only the end of the stream ends.
        with suppress(AttributeError, OSError, ValueError, RuntimeError):
            self._service._streaming_response.raw.shutdown()

    def _run(self) -> None:
        try:
            super()._run()
        finally:
            self._client.close()

    def _listen(self) -> bool:
        self._client.ask(self._stream, again=False)
        return True

    def _stream(self, account: Any) -> None:
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
