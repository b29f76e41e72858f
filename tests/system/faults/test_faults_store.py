"""Disks and databases that fail under a working daemon."""

import sqlite3
from collections.abc import Callable

import psycopg
import pytest

from connector.store.postgresql import Server as Database
from tests.servers.postgresql import Postgresql
from tests.servers.small_disk import small_disk
from tests.system.faults.conftest import Begin
from tests.system.faults.played import Played, assert_each_once, assert_each_once_or_marked

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

_MEGABYTES = 24
_SOME_LETTERS = 64 * 1024
"""Octets that the directive and some of the letters need, and not all of them."""
_TWICE = 12
"""Recipients of whom some still wait for their letters when others had a fault befall them."""


def test_a_disk_that_is_full_while_evidence_is_written(begin: Begin) -> None:
    """It gets full within the writing of letters, and again while replies arrive."""
    campaign = begin(wired=True)
    evidence = campaign.place.folder / "store" / "evidence"
    with small_disk(evidence, _MEGABYTES) as disk:
        disk.fill(but=_SOME_LETTERS)
        campaign.start()
        campaign.until(lambda: campaign.failed_turns() > 1, "turns fail for want of room")
        assert 0 < len(campaign.dispatches()) < len(campaign.place.recipients)
        disk.empty()
        with campaign.letters_leaving():
            disk.fill()
        failed = campaign.failed_turns()
        campaign.until(
            lambda: campaign.replies_wait() and campaign.failed_turns() > failed + 1,
            "replies arrive, and turns fail for want of room",
        )
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
        _ended_and_started(campaign, postgresql, ended)
    assert_each_once_or_marked(campaign.end())


def _ended_and_started(campaign: Played, postgresql: Postgresql, ended: Callable[[], None]) -> None:
    turns, batches = campaign.failed_turns(), campaign.logged("batch_failed")
    with campaign.letters_leaving():
        ended()
    campaign.until(lambda: campaign.logged("batch_failed") > batches, "a letter meets it")
    # Until it is there again the turn waits for its letters, whose state is kept in it as well.
    postgresql.start()
    campaign.until(lambda: campaign.failed_turns() > turns, "the turn fails for it")


def _address(database: Database | None) -> str:
    assert database is not None
    return (
        f"host={database.host} port={database.port} dbname={database.name} "
        f"user={database.username} password='{database.password}'"
    )
