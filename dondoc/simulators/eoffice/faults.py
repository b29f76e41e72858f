"""Faults on cue, for tests of what a client makes of a server in trouble."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """What can go wrong; each changes the answer only, after the request has been carried out."""

    DROP = "drop"  # the connection closes without an answer
    HTML = "html"  # HTTP 500 with an HTML page
    EMPTY = "empty"  # HTTP 200 without a body
    TRUNCATED = "truncated"  # half of the answer, with a length that fits the half
    DELAY = "delay"  # the whole answer, late


# A lost answer to a send is the dangerous case; the others can befall any operation.
_DEFAULT_OPERATION = {Fault.DROP: "sendEdoc"}


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

        ``operation`` narrows it to one operation; blank: any, but `Fault.DROP` only sendEdoc.
        Raises ValueError for an unknown fault or a count below 1.
        """
        kind = Fault(fault)
        if times < 1:
            raise ValueError(f"fault {kind}: the number of times must be 1 or more, not {times}")
        name = operation or _DEFAULT_OPERATION.get(kind, "")
        with self._lock:
            self._armed.append(_Armed(fault=kind, operation=name, left=times))

    def arm_all(self, texts: Iterable[str]) -> None:
        """Arm faults written as ``NAME`` or ``NAME:N``. Raises ValueError with the text."""
        for text in texts:
            name, _, times = text.partition(":")
            if name not in set(Fault) or not (times or "1").isdigit():
                known = ", ".join(Fault)
                raise ValueError(f"fault {text!r}: write NAME or NAME:N with NAME one of {known}")
            self.arm(name, int(times or "1"))

    def take(self, operation: str) -> Fault | None:
        """Return the fault for this request and use it up, or None."""
        with self._lock:
            for index, armed in enumerate(self._armed):
                if armed.operation in {"", operation}:
                    rest = _Armed(fault=armed.fault, operation=armed.operation, left=armed.left - 1)
                    self._armed[index : index + 1] = [rest] if rest.left else []
                    return armed.fault
        return None
