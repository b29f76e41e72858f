"""A process that reads messages for the daemon, which hands them out in ``reading_ahead``.

It imports what reading one message needs, and nothing else of the application: several are
started while mail waits.
"""

import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Protocol

from domain.errors import MalformedDocument, StoreFailed
from domain.ids import Digest
from dondoc.services.own_words import OwnWords
from mappings.reply.phrases import Phrases

Read = Callable[[bytes, Phrases], OwnWords]


class Kept(Protocol):
    """Where a process finds the messages."""

    def get(self, digest: Digest) -> bytes:
        """Return the bytes, verified."""


@dataclass(frozen=True, slots=True)
class NotHad:
    """The evidence could not be read, and why; this says nothing about the message."""

    why: str


def work(descriptor: int) -> None:
    """Read what the process behind a pipe asks for, until it is gone."""
    # These signals go to all processes of a terminal or service; the one that asks ends this one.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    with suppress(EOFError, OSError), Connection(descriptor) as connection:
        evidence, phrases, read = connection.recv()
        kept = evidence()
        connection.send(None)
        while True:
            connection.send(_words(kept, connection.recv(), phrases, read))


def _words(kept: Kept, digest: Digest, phrases: Phrases, read: Read) -> OwnWords | NotHad | str:
    """Return what a message says, or why it could not be read."""
    try:
        return read(kept.get(digest), phrases)
    except StoreFailed as error:
        return NotHad(str(error))
    except MalformedDocument as error:
        return error.reason
    except Exception as error:  # noqa: BLE001 - told by whoever asked, who may read it once more
        return f"Dondoc failed on it ({type(error).__name__})"
