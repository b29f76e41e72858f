"""Faults on cue, for tests of what a client makes of an Exchange in trouble."""

import threading
from collections.abc import Iterable
from enum import StrEnum

from dondoc.simulators.exchange.soap import EwsError, SoapFault
from dondoc.simulators.fault_text import read_fault


class Fault(StrEnum):
    """What can go wrong with a request."""

    BUSY = "busy"  # SOAP fault ErrorServerBusy with BackOffMilliseconds
    UNAVAILABLE = "unavailable"  # ErrorMailboxStoreUnavailable
    DENIED = "denied"  # ErrorAccessDenied
    STALE = "stale"  # ErrorStaleObject
    NOT_FOUND = "not_found"  # ErrorItemNotFound
    BAD_STATE = "bad_state"  # ErrorInvalidSyncStateData
    LOGIN = "login"  # HTTP 401
    TOO_MANY = "too_many"  # HTTP 429
    DOWN = "down"  # HTTP 503
    DROP = "drop"  # the connection closes before anything is done
    DROP_AFTER = "drop_after"  # everything is done, and the connection closes without an answer
    TRUNCATE = "truncate"  # half of the answer that its length announces
    SLOW = "slow"  # everything is done late
    SLOW_ANSWER = "slow_answer"  # everything is done at once, the answer comes late


HTTP_STATUS = {Fault.LOGIN: 401, Fault.TOO_MANY: 429, Fault.DOWN: 503}

_CODES = {
    Fault.UNAVAILABLE: (
        "ErrorMailboxStoreUnavailable",
        "The mailbox database is temporarily unavailable.",
    ),
    Fault.DENIED: ("ErrorAccessDenied", "Access is denied. Check credentials and try again."),
    Fault.STALE: ("ErrorStaleObject", "The object has changed since it was read."),
    Fault.NOT_FOUND: ("ErrorItemNotFound", "The specified object was not found in the store."),
    Fault.BAD_STATE: ("ErrorInvalidSyncStateData", "The synchronization state data is invalid."),
}
_BACK_OFF = 1500


def coded(fault: Fault | None) -> EwsError | None:
    """Return the error that a response message tells of, or None."""
    return EwsError(*_CODES[fault]) if fault in _CODES else None


def busy() -> SoapFault:
    """Return what a server says that has too much to do."""
    text = "The server cannot service this request right now. Try again later."
    return SoapFault("ErrorServerBusy", text, _BACK_OFF)


class Faults:
    """Faults waiting to happen, taken in the order in which they were armed; thread-safe."""

    def __init__(self, operations: Iterable[str], *, delay: float = 2.0) -> None:
        """Start with none; ``delay`` is what the slow ones wait, in seconds."""
        self.delay = delay
        self._operations = tuple(operations)
        self._armed: list[tuple[Fault, str]] = []
        self._lock = threading.Lock()

    def arm(self, fault: Fault | str, times: int = 1, *, operation: str = "") -> None:
        """Let a fault befall the next requests, all or those of one operation.

        Raises ValueError for an unknown fault or a count below 1.
        """
        kind = Fault(fault)
        if times < 1:
            raise ValueError(f"fault {kind}: the number of times must be 1 or more, not {times}")
        with self._lock:
            self._armed += [(kind, operation)] * times

    def arm_all(self, texts: Iterable[str]) -> None:
        """Arm faults written as ``NAME[:N][@OPERATION]``; raises ValueError with the text."""
        for text in texts:
            wanted = read_fault(text, list(Fault), self._operations)
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
