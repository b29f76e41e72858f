"""Faults on cue, for tests of what a client makes of a server in trouble."""

from enum import StrEnum

from dondoc.simulators.fault_queue import FaultQueue

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


class Faults(FaultQueue[Fault]):
    """Faults of the exchange; a lost answer befalls only sendEdoc, a spoiled list only the list."""

    def __init__(self, *, delay: float = 0.5) -> None:
        """Start with none; ``delay`` is what `Fault.DELAY` waits, in seconds."""
        super().__init__(Fault, OPERATIONS, delay=delay, usual=_DEFAULT_OPERATION)
