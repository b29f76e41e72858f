"""Reading a portal over real sockets: redirects, certificates, time and what is never sent."""

import io
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from connector.eoffice.http import Timeouts
from connector.portal import PortalPages
from domain.errors import ConfigError, PeerRefused, PeerUnavailable, TooLarge
from dondoc.simulators.portal import Portal

TLS = Path(__file__).parents[1] / "data" / "tls"
PAGE = b"<!DOCTYPE html><p>x"
QUICK = Timeouts(connect=2, read=2, whole=0.2)


class Handler(BaseHTTPRequestHandler):
    """Answers by path; ``seen`` are the headers of each request."""

    seen: list[dict[str, str]]

    def do_GET(self) -> None:
        self.seen.append({name.lower(): value for name, value in self.headers.items()})
        path = self.path.partition("?")[0]
        if path.startswith("/to/"):
            self._answer(302, {"Location": path.removeprefix("/to/"), "Set-Cookie": "a=b"})
        elif path == "/loop":
            self._answer(302, {"Location": "/loop?x"})
        elif path == "/bad":
            self._answer(302, {"Location": "http://[bad/x"})
        elif path == "/nowhere":
            self._answer(302, {})
        elif path == "/trickle":
            self._trickle()
        elif path == "/drip":
            self._drip()
        elif path == "/busy":
            self._answer(429, {})
        else:
            kind = {"Content-Type": 'text/html; charset="windows-1258"; x', "Set-Cookie": "a=b"}
            self._answer(200, kind, PAGE)

    def _answer(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _trickle(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        with suppress(OSError):
            for _ in range(60):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.05)

    def _drip(self) -> None:
        """Begin a line of the head that never ends."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        with suppress(OSError):
            for _ in range(60):
                self.wfile.write(b"x")
                time.sleep(0.05)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@contextmanager
def serving(tls: bool = False) -> Iterator[tuple[str, list[dict[str, str]]]]:
    seen: list[dict[str, str]] = []
    handler = type("Seeing", (Handler,), {"seen": seen})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(TLS / "server.pem")
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, list[dict[str, str]]]]:
    with serving() as found:
        yield found


@contextmanager
def reading(*urls: str, ca_file: Path | None = None) -> Iterator[PortalPages]:
    pages = PortalPages(urls, name="the portal", ca_file=ca_file, timeouts=QUICK)
    try:
        yield pages
    finally:
        pages.close()


def fetched(pages: PortalPages, url: str) -> bytes:
    into = io.BytesIO()
    pages.visit(seconds=60, octets=1_000_000).fetch(url, into, limit=100_000)
    return into.getvalue()


def test_redirects_on_the_same_host_are_followed(server: tuple[str, list[dict[str, str]]]) -> None:
    url, _ = server
    into = io.BytesIO()
    with reading(f"{url}/van-ban?muc=1") as pages:
        answer = pages.visit(seconds=9, octets=100).fetch(f"{url}/to//page", into, limit=100)
    assert (answer.url, answer.charset) == (f"{url}/page", "windows-1258")
    assert into.getvalue() == PAGE


def test_neither_cookies_nor_proxies_nor_secrets_take_part(
    server: tuple[str, list[dict[str, str]]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    url, seen = server
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    seen.clear()
    with reading(url) as pages:
        fetched(pages, f"{url}/page")
        fetched(pages, f"{url}/to//page")
    assert len(seen) == 3
    assert not any({"cookie", "authorization", "referer"} & headers.keys() for headers in seen)


@pytest.mark.parametrize(
    ("path", "error", "words"),
    [
        ("/loop", PeerRefused, "more than 5 times"),
        ("/nowhere", PeerRefused, "more than 5 times"),
        ("/to/http://localhost/x", PeerRefused, "not the portal's"),
        ("/to/ftp://127.0.0.1/x", PeerRefused, "not the portal's"),
        ("/to/http://a:b@127.0.0.1/x", PeerRefused, "not the portal's"),
        ("/bad", PeerRefused, "what is no address"),
        ("/busy", PeerUnavailable, "HTTP 429"),
        ("/trickle", PeerUnavailable, "not whole in the time"),
        ("/drip", PeerUnavailable, "not whole in the time"),
    ],
)
def test_what_is_not_taken(
    server: tuple[str, list[dict[str, str]]], path: str, error: type[Exception], words: str
) -> None:
    url, _ = server
    with reading(url) as pages, pytest.raises(error, match=words):
        fetched(pages, f"{url}{path}")


def test_the_time_of_a_visit_bounds_every_answer_of_it() -> None:
    """No answer is too slow by itself; the third one finds the visit at its end."""
    with serving(tls=True) as (url, seen), reading(url, ca_file=TLS / "authority.pem") as pages:
        visit = pages.visit(seconds=0.3, octets=1_000_000)
        for path in ("/trickle", "/drip"):
            with pytest.raises(PeerUnavailable, match="not whole in the time"):
                visit.fetch(f"{url}{path}", io.BytesIO(), limit=100_000)
        with pytest.raises(PeerUnavailable, match="too long"):
            visit.fetch(f"{url}/page", io.BytesIO(), limit=100_000)
    assert len(seen) == 2


def test_nobody_answers() -> None:
    with reading("http://127.0.0.1:9/") as pages, pytest.raises(PeerUnavailable):
        fetched(pages, "http://127.0.0.1:9/")


@pytest.mark.parametrize("fault", ["drop", "truncate"])
def test_an_answer_that_breaks_off(fault: str) -> None:
    with Portal() as portal, reading(portal.page) as pages:
        portal.faults.arm(fault)
        with pytest.raises(PeerUnavailable):
            fetched(pages, portal.page)
        assert b"van-ban" in fetched(pages, portal.page)


def test_certificates_are_verified_and_https_is_not_left() -> None:
    with serving(tls=True) as (url, _), serving() as (plain, seen):
        with reading(url, plain, ca_file=TLS / "authority.pem") as pages:
            assert fetched(pages, f"{url}/page") == PAGE
            with pytest.raises(PeerRefused, match="away from https"):
                fetched(pages, f"{url}/to/{plain}/page")
        assert seen == []
        with reading(url) as pages, pytest.raises(PeerUnavailable, match="TLS failed"):
            fetched(pages, f"{url}/page")


def test_a_further_host_that_was_named_is_asked() -> None:
    with serving() as (url, _), serving() as (files, _):
        with reading(url, files) as pages:
            assert fetched(pages, f"{url}/to/{files}/x.pdf") == PAGE
        with reading(url) as pages, pytest.raises(PeerRefused):
            fetched(pages, f"{files}/x.pdf")


def test_limits_hold_before_the_body_is_read() -> None:
    with serving() as (url, _), reading(url) as pages, pytest.raises(TooLarge):
        pages.visit(seconds=9, octets=100).fetch(f"{url}/page", io.BytesIO(), limit=3)


@pytest.mark.parametrize("url", ["ftp://x.example/", "https:///x"])
def test_addresses_that_cannot_be_used(url: str) -> None:
    with pytest.raises((ConfigError, ValueError)):
        PortalPages([url], name="the portal")
