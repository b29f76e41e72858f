"""Faults on cue, for tests of what a client makes of an axis in trouble."""

from enum import StrEnum

from dondoc.simulators.fault_queue import FaultQueue

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


class Faults(FaultQueue[Fault]):
    """Faults of the axis; a lost answer befalls only sendEdoc, a spoiled list only the list."""

    def __init__(self, *, delay: float = 0.5) -> None:
        """Start with none; ``delay`` is what `Fault.DELAY` waits, in seconds."""
        super().__init__(Fault, OPERATIONS, delay=delay, usual=_ONLY, never=_NEVER)
