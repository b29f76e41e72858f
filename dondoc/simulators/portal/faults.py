"""Faults on cue, for tests of what a client makes of a portal in trouble."""

from enum import StrEnum

from dondoc.simulators.fault_queue import FaultQueue

PLACES = ("list", "detail", "file")
"""What faults can be narrowed to."""


class Fault(StrEnum):
    """What can go wrong with an answer."""

    DOWN = "down"  # HTTP 503 with a page that says so
    DROP = "drop"  # the connection closes without an answer
    SLOW = "slow"  # the whole answer, late
    TRUNCATE = "truncate"  # half of the octets that the length announces
    LAYOUT = "layout"  # a page that looks different from yesterday
    LOGIN = "login"  # HTTP 200 with the page of a login form
    ELSEWHERE = "elsewhere"  # a redirect to a host of somebody else
    LOOP = "loop"  # a redirect to the same place
    OTHER_FILE = "other_file"  # the right name, but octets of a file that was saved again


class Faults(FaultQueue[Fault]):
    """Faults of the portal; its operations are ``PLACES``."""

    def __init__(self, *, delay: float = 0.5) -> None:
        """Start with none; ``delay`` is what `Fault.SLOW` waits, in seconds."""
        super().__init__(Fault, PLACES, delay=delay)
