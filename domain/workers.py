"""What is known of a daemon that shares a store with others."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSeen:
    """A daemon that nobody took for dead, and for how long it has given no sign of life."""

    name: str
    life: str
    silent: timedelta
