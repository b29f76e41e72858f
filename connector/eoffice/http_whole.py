"""A bound for the whole of an HTTP answer, its head and its body, however slowly they trickle.

The library's own timeouts begin anew with every piece that arrives, and those of the head cannot
be seen from outside.
"""

import io
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

_END: ContextVar[float | None] = ContextVar("_END", default=None)
"""When the answer must be whole, by the machine's own clock: it is about a socket and decides
nothing else."""


class TooSlow(TimeoutError):
    """The answer was not whole in time."""


@contextmanager
def whole_within(seconds: float | None) -> Iterator[None]:
    """Bound what is asked inside, by a session with a ``WholeAdapter``; None bounds nothing."""
    token = _END.set(None if seconds is None else time.monotonic() + seconds)
    try:
        yield
    finally:
        _END.reset(token)


class WholeAdapter(HTTPAdapter):
    """Makes connections whose answers raise ``TooSlow`` at the end that ``whole_within`` sets."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:  # the library's own
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


class _Socket(io.RawIOBase):
    """What comes from a socket until an instant."""

    def __init__(self, sock: socket.socket, source: io.RawIOBase, end: float) -> None:
        self._sock, self._source, self._end = sock, source, end

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:  # any writable buffer
        left = self._end - time.monotonic()
        if left <= 0:
            raise TooSlow
        pause = self._sock.gettimeout()
        self._sock.settimeout(left if pause is None else min(left, pause))
        try:
            return self._source.readinto(buffer)
        except TimeoutError as error:
            if time.monotonic() >= self._end:
                raise TooSlow from error
            raise

    def close(self) -> None:
        self._source.close()
        super().close()


class _Response(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        end = _END.get()
        if end is not None:
            self.fp = io.BufferedReader(_Socket(sock, self.fp.detach(), end))


class _Connection(HTTPConnection):
    response_class = _Response


class _SecureConnection(HTTPSConnection):
    response_class = _Response


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection
