"""Servers that trickle: every request of every door has an end, whatever its pieces do."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from connector.eoffice import http_whole
from connector.eoffice.http import HttpTransport, NoAnswer, Timeouts
from connector.eoffice.http_whole import Pace, TooSlow
from domain.errors import DeliveryUnknown, PeerUnavailable
from tests.integration import lgsp_peer, vxp_peer
from tests.integration.vxp_peer import HEAD, STARTS, answering, serving, trickling

every_start = pytest.mark.parametrize("start", STARTS)
READ = 0.3
"""Seconds for each piece, see ``vxp_peer.client``; the whole has connect and twice that."""
QUICK = Timeouts(connect=0.1, read=READ)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no client wait for two seconds before it loses its patience."""
    monkeypatch.setattr(Timeouts, "patience", property(lambda self: self.read))


@contextmanager
def bounded(seconds: float = 1.5) -> Iterator[None]:
    """Fail when what is inside takes longer, and when it leaves a thread behind."""
    began, threads = time.monotonic(), set(threading.enumerate())
    yield
    assert time.monotonic() - began < seconds
    assert set(threading.enumerate()) <= threads


@every_start
@pytest.mark.parametrize("read", [vxp_peer.READS["getReceivedEdocList"], vxp_peer.READS["getEdoc"]])
def test_vxp_is_not_held_up(start: str, read: Callable[[object], object]) -> None:
    with serving() as server, vxp_peer.client(server.url) as exchange:
        server.behaviour = trickling(start)
        with bounded(), pytest.raises(PeerUnavailable, match="not whole in the time"):
            read(exchange)


@every_start
def test_a_send_that_is_answered_by_a_trickle_is_unknown(start: str) -> None:
    with serving() as server, vxp_peer.client(server.url, attempts=3) as exchange:
        server.behaviour = trickling(start)
        with bounded(), pytest.raises(DeliveryUnknown, match="not whole in the time"):
            vxp_peer.send(exchange)
        assert len(server.requests) == 1


@every_start
def test_the_axis_does_not_hold_us_up(start: str) -> None:
    with lgsp_peer.serving_axis() as axis, lgsp_peer.client(axis.url) as exchange:
        axis.behaviour = trickling(start)
        for login in (trickling(start), None):
            axis.login = login
            with bounded(), pytest.raises(PeerUnavailable, match="not whole in the time"):
                lgsp_peer.READS["syncReceivedEdocList"](exchange)
        with bounded(), pytest.raises(DeliveryUnknown):
            lgsp_peer.send(exchange)


@every_start
def test_nor_does_it_behind_tls(start: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(vxp_peer.TLS / "server.pem")
    with serving(tls=context) as server:
        server.behaviour = trickling(start)
        url = server.url.replace("http:", "https:")
        authority = vxp_peer.TLS / "authority.pem"
        with (
            vxp_peer.client(url, ca_file=authority) as exchange,
            bounded(),
            pytest.raises(PeerUnavailable, match="not whole in the time"),
        ):
            exchange.agencies()


def test_a_server_that_takes_a_file_byte_by_byte_is_left() -> None:
    """What was sent may have been taken for the whole: nobody can know."""
    stopping = threading.Event()

    def sip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            while not stopping.is_set() and connection.recv(2000):
                time.sleep(0.01)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        thread = threading.Thread(target=sip, args=(listener,), daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        transport = HttpTransport(url, ca_file=None, timeouts=Timeouts(connect=5, read=READ))
        with pytest.raises(NoAnswer, match="not whole in the time") as caught:
            transport.request("POST", "x", {}, body=b"x" * 50_000_000, limit=100, whole=READ)
        transport.close()
        assert caught.value.handed_over
        stopping.set()
        thread.join(5)
        assert not thread.is_alive()


def test_a_large_answer_has_the_time_that_its_bytes_need(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Slower than the patience for a list, and faster than the rate."""
    monkeypatch.setattr(http_whole, "RATE", 10_000)

    def steady(connection: socket.socket) -> None:
        connection.sendall(HEAD)
        for _ in range(20):
            connection.sendall(b" " * 2500)
            time.sleep(0.04)

    with serving() as server:
        server.behaviour = steady
        transport = HttpTransport(server.url, ca_file=None, timeouts=QUICK)
        answer = transport.request("GET", "", {}, limit=200_000)
        assert len(answer.content) == 50_000
        with pytest.raises(NoAnswer, match="not whole in the time"):
            transport.request("GET", "", {}, limit=200_000, whole=0.2)
        transport.close()


def test_the_end_of_one_exchange_is_not_that_of_the_next() -> None:
    with serving() as server, vxp_peer.client(server.url) as exchange:
        server.behaviour = trickling("body")
        with pytest.raises(PeerUnavailable):
            exchange.agencies()
        server.behaviour = answering({**vxp_peer.OK, "data": []})
        assert exchange.agencies() == []


def test_a_pace_is_patience_and_bytes_and_never_more_than_the_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    pace, short = Pace(patience=10), Pace(patience=10, whole=12)
    for one in (pace, short):
        one.moved(http_whole.RATE * 5)
    assert (pace.left(), short.left()) == (15, 12)
    clock[0] = 112.0
    assert pace.left() == 3
    with pytest.raises(TooSlow):
        short.left()
