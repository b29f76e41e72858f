"""The crash suite's list of boundaries is complete, and each of them is told of where it says."""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol, get_args

import pytest

from connector.store.memory import MemoryEvidence, MemoryLedger
from domain import ports
from domain.facts import Event, Fact, MailboxRead, StoreRestored
from domain.mail import MailCursor
from schedulers import engine
from schedulers.engine import Batch, BatchWork
from tests.checkout import ROOT
from tests.system.crash import boundaries as listed
from tests.system.crash.steps import (
    SteppedEngine,
    SteppedEvidence,
    SteppedExchange,
    SteppedFiling,
    SteppedLedger,
    SteppedMailbox,
    SteppedTransport,
    SteppedWorkers,
)

NOW = datetime(2024, 5, 9, 2, 0, tzinfo=UTC)
WRAPPERS: dict[str, Any] = {  # classes of several ports, made over a port that is none
    "DocumentExchange": SteppedExchange,
    "MailTransport": SteppedTransport,
    "Mailbox": SteppedMailbox,
    "MailFiling": SteppedFiling,
    "EvidenceStore": SteppedEvidence,
    "Ledger": SteppedLedger,
    "Workers": SteppedWorkers,
    "Engine": SteppedEngine,
}


def _methods() -> set[tuple[str, str]]:
    """Return every method of every port, by the port that it is written in."""
    return {
        (port, name)
        for module in (ports, engine)
        for port, kind in inspect.getmembers(module, inspect.isclass)
        if kind.__module__ == module.__name__ and Protocol in kind.__mro__
        for name in vars(kind)
        if not name.startswith("_")
    }


def _listed(table: Any) -> list[tuple[str, str]]:  # a mapping of names
    return [(port, name) for port, names in table.items() for name in names]


def test_every_method_of_a_port_is_a_boundary_or_said_to_be_none() -> None:
    tables = (listed.STEPS, listed.BLOCKS, listed.WITHOUT_EFFECT, listed.APART)
    named = [one for table in tables for one in _listed(table)]
    # Its boundaries are those of the facts that it appends.
    named.append(("Ledger", "append"))
    assert sorted(named) == sorted(_methods())


def test_every_kind_of_fact_is_a_boundary() -> None:
    assert sorted(listed.FACTS) == sorted(kind.__name__ for kind in get_args(Fact))


@pytest.mark.parametrize(("step", "test"), listed.ELSEWHERE.items())
def test_a_step_that_no_campaign_comes_to_is_killed_at_by_a_test(step: str, test: str) -> None:
    file, _, name = test.partition("::")
    text = (ROOT / file).read_text(encoding="utf-8")
    assert f"\ndef {name}(" in text
    called, _, fact = step.partition(" ")
    written = f"{called} {{{fact}.__name__}}" if fact else called
    assert f'f"{written} {{moment}}"' in text
    assert f"{step} before" in listed.boundaries()


def test_every_port_with_boundaries_is_wrapped_whole() -> None:
    assert set(WRAPPERS) == set(listed.PORTS) == set(listed.STEPS) | set(listed.BLOCKS)
    for port, wrapper in WRAPPERS.items():
        wanted = {name for of, name in _methods() if of == port}
        assert wanted <= set(dir(wrapper)), port


class _Anything:
    """A port whose every method does nothing but write that it was called."""

    def __init__(self, told: list[str]) -> None:
        self._told = told

    def __getattr__(self, name: str) -> Any:  # any method of any port
        def method(*_arguments: Any, **_named: Any) -> Any:
            self._told.append(name)
            return iter(()) if name == "arrivals" else None

        return method


@pytest.mark.parametrize(("port", "name"), _listed(listed.STEPS))
def test_a_step_is_told_of_before_and_after_its_effect(port: str, name: str) -> None:
    told: list[str] = []
    method = getattr(WRAPPERS[port](_Anything(told), told.append), name)
    result = method(**dict.fromkeys(inspect.signature(method).parameters))
    step = f"{listed.PORTS[port]}.{name}"
    if name == "arrivals":
        assert list(result) == []
        assert told == [name, f"{step} before", f"{step} after"]
    else:
        assert told == [f"{step} before", name, f"{step} after"]
    assert {f"{step} before", f"{step} after"} <= set(listed.boundaries())


class _Queues:
    """An engine that does what it is given at once."""

    def queue(self, _name: str, _concurrency: int, work: BatchWork) -> None:
        work(["1"])


def test_a_batch_is_told_of_around_its_work() -> None:
    told: list[str] = []
    inner: Any = _Queues()

    def work(batch: Batch) -> int:
        told.extend(batch)
        return 1

    SteppedEngine(inner, told.append).queue("mail", 1, work)
    assert told == [f"{listed.BATCH} before", "1", f"{listed.BATCH} after"]
    assert {f"{listed.BATCH} before", f"{listed.BATCH} after"} <= set(listed.boundaries())


def _event(key: str) -> Event:
    read = MailboxRead(account="nq47", place="INBOX", cursor=MailCursor("1"))
    return Event(source="test", source_key=key, occurred_at=NOW, fact=read)


class _Told:
    """A ledger in memory that writes when something is appended, and when it is durable."""

    def __init__(self, told: list[str]) -> None:
        self._ledger = MemoryLedger()
        self._told = told

    def append(self, events: Any, *, recorded_at: datetime) -> Any:  # as the ledger's own
        found = self._ledger.append(events, recorded_at=recorded_at)
        self._told.append("appended")
        return found

    @contextmanager
    def together(self) -> Iterator["_Told"]:
        with self._ledger.together():
            yield self
        self._told.append("durable")


def _ledger(told: list[str]) -> SteppedLedger:
    inner: Any = _Told(told)
    return SteppedLedger(inner, told.append)


def test_each_kind_of_fact_of_an_append_is_told_of_once() -> None:
    told: list[str] = []
    restored = StoreRestored(made_at=NOW)
    other = Event(source="test", source_key="3", occurred_at=NOW, fact=restored)
    _ledger(told).append([_event("1"), _event("2"), other], recorded_at=NOW)
    assert told == [
        "ledger.append MailboxRead before",
        "ledger.append StoreRestored before",
        "appended",
        "ledger.append MailboxRead after",
        "ledger.append StoreRestored after",
    ]


def test_facts_of_a_block_are_told_of_around_its_commit() -> None:
    told: list[str] = []
    with _ledger(told).together() as block:
        block.append([_event("1")], recorded_at=NOW)
        block.append([_event("2")], recorded_at=NOW)
    assert told == [
        "appended",
        "ledger.together inside",
        "appended",
        "ledger.together before",
        "ledger.append MailboxRead before",
        "durable",
        "ledger.append MailboxRead after",
        "ledger.together after",
    ]


def test_contents_of_a_block_are_told_of_within_it() -> None:
    told: list[str] = []
    with SteppedEvidence(MemoryEvidence(), told.append).together() as block:
        first = block.put(b"1")
        block.put(b"2")
        assert block.get(first) == b"1"
    assert told == [
        "evidence.put before",
        "evidence.put after",
        "evidence.together inside",
        "evidence.put before",
        "evidence.put after",
        "evidence.together before",
        "evidence.together after",
    ]
