"""Faults on cue, for tests of what a client makes of an Exchange in trouble."""

from collections.abc import Collection
from enum import StrEnum

from dondoc.simulators.exchange.soap import EwsError, SoapFault
from dondoc.simulators.fault_queue import FaultQueue


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


class Faults(FaultQueue[Fault]):
    """Faults of the Exchange server."""

    def __init__(self, operations: Collection[str], *, delay: float = 2.0) -> None:
        """Start with none; ``delay`` is what the slow ones wait, in seconds."""
        super().__init__(Fault, operations, delay=delay)
