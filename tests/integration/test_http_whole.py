"""Servers that trickle: every request of every door has an end, whatever its pieces do."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from connector.eoffice import http_whole
from connector.eoffice.http import HttpTransport, NoAnswer, Timeouts
from connector.eoffice.http_whole import Pace, TooSlow
from domain.errors import DeliveryUnknown, PeerUnavailable
from tests.integration import lgsp_peer, vxp_peer
from tests.integration.vxp_peer import HEAD, STARTS, answering, serving, trickling
from tests.servers.process import wait_for

every_start = pytest.mark.parametrize("start", STARTS)
PATIENT = Timeouts(connect=30, read=30)
"""However busy the machine is, no piece is late: only the whole is."""


@dataclass(slots=True)
class Clock:
    """Stands still until it is told otherwise; the pace goes by it."""

    now: float = 100.0

    def late(self, behaviour: vxp_peer.Behaviour) -> vxp_peer.Behaviour:
        """Let the time of a request be over as soon as the server has it whole."""

        def behave(connection: socket.socket) -> None:
            self.now += 1000
            behaviour(connection)

        return behave


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(http_whole, "time", SimpleNamespace(monotonic=lambda: made.now))
    return made


@contextmanager
def bounded() -> Iterator[None]:
    """Fail when what is inside leaves a thread behind; without an end it would fail otherwise."""
    threads = set(threading.enumerate())
    yield
    wait_for("the end of its threads", lambda: set(threading.enumerate()) <= threads)


@every_start
@pytest.mark.parametrize("read", [vxp_peer.READS["getReceivedEdocList"], vxp_peer.READS["getEdoc"]])
def test_vxp_is_not_held_up(start: str, read: Callable[[object], object], clock: Clock) -> None:
    with serving() as server, vxp_peer.client(server.url, timeouts=PATIENT) as exchange:
        server.behaviour = clock.late(trickling(start))
        with bounded(), pytest.raises(PeerUnavailable, match="not whole in the time"):
            read(exchange)


@every_start
def test_a_send_that_is_answered_by_a_trickle_is_unknown(start: str, clock: Clock) -> None:
    with serving() as server, vxp_peer.client(server.url, attempts=3, timeouts=PATIENT) as exchange:
        server.behaviour = clock.late(trickling(start))
        with bounded(), pytest.raises(DeliveryUnknown, match="not whole in the time"):
            vxp_peer.send(exchange)
        assert len(server.requests) == 1


@every_start
def test_the_axis_does_not_hold_us_up(start: str, clock: Clock) -> None:
    with lgsp_peer.serving_axis() as axis, lgsp_peer.client(axis.url, timeouts=PATIENT) as exchange:
        axis.behaviour = clock.late(trickling(start))
        for login in (clock.late(trickling(start)), None):
            axis.login = login
            with bounded(), pytest.raises(PeerUnavailable, match="not whole in the time"):
                lgsp_peer.READS["syncReceivedEdocList"](exchange)
        with bounded(), pytest.raises(DeliveryUnknown):
            lgsp_peer.send(exchange)


@every_start
def test_nor_does_it_behind_tls(start: str, clock: Clock) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(vxp_peer.TLS / "server.pem")
    with serving(tls=context) as server:
        server.behaviour = clock.late(trickling(start))
        url = server.url.replace("http:", "https:")
        authority = vxp_peer.TLS / "authority.pem"
        with (
            vxp_peer.client(url, ca_file=authority, timeouts=PATIENT) as exchange,
            bounded(),
            pytest.raises(PeerUnavailable, match="not whole in the time"),
        ):
            exchange.agencies()


def test_a_server_that_takes_a_file_byte_by_byte_is_left(clock: Clock) -> None:
    """What was sent may have been taken for the whole: nobody can know."""
    stopping = threading.Event()

    def sip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            while not stopping.is_set() and connection.recv(2000):
                clock.now += 1
                time.sleep(0.001)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        thread = threading.Thread(target=sip, args=(listener,), daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        transport = HttpTransport(url, ca_file=None, timeouts=PATIENT)
        with pytest.raises(NoAnswer, match="not whole in the time") as caught:
            transport.request("POST", "x", {}, body=b"x" * 50_000_000, limit=100, whole=5)
        transport.close()
        assert caught.value.handed_over
        stopping.set()
        thread.join(60)
        assert not thread.is_alive()


def test_a_large_answer_has_the_time_that_its_bytes_need(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slower than the patience for a list, and faster than the rate."""
    moved = Pace.moved

    def faster_than_the_rate(pace: Pace, octets: int) -> None:
        clock.now += octets / 125
        moved(pace, octets)

    def whole(connection: socket.socket) -> None:
        connection.sendall(HEAD + b" " * 50_000)

    monkeypatch.setattr(http_whole, "RATE", 100)
    monkeypatch.setattr(Pace, "moved", faster_than_the_rate)
    with serving() as server:
        server.behaviour = whole
        transport = HttpTransport(server.url, ca_file=None, timeouts=PATIENT)
        began = clock.now
        answer = transport.request("GET", "", {}, limit=200_000)
        assert len(answer.content) == 50_000
        assert clock.now - began > PATIENT.patience
        with pytest.raises(NoAnswer, match="not whole in the time"):
            transport.request("GET", "", {}, limit=200_000, whole=20)
        transport.close()


def test_the_end_of_one_exchange_is_not_that_of_the_next(clock: Clock) -> None:
    with serving() as server, vxp_peer.client(server.url, timeouts=PATIENT) as exchange:
        server.behaviour = clock.late(trickling("body"))
        with pytest.raises(PeerUnavailable):
            exchange.agencies()
        server.behaviour = answering({**vxp_peer.OK, "data": []})
        assert exchange.agencies() == []


def test_a_pace_is_patience_and_bytes_and_never_more_than_the_whole(clock: Clock) -> None:
    pace, short = Pace(patience=10), Pace(patience=10, whole=12)
    for one in (pace, short):
        one.moved(http_whole.RATE * 5)
    assert (pace.left(), short.left()) == (15, 12)
    clock.now += 12
    assert pace.left() == 3
    with pytest.raises(TooSlow):
        short.left()
