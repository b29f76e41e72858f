"""Which set of configuration is in force, by its facts alone."""

from datetime import UTC, datetime, timedelta

from connector.store.memory import MemoryLedger
from domain.facts import (
    About,
    ConfigurationAdopted,
    ConfigurationRefused,
    Event,
    Fact,
    StoreReconciled,
    StoreRestored,
    about,
)
from domain.ids import SetDigest
from domain.state import ConfigurationState, RestorationState

NOW = datetime(2024, 5, 8, 2, tzinfo=UTC)
FIRST, SECOND = SetDigest("a" * 64), SetDigest("b" * 64)


def told(ledger: MemoryLedger, fact: Fact, hours: int = 0) -> None:
    at = NOW + timedelta(hours=hours)
    key = f"{type(fact).__name__} {hours}"
    ledger.append([Event(source="test", source_key=key, occurred_at=at, fact=fact)], recorded_at=at)


def adopted(digest: SetDigest, worker: str = "alone") -> ConfigurationAdopted:
    return ConfigurationAdopted(worker=worker, digest=digest, path="/etc/dondoc/dondoc.yaml")


def refused(worker: str = "alone") -> ConfigurationRefused:
    return ConfigurationRefused(
        worker=worker, digest=SECOND, path="/etc/dondoc/dondoc.yaml", problems=("x:1:1: wrong",)
    )


def row(ledger: MemoryLedger, worker: str = "alone") -> ConfigurationState:
    found = ledger.get(ConfigurationState, (worker,))
    assert found is not None
    return found


def test_a_refused_set_stands_beside_the_one_in_force_until_another_is_taken() -> None:
    ledger = MemoryLedger()
    told(ledger, adopted(FIRST))
    told(ledger, refused(), 1)
    found = row(ledger)
    assert (found.digest, found.adopted, found.adopted_at) == (FIRST, 1, NOW)
    assert (found.refused, found.problems) == (SECOND, ("x:1:1: wrong",))
    assert found.refused_at == NOW + timedelta(hours=1)
    told(ledger, adopted(SECOND), 2)
    assert (row(ledger).digest, row(ledger).refused, row(ledger).problems) == (SECOND, None, ())


def test_each_daemon_has_a_set_of_its_own() -> None:
    ledger = MemoryLedger()
    told(ledger, adopted(FIRST, "a"))
    told(ledger, refused("b"), 1)
    assert row(ledger, "a").problems == ()
    assert (row(ledger, "b").digest, row(ledger, "b").adopted) == (None, 0)


def test_a_set_concerns_no_campaign() -> None:
    assert about(adopted(FIRST)) == about(refused()) == About()


def test_a_store_that_was_put_back_concerns_all_campaigns_too() -> None:
    ledger = MemoryLedger()
    told(ledger, StoreRestored(made_at=NOW))
    assert len(ledger.select(RestorationState)) == 1


def test_what_was_asked_after_a_restoration_changes_no_row() -> None:
    ledger = MemoryLedger()
    told(ledger, StoreRestored(made_at=NOW))
    before = ledger.select(RestorationState)
    told(ledger, StoreReconciled(restoration=before[0].restoration), 1)
    assert ledger.select(RestorationState) == before
    assert len(list(ledger.events())) == 2
