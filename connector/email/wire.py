"""Messages as they go over the wire after DATA, prepared once for what many of them share."""

import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock

from connector.email.esmtp import data_form
from domain.assembled import Assembled, Piece, Shared
from domain.content import Content, whole
from domain.recent import Recent

KEPT_OCTETS = 64 * 1024 * 1024
"""Memory for prepared pieces: the files of a campaign or two, whatever the number of letters."""

TLS_OCTETS = 256 * 1024
"""Written at once with TLS: a time-out counts for one write, whatever it takes on a slow line."""


@dataclass(frozen=True, slots=True)
class Data:
    """One message after DATA, without the final dot, in blocks that are written as they are."""

    blocks: tuple[bytes, ...]
    eight_bit: bool
    size: int
    """Number of octets without the dots that were doubled (RFC 1870 section 3)."""


def write_all(line: socket.socket, data: Data) -> None:
    """Write a message and the final dot as they are: no line of it is looked at again.

    What several pieces leave for one call of the system goes in one. Raises ``OSError``, a
    ``TimeoutError`` when for so long not an octet could be written.
    """
    blocks = [memoryview(block) for block in (*data.blocks, b".\r\n")]
    if isinstance(line, ssl.SSLSocket):
        for block in blocks:
            for start in range(0, len(block), TLS_OCTETS):
                line.sendall(block[start : start + TLS_OCTETS])
        return
    while blocks:
        written = line.sendmsg(blocks[:_AT_ONCE])
        while blocks and written >= len(blocks[0]):
            written -= len(blocks.pop(0))
        if blocks:
            blocks[0] = blocks[0][written:]


_AT_ONCE = 16
"""Pieces given to the system in one call; it takes 1024 at most (IOV_MAX)."""


@dataclass(frozen=True, slots=True)
class _Form:
    """One piece of whole lines in its form for the wire."""

    octets: bytes
    eight_bit: bool
    size: int


class DataForms:
    """Prepares messages for one server, ``peer`` in errors; safe to share between threads.

    A piece begins and ends with whole lines, so its dots are doubled and its lines measured
    without looking at its neighbours.
    """

    def __init__(self, peer: str, kept: int = KEPT_OCTETS) -> None:
        self._peer = peer
        self._prepared = Recent[str, _Form | None](kept, _octets)
        self._lock = Lock()

    def of(self, message: Content) -> Data:
        """Return a message in its form for the wire; raises as ``data_form`` does."""
        if isinstance(message, Assembled):
            forms = [self._of_piece(piece) for piece in message.pieces]
            # A line that goes on from one piece to the next is seen only in the whole.
            if forms and None not in forms:
                return _data(forms)
        octets = whole(message)
        # The last line is ended where it is not.
        size = len(octets) + (0 if octets.endswith(b"\r\n") else 2)
        form = data_form(self._peer, octets)
        return Data((form,), eight_bit=not octets.isascii(), size=size)

    def _of_piece(self, piece: Piece) -> _Form | None:
        if not isinstance(piece, Shared):
            return self._form(piece)
        content = piece.content
        # Under the lock: what is large is not prepared twice at the same time.
        with self._lock:
            return self._prepared.of(piece.digest, lambda: self._form(whole(content)))

    def _form(self, octets: bytes) -> _Form | None:
        if not octets.endswith(b"\r\n"):
            return None
        form = data_form(self._peer, octets)
        return _Form(form, eight_bit=not octets.isascii(), size=len(octets))


def _data(forms: Iterable[_Form | None]) -> Data:
    found = [form for form in forms if form is not None]
    blocks = tuple(form.octets for form in found)
    size = sum(form.size for form in found)
    return Data(blocks, eight_bit=any(form.eight_bit for form in found), size=size)


def _octets(form: _Form | None) -> int:
    return 0 if form is None else len(form.octets)
