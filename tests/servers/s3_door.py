"""A door before an S3-compatible store that misbehaves on cue; it looks at the access key, too."""

import http.client
import ssl
from collections import Counter
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Literal

from tests.servers.certificates import AUTHORITY, SERVER
from tests.servers.process import HOST
from tests.servers.s3 import S3
from tests.servers.s3_account import ACCESS_KEY

Fault = Literal["pass", "hang", "truncate", "drop"] | tuple[int, str]
"""None after all, an answer that never comes, one that ends too early, one that is lost after the
store has done its work, or a refusal: status and code."""

_REFUSAL = '<?xml version="1.0" encoding="UTF-8"?><Error><Code>{}</Code></Error>'
_HOP = frozenset({"connection", "transfer-encoding", "server", "date", "content-length"})


class S3Door:
    """Forwards HTTP, with ``tls`` as HTTPS, to a store; a context manager.

    ``access_key`` is the one that is let in. ``asked`` counts requests by method.
    """

    ca_file = AUTHORITY

    def __init__(self, store: S3, *, tls: bool = False) -> None:
        self.access_key = ACCESS_KEY
        self.asked: Counter[str] = Counter()
        self.most_at_once = 0
        self._at_once = 0
        self._lock = Lock()
        self._faults: list[tuple[str, Fault]] = []
        self.ended = Event()
        self._server = ThreadingHTTPServer(
            (HOST, 0), type("Passing", (_Passing,), {"door": self, "store": store})
        )
        self._server.daemon_threads = True
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(SERVER)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port: int = self._server.server_address[1]
        self.address = f"{'https' if tls else 'http'}://{HOST}:{self.port}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> "S3Door":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def fail(self, fault: Fault, *, method: str, times: int = 1) -> None:
        """Have the next requests with a method fail."""
        with self._lock:
            self._faults += [(method, fault)] * times

    def enter(self, method: str) -> Fault | None:
        """Return how a request is to fail."""
        with self._lock:
            self.asked[method] += 1
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            for number, (meant, fault) in enumerate(self._faults):
                if meant == method:
                    del self._faults[number]
                    return None if fault == "pass" else fault
        return None

    def leave(self) -> None:
        """Say that a request has been answered."""
        with self._lock:
            self._at_once -= 1


class _Passing(BaseHTTPRequestHandler):
    door: S3Door
    store: S3
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _pass(self) -> None:
        fault = self.door.enter(self.command)
        try:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if f"Credential={self.door.access_key}/" not in self.headers["Authorization"]:
                fault = (403, "InvalidAccessKeyId")
            status, headers, content = self._answer(body, fault)
        finally:
            self.door.leave()
        self.close_connection = fault in ("hang", "drop", "truncate")
        if fault in ("hang", "drop"):
            return
        self.send_response(status)
        # In an answer to HEAD stands the length of what is not sent.
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content[: len(content) // 2] if fault == "truncate" else content)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _pass

    def _answer(self, body: bytes, fault: Fault | None) -> tuple[int, dict[str, str], bytes]:
        if isinstance(fault, tuple):
            return fault[0], {}, _REFUSAL.format(fault[1]).encode()
        if fault == "hang":
            self.door.ended.wait()
            return 0, {}, b""
        upstream = http.client.HTTPConnection(HOST, self.store.port, timeout=30)
        try:
            upstream.request(self.command, self.path, body, dict(self.headers))
            answer = upstream.getresponse()
            headers = {n: v for n, v in answer.getheaders() if n.lower() not in _HOP}
            if self.command == "HEAD":
                headers["Content-Length"] = answer.headers["Content-Length"]
            return answer.status, headers, answer.read()
        finally:
            upstream.close()

    def handle(self) -> None:
        with suppress(OSError):
            super().handle()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
