"""A raw server that records requests and misbehaves on cue, and a VXP client to meet it."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connector.eoffice.http import Timeouts
from connector.eoffice.vxp import VxpExchange
from domain.content import Inline, gathered
from domain.exchange import PacketKind, Settlement
from domain.exchange_units import Registration
from domain.ids import OrganId
from tests.contract.fetching import fetched

SYSTEM = "000.99.99.TEST"
SECRET = "s3cret-made-up-for-loopback"
DOC_ID = "0b9a1c5e-0000-4000-8000-000000000001"
SENDER = OrganId("000.01.01.H37")
RECEIVER = OrganId("000.02.02.H37")
AT = datetime(2024, 5, 1, 1, 9, 10, 123_000, UTC)
CONTENT = "Xin chào made-up body 4\n".encode()
FILE = b'<?xml version="1.0"?>\r\n<edXML xmlns="http://made.example/up">\xe1\xbb\x87</edXML>\r\n'
NEW_UNIT = Registration(code=OrganId("H37.99.1"), name="UBND xã Yên Sơn", parent="H37.99")
TLS = Path(__file__).parents[1] / "data" / "tls"
OK = {"status": "OK", "ErrorCode": "0", "ErrorDesc": ""}

Behaviour = Callable[[socket.socket], None]


@dataclass
class Request:
    """One request as it came over the wire."""

    line: str
    headers: list[tuple[str, str]]
    body: bytes

    def value(self, name: str) -> str:
        return dict(self.headers)[name]


@dataclass
class Server:
    """A server that reads whole requests and then does what it was told."""

    port: int = 0
    behaviour: Behaviour = lambda _: None
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def http(body: bytes, status: int = 200, *extra: str) -> Behaviour:
    # This server answers one request on a connection; a client that hoped for more would race.
    length = f"Content-Length: {len(body)}"
    head = [f"HTTP/1.1 {status} Any", length, "Connection: close", *extra, "", ""]
    return lambda connection: connection.sendall("\r\n".join(head).encode() + body)


def answering(members: object, status: int = 200) -> Behaviour:
    return http(json.dumps(members, ensure_ascii=False).encode(), status)


def hanging(connection: socket.socket) -> None:
    time.sleep(0.6)


def hanging_inside(connection: socket.socket) -> None:
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{"status":')
    time.sleep(0.6)


def dropping(connection: socket.socket) -> None:
    """Close without an answer."""


def truncating(connection: socket.socket) -> None:
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{"status":"OK"')


def babbling(connection: socket.socket) -> None:
    connection.sendall(b"\x15\x03\x01\x00\x02 this is no HTTP\r\n\r\n")


def flooding(connection: socket.socket) -> None:
    with suppress(OSError):  # the client hangs up, as it should
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(4000):
            connection.sendall(b"10000\r\n" + b" " * 65536 + b"\r\n")


HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 50000\r\n\r\n"
TIMEOUTS = Timeouts(connect=2, read=0.3)
STARTS = {
    "status line": b"HTT",
    "head": b"HTTP/1.1 200 OK\r\nX-Slow: ",
    "endless continues": b"",
    "body": HEAD,
    "chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
}
PIECES = {"endless continues": b"HTTP/1.1 100 Continue\r\n\r\n", "chunks": b"1\r\n \r\n"}


def trickling(start: str) -> Behaviour:
    """Send a few bytes at a time, faster than a client's patience for each piece."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(STARTS[start])
        for _ in range(3000):  # until the client hangs up, or a minute is over
            connection.sendall(PIECES.get(start, b" "))
            time.sleep(0.02)

    return behave


def receive(connection: socket.socket) -> Request | None:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return None
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    line, *rest = head.decode("ascii").split("\r\n")
    headers = [(name, value) for name, _, value in (text.partition(": ") for text in rest)]
    length = int(dict(headers).get("Content-Length", "0"))
    while len(body) < length:
        body += connection.recv(65536)
    return Request(line, headers, body)


@contextmanager
def serving(tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> Iterator[Server]:
    server = Server()

    def talk(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            talking = tls.wrap_socket(connection, server_side=True) if tls else connection
            with talking:
                request = receive(talking)
                if request is not None:
                    server.requests.append(request)
                    server.behaviour(talking)

    def accept(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                if stopping.is_set():
                    connection.close()
                    return
                server.connections += 1
                connection.settimeout(5)
                talk(connection)

    stopping = threading.Event()
    with socket.create_server((host, 0)) as listener:
        server.port = listener.getsockname()[1]
        thread = threading.Thread(target=accept, args=(listener,), daemon=True)
        thread.start()
        yield server
        stopping.set()
        with suppress(OSError), socket.create_connection((host, server.port), timeout=5):
            pass
        thread.join(5)
        assert not thread.is_alive()


def client(
    url: str,
    *,
    ca_file: Path | None = None,
    attempts: int = 1,
    document_limit: int = 100_000,
    system_id: str = SYSTEM,
    timeouts: Timeouts = TIMEOUTS,
    spool: Path | None = None,
) -> VxpExchange:
    return VxpExchange(
        url,
        system_id=system_id,
        secret=SECRET,
        now=lambda: AT,
        name="trục",
        ca_file=ca_file,
        timeouts=timeouts,
        document_limit=document_limit,
        attempts=attempts,
        pause=0.0,
        spool=spool,
    )


def send(exchange: VxpExchange, content: bytes = CONTENT) -> str:
    return exchange.send(
        Inline(content), kind=PacketKind.DOCUMENT, sender=SENDER, receivers=[RECEIVER]
    )


def downloaded(exchange: VxpExchange, doc_id: str = DOC_ID) -> bytes:
    return gathered(lambda out: exchange.administration.download(doc_id, out))


Call = Callable[[VxpExchange], object]
READS: dict[str, Call] = {
    "getReceivedEdocList": lambda exchange: exchange.waiting(PacketKind.DOCUMENT),
    "getEdoc": lambda exchange: fetched(exchange, DOC_ID),
    "updateStatus": lambda exchange: exchange.settle(DOC_ID, Settlement.DONE),
    "getSentEdocList": lambda exchange: exchange.sent(PacketKind.DOCUMENT, DOC_ID),
    "getAgenciesList": lambda exchange: exchange.agencies(),
    "getAgenciesListQD20": lambda exchange: exchange.agencies_qd20(),
    "getSynchronizeUnit": lambda exchange: exchange.administration.units(),
    "countReceiveEdoc": lambda exchange: exchange.administration.count(PacketKind.DOCUMENT),
    "countReceiveStatus": lambda exchange: exchange.administration.count(PacketKind.STATUS),
    "downloadEdoc": downloaded,
    "registerAgency": lambda exchange: exchange.administration.register(replace(NEW_UNIT, id="17")),
}
"""What is repeated: it changes nothing the second time."""
CHANGES: dict[str, Call] = {
    "sendEdoc": send,
    "registerAgency": lambda exchange: exchange.administration.register(NEW_UNIT),
    "deleteAgency": lambda exchange: exchange.administration.delete(OrganId("H37.99.1")),
}
"""What is sent once and no more."""
every_change = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)


def good(operation: str) -> Behaviour:
    """Return the answer of an exchange that carried an operation out."""
    if operation == "downloadEdoc":
        return http(FILE)
    data = "YQ==" if operation == "getEdoc" else []
    return answering({**OK, "data": data, "count": 3, "DocId": DOC_ID})


every_read = pytest.mark.parametrize("read", READS.values(), ids=READS)
