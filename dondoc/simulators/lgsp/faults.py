"""Faults on cue, for tests of what a client makes of an axis in trouble."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from dondoc.simulators.fault_text import read_fault

OPERATIONS = (
    "login",
    "sendEdoc",
    "syncReceivedEdocList",
    "getEdoc",
    "updateStatus",
    "getAgenciesList",
)
"""What faults can be narrowed to."""


class Fault(StrEnum):
    """What can go wrong; most befall the answer, after the request is carried out."""

    DROP = "drop"  # the connection closes without an answer
    HTML = "html"  # HTTP 500 with an HTML page
    EMPTY = "empty"  # HTTP 200 without a body
    TRUNCATED = "truncated"  # half of the answer, with a length that fits the half
    DELAY = "delay"  # the whole answer, late
    DUPLICATE = "duplicate"  # every row of a list twice
    REORDER = "reorder"  # the rows of a list backwards
    SHORT = "short"  # the first half of a list, with the count of all
    REDELIVER = "redeliver"  # what was sent waits twice, the second time under another docId
    EXPIRE = "expire"  # every token given so far is worth nothing, before the request


_LIST = "syncReceivedEdocList"
# A lost answer to a send is the dangerous case; others can befall any operation.
_ONLY = {
    Fault.DROP: "sendEdoc",
    Fault.DUPLICATE: _LIST,
    Fault.REORDER: _LIST,
    Fault.SHORT: _LIST,
    Fault.REDELIVER: "sendEdoc",
}
# The words of the login are about tokens already.
_NEVER = {Fault.EXPIRE: "login"}


@dataclass(slots=True, kw_only=True)
class _Armed:
    fault: Fault
    operation: str
    left: int

    def fits(self, operation: str) -> bool:
        return self.operation in {"", operation} and _NEVER.get(self.fault) != operation


class Faults:
    """Faults waiting to happen, taken in the order in which they were armed; thread-safe."""

    def __init__(self, *, delay: float = 0.5) -> None:
        """Start with none; ``delay`` is what `Fault.DELAY` waits, in seconds."""
        self.delay = delay
        self._armed: list[_Armed] = []
        self._lock = threading.Lock()

    def arm(self, fault: Fault | str, times: int = 1, *, operation: str = "") -> None:
        """Let a fault befall the next ``times`` requests.

        ``operation`` narrows it to one operation; blank: any, but a lost answer befalls only
        sendEdoc and a spoiled list only the list. Raises ValueError for an unknown fault or a
        count below 1.
        """
        kind = Fault(fault)
        if times < 1:
            raise ValueError(f"fault {kind}: the number of times must be 1 or more, not {times}")
        armed = _Armed(fault=kind, operation=operation or _ONLY.get(kind, ""), left=times)
        with self._lock:
            self._armed.append(armed)

    def arm_all(self, texts: Iterable[str]) -> None:
        """Arm faults written as ``NAME[:N][@OPERATION]``. Raises ValueError with the text."""
        for text in texts:
            wanted = read_fault(text, list(Fault), OPERATIONS)
            self.arm(wanted.name, wanted.times, operation=wanted.operation)

    def take(self, operation: str) -> Fault | None:
        """Return the fault for this request and use it up, or None."""
        with self._lock:
            armed = next((armed for armed in self._armed if armed.fits(operation)), None)
            if armed is None:
                return None
            armed.left -= 1
            if not armed.left:
                self._armed.remove(armed)
            return armed.fault
