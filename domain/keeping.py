"""Where the files of a packet are put while it is read or written."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from domain.content import Content, Inline, gathered

Write = Callable[[BinaryIO], None]


def _in_memory(write: Write) -> Content:
    return Inline(gathered(write))


@dataclass(frozen=True, slots=True)
class Files:
    """How attachments are kept for good, and a file of one's own for the time of packing.

    ``keep`` stores what it has written and returns it; ``spool`` gives a new file that can seek.
    The defaults are memory, for packets that are known to be small.
    """

    keep: Callable[[Write], Content] = _in_memory
    spool: Callable[[], BinaryIO] = io.BytesIO


IN_MEMORY = Files()
