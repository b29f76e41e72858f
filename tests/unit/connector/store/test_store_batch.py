"""A batch of appends, however many events one of them has."""

from pathlib import Path

import pytest

from connector.store.ledger import SqlLedger
from domain.errors import DuplicateEvent
from tests.contract import ledger_story as story
from tests.contract.ledger_story import NOW

MANY = 450


def test_one_append_of_many_events_is_recorded_once(tmp_path: Path) -> None:
    ledger = SqlLedger.open(tmp_path / "ledger.db")
    events = [story.arrived(uid) for uid in range(1, MANY + 1)]
    with ledger.together() as batch:
        assert len(batch.append(events, recorded_at=NOW)) == MANY
    with ledger.together() as batch:
        batch.append([story.arrived(MANY + 1)], recorded_at=NOW)
        with pytest.raises(DuplicateEvent):
            batch.append([*map(story.arrived, range(-MANY, 0)), events[-1]], recorded_at=NOW)
    assert len(list(ledger.events())) == MANY + 1
    assert ledger.differences() == []
    ledger.close()
