"""Less memory for a process of many threads."""

import ctypes
import sys

_M_ARENA_MAX = -8
_ARENAS = 2


def few_arenas() -> None:
    """Have all threads share a few arenas of the C library's allocator (mallopt(3)).

    Of itself glibc gives each thread one, up to eight for each core, and none returns what it once
    held: the daemon's turns run in another thread than its sendings. Other libraries have no such
    call, and need none.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, _ARENAS)
