"""The exchange's table of units, by its facts alone."""

from datetime import UTC, datetime, timedelta

import pytest

from connector.store.memory import MemoryLedger
from domain.agencies import AgenciesConfirmed, AgenciesTaken
from domain.errors import InvariantViolation
from domain.facts import Event
from domain.ids import Digest
from domain.state import AgenciesState

NOW = datetime(2024, 5, 8, 2, tzinfo=UTC)
TABLE = Digest("c" * 64)


def taken(evidence: Digest | None) -> Event:
    fact = AgenciesTaken(door="trục", units=78, pairs=3)
    return Event(source="test", source_key="taken", occurred_at=NOW, fact=fact, evidence=evidence)


def test_a_table_that_is_confirmed_is_in_force_since_it_was_taken() -> None:
    ledger, later = MemoryLedger(), NOW + timedelta(days=1)
    ledger.append([taken(TABLE)], recorded_at=NOW)
    confirmed = AgenciesConfirmed(door="trục")
    event = Event(source="test", source_key="confirmed", occurred_at=later, fact=confirmed)
    ledger.append([event], recorded_at=later)
    row = ledger.get(AgenciesState, ("trục",))
    assert row is not None
    assert (row.digest, row.units, row.pairs) == (TABLE, 78, 3)
    assert (row.taken_at, row.confirmed_at) == (NOW, later)


def test_a_table_is_its_evidence() -> None:
    with pytest.raises(InvariantViolation, match="evidence"):
        MemoryLedger().append([taken(None)], recorded_at=NOW)
