"""Public keys of signing domains from the DNS (RFC 6376 section 3.6.2), in bounded time.

A name server that does not answer must not stop the reading of mail. So every question has a
time-out, what could not be found out is not asked for again for a while, and waiting without an
answer may take a share of the time only: then questions fail at once until the share is there
again.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

import dns.exception
import dns.nameserver
import dns.rdatatype
import dns.resolver
import structlog
from dns.rdtypes.ANY.TXT import TXT

from domain.errors import PeerUnavailable

log = structlog.get_logger(__name__)

QUESTION_SECONDS = 3.0
# Of every minute, what may be spent on questions that nobody answers.
WASTE_SECONDS = 9.0
WINDOW_SECONDS = 60.0
# A longer wait counts as waste even when an answer came.
SLOW_SECONDS = 0.5
# Keys change seldom; a key that was just published must be seen soon.
LONGEST_SECONDS = 3_600.0
ABSENT_SECONDS = 300.0
NAMES_KEPT = 1_000
_PEER = "DNS"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What was found under a name; ``failure`` says why nothing could be found out."""

    record: bytes | None
    until: float
    failure: str = ""


class DnsKeys:
    """DkimKeys by the DNS; safe to share between threads, which then wait for one another.

    ``servers`` are name servers (``address`` or ``address:port``); without any, the system's are
    asked. ``timeout`` is the most, in seconds, that one question takes.
    """

    def __init__(self, servers: Sequence[str] = (), *, timeout: float = QUESTION_SECONDS) -> None:
        self._servers = tuple(servers)
        self._timeout = timeout
        self._resolver: dns.resolver.Resolver | None = None
        self._lock = Lock()
        self._known: dict[str, _Answer] = {}
        self._wasted = 0.0
        self._window = 0.0

    def key(self, name: str) -> bytes | None:
        """Return the key record under a name, None when there is none.

        Raises ``PeerUnavailable`` when that cannot be found out within the time allowed.
        """
        with self._lock:
            now = time.monotonic()
            answer = self._known.get(name)
            if answer is None or answer.until <= now:
                answer = self._asked(name, now)
            if answer.failure:
                raise PeerUnavailable(_PEER, answer.failure)
            return answer.record

    def _asked(self, name: str, now: float) -> _Answer:
        if now - self._window >= WINDOW_SECONDS:
            self._window, self._wasted = now, 0.0
        if self._wasted + self._timeout > WASTE_SECONDS:
            # Not kept: the name may be asked for as soon as there is time again.
            return _Answer(record=None, until=now, failure="too many questions went unanswered")
        try:
            answer = self._look_up(name, now)
        except (dns.exception.DNSException, OSError, UnicodeError) as error:
            log.warning("dkim_key_not_found_out", reason=type(error).__name__)
            answer = _Answer(
                record=None,
                until=now + ABSENT_SECONDS,
                failure=f"no answer about a key ({type(error).__name__})",
            )
        spent = time.monotonic() - now
        if answer.failure or spent > SLOW_SECONDS:
            self._wasted += spent
        if len(self._known) >= NAMES_KEPT:
            self._known.clear()
        self._known[name] = answer
        return answer

    def _look_up(self, name: str, now: float) -> _Answer:
        if self._resolver is None:
            self._resolver = _resolver(self._servers)
        try:
            found = self._resolver.resolve(
                f"{name}.", dns.rdatatype.TXT, lifetime=self._timeout, raise_on_no_answer=False
            )
        except dns.resolver.NXDOMAIN:
            return _Answer(record=None, until=now + ABSENT_SECONDS)
        records = [b"".join(r.strings) for r in found if isinstance(r, TXT)]
        kept = min(LONGEST_SECONDS, max(0.0, found.expiration - time.time()))
        if not records:
            return _Answer(record=None, until=now + ABSENT_SECONDS)
        # RFC 6376 section 3.6.2.2: of several records any may be taken; the one that says what it
        # is comes first.
        records.sort(key=lambda record: not record.startswith(b"v=DKIM1"))
        return _Answer(record=records[0], until=now + kept)


def _resolver(servers: Sequence[str]) -> dns.resolver.Resolver:
    if not servers:
        return dns.resolver.Resolver()
    resolver = dns.resolver.Resolver(configure=False)
    places = [
        server.rpartition(":") if server.count(":") == 1 else (server, "", "") for server in servers
    ]
    resolver.nameservers = [
        dns.nameserver.Do53Nameserver(host, int(port) if port else 53) for host, _, port in places
    ]
    return resolver
