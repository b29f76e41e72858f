"""Disks and databases that fail under a working daemon."""

import sqlite3

import psycopg
import pytest

from connector.store.postgresql import Server as Database
from tests.servers.postgresql import Postgresql
from tests.servers.small_disk import small_disk
from tests.system.faults.conftest import Begin
from tests.system.faults.played import assert_each_once, assert_each_once_or_marked

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

_MEGABYTES = 24
_TWICE = 12
"""Recipients of whom some still wait for their letters when others had a fault befall them."""


def test_a_disk_that_is_full_while_evidence_is_written(begin: Begin) -> None:
    campaign = begin()
    evidence = campaign.place.folder / "store" / "evidence"
    with small_disk(evidence, _MEGABYTES) as disk:
        disk.fill()
        campaign.start()
        campaign.until(lambda: campaign.failed_turns() > 1, "turns fail for want of room")
        assert campaign.dispatches() == []
        disk.empty()
        assert_each_once(campaign.end())
        campaign.place.fleet.kill()


def test_a_disk_that_is_full_while_the_ledger_is_written(begin: Begin) -> None:
    campaign = begin(wired=True)
    store = campaign.place.folder / "store"
    with small_disk(store, _MEGABYTES) as disk, small_disk(store / "evidence", _MEGABYTES):
        campaign.start()
        with campaign.letters_leaving():
            disk.fill()
        campaign.until(lambda: campaign.failed_turns() > 1, "turns fail for want of room")
        disk.empty()
        assert_each_once_or_marked(campaign.end())
        campaign.place.fleet.kill()


def test_a_ledger_that_another_process_keeps_locked(begin: Begin) -> None:
    campaign = begin(wired=True)
    campaign.start()
    with campaign.letters_leaving():
        other = sqlite3.connect(campaign.place.folder / "store" / "ledger.sqlite", timeout=30)
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
    campaign.until(lambda: campaign.failed_turns() > 0, "a turn fails for the lock")
    other.execute("ROLLBACK")
    other.close()
    assert_each_once_or_marked(campaign.end())


def test_a_database_whose_writers_another_keeps_waiting(
    begin: Begin, postgresql: Postgresql
) -> None:
    campaign = begin(postgresql, wired=True)
    campaign.start()
    with psycopg.connect(_address(campaign.place.database), autocommit=False) as other:
        with campaign.letters_leaving():
            other.execute("LOCK TABLE events IN ACCESS EXCLUSIVE MODE")
        campaign.until(lambda: campaign.failed_turns() > 0, "a turn fails for the lock")
        other.rollback()
    assert_each_once_or_marked(campaign.end())


def test_a_database_that_is_killed_and_comes_back(begin: Begin, postgresql: Postgresql) -> None:
    campaign = begin(postgresql, wired=True, recipients=_TWICE)
    campaign.start()
    for ended in (postgresql.kill, postgresql.stop):
        turns, batches = campaign.failed_turns(), campaign.logged("batch_failed")
        with campaign.letters_leaving():
            ended()
        campaign.until(lambda: campaign.logged("batch_failed") > batches, "a letter meets it")
        assert campaign.place.fleet.running
        # Until then the turn waits for its letters, of which the database has the state.
        postgresql.start()
        campaign.until(lambda: campaign.failed_turns() > turns, "the turn fails for it")
    assert_each_once_or_marked(campaign.end())


def _address(database: Database | None) -> str:
    assert database is not None
    return (
        f"host={database.host} port={database.port} dbname={database.name} "
        f"user={database.username} password='{database.password}'"
    )
