"""How much memory a piece of work needs at its peak, in all or above the idle process."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
_RESET_PEAK = "5"  # proc(5): sets the peak to what is resident now


def peak_above_idle(work: Callable[[], None]) -> int:
    """Run work and return by how many bytes the resident memory grew at its peak (Linux)."""
    idle = _resident("VmRSS")
    return peak(work) - idle


def peak(work: Callable[[], object]) -> int:
    """Run work and return how many bytes were resident at its peak (Linux)."""
    _CLEAR.write_text(_RESET_PEAK, encoding="ascii")
    work()
    return _resident("VmHWM")


def _resident(name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB$", _STATUS.read_text(encoding="ascii"), re.MULTILINE)
    if found is None:
        sys.exit(f"{_STATUS} does not tell {name}")
    return int(found.group(1)) * 1024
