"""A share of the processor for a process: what one core of a larger machine would be to it.

Linux gives it by control groups, to root only (cgroups(7); "CPU" in the kernel's documentation of
version 2, "CFS Bandwidth Control" in that of version 1).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

_FIRST_VERSION = Path("/sys/fs/cgroup/cpu")
_SECOND_VERSION = Path("/sys/fs/cgroup")
_PERIOD = 10_000
"""Microseconds: short, so that a daemon waits often and shortly and not seldom and long."""


@contextmanager
def share_of_processor(cores: float) -> Iterator[Callable[[int], None]]:
    """Yield what gives a process, by its number, so many cores' time, and no more.

    Raises ``OSError`` where the system does not let us; end the processes before the block ends.
    With version 2 the system goes on to offer shares afterwards, which changes nothing by itself.
    """
    quota = int(cores * _PERIOD)
    if (_FIRST_VERSION / "cgroup.procs").exists():
        group = _made(_FIRST_VERSION)
        limits = {"cpu.cfs_period_us": f"{_PERIOD}", "cpu.cfs_quota_us": f"{quota}"}
    else:
        (_SECOND_VERSION / "cgroup.subtree_control").write_text("+cpu", encoding="ascii")
        group = _made(_SECOND_VERSION)
        limits = {"cpu.max": f"{quota} {_PERIOD}"}
    try:
        for name, limit in limits.items():
            (group / name).write_text(limit, encoding="ascii")
        yield lambda process: _take(group, process)
    finally:
        # It stays while a process is left in it, which happens when the block failed.
        with suppress(OSError):
            group.rmdir()


def _made(above: Path) -> Path:
    group = above / f"dondoc-bench-{uuid4()}"
    group.mkdir()
    return group


def _take(group: Path, process: int) -> None:
    (group / "cgroup.procs").write_text(f"{process}", encoding="ascii")
