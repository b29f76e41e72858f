"""IDLE (RFC 2177): a thread that notices when something may have arrived, and only wakes.

Reading never depends on it: what it misses comes with the next regular look. It has a connection
of its own, and ends and begins IDLE again often, because the server's answer to that is the only
proof that the line and the server behind it still live: networks drop quiet connections without a
word, and a process that hangs keeps its TCP connection alive. The line is read here and not
through imapclient, whose ``idle_done`` waits without an end on a dead connection.
"""

import imaplib
import os
import select
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import structlog

from connector.email.imap_errors import shut, translated
from connector.email.imap_fetch import LINE_OCTETS
from connector.email.watch import RETRY_SECONDS, Watch

log = structlog.get_logger(__name__)

# Together under a minute, within which a dead line is noticed; far under the 29 minutes of
# RFC 2177 and the few minutes after which networks forget a quiet connection.
RENEW_SECONDS = 30.0
ANSWER_SECONDS = 20.0
_TAG = b"X2"


class ImapWatch(Watch):
    """MailWatch over one folder of an IMAP account.

    ``connect`` gives a connection that is logged in, as ``ImapMailbox.connected``. ``renew`` and
    ``answer`` are in seconds: how long one IDLE lasts, and how long the server may be silent when
    it is asked something.
    """

    def __init__(
        self,
        account: str,
        connect: Callable[[], Any],
        folder: str,
        *,
        now: Callable[[], datetime],
        renew: float = RENEW_SECONDS,
        answer: float = ANSWER_SECONDS,
        retry: Sequence[float] = RETRY_SECONDS,
    ) -> None:
        super().__init__(account, now=now, retry=retry)
        self._connect = connect
        self._folder = folder
        self._renew = renew
        self._answer = answer
        self._stop, self._stopper = -1, -1

    def _prepare(self) -> None:
        self._stop, self._stopper = os.pipe()

    def _interrupt(self) -> None:
        os.write(self._stopper, b".")

    def _release(self) -> None:
        # A thread that still waits for a connection finds out afterwards, and needs both ends.
        os.close(self._stop)
        os.close(self._stopper)

    def _listen(self) -> bool:
        with translated(f"IMAP account {self._account}"):
            self._watch()
        return False

    def _watch(self) -> None:
        """Watch on one connection until told to stop; return at once where IDLE is not offered."""
        client = self._connect()
        try:
            if not client.has_capability("IDLE"):
                log.info("idle_not_offered", account=self._account)
                return
            client.select_folder(self._folder, readonly=True)
            line = _Line(client, self._stop, self._answer)
            while not self._stopping.is_set():
                self._idle(line)
        finally:
            shut(client)

    def _idle(self, line: "_Line") -> None:
        line.send(_TAG + b" IDLE\r\n")
        if not self._read_until(line, b"+"):
            return
        if self._failures or self._heard_at is None:
            # What came before the watch began, or while it was lost.
            self._failures = 0
            self._wake()
        self._prove()
        end = time.monotonic() + self._renew
        while (said := line.next(end - time.monotonic())) is not None:
            if said.startswith(_TAG):
                raise imaplib.IMAP4.abort("the server ended IDLE by itself")
            self._note(said)
        if not self._stopping.is_set():
            line.send(b"DONE\r\n")
            if self._read_until(line, _TAG + b" OK"):
                self._prove()

    def _read_until(self, line: "_Line", start: bytes) -> bool:
        """Read up to an answer; False when told to stop meanwhile."""
        end = time.monotonic() + self._answer
        while (said := line.next(end - time.monotonic())) is not None:
            if said.upper().startswith(start):
                return True
            if not said.startswith(b"*"):
                raise imaplib.IMAP4.abort("its answer to IDLE cannot be understood")
            self._note(said)
        if self._stopping.is_set():
            return False
        raise TimeoutError("no answer within the time allowed")

    def _note(self, said: bytes) -> None:
        words = said.upper().split()
        if words[1:2] == [b"BYE"]:
            raise imaplib.IMAP4.abort("the server says goodbye")
        self._prove()
        if words[2:3] == [b"EXISTS"]:
            self._wake()

    def _prove(self) -> None:
        self._heard_at = self._now()


class _Line:
    """Lines of a connection that was imapclient's until now; every wait has an end."""

    def __init__(self, client: Any, stop: int, patience: float) -> None:
        self._socket = client.socket()
        self._stop = stop
        self._patience = patience
        self._socket.settimeout(0)
        self._buffer = bytearray()
        # imaplib's buffer may hold the beginning of what comes.
        with suppress(BlockingIOError, ssl.SSLWantReadError):
            self._buffer += client._imap.file.read1(LINE_OCTETS) or b""

    def send(self, data: bytes) -> None:
        self._socket.settimeout(self._patience)
        self._socket.sendall(data)
        self._socket.settimeout(0)

    def next(self, seconds: float) -> bytes | None:
        """Return a line; None when none came in time, or when told to stop."""
        end = time.monotonic() + seconds
        while (length := self._buffer.find(b"\n") + 1) == 0:
            if not self._readable(end - time.monotonic()):
                return None
            self._receive()
        said = bytes(self._buffer[:length])
        del self._buffer[:length]
        return said

    def _readable(self, seconds: float) -> bool:
        # What TLS has decrypted already is not seen by the poll.
        if isinstance(self._socket, ssl.SSLSocket) and self._socket.pending():
            return True
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        poll.register(self._stop, select.POLLIN)
        ready = [number for number, _ in poll.poll(max(0.0, seconds) * 1000)]
        return bool(ready) and self._stop not in ready

    def _receive(self) -> None:
        with suppress(BlockingIOError, ssl.SSLWantReadError):
            piece = self._socket.recv(LINE_OCTETS)
            if not piece:
                raise imaplib.IMAP4.abort("the connection ended")
            self._buffer += piece
        if len(self._buffer) > LINE_OCTETS:
            raise imaplib.IMAP4.abort("its answer cannot be understood")
