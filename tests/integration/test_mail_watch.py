"""The IMAP watch beside a real Dovecot, and beside servers that fall silent or misbehave."""

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from threading import Event, Thread

import pytest
from structlog.testing import capture_logs

from connector.email.imap import ImapMailbox
from connector.email.imap_watch import ImapWatch
from connector.email.watch import RETRY_SECONDS
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.process import wait_for

NOW = datetime(2024, 5, 8, 2, 0, tzinfo=UTC)
LETTER = b"Message-ID: <1@yenson.example>\r\nSubject: x\r\n\r\nbody\r\n"
LONG = 30.0

Account = Callable[[], str]


class Woken:
    """Counts how often somebody was woken."""

    def __init__(self) -> None:
        self._event = Event()
        self.times = 0

    def __call__(self) -> None:
        self.times += 1
        self._event.set()

    def wait(self) -> None:
        assert self._event.wait(LONG), "nobody was woken"
        self._event.clear()


def watch_of(dovecot: Dovecot, address: str, *, renew: float = LONG) -> ImapWatch:
    box = ImapMailbox(
        "main",
        dovecot.host,
        dovecot.imaps_port,
        username=address,
        password=PASSWORD,
        ca_file=dovecot.ca_file,
    )
    return ImapWatch("main", box.connected, "INBOX", now=lambda: NOW, renew=renew)


@pytest.fixture
def address(new_account: Account) -> str:
    return new_account()


def test_a_delivery_wakes(dovecot: Dovecot, address: str) -> None:
    watch, woken = watch_of(dovecot, address), Woken()
    watch.start(woken)
    try:
        # What came before the watch began wakes once.
        woken.wait()
        for _ in range(2):
            dovecot.deliver(LETTER, address)
            woken.wait()
        assert (watch.heard_at, watch.reconnects) == (NOW, 0)
    finally:
        watch.stop()


def test_a_watch_that_is_renewed_all_the_time_misses_nothing(
    dovecot: Dovecot, address: str
) -> None:
    watch, woken = watch_of(dovecot, address, renew=0.01), Woken()
    watch.start(woken)
    try:
        woken.wait()
        for _ in range(3):
            dovecot.deliver(LETTER, address)
            woken.wait()
        assert watch.reconnects == 0
    finally:
        watch.stop()


def test_a_server_that_was_killed_is_watched_again(dovecot: Dovecot, address: str) -> None:
    watch, woken = watch_of(dovecot, address), Woken()
    watch.start(woken)
    try:
        woken.wait()
        dovecot.kill()
        dovecot.start()
        # Mail may have come meanwhile.
        woken.wait()
        assert watch.reconnects >= 1
        dovecot.deliver(LETTER, address)
        woken.wait()
    finally:
        watch.stop()


def test_nobody_is_woken_after_the_end(dovecot: Dovecot, address: str) -> None:
    watch, woken = watch_of(dovecot, address), Woken()
    watch.start(woken)
    woken.wait()
    watch.stop()
    watch.stop()
    times = woken.times
    dovecot.deliver(LETTER, address)
    dovecot.wait_for_messages(address, 1)
    assert woken.times == times


class Idling:
    """A server of one connection at a time: logs in, opens, and answers IDLE as ``idle`` says.

    ``idle`` is sent after each IDLE, TAG standing for its tag; ``done`` after each DONE.
    """

    def __init__(self, idle: str, done: str = "TAG OK done", offered: str = "IDLE") -> None:
        self._idle, self._done, self._offered = idle, done, offered
        self.connections = 0
        self.idles = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._line: socket.socket | None = None
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        if self._line:
            with suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)
        self._thread.join()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                self._line, _ = self._listener.accept()
                self.connections += 1
                with suppress(OSError), self._line, self._line.makefile("rb") as stream:
                    self._line.sendall(b"* OK ready\r\n")
                    self._talk(self._line, stream)

    def _talk(self, line: socket.socket, stream: Iterator[bytes]) -> None:
        tag = b""
        for command in stream:
            words = command.split()
            name = words[-1].upper() if len(words) == 1 else words[1].upper()
            tag = words[0] if len(words) > 1 else tag
            self.idles += name == b"IDLE"
            answer = {
                b"CAPABILITY": f"* CAPABILITY IMAP4rev1 {self._offered}\r\nTAG OK done\r\n",
                b"EXAMINE": "* 1 EXISTS\r\n* OK [UIDVALIDITY 5] x\r\nTAG OK done\r\n",
                b"IDLE": self._idle,
                b"DONE": self._done + "\r\n",
            }.get(name, "TAG OK done\r\n")
            line.sendall(answer.encode().replace(b"TAG", tag))


Serve = Callable[..., Idling]


@pytest.fixture
def serve() -> Iterator[Serve]:
    servers: list[Idling] = []

    def start(idle: str, done: str = "TAG OK done", offered: str = "IDLE") -> Idling:
        servers.append(Idling(idle, done, offered))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def watch_on(
    server: Idling,
    *,
    renew: float = 0.05,
    answer: float = 0.2,
    retry: Sequence[float] = RETRY_SECONDS,
) -> ImapWatch:
    box = ImapMailbox(
        "main", "127.0.0.1", server.port, security="none", username="a", password="x", timeout=2
    )
    return ImapWatch(
        "main",
        box.connected,
        "INBOX",
        now=lambda: NOW,
        renew=renew,
        answer=answer,
        retry=retry,
    )


def test_a_quiet_server_proves_that_it_lives_at_every_renewal(serve: Serve) -> None:
    server = serve("+ idling\r\n")
    watch = watch_on(server)
    watch.start(lambda: None)
    wait_for("renewals", lambda: server.idles >= 5)
    watch.stop()
    assert (watch.reconnects, server.connections) == (0, 1)


@pytest.mark.parametrize(
    ("idle", "done"),
    [
        ("", "TAG OK done"),
        ("+ idling\r\n", ""),
        ("+ idling\r\n* 2 EXISTS\r\n", "* 3 EXI"),
        ("* BYE shutting down\r\n", ""),
        ("+ idling\r\n* BYE shutting down\r\n", ""),
        ("+ idling\r\nTAG OK I have had enough\r\n", ""),
        ("TAG BAD no such command\r\n", ""),
        ("+ idling\r\n", "TAG BAD what"),
        ("HTTP/1.1 400 Bad Request\r\n", ""),
        ("+ idling\r\n" + "x" * 1_100_000, ""),
    ],
)
def test_a_connection_that_cannot_be_trusted_is_made_anew(
    serve: Serve, idle: str, done: str
) -> None:
    server = serve(idle, done)
    watch = watch_on(server)
    with capture_logs() as logs:
        watch.start(lambda: None)
        wait_for("a second connection", lambda: server.connections >= 2)
        watch.stop()
    assert watch.reconnects >= 1
    assert {logged["event"] for logged in logs} == {"mailbox_watch_lost"}


def test_what_nobody_foresaw_does_not_end_it(serve: Serve) -> None:
    server = serve("+ idling\r\n")
    woken, failures = Woken(), [RuntimeError("a letter"), RecursionError("a letter")]

    def wake() -> None:
        if failures:
            raise failures.pop()
        woken()

    watch = watch_on(server, retry=(0.01,))
    with capture_logs() as logs:
        watch.start(wake)
        wait_for("a third connection", lambda: server.connections >= 3 and watch.reconnects == 2)
        watch.stop()
    assert not failures
    assert [(logged["event"], logged["error"]) for logged in logs] == [
        ("mailbox_watch_failed", "RecursionError"),
        ("mailbox_watch_failed", "RuntimeError"),
    ]


def test_what_comes_with_the_answer_to_done_wakes(serve: Serve) -> None:
    woken = Woken()
    watch = watch_on(serve("+ idling\r\n", "* 2 EXISTS\r\nTAG OK done"))
    watch.start(woken)
    woken.wait()
    woken.wait()
    watch.stop()


def test_a_server_without_idle_is_left_to_the_regular_looks(serve: Serve) -> None:
    server = serve("", offered="")
    watch = watch_on(server)
    with capture_logs() as logs:
        watch.start(lambda: pytest.fail("woken by nothing"))
        wait_for("the connection's end", lambda: bool(logs))
        watch.stop()
    assert [logged["event"] for logged in logs] == ["idle_not_offered"]
    assert (watch.reconnects, server.connections) == (0, 1)
