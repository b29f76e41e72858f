"""Faults on cue, for tests of what a client makes of a server in trouble."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from dondoc.simulators.fault_text import read_fault

OPERATIONS = (
    "sendEdoc",
    "getReceivedEdocList",
    "getEdoc",
    "downloadEdoc",
    "updateStatus",
    "getSentEdocList",
    "countReceiveEdoc",
    "countReceiveStatus",
    "getAgenciesList",
    "getAgenciesListQD20",
    "getSynchronizeUnit",
    "registerAgency",
    "deleteAgency",
)
"""What faults can be narrowed to."""


class Fault(StrEnum):
    """What can go wrong, after the request has been carried out; all but `REDELIVER` in the answer.

    What the real exchange does to a document's bytes is no fault, see `transit.py`; it gives no
    tokens that could expire, and a ``window`` refuses old timestamps instead.
    """

    DROP = "drop"  # the connection closes without an answer
    HTML = "html"  # HTTP 500 with an HTML page
    EMPTY = "empty"  # HTTP 200 without a body
    TRUNCATED = "truncated"  # half of the answer, with a length that fits the half
    DELAY = "delay"  # the whole answer, late
    DUPLICATE = "duplicate"  # every row of a list twice
    REORDER = "reorder"  # the rows of a list backwards
    BLANK = "blank"  # null in place of the last row of a list
    REDELIVER = "redeliver"  # what was sent waits twice, the second time under another docId


# A lost answer to a send is the dangerous case; the others can befall any operation.
_DEFAULT_OPERATION = {
    Fault.DROP: "sendEdoc",
    Fault.DUPLICATE: "getReceivedEdocList",
    Fault.REORDER: "getReceivedEdocList",
    Fault.BLANK: "getReceivedEdocList",
    Fault.REDELIVER: "sendEdoc",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Armed:
    fault: Fault
    operation: str
    left: int


class Faults:
    """Faults waiting to happen, taken in the order in which they were armed; thread-safe."""

    def __init__(self, *, delay: float = 0.5) -> None:
        """Start with none; ``delay`` is what `Fault.DELAY` waits, in seconds."""
        self.delay = delay
        self._armed: list[_Armed] = []
        self._lock = threading.Lock()

    def arm(self, fault: Fault | str, times: int = 1, *, operation: str = "") -> None:
        """Let a fault befall the next ``times`` requests.

        ``operation`` narrows it to one operation; blank: any, but what concerns a send befalls
        only sendEdoc, and a spoiled list only that of received packets. Raises ValueError for an
        unknown fault or a count below 1.
        """
        kind = Fault(fault)
        if times < 1:
            raise ValueError(f"fault {kind}: the number of times must be 1 or more, not {times}")
        name = operation or _DEFAULT_OPERATION.get(kind, "")
        with self._lock:
            self._armed.append(_Armed(fault=kind, operation=name, left=times))

    def arm_all(self, texts: Iterable[str]) -> None:
        """Arm faults written as ``NAME[:N][@OPERATION]``. Raises ValueError with the text."""
        for text in texts:
            wanted = read_fault(text, list(Fault), OPERATIONS)
            self.arm(wanted.name, wanted.times, operation=wanted.operation)

    def take(self, operation: str) -> Fault | None:
        """Return the fault for this request and use it up, or None."""
        with self._lock:
            for index, armed in enumerate(self._armed):
                if armed.operation in {"", operation}:
                    rest = _Armed(fault=armed.fault, operation=armed.operation, left=armed.left - 1)
                    self._armed[index : index + 1] = [rest] if rest.left else []
                    return armed.fault
        return None
