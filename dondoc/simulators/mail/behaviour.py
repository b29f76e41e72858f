"""How a simulated mailbox treats what is sent to it.

Written as in configuration: ``bounce``, ``refuse``, ``relay``, ``tempfail:3``. A number says for
how many first attempts it holds; without one it always does.
"""

from dataclasses import dataclass
from enum import Enum


class Treatment(Enum):
    """What happens to one recipient of a transaction."""

    DELIVER = "deliver"
    RELAY = "relay"
    """Accepted and passed on to a server that makes no delivery reports."""
    BOUNCE = "bounce"
    """Accepted, then reported as failed with 5.1.1."""
    REFUSE = "refuse"
    """550 at RCPT."""
    TEMPFAIL = "tempfail"
    """450 at RCPT."""
    DROP_AFTER_DATA = "drop_after_data"
    """Accepted and stored, but the connection breaks instead of an answer."""
    LOSE_AFTER_DATA = "lose_after_data"
    """Not stored, and the connection breaks instead of an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """A treatment and the number of first attempts it holds for; None means always."""

    treatment: Treatment
    attempts: int | None = None

    @classmethod
    def parse(cls, text: str) -> "Behaviour":
        """Read ``treatment`` or ``treatment:n``; raises ``ValueError`` naming what is possible."""
        word, colon, number = text.partition(":")
        try:
            return cls(treatment=Treatment(word), attempts=int(number) if colon else None)
        except ValueError as error:
            known = ", ".join(treatment.value for treatment in Treatment)
            raise ValueError(f"{text!r} is no behaviour; use one of {known}, or name:n") from error

    def at(self, attempt: int) -> Treatment:
        """Return the treatment of the n-th attempt, counted from 1."""
        if self.attempts is not None and attempt > self.attempts:
            return Treatment.DELIVER
        return self.treatment
