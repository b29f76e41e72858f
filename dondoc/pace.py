"""How many letters an account may send in a minute, as its provider allows."""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

_MINUTE = timedelta(minutes=1)


class Pace:
    """Counts the letters of the last minute; ``per_minute`` None sets no limit.

    Safe to share between threads. A process that starts anew knows nothing of the minute before.
    ``daemons`` is how many share the account: each takes its part of the letters.
    """

    def __init__(self, per_minute: int | None = None) -> None:
        self.per_minute = per_minute
        self.daemons = 1
        self._sent: deque[datetime] = deque()
        self._lock = Lock()

    def take(self, clock: Callable[[], datetime]) -> bool:
        """Tell whether one more letter may leave at the present instant, and count it."""
        if self.per_minute is None:
            return True
        with self._lock:
            # Asked in here: instants of several threads must not overtake one another.
            now = clock()
            # After a clock that was set back, instants to come belong to no last minute.
            while self._sent and not timedelta() <= now - self._sent[0] < _MINUTE:
                self._sent.popleft()
            if len(self._sent) >= max(1, self.per_minute // self.daemons):
                return False
            self._sent.append(now)
            return True

    def follow(self, before: "Pace") -> None:
        """Count what left by another account's pace in the last minute, too."""
        with before._lock, self._lock:
            self._sent = deque(before._sent)
