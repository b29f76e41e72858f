"""Logging in to a mail server, and how many connections are opened: over real sockets."""

import socket
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest

from connector.email.smtp import SmtpTransport
from domain.content import Inline
from domain.errors import PeerUnavailable
from dondoc.simulators.mail.hub import MailHub
from tests.integration.scripted_smtp import COMMUNE, LETTER, OWN, ScriptedServer, to, transport


@contextmanager
def counted(behind: int) -> Iterator[tuple[int, list[int]]]:
    """Yield a port that leads to another one, and what was opened through it."""
    opened: list[int] = []

    def carry(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while octets := source.recv(65_536):
                target.sendall(octets)
            target.shutdown(socket.SHUT_WR)

    def serve() -> None:
        with suppress(OSError), ThreadPoolExecutor(32) as pool:
            while True:
                line, (_, port) = listener.accept()
                opened.append(port)
                onward = socket.create_connection(("127.0.0.1", behind))
                lines.extend((line, onward))
                pool.submit(carry, line, onward)
                pool.submit(carry, onward, line)

    lines: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1], opened
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()
    for line in lines:
        line.close()


def test_a_refused_login_parks_no_letter_and_shows_no_secret() -> None:
    server = ScriptedServer({"AUTH": "535 5.7.8 no"})
    client = transport(server, username=OWN, password="hunter2")
    assert "hunter2" not in repr(client)
    for attempt in (lambda: client.send(to(), Inline(LETTER)), client.check):
        with pytest.raises(PeerUnavailable, match="user name and password") as caught:
            attempt()
        assert "hunter2" not in str(caught.value)
    server.close()
    assert not any(words.startswith("MAIL") for words in server.heard)


class Issuer:
    """Gives tokens one after the other; ``renewed`` counts how often another one was wanted."""

    def __init__(self, *tokens: str) -> None:
        self._tokens = tokens
        self.renewed = 0

    def __call__(self) -> str:
        return self._tokens[min(self.renewed, len(self._tokens) - 1)]

    def renew(self) -> None:
        self.renewed += 1


def bearer(offered: str, token: str) -> str:
    first = f"user={OWN}" if offered == "XOAUTH2" else f"n,a={OWN},"
    return b64encode(f"{first}\1auth=Bearer {token}\1\1".encode()).decode()


def refusing(offered: str, *tokens: str) -> dict[str, str]:
    """A server that refuses some tokens as Google and Microsoft do: 334 with the reason first."""
    reason = b64encode(b'{"status":"401","schemes":"bearer","scope":"https://mail.example/"}')
    commands = (f"AUTH {offered} {bearer(offered, token)}" for token in tokens)
    return {
        "EHLO": f"250-mx.example\r\n250 AUTH LOGIN PLAIN {offered}",
        **dict.fromkeys(commands, f"334 {reason.decode()}"),
        "AQ==": "535 5.7.8 no",
        "nothing": "535 5.7.8 no",
    }


@pytest.mark.parametrize("offered", ["XOAUTH2", "OAUTHBEARER"])
def test_a_token_logs_in(offered: str) -> None:
    server = ScriptedServer({"EHLO": f"250-mx\r\n250 AUTH PLAIN {offered}"})
    issuer = Issuer("eyJ0")
    with transport(server, username=OWN, token=issuer) as client:
        client.send(to(), Inline(LETTER))
    server.close()
    assert f"AUTH {offered} {bearer(offered, 'eyJ0')}" in server.heard
    assert issuer.renewed == 0


@pytest.mark.parametrize("offered", ["XOAUTH2", "OAUTHBEARER"])
def test_a_refused_token_is_asked_for_anew_once(offered: str) -> None:
    server = ScriptedServer(refusing(offered, "old"))
    issuer = Issuer("old", "new")
    with transport(server, username=OWN, token=issuer) as client:
        client.send(to(), Inline(LETTER))
    server.close()
    assert issuer.renewed == 1
    assert len(server.bodies) == 1


@pytest.mark.parametrize("offered", ["XOAUTH2", "OAUTHBEARER"])
def test_tokens_that_stay_refused_park_no_letter_and_are_shown_to_nobody(offered: str) -> None:
    server = ScriptedServer(refusing(offered, "old", "new"))
    issuer = Issuer("old", "new", "newer")
    client = transport(server, username=OWN, token=issuer)
    with pytest.raises(PeerUnavailable, match=r"token refused, status 401.*dondoc mail login") as e:
        client.send(to(), Inline(LETTER))
    server.close()
    assert "old" not in str(e.value)
    assert bearer(offered, "new") not in str(e.value)
    assert issuer.renewed == 1
    # The exchange was ended as the mechanism asks for, and nothing was sent.
    assert server.heard.count("AQ==" if offered == "OAUTHBEARER" else "nothing") == 2
    assert not any(words.startswith("MAIL") for words in server.heard)


def test_a_reason_that_cannot_be_read_is_none() -> None:
    script = refusing("XOAUTH2", "old") | {
        f"AUTH XOAUTH2 {bearer('XOAUTH2', 'old')}": "334 bm90aGluZw=="
    }
    server = ScriptedServer(script)
    client = transport(server, username=OWN, token=Issuer("old"))
    with pytest.raises(PeerUnavailable, match="user name and password"):
        client.check()
    server.close()


def test_a_server_without_tokens_is_told_of() -> None:
    server = ScriptedServer({"EHLO": "250-mx\r\n250 AUTH PLAIN"})
    client = transport(server, username=OWN, token=Issuer("x"))
    with pytest.raises(PeerUnavailable, match="neither XOAUTH2 nor OAUTHBEARER"):
        client.check()
    server.close()


def test_connections_are_as_many_as_allowed_and_used_again(tmp_path: Path) -> None:
    accounts = {OWN: "x", COMMUNE: "x"}
    with (
        MailHub(tmp_path, accounts, now=lambda: datetime(2024, 5, 8, tzinfo=UTC)) as hub,
        counted(hub.smtp_port) as (port, opened),
        SmtpTransport("127.0.0.1", port, security="none", connections=3) as client,
        ThreadPoolExecutor(8) as pool,
    ):
        list(pool.map(lambda _: client.send(to(), Inline(LETTER)), range(60)))
    assert 1 <= len(opened) <= 3


def test_a_login_that_is_not_offered_is_explained() -> None:
    server = ScriptedServer({"EHLO": "250 mx.example"})
    client = transport(server, username=OWN, password="x")
    with pytest.raises(PeerUnavailable, match="check port, security and login"):
        client.check()
    server.close()
