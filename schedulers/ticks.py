"""Records of work at its interval, which the library keeps beside it in a thread of its own.

If a daemon dies in it, another one hears of that. The work is worth more than its record, so it
runs whether or not that can be kept, and waits for it no longer than it is patient.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from dbos import SetWorkflowID

from schedulers.engine import Work
from schedulers.outside import Outside, Overdue


@dataclass(frozen=True, slots=True)
class _Tick:
    begun: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)


class Ticks:
    """Work in hand whose records are begun; ``failed`` is told what keeps one from being kept."""

    def __init__(self, failed: Callable[[BaseException], None]) -> None:
        self._failed = failed
        self._records = Outside()
        self._ticks: dict[str, _Tick] = {}

    def run(self, flow: str, record: Callable[[], object], work: Work, patience: float) -> None:
        """Run work, and ``record`` as the workflow of that name, which calls ``await_end``.

        Raises what the work raises. ``patience`` is in seconds, for the beginning and for the end.
        """
        tick = self._ticks[flow] = _Tick()

        def recorded() -> None:
            with SetWorkflowID(flow):
                record()

        try:
            begun = self._records.begin(recorded)
        except Overdue as error:
            del self._ticks[flow]
            self._failed(error)
            work()
            return
        # One that fails has no beginning.
        begun.add_done_callback(lambda _: tick.begun.set())
        in_time = tick.begun.wait(patience)
        try:
            work()
        finally:
            tick.done.set()
            kept = self._records.ended(begun, patience if in_time else 0.0)
            found = begun.exception() if kept else Overdue()
            if found is not None:
                self._failed(found)
            self._ticks.pop(flow, None)

    def await_end(self, flow: str) -> bool:
        """Wait, in a workflow, for the end of its work; false where another process began it."""
        tick = self._ticks.get(flow)
        if tick is None:
            return False
        tick.begun.set()
        tick.done.wait()
        return True
