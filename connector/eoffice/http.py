"""HTTP as every door to an e-office needs it: one request out, one bounded answer back.

Interprets nothing. Bodies are streamed both ways: a file is never whole in memory.
"""

import io
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import BinaryIO, Self
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError, ReadTimeoutError

from connector.eoffice.http_whole import Pace, TooSlow, WholeAdapter, paced
from connector.files import ON_ITS_WAY
from connector.store.disk_failures import translated
from domain.content import Content, Inline
from domain.errors import ConfigError, Problem

CHUNK = 65536
REFUSAL = 1024 * 1024
"""Bytes of an error's body where a file was asked for: the limit for the file is not for memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds to wait for a connection and for each next piece of an answer.

    The vendor's SDK waits without end; these defaults leave a slow exchange time for a large file.
    """

    connect: float = 10.0
    read: float = 120.0
    whole: float | None = None
    """The most for one request and its answer; None leaves it to ``patience`` and the rate."""

    @property
    def patience(self) -> float:
        """For all of one exchange beside the time that ``http_whole.RATE`` allows for its bytes.

        A server may be silent once for as long as it likes, and then has as long to be slow.
        """
        return self.connect + 2 * self.read


@dataclass(frozen=True, slots=True)
class Body:
    """What a request carries: bytes before and after one content of any size."""

    content: Content
    before: bytes = b""
    after: bytes = b""


class NoAnswer(Exception):
    """No usable answer came back; the caller knows whether the request may have taken effect.

    ``handed_over`` tells whether the server may have received the request's body.
    """

    def __init__(self, detail: str, *, handed_over: bool = True) -> None:
        super().__init__(detail)
        self.detail = detail
        self.handed_over = handed_over


class AnswerTooLarge(NoAnswer):
    """The answer is over the limit and was not read to its end."""


@dataclass(frozen=True, slots=True)
class Answer:
    """HTTP status and whole body of one answer; the body is empty when it went to a stream."""

    status: int
    content: bytes
    media_type: str = ""
    charset: str | None = None
    location: str = ""
    """Where a redirect leads, as it was written."""


class HttpTransport:
    """One pool of connections to one server of an e-office.

    Certificates are verified always, by the authorities of ``ca_file`` (PEM) where it is given.
    Nothing of the environment takes part: no proxy, no ``.netrc``, and above all no
    ``REQUESTS_CA_BUNDLE``, which would silently win over the configured file.
    """

    def __init__(self, url: str, *, ca_file: Path | None, timeouts: Timeouts) -> None:
        self._url = _checked_url(url)
        self._verify: bool | str = True if ca_file is None else _checked_ca(ca_file)
        self._timeouts = timeouts
        self._session = _PlainSession()
        self._session.trust_env = False
        self._session.mount("http://", WholeAdapter())
        self._session.mount("https://", WholeAdapter())
        self._session.headers.clear()  # the vendor's SDK sends neither Accept nor compression
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    def request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        *,
        parameters: Mapping[str, str] | None = None,
        body: bytes | Body = b"",
        limit: int,
        into: BinaryIO | None = None,
        whole: float | None = None,
    ) -> Answer:
        """Send one request and read the answer, at most ``limit`` bytes.

        ``path`` is appended to the address. With ``into`` the body of a 2xx answer is written
        there instead of being returned; whatever stood there before is dropped. ``whole`` may
        leave less time than the ``Timeouts`` that bound it. Raises ``NoAnswer`` when
        no whole answer came, ``AnswerTooLarge`` over the limit, ``StoreFailed`` when it cannot be
        written.
        """
        pace = Pace(patience=self._timeouts.patience, whole=self._whole(whole))
        carried = Body(Inline(body)) if isinstance(body, bytes) else body
        with _WatchedBody(carried, pace) as watched, paced(pace):
            request = requests.Request(
                method,
                f"{self._url}/{path}" if path else self._url,
                headers=dict(headers),
                params=dict(parameters) if parameters else None,
                data=watched if len(watched) else None,
            )
            try:
                return self._exchange(self._session.prepare_request(request), limit, into)
            except (OSError, HTTPError) as error:  # every error of requests is an OSError
                detail = _reason(error, self._timeouts)
                raise NoAnswer(detail, handed_over=watched.handed_over) from error

    def _whole(self, seconds: float | None) -> float | None:
        bounds = [bound for bound in (seconds, self._timeouts.whole) if bound is not None]
        return min(bounds, default=None)

    def _exchange(
        self, request: requests.PreparedRequest, limit: int, into: BinaryIO | None
    ) -> Answer:
        with self._session.send(
            request,
            stream=True,
            allow_redirects=False,
            proxies={},
            verify=self._verify,
            timeout=(self._timeouts.connect, self._timeouts.read),
        ) as response:
            kind, _, parameters = response.headers.get("Content-Type", "").partition(";")
            kind = kind.strip().lower()
            charset = _charset(parameters)
            location = response.headers.get("Location", "")
            aside = into is not None and 200 <= response.status_code < 300
            bound = limit if into is None or aside else min(limit, REFUSAL)
            chunks = _bounded(response, bound)
            if into is None or not aside:
                whole = b"".join(chunks)
                return Answer(response.status_code, whole, kind, charset, location)
            # What the disk refuses must not look like a connection that broke off.
            with translated(ON_ITS_WAY):
                into.seek(0)
                into.truncate()
            for chunk in chunks:
                with translated(ON_ITS_WAY):
                    into.write(chunk)
            return Answer(response.status_code, b"", kind, charset, location)


class _PlainSession(requests.Session):
    """A session to which a redirect is an answer; the library reads its body without a bound."""

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002
        return None


class _WatchedBody:
    """A body that remembers whether the connection asked for it.

    It is read only once the connection stands and the headers are out, so an error before that
    proves that the server has nothing. It raises ``TooSlow`` once its pace is over: a server that
    takes a file byte by byte is cut off, too.
    """

    def __init__(self, body: Body, pace: Pace) -> None:
        self.handed_over = False
        self._pace = pace
        self._size = len(body.before) + body.content.size + len(body.after)
        self._streams = [io.BytesIO(body.before), body.content.open(), io.BytesIO(body.after)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for stream in self._streams:
            stream.close()

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        while piece := self.read(CHUNK):
            yield piece

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, fewer than ``size`` where one part ends."""
        self.handed_over = True
        self._pace.left()
        piece = next((piece for stream in self._streams if (piece := stream.read(size))), b"")
        self._pace.moved(len(piece))
        return piece


def _charset(parameters: str) -> str | None:
    """Return the charset of a Content-Type (RFC 9110 section 8.3.2), as it is written."""
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip("\"'") or None
    return None


def _bounded(response: requests.Response, limit: int) -> Iterator[bytes]:
    announced = response.headers.get("Content-Length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise AnswerTooLarge(f"the answer has {announced} bytes, over the limit of {limit}")
    size = 0
    for chunk in response.iter_content(CHUNK):
        size += len(chunk)
        if size > limit:
            raise AnswerTooLarge(f"the answer is over the limit of {limit} bytes")
        yield chunk


def _reason(error: Exception, timeouts: Timeouts) -> str:
    """Say in our own words what broke: the library's text carries the whole request address."""
    causes = _causes(error)
    if any(isinstance(cause, TooSlow) for cause in causes):
        return "the answer was not whole in the time that it was given"
    if any(isinstance(cause, requests.exceptions.SSLError | ssl.SSLError) for cause in causes):
        return "TLS failed; check the CA file and the name in the server's certificate"
    if any(isinstance(cause, requests.ConnectTimeout) for cause in causes):
        return f"no connection within {timeouts.connect:g} s"
    if any(isinstance(cause, NameResolutionError) for cause in causes):
        return "the name of the server is not known"
    if any(isinstance(cause, NewConnectionError) for cause in causes):
        return "the server accepts no connection"
    if any(isinstance(cause, requests.ReadTimeout | ReadTimeoutError) for cause in causes):
        return f"no answer within {timeouts.read:g} s"
    return f"the connection broke off ({type(error).__name__})"


def _causes(error: BaseException) -> list[BaseException]:
    """Unfold what requests wraps: its errors carry urllib3's, these carry a reason of their own."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        cause = waiting.pop()
        if isinstance(cause, BaseException) and cause not in found:
            found.append(cause)
            waiting += [*cause.args, getattr(cause, "reason", None), cause.__context__]
    return found


def _checked_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound or parts.username or parts.query or parts.fragment or not url.isascii():
        # The address itself is not repeated: it may hold a password.
        raise _misconfigured(
            "the address of the exchange is not usable",
            "write http(s)://host[:port][/path] without user name, query or fragment",
        )
    return url.rstrip("/")


def _checked_ca(ca_file: Path) -> str:
    try:
        ssl.create_default_context(cafile=str(ca_file))
    except OSError as error:  # ssl.SSLError included
        raise _misconfigured(
            f"the CA file {ca_file} cannot be used", "name a readable file of PEM certificates"
        ) from error
    return str(ca_file)


def _misconfigured(what: str, advice: str) -> ConfigError:
    problem = Problem(file="exchange", line=0, column=0, what=what, advice=advice)
    return ConfigError((problem,))
