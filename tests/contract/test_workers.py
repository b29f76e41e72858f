"""Who works on a store: signs of life, leases that one daemon holds, the fence around the dead."""

import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import update

from connector.store.ledger import SqlLedger
from connector.store.postgresql import Server, plain_postgresql_engine
from connector.store.schema import WORKERS
from connector.store.workers import DatabaseWorkers, workers_seen
from domain.errors import Fenced, StoreFailed
from domain.ports import Workers
from dondoc.alone import Alone
from tests.contract import ledger_story as story
from tests.contract.ledger_story import NOW
from tests.servers.postgresql import Postgresql

SILENCE = 0.5
LOOKS_APART = SILENCE / 5


def looking(other: DatabaseWorkers, *living: DatabaseWorkers) -> list[str]:
    """Look as a daemon does with each of its beats, for three silences or until one is buried."""
    end = time.monotonic() + 3 * SILENCE
    while time.monotonic() < end:
        for one in (other, *living):
            one.beat()
        if found := other.bury():
            return found
        time.sleep(LOOKS_APART)
    return []


def set_clock(place: Server, by: timedelta) -> None:
    """Put the signs of life where they stand after the database's clock was set."""
    engine = plain_postgresql_engine(place, name="clock")
    moved = WORKERS.c.beat - int(by.total_seconds() * 1000)
    with engine.begin() as connection:
        connection.execute(update(WORKERS).values(beat=moved))
    engine.dispose()


class WorkersContract:
    """Give a fixture ``workers`` of a daemon that is the only one so far."""

    def test_it_is_alive_under_its_own_name(self, workers: Workers) -> None:
        assert workers.own in workers.alive()
        workers.beat()
        assert workers.bury() == []
        assert workers.alive() == {workers.own}

    def test_it_takes_a_lease_keeps_it_and_gives_it_back(self, workers: Workers) -> None:
        assert workers.take("desk")
        assert workers.take("desk")
        assert workers.take("mailbox nq47")
        workers.leave("desk")
        workers.leave("desk")
        assert workers.take("desk")


class TestAlone(WorkersContract):
    @pytest.fixture
    def workers(self) -> Alone:
        return Alone()

    def test_each_start_is_another_life(self) -> None:
        assert Alone().own != Alone().own


@pytest.fixture(scope="module")
def made(postgresql_of_the_worker: Postgresql) -> Server:
    place = postgresql_of_the_worker.new_database()
    SqlLedger.connect(place).close()
    return place


@pytest.fixture
def place(postgresql: Postgresql, made: Server) -> Server:
    return postgresql.new_database(like=made)


class TestDatabaseWorkers(WorkersContract):
    @pytest.fixture
    def workers(self, place: Server) -> Iterator[DatabaseWorkers]:
        with DatabaseWorkers(place, "a", silence_seconds=SILENCE) as entered:
            yield entered

    @pytest.fixture
    def other(self, place: Server, workers: DatabaseWorkers) -> Iterator[DatabaseWorkers]:
        """Return a daemon that has watched the first one for long enough to judge it."""
        with DatabaseWorkers(place, "b", silence_seconds=SILENCE) as entered:
            assert looking(entered, workers) == []
            yield entered

    def test_a_lease_is_held_by_one_until_it_is_given_back(
        self, workers: DatabaseWorkers, other: DatabaseWorkers
    ) -> None:
        assert workers.take("desk")
        assert not other.take("desk")
        other.leave("desk")
        assert workers.take("desk")
        workers.leave("desk")
        assert other.take("desk")
        assert not workers.take("desk")

    def test_the_silent_one_is_dead_and_what_it_held_is_free(
        self, workers: DatabaseWorkers, other: DatabaseWorkers
    ) -> None:
        assert workers.take("desk")
        assert looking(other, workers) == []
        assert looking(other) == ["a"]
        assert other.bury() == [], "one is buried once"
        assert other.alive() == {other.own}
        assert other.take("desk")

    def test_the_dead_one_can_do_nothing_any_more(
        self, place: Server, workers: DatabaseWorkers, other: DatabaseWorkers
    ) -> None:
        ledger = SqlLedger.connect(place)
        ledger.fenced_by(workers.fence)
        ledger.append([story.arrived(1)], recorded_at=NOW)
        assert looking(other) == ["a"]
        with pytest.raises(Fenced, match=r"took a\.1 for dead"):
            ledger.append([story.arrived(2)], recorded_at=NOW)
        with pytest.raises(Fenced), ledger.together() as block:
            block.append([story.arrived(3)], recorded_at=NOW)
        for act in (workers.beat, workers.bury, lambda: workers.take("desk")):
            with pytest.raises(Fenced):
                act()
        assert [one.event for one in ledger.events()] == [story.arrived(1)]
        ledger.close()

    def test_a_new_life_under_the_same_name_fences_the_old_one(
        self, place: Server, workers: DatabaseWorkers, other: DatabaseWorkers
    ) -> None:
        assert workers.take("desk")
        with DatabaseWorkers(place, "a", silence_seconds=SILENCE) as again:
            assert (workers.own, again.own) == ("a.1", "a.2")
            assert other.alive() == {"a.2", "b.1"}
            with pytest.raises(Fenced):
                workers.beat()
            assert not again.bury()
            assert other.take("desk"), "the old life's lease is free"
            assert not again.take("desk")

    def test_others_see_who_is_at_work(
        self, place: Server, workers: DatabaseWorkers, other: DatabaseWorkers
    ) -> None:
        seen = workers_seen(place)
        assert [(one.name, one.life) for one in seen] == [("a", workers.own), ("b", other.own)]
        assert all(timedelta() <= one.silent < timedelta(seconds=30) for one in seen)

    def test_where_there_is_no_store_nobody_is_at_work(self, postgresql: Postgresql) -> None:
        assert workers_seen(postgresql.new_database()) == []

    def test_who_leaves_in_order_holds_nothing(self, place: Server, other: DatabaseWorkers) -> None:
        with DatabaseWorkers(place, "c") as third:
            assert third.take("mailbox x")
        assert other.take("mailbox x")
        assert other.alive() == {"a.1", other.own}, "what it had in hand is to be taken over"

    def test_who_was_cut_off_judges_nobody_at_once(
        self, postgresql: Postgresql, workers: DatabaseWorkers, other: DatabaseWorkers
    ) -> None:
        postgresql.kill()
        with pytest.raises(StoreFailed):
            other.beat()
        postgresql.start()
        time.sleep(SILENCE * 1.5)
        with suppress(StoreFailed):
            other.beat()  # over a connection that was lost
        other.beat()
        assert other.bury() == [], "the other one had no way to speak either"
        with suppress(StoreFailed):
            workers.beat()
        workers.beat()
        assert looking(other, workers) == []
        assert looking(other) == ["a"]

    def test_who_stood_still_itself_judges_nobody_at_once(
        self, workers: DatabaseWorkers, other: DatabaseWorkers
    ) -> None:
        time.sleep(SILENCE * 1.5)
        other.beat()
        assert other.bury() == [], "all of a machine may have stood still"
        assert looking(other, workers) == []

    @pytest.mark.parametrize("hours", [1, -1], ids=["forward", "back"])
    def test_a_clock_that_was_set_hides_no_dead_and_buries_nobody_who_lives(
        self, place: Server, workers: DatabaseWorkers, other: DatabaseWorkers, hours: int
    ) -> None:
        set_clock(place, timedelta(hours=hours))
        other.beat()
        assert other.bury() == [], "the others have not had the time to speak"
        assert looking(other, workers) == []
        set_clock(place, timedelta(hours=hours))
        assert looking(other) == ["a"]


def test_names_are_asked_for_as_they_are(place: Server) -> None:
    ledger = SqlLedger.connect(place)
    with DatabaseWorkers(place, "a'b\\") as workers:
        ledger.fenced_by(workers.fence)
        ledger.append([story.arrived(1)], recorded_at=NOW)
    with pytest.raises(Fenced):
        ledger.append([story.arrived(2)], recorded_at=NOW)
    ledger.close()
