"""Raw input that has arrived, as it is named and recorded wherever it came from."""

from datetime import datetime

from domain.errors import ConfigError, DuplicateEvent, PeerRefused, PeerUnavailable
from domain.facts import Event, RawArrived
from domain.ids import Digest, RawId
from dondoc.app import App

NOT_NOW = (PeerUnavailable, PeerRefused, ConfigError)
"""What one source may fail with, a secret that cannot be read included; the others go on."""


def raw_id(source: str, source_key: str) -> RawId:
    """Return the identifier of raw input from its source and the key within it."""
    return RawId(f"{source}|{source_key}")


def record_arrival(app: App, fact: RawArrived, digest: Digest, now: datetime) -> int:
    """Record input whose bytes are stored, and return how much of it is new: 1, else 0."""
    source, _, key = fact.raw.rpartition("|")
    event = Event(source=source, source_key=key, occurred_at=now, fact=fact, evidence=digest)
    try:
        app.ledger.append([event], recorded_at=now)
    except DuplicateEvent:
        return 0
    return 1
