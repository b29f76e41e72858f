"""Faults on cue, for tests of what a client makes of an e-office in trouble."""

from enum import StrEnum

from dondoc.simulators.fault_queue import FaultQueue

OPERATIONS = (
    "danh-sach-cong-tac-can-bo",
    "access-token",
    "danh-sach-van-ban-den-theo-trang-thai-cua-chuyen-vien",
    "tra-cuu-van-ban-di-agg",
    "chi-tiet-van-ban-den",
    "chi-tiet-van-ban-di",
    "cap-nhat-trang-thai",
    "read-file",
)
"""What faults can be narrowed to."""


class Fault(StrEnum):
    """What can go wrong; all but `EXPIRE` change the answer only."""

    DROP = "drop"  # the connection closes without an answer
    HTML = "html"  # HTTP 500 with an HTML page
    PAGE = "page"  # HTTP 200 with the HTML page of a login form
    EMPTY = "empty"  # HTTP 200 without a body
    TRUNCATE = "truncate"  # half of the answer, with a length that fits the half
    DELAY = "delay"  # the whole answer, late
    NULL = "null"  # success with nothing in it
    EXPIRE = "expire"  # all access tokens end before the request
    DUPLICATE = "duplicate"  # every item of a list twice
    REORDER = "reorder"  # a list the wrong way round


class Faults(FaultQueue[Fault]):
    """Faults of the e-office; an operation is the last part of its path."""

    def __init__(self, *, delay: float = 0.5) -> None:
        """Start with none; ``delay`` is what `Fault.DELAY` waits, in seconds."""
        super().__init__(Fault, OPERATIONS, delay=delay)
