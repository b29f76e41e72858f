"""Every ledger keeps to its contract; those in a database to some more."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeAlias

import pytest
from sqlalchemy import URL, create_engine
from sqlalchemy.exc import DBAPIError

from connector.store import replay
from connector.store.ledger import SqlLedger
from connector.store.memory import MemoryLedger
from connector.store.memory_rows import MemoryRows
from connector.store.postgresql import Server
from connector.store.writing import Fence
from domain.errors import Conflict, DuplicateEvent, StoreFailed
from domain.facts import Recorded
from domain.ports import Ledger
from domain.state import (
    ReviewState,
)
from tests.contract import ledger_story as story
from tests.contract.ledger_block_contract import contents
from tests.contract.ledger_contract import LedgerContract
from tests.contract.ledger_story import NOW, OFFICES, dispatch_id
from tests.servers.postgresql import PASSWORD, Postgresql

FIRST, SECOND = OFFICES
Place: TypeAlias = Path | Server


class TestMemoryLedger(LedgerContract):
    @pytest.fixture
    def ledger(self) -> MemoryLedger:
        return MemoryLedger()


class SqlLedgerContract(LedgerContract):
    """Give a fixture ``place`` of a place for a ledger, where there is none yet."""

    @pytest.fixture
    def ledger(self, place: Place) -> Iterator[SqlLedger]:
        ledger = opened(place)
        yield ledger
        assert ledger.connections == 0
        ledger.close()

    def test_replay_looks_at_one_moment_while_others_write(
        self, ledger: SqlLedger, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ledger.append(story.beginning(), recorded_at=NOW)
        daemon = opened(place)
        real = replay.rebuild

        def rebuilt(events: Iterable[Recorded]) -> MemoryRows:
            rows = real(events)
            daemon.append([story.attempted(FIRST), story.review("a")], recorded_at=NOW)
            return rows

        monkeypatch.setattr(replay, "rebuild", rebuilt)
        assert ledger.differences() == []
        daemon.close()
        monkeypatch.undo()
        assert ledger.get(ReviewState, ("a",)) is not None
        assert ledger.differences() == []

    def test_replay_names_rows_that_no_event_makes(self, ledger: SqlLedger, place: Place) -> None:
        ledger.append(story.beginning(), recorded_at=NOW)
        execute(place, f"UPDATE dispatches SET attempts = 7 WHERE office = '{FIRST}'")
        assert ledger.differences() == [
            f"DispatchState {dispatch_id(FIRST)}: attempts is kept as 7, rebuilt as 0"
        ]

    @pytest.mark.parametrize(
        "statement", ["UPDATE events SET payload = '{}' WHERE sequence = 1", "DELETE FROM events"]
    )
    def test_the_database_itself_refuses_to_change_events(
        self, ledger: SqlLedger, place: Place, statement: str
    ) -> None:
        ledger.append(story.beginning(), recorded_at=NOW)
        before = contents(ledger)
        with pytest.raises(DBAPIError, match="events are never changed or deleted"):
            execute(place, statement)
        assert contents(ledger) == before

    def test_everything_is_there_after_closing_and_opening(
        self, ledger: SqlLedger, place: Place
    ) -> None:
        ledger.append(story.beginning(), recorded_at=NOW)
        before = contents(ledger)
        ledger.close()
        again = opened(place, create=False, read_only=True)
        assert contents(again) == before
        with pytest.raises(StoreFailed, match="right to"):
            again.append([story.arrived(1)], recorded_at=NOW)
        again.close()

    def test_two_ledgers_on_one_store_write_one_after_the_other(
        self, ledger: SqlLedger, place: Place
    ) -> None:
        other = opened(place)
        with ThreadPoolExecutor(2) as pool:
            both = [
                pool.submit(append_each, one, range(first, first + 40))
                for one, first in ((ledger, 1), (other, 101))
            ]
            for each in both:
                each.result()
        found = [recorded.sequence for recorded in ledger.events()]
        assert len(found) == 80
        assert found == sorted(set(found))
        assert ledger.differences() == []
        other.close()

    def test_an_append_after_a_block_comes_after_it(self, ledger: SqlLedger) -> None:
        ledger.append([story.arrived(1)], recorded_at=NOW)
        with ledger.together() as block:
            block.append([story.arrived(2), story.arrived(3)], recorded_at=NOW)
        ledger.append([story.arrived(4)], recorded_at=NOW)
        found = [(one.sequence, one.event) for one in ledger.events()]
        assert [event for _, event in found] == [story.arrived(uid) for uid in range(1, 5)]
        assert len({sequence for sequence, _ in found}) == 4

    def test_what_a_text_cannot_hold_is_marked_and_stays_the_same(self, ledger: SqlLedger) -> None:
        bad = story.review("a\0b")
        ledger.append([bad], recorded_at=NOW)
        (row,) = ledger.select(ReviewState)
        assert row.review == "a\ufffdb"
        assert ledger.get(ReviewState, ("a\0b",)) == row
        assert [one.event.fact for one in ledger.events()] == [bad.fact]
        assert ledger.find(bad.source, bad.source_key) is not None
        with pytest.raises(DuplicateEvent):
            ledger.append([bad], recorded_at=NOW)
        with ledger.together() as block, pytest.raises(DuplicateEvent):
            block.append([bad], recorded_at=NOW)
        assert ledger.differences() == []

    def test_places_in_a_mailbox_may_need_32_bits(self, ledger: SqlLedger) -> None:
        far = story.arrived(2**32 - 1)
        ledger.append([far], recorded_at=NOW)
        assert [one.event for one in ledger.events()] == [far]
        assert ledger.differences() == []

    def test_a_ledger_is_filled_with_the_events_of_another_in_their_places(
        self, ledger: SqlLedger, tmp_path: Path
    ) -> None:
        ledger.append(story.beginning(), recorded_at=NOW)
        with ledger.together() as block:
            block.append([story.arrived(1)], recorded_at=NOW)
        copy = SqlLedger.open(tmp_path / "copy.db")
        with ledger.snapshot() as events:
            ledger.append([story.arrived(2)], recorded_at=NOW)
            copied = copy.fill(events)
        whole = list(ledger.events())
        assert list(copy.events()) == whole[:-1]
        assert copied == len(whole) - 1
        assert copy.differences() == []
        (later,) = copy.append([story.arrived(2)], recorded_at=NOW)
        assert later.sequence > whole[-2].sequence
        copy.close()

    def test_a_filled_ledger_goes_on_from_where_the_other_ended(
        self, ledger: SqlLedger, tmp_path: Path
    ) -> None:
        source = SqlLedger.open(tmp_path / "source.db")
        source.append(story.beginning(), recorded_at=NOW)
        with source.snapshot() as events:
            ledger.fill(events)
        (next_one,) = ledger.append([story.arrived(9)], recorded_at=NOW)
        assert next_one.sequence > list(source.events())[-1].sequence
        assert ledger.differences() == []
        with source.snapshot() as events, pytest.raises(Conflict, match="holds events already"):
            ledger.fill(events)
        source.close()


class TestSqliteLedger(SqlLedgerContract):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Place:
        return tmp_path / "ledger.db"


@pytest.fixture(scope="module")
def made(postgresql_of_the_worker: Postgresql) -> Server:
    place = postgresql_of_the_worker.new_database()
    SqlLedger.connect(place).close()
    return place


class TestPostgresqlLedger(SqlLedgerContract):
    @pytest.fixture
    def place(self, postgresql: Postgresql, made: Server) -> Place:
        """Return a store with tables: making them takes longer than most of these tests."""
        return postgresql.new_database(like=made)


class TestSharedPostgresqlLedger(TestPostgresqlLedger):
    """Of several daemons: what is written waits for the disk when others may write again."""

    @pytest.fixture
    def ledger(self, place: Place) -> Iterator[SqlLedger]:
        ledger = opened(place)
        ledger.fenced_by(Fence("SELECT 1", RuntimeError))
        yield ledger
        assert ledger.connections == 0
        ledger.close()


def opened(place: Place, *, create: bool = True, read_only: bool = False) -> SqlLedger:
    if isinstance(place, Path):
        return SqlLedger.open(place, create=create, read_only=read_only)
    return SqlLedger.connect(place, create=create, read_only=read_only)


def execute(place: Place, statement: str) -> None:
    if isinstance(place, Path):
        engine = create_engine(URL.create("sqlite", database=str(place)))
    else:
        engine = create_engine(place.url.set(password=PASSWORD))
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql(statement)
    finally:
        engine.dispose()


def append_each(ledger: Ledger, uids: Iterable[int]) -> None:
    for uid in uids:
        ledger.append([story.arrived(uid)], recorded_at=NOW)
