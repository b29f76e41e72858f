"""Reading pages and files of a public portal over HTTP, and of no other place.

Interprets nothing. Redirects are followed on the portal's own hosts only: otherwise whoever writes
a page could make this machine ask others within the office's network.
"""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, urljoin, urlsplit

from connector.eoffice.http import Answer, AnswerTooLarge, HttpTransport, NoAnswer, Timeouts
from domain.errors import PeerRefused, PeerUnavailable, TooLarge
from domain.portal import MOST_REDIRECTS, WebAnswer

_PORTS = {"http": 80, "https": 443}
_REDIRECTS = {301, 302, 303, 307, 308}
# RFC 9110 section 15.5.9, RFC 6585 section 4, RFC 9110 section 15.5.6: it may work later.
_LATER = {408, 425, 429}
# RFC 3986 sections 3.3 and 3.4; the percent sign, because links are encoded already.
_IN_URL = "/:@!$&'()*+,;=~-._%?"
_HEADERS = {"Accept": "*/*", "User-Agent": "Dondoc"}
TIMEOUTS = Timeouts(connect=10.0, read=30.0, whole=300.0)
"""A page that is silent for seconds is asked for again later; a large file may take minutes, but no
answer more time than its visit has left."""


class PortalPages:
    """One portal; implements ``domain.ports.PublicPages``.

    ``addresses`` are http(s) addresses of its hosts, the page's own first. What https serves is
    asked on every one of them, plain http only where an address says http itself. Raises
    ``ConfigError`` for an unusable address or CA file.
    """

    def __init__(
        self,
        addresses: Sequence[str],
        *,
        name: str,
        ca_file: Path | None = None,
        timeouts: Timeouts = TIMEOUTS,
    ) -> None:
        self._name = name
        origins = [_origin(address) for address in addresses]
        secured = [_secured(address) for address in addresses]
        self._transports = {
            origin: HttpTransport(origin, ca_file=ca_file, timeouts=timeouts)
            for origin in dict.fromkeys((*origins, *secured))
        }

    def close(self) -> None:
        """Close all connections."""
        for transport in self._transports.values():
            transport.close()

    def visit(self, *, seconds: float, octets: int) -> "PortalVisit":
        """Begin a visit; see ``PublicPages``."""
        return PortalVisit(self._transports, self._name, seconds=seconds, octets=octets)


class PortalVisit:
    """One visit to a portal; implements ``domain.ports.Visit``."""

    def __init__(
        self, transports: Mapping[str, HttpTransport], name: str, *, seconds: float, octets: int
    ) -> None:
        self._transports, self._name = transports, name
        # The clock of the machine, because this is about sockets and decides nothing else.
        self._end = time.monotonic() + seconds
        self._octets = octets

    def fetch(self, url: str, into: BinaryIO, *, limit: int) -> WebAnswer:
        """Write what lies at an address into a stream; see ``Visit``."""
        secure = url.lower().startswith("https:")
        limit = min(limit, self._octets)
        for _ in range(MOST_REDIRECTS + 1):
            answer = self._asked(url, into, limit)
            if answer.status not in _REDIRECTS:
                found = self._taken(url, answer)
                self._octets -= into.tell()
                return found
            url = self._joined(url, answer.location)
            if secure and not url.lower().startswith("https:"):
                raise self._refused("redirect", "it leads away from https; nothing more was asked")
        raise self._refused("redirect", f"it leads on more than {MOST_REDIRECTS} times")

    def _joined(self, url: str, location: str) -> str:
        try:
            return urljoin(url, location)
        except ValueError:
            raise self._refused("redirect", "it leads to what is no address") from None

    def _asked(self, url: str, into: BinaryIO, limit: int) -> Answer:
        transport, path = self._located(url)
        left = self._end - time.monotonic()
        if left <= 0:
            raise PeerUnavailable(self._name, "it took too long to give all that was asked for")
        try:
            return transport.request("GET", path, _HEADERS, limit=limit, into=into, whole=left)
        except AnswerTooLarge as error:
            raise TooLarge("what the portal gives", error.detail) from None
        except NoAnswer as error:
            raise PeerUnavailable(self._name, error.detail) from None

    def _taken(self, url: str, answer: Answer) -> WebAnswer:
        if answer.status == 200:
            return WebAnswer(url=url, media_type=answer.media_type, charset=answer.charset)
        if answer.status >= 500 or answer.status in _LATER:
            raise PeerUnavailable(self._name, f"it answers HTTP {answer.status}")
        raise self._refused(f"HTTP {answer.status}", "there is nothing at this address for us")

    def _located(self, url: str) -> tuple[HttpTransport, str]:
        odd = "\\" in url or not url.isprintable()
        try:
            parts = urlsplit(url)
            transport = None if odd or parts.username else self._transports.get(_origin(url))
        except ValueError:
            transport = None
        if transport is None:
            detail = "an address leads to a host that is not the portal's; nothing was asked there"
            raise self._refused("address", detail)
        query = f"?{parts.query}" if parts.query else ""
        return transport, quote(f"{parts.path.lstrip('/')}{query}", safe=_IN_URL)

    def _refused(self, code: str, detail: str) -> PeerRefused:
        return PeerRefused(self._name, code, detail)


def _origin(url: str) -> str:
    """Return scheme, host and port, which decide together (RFC 6454 section 4)."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    return f"{scheme}://{_host(parts.hostname)}:{parts.port or _PORTS.get(scheme)}"


def _secured(url: str) -> str:
    """Return the origin under which the same host answers by https."""
    if url.lower().startswith("https:"):
        return _origin(url)
    return f"https://{_host(urlsplit(url).hostname)}:443"


def _host(name: str | None) -> str:
    host = (name or "").lower()
    return f"[{host}]" if ":" in host else host
