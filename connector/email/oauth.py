"""OAuth 2.0 access tokens for mail servers (RFC 6749, RFC 8628), by msal.

Two flows: ``client_credentials`` for an application that speaks for itself, ``device_code`` for a
person who logs in once in a browser. Whatever fails is ``PeerUnavailable``: no letter is to blame
for a login that has ended, and it waits until somebody logs in again. Tokens and secrets are in
no error text and in no log.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import msal
import requests
from requests.adapters import HTTPAdapter

from connector.email.security import Secret, reveal
from connector.email.token_file import TokenFile
from domain.errors import PeerUnavailable, StoreFailed

Flow = Literal["client_credentials", "device_code"]

REQUEST_SECONDS = 20.0
# Before a token's end, so that a connection that is about to be opened still finds it good.
MARGIN_SECONDS = 300.0
_DEVICE_SECONDS = 900
LOG_IN = "run `dondoc mail login`"
_PENDING = ("authorization_pending", "slow_down")
_APPLICATION = ("invalid_client", "unauthorized_client")
_MICROSOFT_CODE = re.compile(r"AADSTS\d{1,9}")
_CODE = re.compile(r"[a-z_]{1,60}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """An application as registered with an issuer of tokens.

    ``microsoft`` tells that ``authority`` is a tenant of Microsoft 365; any other issuer must
    publish its places by OpenID Connect Discovery. ``scopes`` are what is asked for.
    """

    authority: str
    microsoft: bool
    client_id: str
    client_secret: Secret | None
    flow: Flow
    scopes: tuple[str, ...]
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCode:
    """What a person needs to log in: the page, the code to enter there, and for how long."""

    address: str
    code: str
    seconds: int


class Tokens:
    """AccessToken of one mail account, kept in a file; safe to share between threads.

    ``timeout`` is in seconds and counts for each request to the issuer.
    """

    def __init__(
        self,
        registration: Registration,
        file: Path,
        *,
        timeout: float = REQUEST_SECONDS,
    ) -> None:
        self._registration = registration
        self._file = TokenFile(file)
        self._timeout = timeout
        self._peer = f"issuer {registration.authority}"
        self._lock = Lock()
        self._cache = msal.SerializableTokenCache()
        # msal ships no types.
        self._known: tuple[str, Any] | None = None
        self._line: requests.Session | None = None
        self._token = ""
        self._until = 0.0

    def __repr__(self) -> str:
        return f"Tokens({self._registration.authority!r}, {self._registration.flow!r})"

    @property
    def flow(self) -> Flow:
        """How the login is made; only device_code needs a person."""
        return self._registration.flow

    @property
    def scopes(self) -> tuple[str, ...]:
        """What is asked for."""
        return self._registration.scopes

    @property
    def kept_in(self) -> Path:
        """The file that the login is kept in."""
        return self._file.path

    def __call__(self) -> str:
        """Return an access token that is good for some minutes at least, renewed where due.

        Raises ``PeerUnavailable`` when there is none to be had.
        """
        with self._lock:
            if time.time() >= self._until:
                self._take(self._asked(again=False))
            return self._token

    def renew(self) -> str:
        """Return a new access token, because a server refused the one that was given last."""
        with self._lock:
            self._take(self._asked(again=True))
            return self._token

    def log_in(self, show: Callable[[DeviceCode], None], *, scopes: tuple[str, ...] = ()) -> None:
        """Let a person log in with a browser, and keep that in the place of an earlier login.

        Waits until it is done. ``scopes`` are asked for besides, for other servers of the account.
        Raises ``PeerUnavailable`` when it was refused or its time went by.
        """
        asked = list(dict.fromkeys((*self._registration.scopes, *scopes)))
        fresh = msal.SerializableTokenCache()
        with self._lock, self._translated():
            application = self._made(self._secret(), fresh)
            flow = application.initiate_device_flow(scopes=asked)
            if "user_code" not in flow:
                raise self._refusal(flow)
            show(_device_code(flow))
            result = _polled(application, flow)
            if "access_token" in result and not application.get_accounts():
                raise PeerUnavailable(self._peer, "it does not say who logged in; check scopes")
            if "access_token" in result:
                with self._file.open(self._cache):
                    self._cache.deserialize(fresh.serialize())
                    self._cache.has_state_changed = True
            self._take(result)

    def close(self) -> None:
        """Release connections; the next token opens new ones."""
        with self._lock:
            self._known = None
            line, self._line = self._line, None
            if line is not None:
                line.close()

    def _asked(self, *, again: bool) -> dict[str, Any]:
        """Ask for a token: one that is kept if it is good for long enough, else a new one."""
        scopes = list(self._registration.scopes)
        with self._translated(), self._file.open(self._cache):
            application = self._application()
            if self._registration.flow == "client_credentials":
                if again:
                    application.remove_tokens_for_client()
                return dict(application.acquire_token_for_client(scopes) or {})
            accounts = application.get_accounts()
            if not accounts:
                raise PeerUnavailable(self._peer, f"nobody has logged in yet; {LOG_IN}")
            found = application.acquire_token_silent_with_error(
                scopes, accounts[0], force_refresh=again
            )
            return dict(found or {"error": "invalid_grant"})

    def _take(self, result: dict[str, Any]) -> None:
        if "access_token" not in result:
            self._token, self._until = "", 0.0
            raise self._refusal(result)
        self._token = result["access_token"]
        self._until = time.time() + float(result.get("expires_in", 0)) - MARGIN_SECONDS

    def _refusal(self, result: dict[str, Any]) -> PeerUnavailable:
        """Say what an error of the issuer means (RFC 6749 section 5.2); its own words stay out."""
        code = str(result.get("error", ""))
        named = code if _CODE.fullmatch(code) else "an error"
        detailed = _MICROSOFT_CODE.search(str(result.get("error_description", "")))
        if detailed:
            named = f"{named}, {detailed[0]}"
        if code in _APPLICATION:
            advice = "check client_id and client_secret, and what the application may do"
        elif code == "invalid_scope":
            advice = "check scopes, and what the application may do"
        elif code in _PENDING or code == "expired_token":
            advice = f"nobody logged in within the time; {LOG_IN}"
        elif self._registration.flow == "device_code":
            advice = f"the login has ended; {LOG_IN}"
        else:
            advice = "check the registration of the application"
        return PeerUnavailable(self._peer, f"no token ({named}): {advice}")

    def _secret(self) -> str:
        secret = self._registration.client_secret
        return reveal(secret) if secret else ""

    def _application(self) -> Any:
        """Return msal's client, a new one when the secret has changed."""
        secret = self._secret()
        if self._known is None or self._known[0] != secret:
            self._known = (secret, self._made(secret, self._cache))
        return self._known[1]

    def _made(self, secret: str, cache: msal.SerializableTokenCache) -> Any:
        where = "authority" if self._registration.microsoft else "oidc_authority"
        kind = msal.ConfidentialClientApplication if secret else msal.PublicClientApplication
        return kind(
            self._registration.client_id,
            **{where: self._registration.authority},
            **({"client_credential": secret} if secret else {}),
            token_cache=cache,
            http_client=self._session(),
            # It would ask Microsoft about every other issuer.
            instance_discovery=False,
        )

    def _session(self) -> requests.Session:
        if self._line is None:
            self._line = requests.Session()
            # No way without TLS is left, wherever the issuer's own words point.
            self._line.adapters.clear()
            self._line.mount("https://", _Patient(self._timeout, self._registration.ca_file))
        return self._line

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except StoreFailed as error:
            raise PeerUnavailable(self._peer, f"the login cannot be kept: {error}") from error
        except requests.exceptions.SSLError as error:
            detail = "its certificate is not trusted; set ca_file or renew it"
            raise PeerUnavailable(self._peer, detail) from error
        except (requests.RequestException, OSError) as error:
            raise PeerUnavailable(self._peer, f"no answer ({type(error).__name__})") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            # What msal raises for an address that is no issuer's, or an answer that is none.
            detail = "its answer cannot be understood; check tenant or authority"
            raise PeerUnavailable(self._peer, detail) from error


class _Patient(HTTPAdapter):
    """Sends each request with a time-out, which requests lacks, and believes ``ca_file`` only.

    A session's own ``verify`` would give way to the environment's REQUESTS_CA_BUNDLE.
    """

    def __init__(self, timeout: float, ca_file: Path | None) -> None:
        self._agreed: dict[str, Any] = {"timeout": timeout}
        if ca_file is not None:
            self._agreed["verify"] = str(ca_file)
        super().__init__()

    # The signature is that of requests.
    def send(self, request: Any, *args: Any, **kwargs: Any) -> requests.Response:
        """Send one request as was agreed."""
        return super().send(request, *args, **{**kwargs, **self._agreed})


def _polled(application: Any, flow: dict[str, Any]) -> dict[str, Any]:
    """Ask until somebody has logged in, or the time is over (RFC 8628 section 3.5)."""
    until = time.monotonic() + float(flow.get("expires_in", _DEVICE_SECONDS))
    while True:
        time.sleep(float(flow.get("interval", 5)))
        # One attempt at a time: msal's own loop would not end before the code does.
        result = application.acquire_token_by_device_flow(flow, exit_condition=lambda _: True)
        if result.get("error") not in _PENDING or time.monotonic() >= until:
            return dict(result)


def _device_code(flow: dict[str, Any]) -> DeviceCode:
    address = flow.get("verification_uri") or flow.get("verification_url") or ""
    seconds = int(flow.get("expires_in", _DEVICE_SECONDS))
    return DeviceCode(address=str(address), code=str(flow["user_code"]), seconds=seconds)
