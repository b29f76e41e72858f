"""The hours in which no mail goes to offices: clerks find letters in the morning, not at night."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from schedulers.calendar import LOCAL


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """From one local time of day to another; over midnight where the first is the later one."""

    begins: time
    ends: time

    def until(self, now: datetime) -> datetime | None:
        """Return when the quiet time that ``now`` lies in ends, None outside of it."""
        local = now.astimezone(LOCAL)
        clock = local.time()
        if self.begins < self.ends:
            quiet, later = self.begins <= clock < self.ends, False
        else:
            quiet = clock >= self.begins or clock < self.ends
            later = clock >= self.begins
        if not quiet:
            return None
        day = local.date() + timedelta(days=later)
        return datetime.combine(day, self.ends, tzinfo=LOCAL)

    def __str__(self) -> str:
        return f"from {self.begins:%H:%M} to {self.ends:%H:%M}"
