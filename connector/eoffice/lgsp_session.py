"""Calls to the provincial axis: login, headers, what may be repeated, and what an error means."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import structlog
import tenacity

from connector.eoffice.http import Answer, AnswerTooLarge, HttpTransport, NoAnswer
from connector.eoffice.lgsp_answer import NotAuthorised, checked, token_of
from connector.eoffice.lgsp_login import Tokens
from connector.eoffice.vxp_answer import Members
from domain.errors import DeliveryUnknown, PeerRefused, PeerUnavailable

JSON = "application/json"
LOGIN_LIMIT = 64 * 1024

T = TypeVar("T")
Headers = dict[str, str]
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who logs in (the integrating application) and for which unit (SystemId and SecretKey)."""

    username: str
    password: Callable[[], str] = field(repr=False)
    application_code: str
    system_id: str
    secret_key: Callable[[], str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often a call that may be repeated is tried, and the pause before it, in seconds."""

    attempts: int
    pause: float
    sleep: Callable[[float], None]


class Session:
    """One account on one axis; ``peer`` names the door in errors."""

    def __init__(
        self,
        transport: HttpTransport,
        account: Account,
        patience: Patience,
        *,
        peer: str,
        now: Callable[[], datetime],
    ) -> None:
        self._transport = transport
        self._account = account
        self._patience = patience
        self._peer = peer
        self._tokens = Tokens(self._login, now)

    def read(self, operation: str, call: Callable[[Headers], T]) -> T:
        """Carry out a call that changes nothing when repeated."""

        def once() -> T:
            with self.reading():
                return self._authorised(call)

        return self._retried(operation, once)

    def send(self, call: Callable[[Headers], T]) -> T:
        """Carry out a call that is made once, or again after a 401: then nothing was taken.

        Raises ``DeliveryUnknown`` when the connection broke after the body was on its way.
        """
        self._retried("login", self._tokens.current)
        try:
            return self._authorised(call)
        except NoAnswer as error:
            if error.handed_over:
                raise DeliveryUnknown(self._peer, error.detail) from error
            raise PeerUnavailable(self._peer, error.detail) from error

    def checked(self, answer: Answer, *, bare: bool = False) -> Members:
        """Return the members of a successful answer, see ``lgsp_answer.checked``."""
        hidden = (self._tokens.known(), self._account.secret_key())
        return checked(self._peer, answer, hidden, bare=bare)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Turn what proves nothing into an error of a call that may be repeated."""
        try:
            yield
        except AnswerTooLarge as error:
            raise PeerRefused(self._peer, "too large", error.detail) from error
        except NoAnswer as error:
            raise PeerUnavailable(self._peer, error.detail) from error

    def _authorised(self, call: Callable[[Headers], T]) -> T:
        token = self._tokens.current()
        try:
            return call(self._headers(token))
        except NotAuthorised:
            log.info("exchange_token_refused", exchange=self._peer)
        self._tokens.forget(token)
        try:
            return call(self._headers(self._tokens.current()))
        except NotAuthorised:
            detail = (
                "a new token was not accepted either; check SystemId and SecretKey of this door"
                " and what its user may do"
            )
            raise PeerRefused(self._peer, "401", detail) from None

    def _headers(self, token: str) -> Headers:
        headers = {
            "Authorization": f"Bearer {token}",
            "X-SystemId": self._account.system_id,
            "X-SecretKey": self._account.secret_key(),
        }
        for name, value in headers.items():
            if value != value.strip() or not (value.isascii() and value.isprintable()):
                detail = f"{name} has characters that cannot travel in a header; nothing was sent"
                raise PeerRefused(self._peer, "parameter", detail)
        return headers

    def _login(self) -> str:
        body = as_json(
            {
                "username": self._account.username,
                "password": self._account.password(),
                "applicationCode": self._account.application_code,
                "otp": None,
                "twoFactorProvider": None,
                "typeObjs": [0, 1],
            }
        )
        with self.reading():
            answer = self._transport.request(
                "POST",
                "v1/auth/login",
                {"Content-Type": JSON},
                parameters={"allow_anonymous": "true"},
                body=body,
                limit=LOGIN_LIMIT,
            )
            token = token_of(self._peer, answer)
        log.info("exchange_logged_in", exchange=self._peer)
        return token

    def _retried(self, operation: str, call: Callable[[], T]) -> T:
        """Repeat a call that is safe to repeat; the one place of tenacity, never around a send."""

        def note(state: tenacity.RetryCallState) -> None:
            log.warning(
                "exchange_call_retried",
                exchange=self._peer,
                operation=operation,
                attempt=state.attempt_number,
            )

        pause = self._patience.pause
        return tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self._patience.attempts),
            wait=tenacity.wait_exponential(multiplier=pause, max=30)
            + tenacity.wait_random(0, pause),
            retry=tenacity.retry_if_exception_type(PeerUnavailable),
            before_sleep=note,
            sleep=self._patience.sleep,
            reraise=True,
        )(call)


def as_json(members: Mapping[str, object]) -> bytes:
    """Return the body of a JSON request."""
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()
