"""The HTTP/1.1 server under the exchange: large headers, kept connections, cut on demand."""

import socket
import threading
from contextlib import suppress

import h11
import uvicorn
from starlette.types import ASGIApp, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

from domain.errors import PeerUnavailable
from dondoc.simulators.eoffice.app import JSON
from dondoc.simulators.eoffice.envelope import ErrorCode, Refusal, refused

_MAX_HEADERS = 512 * 1024  # bytes; parameters travel in headers, each twice
_KEEP_ALIVE = 120  # seconds; a polling client keeps its connection between two rounds
_START_TIMEOUT = 10.0  # seconds


def listen(address: tuple[str, int]) -> socket.socket:
    """Return a listening IPv4 socket. Raises OSError if the port is taken."""
    # asyncio switches Nagle's algorithm off only for sockets that name their protocol; with it
    # on, each answer waits 40 ms for the client's delayed acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except BaseException:
        listener.close()
        raise
    return listener


class Server:
    """An HTTP server in a thread of its own, on a listening socket that it takes over."""

    def __init__(self, application: ASGIApp, listener: socket.socket) -> None:
        self._listener = listener
        self._server = uvicorn.Server(
            uvicorn.Config(
                application,
                http=_Protocol,
                ws="none",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                access_log=False,
                server_header=False,
                h11_max_incomplete_event_size=_MAX_HEADERS,
                timeout_keep_alive=_KEEP_ALIVE,
                timeout_graceful_shutdown=5,
            )
        )
        self._thread = threading.Thread(target=self._run, name="exchange", daemon=True)

    def start(self) -> None:
        """Start and wait until it answers. Raises PeerUnavailable if it does not."""
        self._thread.start()
        waited = threading.Event()
        for _ in range(int(_START_TIMEOUT / 0.01)):
            if self._server.started:
                return
            if not self._thread.is_alive():
                break
            waited.wait(0.01)
        self.stop()
        raise PeerUnavailable("the simulated exchange", "its server did not start")

    def stop(self) -> None:
        """Finish open requests and close the socket."""
        self._server.should_exit = True
        self._thread.join()
        self._listener.close()

    def disconnect(self, scope: Scope) -> None:
        """Cut the connection that a request came by, without an answer."""
        for connection in list(self._server.server_state.connections):
            if isinstance(connection, _Protocol) and connection.client == scope["client"]:
                connection.transport.abort()

    def _run(self) -> None:
        self._server.run(sockets=[self._listener])


class _Protocol(H11Protocol):
    """HTTP/1.1 that answers what is not HTTP with the JSON envelope too."""

    def send_400_response(self, msg: str) -> None:
        body = refused("", Refusal(ErrorCode.NOT_PROCESSED, f"not an HTTP request: {msg}"))
        headers = [(b"content-type", JSON.encode()), (b"connection", b"close")]
        with suppress(h11.LocalProtocolError):
            for event in (
                h11.Response(status_code=400, headers=headers, reason=b"Bad Request"),
                h11.Data(data=body),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
