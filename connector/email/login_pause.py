"""Pauses after refused logins, so that a wrong password does not lock the account."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from imapclient.exceptions import LoginError

from connector.email.imap_errors import is_for_later

PAUSE_SECONDS = (60.0, 300.0, 900.0, 1800.0)
"""After the first refusal, the second, and so on; the last one repeats."""


class LoginPause:
    """Logins of one account; safe to share between threads. ``clock`` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._refusals = 0
        self._until = 0.0
        self._refused = ""

    def check(self, secret: str) -> None:
        """Raise ``LoginError`` while the server need not be asked: it refused this secret lately.

        Another secret, which somebody has just corrected, is tried at once.
        """
        with self._lock:
            if self._refusals and secret == self._refused and self._clock() < self._until:
                raise LoginError("refused before; it is tried again after a pause")

    @contextmanager
    def trying(self, secret: str) -> Iterator[None]:
        """Note how a login ends; that a server cannot now is no refusal."""
        try:
            yield
        except LoginError as error:
            if not is_for_later(error):
                self._note_refusal(secret)
            raise
        with self._lock:
            self._refusals = 0

    def _note_refusal(self, secret: str) -> None:
        with self._lock:
            self._refusals = self._refusals + 1 if secret == self._refused else 1
            self._refused = secret
            pause = PAUSE_SECONDS[min(self._refusals, len(PAUSE_SECONDS)) - 1]
            self._until = self._clock() + pause
