"""Being signed in to a mapped e-office: the token, its renewal before and upon its expiry."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import structlog

from connector.eoffice.rest_call import Caller, Expired
from domain.errors import MalformedDocument, PeerRefused, PeerUnavailable
from domain.rest import LoginRule, RenewRule, RestAccount, RestRules, Rule
from domain.rest_forms import Template
from domain.rest_values import optional_text, text_of

# A token is renewed when this part of its life has passed: a call may take as long as the rest.
_SPENT = 0.9

T = TypeVar("T")
log = structlog.get_logger()


@dataclass(slots=True)
class _State:
    """What the server gave us. ``generation`` tells whether another thread has renewed it."""

    generation: int = 0
    token: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    learnt: dict[str, str] = field(default_factory=dict, repr=False)
    since: datetime | None = None


class Session:
    """The values and headers with which calls are made; safe for several threads."""

    def __init__(
        self,
        name: str,
        rules: RestRules,
        caller: Caller,
        account: RestAccount,
        now: Callable[[], datetime],
    ) -> None:
        self._name = name
        self._rules = rules.session
        self._caller = caller
        self._account = account
        self._now = now
        self._values = {**rules.values, **account.values, "username": account.username}
        self._open_headers = rules.headers
        self.headers: Mapping[str, Template] = {
            **rules.headers,
            **(rules.session.headers if rules.session else {}),
        }
        self._state = _State()
        self._lock = threading.Lock()

    def run(self, call: Callable[[Mapping[str, str]], T]) -> T:
        """Make a call with the session's values; once more with a new token if it has expired."""
        generation, values = self._current()
        try:
            return call(values)
        except Expired:
            log.info("rest_session_expired", exchange=self._name)
        _, values = self._current(unlike=generation)
        try:
            return call(values)
        except Expired:
            detail = "the server refuses a token that it has just given; check the session headers"
            raise PeerRefused(self._name, "session", detail) from None

    def _current(self, *, unlike: int | None = None) -> tuple[int, Mapping[str, str]]:
        with self._lock:
            state = self._state
            if self._rules is None and unlike is not None:
                detail = "the server asks for a token, but the mapping has no session"
                raise PeerRefused(self._name, "session", detail)
            if self._rules and (not state.generation or state.generation == unlike or self._old()):
                self._refresh()
            values = {**self._values, **self._state.learnt, "token": self._state.token}
            if self._account.password and self._rules is None:
                values["password"] = self._account.password()
            return self._state.generation, values

    def _old(self) -> bool:
        lifetime = self._rules.lifetime if self._rules else None
        since = self._state.since
        return bool(lifetime and since and self._now() - since >= lifetime * _SPENT)

    def _refresh(self) -> None:
        """Renew by the refresh token; sign in where there is none or where it fails."""
        login = self._rules.login if self._rules else None
        renew = self._rules.renew if self._rules else None
        if renew and (self._state.refresh_token or login is None):
            try:
                self._renew(renew)
            except (Expired, PeerRefused) as error:
                if login is None:
                    detail = "the refresh token is not accepted; get a new one from the e-office"
                    raise PeerRefused(self._name, "session", detail) from error
            else:
                return
        if login:
            self._login(login, renew)

    def _login(self, login: LoginRule, renew: RenewRule | None) -> None:
        secret = self._account.password() if self._account.password else ""
        data = self._told(
            lambda: (
                self._caller.json(
                    login.call, {**self._values, "password": secret}, self._open_headers
                ).data
            ),
            "user name or password",
        )
        self._state.learnt = {key: self._given(rule, data) for key, rule in login.learn.items()}
        self._state.refresh_token = self._optional(login.refresh_token, data)
        if login.token:
            self._take(self._given(login.token, data))
        elif renew:
            self._told(lambda: self._renew(renew), "refresh token")
        log.info("rest_session_opened", exchange=self._name)

    def _renew(self, renew: RenewRule) -> None:
        given = self._account.refresh_token
        kept = self._state.refresh_token or (given() if given else "")
        values = {**self._values, **self._state.learnt, "refresh_token": kept}
        data = self._caller.json(renew.call, values, self._open_headers).data
        self._state.refresh_token = self._optional(renew.refresh_token, data) or kept
        self._take(self._given(renew.token, data))

    def _take(self, token: str) -> None:
        self._state.token = token
        self._state.since = self._now()
        self._state.generation += 1

    def _told(self, call: Callable[[], T], what: str) -> T:
        try:
            return call()
        except Expired:
            detail = f"the server does not accept the {what}; check the account"
            raise PeerRefused(self._name, "session", detail) from None

    def _given(self, rule: Rule, data: object) -> str:
        try:
            return text_of(rule, data)
        except MalformedDocument as error:
            raise PeerUnavailable(self._name, error.reason) from None

    def _optional(self, rule: Rule | None, data: object) -> str:
        try:
            return optional_text(rule, data)
        except MalformedDocument as error:
            raise PeerUnavailable(self._name, error.reason) from None
