"""HTTP below the simulated Exchange: one thread for each connection, which NTLM is bound to."""

import contextlib
import logging
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol

from dondoc.simulators.exchange.faults import HTTP_STATUS, Fault, Faults
from dondoc.simulators.exchange.login import Gate, Handshake
from dondoc.simulators.exchange.soap import Request, SoapFault, fault, read_request

log = logging.getLogger(__name__)

PATH = "/EWS/Exchange.asmx"
_TYPE = "text/xml; charset=utf-8"


class Application(Protocol):
    """What answers requests of a client that is known."""

    gate: Gate
    faults: Faults

    def answer(self, owner: str, request: Request, fault: Fault | None) -> bytes | Iterator[bytes]:
        """Return the answer, or whole documents to be streamed; raises ``SoapFault``."""

    def note(self, operation: str, request: bytes, answer: bytes) -> None:
        """Hear of a request and what it was answered with."""


class Server(ThreadingHTTPServer):
    """The listening socket and its open connections."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], application: Application) -> None:
        super().__init__(address, _Handler)
        self.application = application
        self.stopping = threading.Event()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    def secure(self, context: ssl.SSLContext) -> None:
        """Speak TLS from now on; the handshake is made in the connection's own thread."""
        self.socket = context.wrap_socket(
            self.socket, server_side=True, do_handshake_on_connect=False
        )

    def cut(self) -> None:
        """Close every open connection."""
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def process_request_thread(self, request, client_address) -> None:  # type: ignore[no-untyped-def]
        """Serve one connection and forget it."""
        with self._lock:
            self._open.add(request)
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._lock:
                self._open.discard(request)

    def handle_error(self, request, client_address) -> None:  # type: ignore[no-untyped-def]
        """Say nothing of clients that went away."""
        log.debug("connection_ended", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server
    owner: str | None = None
    handshake: Handshake | None = None
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:
        """Write no access log."""

    def do_POST(self) -> None:
        octets = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.path != PATH:
            self._reply(404, b"", "text/html")
            return
        owner = self._owner()
        if owner is None:
            return
        try:
            request = read_request(octets)
        except SoapFault as error:
            self._reply(500, fault(error))
            return
        self._serve(owner, request, octets)

    def _serve(self, owner: str, request: Request, octets: bytes) -> None:
        application = self.server.application
        trouble = application.faults.take(request.operation)
        # Noted first, so that who waits for a request sees it while it is slow.
        application.note(request.operation, octets, b"")
        if trouble in HTTP_STATUS:
            self._reply(HTTP_STATUS[trouble], b"")
            return
        if trouble is Fault.DROP:
            self._cut()
            return
        if trouble is Fault.SLOW:
            time.sleep(application.faults.delay)
        try:
            answer = application.answer(owner, request, trouble)
        except SoapFault as error:
            answer = fault(error)
            application.note(request.operation, b"", answer)
            self._reply(500, answer)
            return
        if isinstance(answer, bytes):
            application.note(request.operation, b"", answer)
            self._finish(answer, trouble)
        else:
            self._stream(request.operation, answer)

    def _finish(self, answer: bytes, trouble: Fault | None) -> None:
        if trouble is Fault.DROP_AFTER:
            self._cut()
            return
        if trouble is Fault.SLOW_ANSWER:
            time.sleep(self.server.application.faults.delay)
        if trouble is Fault.TRUNCATE:
            self._head(200, len(answer))
            self.wfile.write(answer[: len(answer) // 2])
            self._cut()
            return
        self._reply(200, answer)

    def _stream(self, operation: str, documents: Iterator[bytes]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", _TYPE)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for document in documents:
            self.server.application.note(operation, b"", document)
            self.wfile.write(b"%x\r\n%s\r\n" % (len(document), document))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def _owner(self) -> str | None:
        """Return who asks; None when the client was told to log in."""
        gate = self.server.application.gate
        given = self.headers.get("Authorization", "")
        challenges = gate.challenges
        if gate.offers_ntlm(given):
            self.handshake = self.handshake or gate.handshake()
            challenge, proved = self.handshake.step(given)
            self.owner = proved
            if challenge is not None:
                challenges = [f"NTLM {challenge}"]
            else:
                self.handshake = None
        elif given:
            self.owner = gate.owner(given)
        if self.owner is None:
            self._reply(401, b"", challenges=challenges)
        return self.owner

    def _reply(
        self, status: int, body: bytes, kind: str = _TYPE, *, challenges: list[str] | None = None
    ) -> None:
        if status == 401 and challenges is None:
            challenges = self.server.application.gate.challenges
        self._head(status, len(body), kind, challenges or [])
        self.wfile.write(body)

    def _head(
        self, status: int, length: int, kind: str = _TYPE, challenges: list[str] | None = None
    ) -> None:
        self.send_response(status)
        for challenge in challenges or []:
            self.send_header("WWW-Authenticate", challenge)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def _cut(self) -> None:
        self.wfile.flush()
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
