"""Faults on cue, for tests of what a client makes of an e-office in trouble."""

import threading
from collections.abc import Iterable
from enum import StrEnum

from dondoc.simulators.fault_text import read_fault

OPERATIONS = (
    "danh-sach-cong-tac-can-bo",
    "access-token",
    "danh-sach-van-ban-den-theo-trang-thai-cua-chuyen-vien",
    "tra-cuu-van-ban-di-agg",
    "chi-tiet-van-ban-den",
    "chi-tiet-van-ban-di",
    "cap-nhat-trang-thai",
    "read-file",
)
"""What faults can be narrowed to."""


class Fault(StrEnum):
    """What can go wrong; all but `EXPIRE` change the answer only."""

    DROP = "drop"  # the connection closes without an answer
    HTML = "html"  # HTTP 500 with an HTML page
    PAGE = "page"  # HTTP 200 with the HTML page of a login form
    EMPTY = "empty"  # HTTP 200 without a body
    TRUNCATE = "truncate"  # half of the answer, with a length that fits the half
    DELAY = "delay"  # the whole answer, late
    NULL = "null"  # success with nothing in it
    EXPIRE = "expire"  # all access tokens end before the request
    DUPLICATE = "duplicate"  # every item of a list twice
    REORDER = "reorder"  # a list the wrong way round


class Faults:
    """Faults waiting to happen, taken in the order in which they were armed; thread-safe."""

    def __init__(self, *, delay: float = 0.5) -> None:
        """Start with none; ``delay`` is what `Fault.DELAY` waits, in seconds."""
        self.delay = delay
        self._armed: list[tuple[Fault, str]] = []
        self._lock = threading.Lock()

    def arm(self, fault: Fault | str, times: int = 1, *, operation: str = "") -> None:
        """Let a fault befall the next ``times`` requests, all or those of one operation.

        An operation is the last part of its path. Raises ValueError for an unknown fault or a
        count below 1.
        """
        kind = Fault(fault)
        if times < 1:
            raise ValueError(f"fault {kind}: the number of times must be 1 or more, not {times}")
        with self._lock:
            self._armed += [(kind, operation)] * times

    def arm_all(self, texts: Iterable[str]) -> None:
        """Arm faults written as ``NAME[:N][@OPERATION]``. Raises ValueError with the text."""
        for text in texts:
            wanted = read_fault(text, list(Fault), OPERATIONS)
            self.arm(wanted.name, wanted.times, operation=wanted.operation)

    def clear(self) -> None:
        """Disarm all faults."""
        with self._lock:
            self._armed.clear()

    def take(self, operation: str) -> Fault | None:
        """Return the fault for this request and use it up, or None."""
        with self._lock:
            for index, (fault, wanted) in enumerate(self._armed):
                if wanted in {"", operation}:
                    del self._armed[index]
                    return fault
        return None
