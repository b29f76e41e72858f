"""A bound for the whole of an HTTP exchange, request and answer, however slowly they trickle.

The library's own timeouts begin anew with every piece that arrives, and those of the head cannot
be seen from outside.
"""

import io
import math
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from http.client import HTTPResponse
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

RATE = 64 * 1024
"""Bytes a second below which an exchange is cut off once its first patience is used up."""


class TooSlow(TimeoutError):
    """The exchange was not over in time."""


class Pace:
    """The time that one exchange has: ``patience`` seconds, and more for each byte that moved.

    A large file thus has its time and a trickle does not, whatever the limit for its size.
    ``whole`` seconds are the most in any case. By the machine's own clock: it is about a socket
    and decides nothing else.
    """

    def __init__(self, *, patience: float, whole: float | None = None) -> None:
        now = time.monotonic()
        self._end = now + patience
        self._last = math.inf if whole is None else now + whole

    def left(self) -> float:
        """Return the seconds that are left; raises ``TooSlow`` when there are none."""
        left = min(self._end, self._last) - time.monotonic()
        if left <= 0:
            raise TooSlow
        return left

    def moved(self, octets: int) -> None:
        """Give the time for bytes that were sent or came."""
        self._end += octets / RATE


_PACE: ContextVar[Pace | None] = ContextVar("_PACE", default=None)


@contextmanager
def paced(pace: Pace) -> Iterator[None]:
    """Bound what is asked inside, by a session with a ``WholeAdapter``."""
    token = _PACE.set(pace)
    try:
        yield
    finally:
        _PACE.reset(token)


class WholeAdapter(HTTPAdapter):
    """Makes connections whose answers raise ``TooSlow`` at the end that ``paced`` sets."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:  # the library's own
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


class _Socket(io.RawIOBase):
    """What comes from a socket while its pace lasts."""

    def __init__(self, sock: socket.socket, source: io.RawIOBase, pace: Pace) -> None:
        self._sock, self._source, self._pace = sock, source, pace

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:  # any writable buffer
        left = self._pace.left()
        pause = self._sock.gettimeout()
        self._sock.settimeout(left if pause is None else min(left, pause))
        try:
            octets = self._source.readinto(buffer)
        except TimeoutError:
            self._pace.left()
            raise
        finally:
            # The next piece has its full pause again; the socket may be closed by now.
            if self._sock.fileno() >= 0:
                self._sock.settimeout(pause)
        self._pace.moved(octets or 0)
        return octets

    def close(self) -> None:
        self._source.close()
        super().close()


class _Response(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        pace = _PACE.get()
        if pace is not None:
            self.fp = io.BufferedReader(_Socket(sock, self.fp.detach(), pace))


class _Connection(HTTPConnection):
    response_class = _Response


class _SecureConnection(HTTPSConnection):
    response_class = _Response


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection
