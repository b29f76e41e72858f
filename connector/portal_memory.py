"""A portal in memory, for tests and trials; the same contract as ``PortalPages``."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import urlsplit

from domain.errors import PeerRefused, PeerUnavailable, TooLarge
from domain.portal import WebAnswer

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

    def fetch(self, url: str, into: BinaryIO, *, limit: int) -> WebAnswer:
        """Write what lies at an address into a stream."""
        if urlsplit(url).hostname not in self._hosts:
            raise PeerRefused(PEER, "address", "this host is not the portal's")
        self.asked.append(url)
        found = self.posted.get(url)
        if found is None:
            raise PeerRefused(PEER, "HTTP 404", "there is nothing at this address for us")
        if found.away:
            raise PeerUnavailable(PEER, "it answers HTTP 503")
        if found.moved:
            return self.fetch(found.moved, into, limit=limit)
        if len(found.content) > limit:
            raise TooLarge("what the portal gives", f"it has more than {limit} bytes")
        into.seek(0)
        into.truncate()
        into.write(found.content)
        return WebAnswer(url=url, media_type=found.media_type, charset=found.charset)
