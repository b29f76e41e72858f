"""A portal in memory, for tests and trials; the same contract as ``PortalPages``."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import urlsplit

from domain.errors import PeerRefused, PeerUnavailable, TooLarge
from domain.portal import MOST_REDIRECTS, WebAnswer

PEER = "portal in memory"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What lies at one address. ``moved`` leads elsewhere, ``away`` is a server that is down."""

    content: bytes = b""
    media_type: str = "text/html"
    charset: str | None = "utf-8"
    moved: str = ""
    away: bool = False


class MemoryPages:
    """Pages by their addresses on one or more hosts; implements ``domain.ports.PublicPages``."""

    def __init__(self, hosts: Iterable[str]) -> None:
        self._hosts = frozenset(hosts)
        self.posted: dict[str, Posted] = {}
        self.asked: list[str] = []

    def visit(self, *, seconds: float, octets: int) -> "MemoryVisit":
        """Begin a visit; without ``seconds`` nobody answers in time."""
        return MemoryVisit(self, in_time=seconds > 0, octets=octets)

    def lies_at(self, url: str) -> Posted:
        """Return what lies at an address, as the portal answers; raises what it refuses with."""
        if urlsplit(url).hostname not in self._hosts:
            raise PeerRefused(PEER, "address", "this host is not the portal's")
        self.asked.append(url)
        found = self.posted.get(url)
        if found is None:
            raise PeerRefused(PEER, "HTTP 404", "there is nothing at this address for us")
        if found.away:
            raise PeerUnavailable(PEER, "it answers HTTP 503")
        return found


class MemoryVisit:
    """One visit; implements ``domain.ports.Visit``."""

    def __init__(self, pages: MemoryPages, *, in_time: bool, octets: int) -> None:
        self._pages, self._in_time, self._octets = pages, in_time, octets

    def fetch(self, url: str, into: BinaryIO, *, limit: int) -> WebAnswer:
        """Write what lies at an address into a stream."""
        if not self._in_time:
            raise PeerUnavailable(PEER, "it took too long to give all that was asked for")
        for _ in range(MOST_REDIRECTS + 1):
            found = self._pages.lies_at(url)
            if not found.moved:
                return self._written(url, found, into, min(limit, self._octets))
            url = found.moved
        raise PeerRefused(PEER, "redirect", f"it leads on more than {MOST_REDIRECTS} times")

    def _written(self, url: str, found: Posted, into: BinaryIO, limit: int) -> WebAnswer:
        if len(found.content) > limit:
            raise TooLarge("what the portal gives", f"it has more than {limit} bytes")
        into.seek(0)
        into.truncate()
        into.write(found.content)
        self._octets -= len(found.content)
        return WebAnswer(url=url, media_type=found.media_type, charset=found.charset)
