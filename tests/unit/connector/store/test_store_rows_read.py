"""Many rows read at once: all of them, and what they have in common is held once."""

from pathlib import Path

from connector.store.ledger import SqlLedger
from domain.state import RawState
from tests.contract import ledger_story as story
from tests.contract.ledger_story import NOW

MANY = 1_203


def test_many_rows_come_whole_and_share_what_they_have_in_common(tmp_path: Path) -> None:
    ledger = SqlLedger.open(tmp_path / "ledger.db")
    ledger.append([story.arrived(uid) for uid in range(1, MANY + 1)], recorded_at=NOW)
    rows = ledger.select(RawState)
    assert len({row.raw for row in rows}) == len(rows) == MANY
    assert rows == [ledger.get(RawState, row.key) for row in rows]
    assert {row.account for row in rows} == {rows[0].account}
    assert len({id(row.account) for row in rows}) == 1
    assert len({id(row.arrived_at) for row in rows}) == 1
    ledger.close()
