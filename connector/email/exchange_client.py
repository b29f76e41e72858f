"""One connection to an Exchange server (Exchange Web Services): who we are, what errors mean.

exchangelib shares state between accounts: the adapter class and the User-Agent belong to a class,
and protocols are cached by address and credentials. A client here has a protocol of its own that
no cache knows, so certificates, secrets and sessions of one account never reach another. Every
request is made once (``FailFast``); whether it may be repeated is decided here.
"""

import logging
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from exchangelib import DELEGATE, Account, Configuration, EWSTimeZone, FailFast, errors
from exchangelib.protocol import CachingProtocol, Protocol
from exchangelib.transport import DEFAULT_HEADERS, NOAUTH
from requests.auth import AuthBase
from urllib3.exceptions import MaxRetryError, NewConnectionError, SSLError

from connector.email.exchange_login import adapter
from connector.email.security import connection_advice, tls_context
from domain.errors import PeerRefused, PeerUnavailable
from domain.ids import Address

T = TypeVar("T")

# At its other levels the library writes whole requests, and with them letters, into the log.
logging.getLogger("exchangelib").setLevel(logging.CRITICAL)

REFUSALS = frozenset(
    {
        "ErrorAccessDenied",
        "ErrorFolderNotFound",
        "ErrorSyncFolderNotFound",
        "ErrorNonExistentMailbox",
        "ErrorItemNotFound",
        "ErrorInvalidId",
        "ErrorInvalidIdEmpty",
        "ErrorInvalidIdMalformed",
        "ErrorInvalidIdStoreObjectIdTooLong",
        "ErrorInvalidRecipients",
        "ErrorMissingRecipients",
        "ErrorMessageSizeExceeded",
        "ErrorDataSizeLimitExceeded",
        "ErrorMimeContentInvalid",
        "ErrorMimeContentInvalidBase64String",
        "ErrorMimeContentConversionFailed",
        "ErrorContentConversionFailed",
        "ErrorUnsupportedMimeConversion",
        "ErrorCorruptData",
        "ErrorItemCorrupt",
        "ErrorSendAsDenied",
        "ErrorStaleObject",
        "ErrorIrresolvableConflict",
        "ErrorInvalidSyncStateData",
    }
)
"""ResponseCodes that a repeated request would get again; every other one may pass."""

# The server may have done what it was asked for although it answers with one of these.
_AMBIGUOUS = (
    errors.ErrorInternalServerError,
    errors.ErrorInternalServerTransientError,
    errors.ErrorTimeoutExpired,
    errors.SOAPError,
    errors.MalformedResponseError,
)
_ADVICE = {
    "ErrorFolderNotFound": "; check the mailbox name",
    "ErrorSyncFolderNotFound": "; check the mailbox name",
    "ErrorAccessDenied": "; check the account's rights to this mailbox",
    "ErrorNonExistentMailbox": "; check mail.address",
}


_OTHER_CERTIFICATE = (
    "its certificate has another fingerprint than certificate_sha256; ask the server's "
    "administrator whether it was renewed"
)


class AnswerLost(PeerUnavailable):
    """No answer that can be read came to a request which the server may have carried out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeServer:
    """Where the mailbox of ``address`` is and how its server is reached.

    ``login`` makes the authentication of one session. ``fingerprint`` is the SHA-256 of the
    server's certificate in hexadecimal: then only that certificate is accepted, whoever issued it.
    ``timeout`` is the wait for a connection and for each piece of an answer, in seconds.
    """

    url: str
    address: Address
    login: Callable[[], AuthBase]
    ca_file: Path | None = None
    fingerprint: str = ""
    timeout: float = 45.0

    @property
    def peer(self) -> str:
        """The server's name in errors."""
        return f"Exchange server {urlsplit(self.url).netloc}"


class _Uncached(CachingProtocol):  # type: ignore[misc]  # the library ships no types
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return type.__call__(self, *args, **kwargs)


class _OwnProtocol(Protocol, metaclass=_Uncached):  # type: ignore[misc]  # as above
    """Sessions of one client; creating one never fails, or the pool would wait for it for ever."""

    def __init__(self, config: Any, server: ExchangeServer) -> None:
        self._server = server
        self._verify: bool | str = str(server.ca_file) if server.ca_file else True
        self.TIMEOUT = server.timeout
        super().__init__(config=config)

    def raw_session(self, prefix: str, **_: Any) -> requests.Session:
        session = requests.Session()
        # Or REQUESTS_CA_BUNDLE and .netrc would win over the configuration.
        session.trust_env = False
        session.verify = self._verify
        session.headers.update(DEFAULT_HEADERS)
        session.headers["User-Agent"] = "dondoc"
        session.adapters.clear()
        session.mount(prefix, adapter(self._server.fingerprint))
        session.auth = self._server.login()
        return session

    def create_session(self) -> requests.Session:
        session = self.raw_session(self.service_endpoint)
        session.session_id = 0  # type: ignore[attr-defined]  # what the pool looks for
        session.usage_count = 0  # type: ignore[attr-defined]  # as above
        return session


class ExchangeClient:
    """A mailbox at its server over one connection at a time; safe to share between threads."""

    def __init__(self, server: ExchangeServer) -> None:
        if server.ca_file is not None:
            tls_context(server.ca_file)  # says what is wrong with the file
        self._server = server
        self._lock = RLock()
        self._account: Any = None

    @property
    def peer(self) -> str:
        """The server's name in errors."""
        return self._server.peer

    def ask(self, work: Callable[[Any], T], *, again: bool = True) -> T:
        """Let ``work`` use the account, once more on a new connection if the old one was cut.

        ``again`` is for what may be asked twice. Raises ``AnswerLost`` where the server may have
        carried out what it was asked for, else ``PeerUnavailable`` and ``PeerRefused``, whose code
        is the ResponseCode.
        """
        with self._lock:
            fresh = self._account is None
            try:
                return self._once(work)
            except AnswerLost as error:
                if fresh or not again or not _was_cut(error.__cause__):
                    raise
            return self._once(work)

    def close(self) -> None:
        """Release the connection; asking again opens a new one."""
        with self._lock:
            account, self._account = self._account, None
            if account is not None:
                account.protocol.close()

    def _once(self, work: Callable[[Any], T]) -> T:
        try:
            with translated(self.peer):
                if self._account is None:
                    self._account = _account(self._server)
                return work(self._account)
        except PeerRefused as error:
            if not error.code.startswith("Error"):
                self.close()
            raise
        except BaseException:
            self.close()
            raise


def _account(server: ExchangeServer) -> Any:
    config = Configuration(
        service_endpoint=server.url, auth_type=NOAUTH, retry_policy=FailFast(), max_connections=1
    )
    account = Account(
        server.address,
        config=config,
        access_type=DELEGATE,
        # The library's own guess reads the machine's files and may warn.
        default_timezone=EWSTimeZone("UTC"),
    )
    # The account took one from the cache, which was never used and must not stay there.
    with suppress(KeyError):
        del Protocol[config]
    account.protocol = _OwnProtocol(config, server)
    return account


@contextmanager
def translated(peer: str) -> Iterator[None]:
    """Turn the library's errors into ours; their texts never hold a letter."""
    try:
        yield
    except (errors.UnauthorizedError, PermissionError) as error:
        advice = "login refused; check auth, username and password of mail.exchange"
        raise PeerRefused(peer, "401", advice) from error
    except errors.ResponseMessageError as error:
        raise _coded(peer, error) from error
    except errors.EWSError as error:
        ambiguous = isinstance(error, _AMBIGUOUS)
        raise (AnswerLost if ambiguous else PeerUnavailable)(peer, _reason(error)) from error
    except OSError as error:
        raise AnswerLost(peer, connection_advice(error)) from error
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        # What the library raises for an answer that is not of its protocol.
        raise AnswerLost(peer, "its answer cannot be understood") from error


def _coded(peer: str, error: Exception) -> Exception:
    """Return what a ResponseCode means."""
    code = type(error).__name__
    if code in REFUSALS:
        return PeerRefused(peer, code, f"{_text(error)}{_ADVICE.get(code, '')}")
    on_wire = _on_wire(error)
    if on_wire is not None:
        lost = _was_handed_over(on_wire)
        return (AnswerLost if lost else PeerUnavailable)(peer, _reason(error))
    if isinstance(error, _AMBIGUOUS):
        return AnswerLost(peer, f"{code}: {_text(error)}")
    return PeerUnavailable(peer, f"{code}: {_text(error)}")


def _text(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def _reason(error: BaseException) -> str:
    """Return why no answer came; of an answer itself only that it cannot be read."""
    if isinstance(error, errors.MalformedResponseError | errors.SOAPError):
        return "its answer cannot be understood"
    found = _on_wire(error)
    return type(error).__name__ if found is None else connection_advice(_root(found))


def _on_wire(error: BaseException | None) -> requests.RequestException | None:
    """Return the failure of HTTP that an error of the library comes from."""
    while error is not None and not isinstance(error, requests.RequestException):
        error = error.__context__
    return error


def _root(error: BaseException) -> Exception:
    """Return the first error of a chain that says what happened on the wire."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLError):
            return seen
        if isinstance(seen, SSLError) and "ingerprint" in str(seen):
            return ConnectionError(_OTHER_CERTIFICATE)
        inner = next((one for one in seen.args if isinstance(one, BaseException)), None)
        reason = getattr(seen, "reason", None)
        seen = reason if isinstance(reason, BaseException) else inner or seen.__context__
    if isinstance(error, requests.Timeout):
        return TimeoutError("no answer in time")
    if not _was_handed_over(error):
        return ConnectionError("no connection can be made; check url and network")
    return ConnectionError("the connection broke")


def _was_handed_over(error: BaseException) -> bool:
    """Tell whether the server may have received the request."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError):
        return False
    inner = error.args[0] if error.args else None
    reason = inner.reason if isinstance(inner, MaxRetryError) else inner
    return not isinstance(reason, NewConnectionError)


def _was_cut(error: BaseException | None) -> bool:
    """Tell whether a connection that had been idle may just have been closed meanwhile."""
    found = _on_wire(error)
    return isinstance(found, requests.ConnectionError) and not isinstance(found, requests.Timeout)
