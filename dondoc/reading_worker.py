"""One process beside the daemon that reads messages, and what it has answered so far.

Its answers are taken off the pipe as they come: a report with its files is larger than a pipe, and
the process would wait to be rid of it instead of reading the next message.
"""

import os
import pickle
import subprocess
import sys
from collections import deque
from contextlib import suppress
from multiprocessing.connection import Pipe
from threading import Condition, Thread
from typing import cast

from domain.ids import Digest
from dondoc.reading_process import NotHad, work
from dondoc.services.own_words import OwnWords

_HELD = 16 * 1024 * 1024
"""Octets of answers that are held until they are taken; it waits with what comes after them."""


class ReadingWorker:
    """A process that was given ``arguments``; ``news`` is notified when it answers or ends.

    Whoever reads or changes what is kept here holds ``news``.
    """

    def __init__(self, arguments: object, news: Condition, *, held: int = _HELD) -> None:
        self.given: deque[Digest] = deque()
        """What it has yet to read, in order; it is at the first."""
        self.answers: dict[Digest, bytes] = {}
        """What it has read and nobody has taken."""
        self.began = self.ended = False
        """Whether it has come so far as to read, and whether it will not answer any more."""
        self.heard = 0
        """How often it has said something; first that it begins."""
        self._hurried = False
        self._news = news
        self._most = held
        self._held = 0
        self._connection, theirs = Pipe()
        code = f"from {work.__module__} import work; work({theirs.fileno()})"
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", code],
            pass_fds=[theirs.fileno()],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )
        theirs.close()
        with suppress(OSError):
            self._connection.send(arguments)
        self._listener = Thread(target=self._listen, daemon=True)
        self._listener.start()

    @property
    def pid(self) -> int:
        """Return the identifier of the process."""
        return self._process.pid

    def give(self, digest: Digest) -> None:
        """Let it read one more message."""
        with self._news:
            self.given.append(digest)
        # One that has ended is noticed when something is expected of it.
        with suppress(OSError):
            self._connection.send(digest)

    def take(self, digest: Digest) -> OwnWords | NotHad | str:
        """Return what a message says that it has read, or why it could not read it."""
        with self._news:
            answer = self.answers.pop(digest)
            self._held -= len(answer)
            self._news.notify_all()
        # Our own process made it, out of our own classes.
        return cast(OwnWords | NotHad | str, pickle.loads(answer))

    def hurry(self, hurried: bool) -> None:
        """Say whether somebody waits for its next answer, however much is held."""
        with self._news:
            self._hurried = hurried
            self._news.notify_all()

    def end(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        with self._news:
            self.ended = True
            self._news.notify_all()
        # The pipe has ended with the process, so the listener does, too.
        self._listener.join()
        self._connection.close()

    def _listen(self) -> None:
        try:
            self._connection.recv_bytes()
            with self._news:
                self.began = True
                self.heard += 1
                self._news.notify_all()
            while True:
                self._keep(self._connection.recv_bytes())
        except (EOFError, OSError):
            pass
        finally:
            with self._news:
                self.ended = True
                self._news.notify_all()

    def _keep(self, answer: bytes) -> None:
        with self._news:
            self.answers[self.given.popleft()] = answer
            self._held += len(answer)
            self.heard += 1
            self._news.notify_all()
            self._news.wait_for(lambda: self._held < self._most or self._hurried or self.ended)
