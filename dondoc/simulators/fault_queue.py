"""Faults that wait to happen, the same for every simulator."""

import threading
from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from dondoc.simulators.fault_text import read_fault

F = TypeVar("F", bound=StrEnum)


class FaultQueue(Generic[F]):
    """Faults waiting to happen, taken in the order in which they were armed; thread-safe.

    ``operations`` are what faults can be narrowed to. A fault in ``usual`` befalls that operation
    where none is named, and one in ``never`` passes that operation by. ``delay`` is what the slow
    ones wait, in seconds.
    """

    def __init__(
        self,
        kinds: type[F],
        operations: Collection[str],
        *,
        delay: float,
        usual: Mapping[F, str] | None = None,
        never: Mapping[F, str] | None = None,
    ) -> None:
        self.delay = delay
        self._kinds = kinds
        self._operations = tuple(operations)
        self._usual = dict(usual or {})
        self._never = dict(never or {})
        self._armed: list[tuple[F, str]] = []
        self._lock = threading.Lock()

    def arm(self, fault: F | str, times: int = 1, *, operation: str = "") -> None:
        """Let a fault befall the next ``times`` requests, all or those of one operation.

        Raises ValueError for an unknown fault or a count below 1.
        """
        kind = self._kinds(fault)
        if times < 1:
            raise ValueError(f"fault {kind}: the number of times must be 1 or more, not {times}")
        with self._lock:
            self._armed += [(kind, operation or self._usual.get(kind, ""))] * times

    def arm_all(self, texts: Iterable[str]) -> None:
        """Arm faults written as ``NAME[:N][@OPERATION]``; raises ValueError with the text."""
        for text in texts:
            wanted = read_fault(text, list(self._kinds), self._operations)
            self.arm(wanted.name, wanted.times, operation=wanted.operation)

    def clear(self) -> None:
        """Disarm all faults."""
        with self._lock:
            self._armed.clear()

    def take(self, operation: str) -> F | None:
        """Return the fault for this request and use it up, or None."""
        with self._lock:
            for index, (fault, wanted) in enumerate(self._armed):
                if wanted in {"", operation} and self._never.get(fault) != operation:
                    del self._armed[index]
                    return fault
        return None
