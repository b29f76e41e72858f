"""Faults on cue, for tests of what a client makes of a portal in trouble."""

import threading
from collections.abc import Iterable
from enum import StrEnum

from dondoc.simulators.fault_text import read_fault

PLACES = ("list", "detail", "file")
"""What faults can be narrowed to."""


class Fault(StrEnum):
    """What can go wrong with an answer."""

    DOWN = "down"  # HTTP 503 with a page that says so
    DROP = "drop"  # the connection closes without an answer
    SLOW = "slow"  # the whole answer, late
    TRUNCATE = "truncate"  # half of the octets that the length announces
    LAYOUT = "layout"  # a page that looks different from yesterday
    LOGIN = "login"  # HTTP 200 with the page of a login form
    ELSEWHERE = "elsewhere"  # a redirect to a host of somebody else
    LOOP = "loop"  # a redirect to the same place
    OTHER_FILE = "other_file"  # the right name, but octets of a file that was saved again


class Faults:
    """Faults waiting to happen, taken in the order in which they were armed; thread-safe."""

    def __init__(self, *, delay: float = 0.5) -> None:
        """Start with none; ``delay`` is what `Fault.SLOW` waits, in seconds."""
        self.delay = delay
        self._armed: list[tuple[Fault, str]] = []
        self._lock = threading.Lock()

    def arm(self, fault: Fault | str, times: int = 1, *, place: str = "") -> None:
        """Let a fault befall the next ``times`` requests, all or those of one place.

        A place is one of ``PLACES``. Raises ValueError for an unknown fault or a
        count below 1.
        """
        kind = Fault(fault)
        if times < 1:
            raise ValueError(f"fault {kind}: the number of times must be 1 or more, not {times}")
        with self._lock:
            self._armed += [(kind, place)] * times

    def arm_all(self, texts: Iterable[str]) -> None:
        """Arm faults written as ``NAME[:N][@OPERATION]``, the operation being a place.

        Raises ValueError with the text.
        """
        for text in texts:
            wanted = read_fault(text, list(Fault), PLACES)
            self.arm(wanted.name, wanted.times, place=wanted.operation)

    def clear(self) -> None:
        """Disarm all faults."""
        with self._lock:
            self._armed.clear()

    def take(self, place: str) -> Fault | None:
        """Return the fault for this request and use it up, or None."""
        with self._lock:
            for index, (fault, wanted) in enumerate(self._armed):
                if wanted in {"", place}:
                    del self._armed[index]
                    return fault
        return None
