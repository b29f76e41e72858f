"""The event that closes the reading of raw input."""

from datetime import datetime

from domain.facts import About, Event, RawRead
from domain.state import RawState


def read_event(
    raw: RawState,
    now: datetime,
    outcome: str,
    about: About,
    warnings: tuple[str, ...] = (),
) -> Event:
    """Return the event that says that raw input was read, recorded once for each input."""
    return Event(
        source="read",
        source_key=f"{raw.raw} read",
        occurred_at=now,
        fact=RawRead(raw=raw.raw, outcome=outcome, about=about, warnings=warnings),
        evidence=raw.digest,
    )
