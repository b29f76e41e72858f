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
from dondoc.reading_process import work
from dondoc.services.own_words import OwnWords


class ReadingWorker:
    """A process that was given ``arguments``; ``news`` is notified when it answers or ends."""

    def __init__(self, arguments: object, news: Condition) -> None:
        self.given: deque[Digest] = deque()
        """What it has to read, in order; it is at the first."""
        self._news = news
        self._answers: deque[bytes] = deque()
        self._began = self._ended = False
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

    @property
    def began(self) -> bool:
        """Tell whether it has come so far as to read."""
        return self._began

    @property
    def has_answered(self) -> bool:
        """Tell whether there is something that ``answers`` would return, or note."""
        return bool(self._answers)

    @property
    def ended(self) -> bool:
        """Tell whether it will not answer any more."""
        return self._ended

    def give(self, digest: Digest) -> None:
        """Let it read one more message."""
        self.given.append(digest)
        # One that has ended is noticed when something is expected of it.
        with suppress(OSError):
            self._connection.send(digest)

    def answers(self) -> list[tuple[Digest, OwnWords | None]]:
        """Return what it has read since it was asked last; None is for this process to read."""
        found: list[tuple[Digest, OwnWords | None]] = []
        while self._answers:
            # Our own process made it, out of our own classes.
            answer = cast(OwnWords | None, pickle.loads(self._answers.popleft()))
            if self._began:
                found.append((self.given.popleft(), answer))
            self._began = True
        return found

    def end(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        # The pipe has ended with the process, so the listener has, too.
        self._listener.join()
        self._connection.close()

    def _listen(self) -> None:
        with suppress(EOFError, OSError):
            while True:
                answer = self._connection.recv_bytes()
                with self._news:
                    self._answers.append(answer)
                    self._news.notify()
        with self._news:
            self._ended = True
            self._news.notify()
