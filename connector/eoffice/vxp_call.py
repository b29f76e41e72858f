"""Signed calls of the VXP node protocol: one request out, its answer checked, repeated if safe."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, TypeVar

import structlog
import tenacity

from connector.eoffice.http import (
    Answer,
    AnswerTooLarge,
    Body,
    HttpTransport,
    NoAnswer,
    Timeouts,
)
from connector.eoffice.vxp_answer import Members, checked
from connector.eoffice.vxp_signature import signed_headers, timestamp
from domain.errors import (
    ChangeUnknown,
    DeliveryUnknown,
    DondocError,
    PeerRefused,
    PeerUnavailable,
)

JSON = "application/json"
FILE = "application/octet-stream"
NO_BODY = b""
EMPTY_OBJECT = b"{}"

# A list item is below 1 KB, so 16 MB is far above any list; the envelope of a file adds little.
LIST_LIMIT = 16 * 1024 * 1024
ENVELOPE = 64 * 1024

# Both constant and outside the signature (VXP SDK); they are sent after the signed headers.
IDENTIFICATION = {
    "User-Agent": "JAVASDKAgent/1.0.0 XRoad/VPCP",
    "XroadVnpt-version": "3.0.201608",
}

T = TypeVar("T")
log = structlog.get_logger()


class VxpCalls:
    """The calls of one connected system; ``VxpExchange`` says what its arguments mean."""

    def __init__(
        self,
        url: str,
        *,
        system_id: str,
        secret: str | Callable[[], str],
        now: Callable[[], datetime],
        name: str,
        ca_file: Path | None,
        timeouts: Timeouts,
        attempts: int,
        pause: float,
        sleep: Callable[[float], None],
    ) -> None:
        self._transport = HttpTransport(url, ca_file=ca_file, timeouts=timeouts)
        self._system_id = system_id
        self._secret = secret if callable(secret) else lambda: secret
        self._now = now
        self.name = name
        self._attempts = attempts
        self._pause = pause
        self._sleep = sleep

    def close(self) -> None:
        """Close all connections to the exchange."""
        self._transport.close()

    def read(
        self,
        operation: str,
        parameters: Mapping[str, str],
        extract: Callable[[Members], T],
        body: bytes = NO_BODY,
    ) -> T:
        """Make a JSON call that changes nothing when it is repeated; return what it answered."""

        def once() -> T:
            with self.reading():
                answer = self.request("POST", operation, parameters, body=body, limit=LIST_LIMIT)
                return extract(checked(self.name, answer))

        return self.repeated(operation, once)

    def hand_over(
        self,
        operation: str,
        parameters: Mapping[str, str],
        extract: Callable[[Members], T],
        body: Body,
    ) -> T:
        """Send a file, once; raises ``DeliveryUnknown`` when it may have been taken unheard."""
        with self._once(lambda detail: DeliveryUnknown(self.name, detail)):
            answer = self.request(
                "POST", operation, parameters, body=body, limit=ENVELOPE, content_type=FILE
            )
            return extract(checked(self.name, answer))

    def change(self, operation: str, parameters: Mapping[str, str], body: bytes) -> None:
        """Make a call that a repeat would not leave as it is, once.

        Raises ``ChangeUnknown`` when it may have been carried out unheard.
        """
        with self._once(lambda detail: ChangeUnknown(self.name, operation, detail)):
            answer = self.request("POST", operation, parameters, body=body, limit=ENVELOPE)
            checked(self.name, answer)

    def request(
        self,
        method: str,
        operation: str,
        parameters: Mapping[str, str],
        *,
        body: bytes | Body,
        limit: int,
        content_type: str = JSON,
        into: BinaryIO | None = None,
    ) -> Answer:
        """Sign and send one request; raises what ``HttpTransport.request`` does."""
        headers = self._headers(parameters, content_type)
        return self._transport.request(
            method, operation, headers, body=body, limit=limit, into=into
        )

    def repeated(self, operation: str, call: Callable[[], T]) -> T:
        """Repeat a call that is safe to repeat; the one place of tenacity, never around a send."""

        def note(state: tenacity.RetryCallState) -> None:
            log.warning(
                "exchange_call_retried",
                exchange=self.name,
                operation=operation,
                attempt=state.attempt_number,
            )

        return tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self._attempts),
            wait=tenacity.wait_exponential(multiplier=self._pause, max=30)
            + tenacity.wait_random(0, self._pause),
            retry=tenacity.retry_if_exception_type(PeerUnavailable),
            before_sleep=note,
            sleep=self._sleep,
            reraise=True,
        )(call)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Turn what the transport raises into errors of a call that changed nothing."""
        try:
            yield
        except AnswerTooLarge as error:
            raise PeerRefused(self.name, "too large", error.detail) from error
        except NoAnswer as error:
            raise PeerUnavailable(self.name, error.detail) from error

    @contextmanager
    def _once(self, unheard: Callable[[str], DondocError]) -> Iterator[None]:
        try:
            yield
        except NoAnswer as error:
            if error.handed_over:
                raise unheard(error.detail) from error
            raise PeerUnavailable(self.name, error.detail) from error

    def _headers(self, parameters: Mapping[str, str], content_type: str) -> dict[str, str]:
        """Sign one request; the timestamp is fresh for each, also when a call is repeated."""
        signed = {
            "systemid": self._system_id,
            **parameters,
            "timestamp": timestamp(self._now()),
            "Content-Type": content_type,
        }
        try:
            return {**signed_headers(signed, self._secret()), **IDENTIFICATION}
        except ValueError as error:
            raise PeerRefused(self.name, "parameter", f"{error}; nothing was sent") from None
