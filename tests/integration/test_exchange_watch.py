"""Hearing of arrivals from an Exchange server: a wake-up, nothing more, and never an error."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from connector.email.exchange_client import ExchangeServer
from connector.email.exchange_login import Basic, Ntlm
from connector.email.exchange_watch import ExchangeWatch
from domain.ids import Address
from dondoc.simulators.exchange import Exchange

OWN = Address("nq47@huulung.example")
NOW = datetime(2024, 5, 8, 2, 0, tzinfo=UTC)
PATIENCE = 20.0
LETTER = b"Message-ID: <1@yenson.example>\r\n\r\nx\r\n"


class Bell:
    """Counts how often it was rung."""

    def __init__(self) -> None:
        self.rung = 0
        self._changed = threading.Condition()

    def ring(self) -> None:
        with self._changed:
            self.rung += 1
            self._changed.notify_all()

    def wait(self, times: int) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self.rung >= times, PATIENCE)


def until(true: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    return true()


@pytest.fixture(params=["basic", "ntlm"])
def exchange(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Exchange]:
    accounts: dict[str, str] = {OWN: "secret"}
    with Exchange(
        tmp_path, accounts, schemes=(request.param,), heartbeat=0.1, now=lambda: NOW
    ) as exchange:
        yield exchange


@pytest.fixture
def watch(exchange: Exchange) -> Iterator[ExchangeWatch]:
    kind = {"Basic": Basic, "NTLM": Ntlm}[exchange.gate.challenges[0].split()[0]]
    server = ExchangeServer(
        url=exchange.url, address=OWN, login=lambda: kind(OWN, "secret"), timeout=5
    )
    watch = ExchangeWatch("main", server, ["inbox", "junkemail"], now=lambda: NOW, retry=(0.05,))
    yield watch
    watch.stop()


def listening(exchange: Exchange, times: int = 1) -> bool:
    return until(lambda: exchange.requests.count("GetStreamingEvents") == times)


def test_what_arrives_wakes(exchange: Exchange, watch: ExchangeWatch) -> None:
    bell = Bell()
    watch.start(bell.ring)
    assert bell.wait(1), "what came before it listened"
    assert listening(exchange)
    exchange.deliver(OWN, LETTER)
    assert bell.wait(2)
    rung = bell.rung
    item = exchange.store.items(exchange.folder(OWN, "inbox"))[0]
    exchange.store.move(item, exchange.folder(OWN, "junkemail"))
    assert bell.wait(rung + 1)


def test_a_quiet_server_proves_that_it_lives(exchange: Exchange, watch: ExchangeWatch) -> None:
    assert watch.heard_at is None
    bell = Bell()
    watch.start(bell.ring)
    assert until(lambda: watch.heard_at == NOW)
    assert listening(exchange)
    # The heartbeat says that nothing happened, and nobody is woken for that.
    documents = exchange.requests.count("GetStreamingEvents")
    time.sleep(0.3)
    assert (bell.rung, documents) == (1, 1)


def test_a_stream_that_breaks_is_taken_up_again(exchange: Exchange, watch: ExchangeWatch) -> None:
    bell = Bell()
    watch.start(bell.ring)
    assert bell.wait(1)
    assert listening(exchange)
    exchange.stop()
    assert until(lambda: watch.reconnects > 0)
    exchange.start()
    assert bell.wait(2), "what came while it did not listen"
    assert listening(exchange, 2)
    exchange.deliver(OWN, LETTER)
    assert bell.wait(3)


def test_what_nobody_foresaw_does_not_end_it(exchange: Exchange, watch: ExchangeWatch) -> None:
    bell, failures = Bell(), [RuntimeError("a letter"), RecursionError("a letter")]

    def wake() -> None:
        if failures:
            raise failures.pop()
        bell.ring()

    with capture_logs() as logs:
        watch.start(wake)
        assert bell.wait(1)
    assert listening(exchange)
    assert watch.reconnects == 2
    assert [(logged["event"], logged["error"]) for logged in logs] == [
        ("mailbox_watch_failed", "RecursionError"),
        ("mailbox_watch_failed", "RuntimeError"),
    ]


@pytest.mark.parametrize("operation", ["Subscribe", "GetStreamingEvents", "ConvertId"])
@pytest.mark.parametrize("fault", ["busy", "denied", "login", "truncate"])
def test_whatever_fails_is_tried_again(
    exchange: Exchange, watch: ExchangeWatch, fault: str, operation: str
) -> None:
    bell = Bell()
    exchange.faults.arm(fault, operation=operation)
    watch.start(bell.ring)
    assert bell.wait(1)
    assert until(lambda: "GetStreamingEvents" in exchange.requests)
    assert until(lambda: watch.heard_at is not None)


def test_stopping_ends_the_stream_at_once(exchange: Exchange, watch: ExchangeWatch) -> None:
    bell = Bell()
    watch.start(bell.ring)
    assert bell.wait(1)
    assert listening(exchange)
    watch.stop()
    watch.stop()
    assert until(lambda: all(one.name != "watch main" for one in threading.enumerate()))
    rung = bell.rung
    exchange.deliver(OWN, LETTER)
    assert bell.rung == rung
    watch.start(bell.ring)
    assert bell.wait(rung + 1)
