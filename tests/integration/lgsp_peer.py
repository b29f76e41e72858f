"""A raw provincial axis that logs in by itself and misbehaves on cue, and a client to meet it."""

import base64
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import pytest

from connector.eoffice.http import Timeouts
from connector.eoffice.lgsp import LgspExchange
from domain.content import Inline
from domain.exchange import PacketKind, Settlement
from tests.contract.fetching import fetched
from tests.integration.vxp_peer import (
    AT,
    CONTENT,
    DOC_ID,
    RECEIVER,
    SENDER,
    TIMEOUTS,
    Behaviour,
    Request,
    answering,
)

PASSWORD = "p4ssword-made-up"
SECRET = "s3cret-key-made-up"
SYSTEM = "H37.DN.001"
XML = '\ufeff<?xml version="1.0"?>\r\n<edXML>Hữu Lũng "/" \\ 😀</edXML>'
OK = {"success": True, "message": "Thành công"}


def token(number: int, life: float = 1800) -> str:
    claims = {"iat": AT.timestamp(), "exp": AT.timestamp() + life, "n": number}
    packed = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"e30.{packed}.made-up"


def one_by_one(*answers: Behaviour) -> Behaviour:
    left = iter(answers)

    def answer(connection: socket.socket) -> None:
        next(left)(connection)

    return answer


@dataclass
class Axis:
    """Whole requests in, and for each what it was told; logins are answered on the side."""

    port: int = 0
    behaviour: Behaviour = lambda _: None
    requests: list[Request] = field(default_factory=list)
    logins: list[Request] = field(default_factory=list)
    login: Behaviour | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/thu-nghiem"

    def behave(self, *answers: Behaviour) -> None:
        """Answer the coming requests one by one."""
        self.behaviour = one_by_one(*answers)

    def talk(self, connection: socket.socket) -> None:
        request = received(connection)
        if request is None:
            return
        if "/v1/auth/login" in request.line:
            self.logins.append(request)
            given = answering({"code": 200, "data": {"token": token(len(self.logins))}})
            (self.login or given)(connection)
        else:
            self.requests.append(request)
            self.behaviour(connection)


def received(connection: socket.socket) -> Request | None:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return None
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    line, *rest = head.decode("ascii").split("\r\n")
    headers = [(name, value) for name, _, value in (text.partition(": ") for text in rest)]
    while len(body) < int(dict(headers).get("Content-Length", "0")):
        body += connection.recv(65536)
    return Request(line, headers, body)


@contextmanager
def serving_axis() -> Iterator[Axis]:
    axis = Axis()
    stopping = threading.Event()

    def accept(listener: socket.socket) -> None:
        while not stopping.is_set():
            connection, _ = listener.accept()
            connection.settimeout(5)
            with connection, suppress(OSError):
                axis.talk(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        axis.port = listener.getsockname()[1]
        thread = threading.Thread(target=accept, args=(listener,), daemon=True)
        thread.start()
        yield axis
        stopping.set()
        with suppress(OSError), socket.create_connection(("127.0.0.1", axis.port), timeout=5):
            pass
        thread.join(5)
        assert not thread.is_alive()


def client(
    url: str,
    *,
    attempts: int = 1,
    document_limit: int = 100_000,
    system_id: str = SYSTEM,
    secret: str = SECRET,
    days_back: int = 2,
    window_days: int = 15,
    timeouts: Timeouts = TIMEOUTS,
) -> LgspExchange:
    return LgspExchange(
        url,
        username="tich-hop",
        password=lambda: PASSWORD,
        application_code="DONDOC",
        system_id=system_id,
        secret_key=lambda: secret,
        now=lambda: AT,
        name="trục tỉnh",
        timeouts=timeouts,
        document_limit=document_limit,
        attempts=attempts,
        pause=0.0,
        days_back=days_back,
        window_days=window_days,
    )


def send(exchange: LgspExchange, content: bytes = CONTENT) -> str:
    return exchange.send(
        Inline(content), kind=PacketKind.DOCUMENT, sender=SENDER, receivers=[RECEIVER]
    )


def file_answer(edxml: object, **more: object) -> Behaviour:
    return answering({**OK, "data": {"docId": DOC_ID, "edxml": edxml, **more}})


READS: dict[str, Callable[[LgspExchange], object]] = {
    "syncReceivedEdocList": lambda exchange: exchange.waiting(PacketKind.DOCUMENT),
    "getEdoc": lambda exchange: fetched(exchange, DOC_ID),
    "updateStatus": lambda exchange: exchange.settle(DOC_ID, Settlement.DONE),
    "getAgenciesList": lambda exchange: exchange.agencies(),
}
every_read = pytest.mark.parametrize("read", READS.values(), ids=READS)
