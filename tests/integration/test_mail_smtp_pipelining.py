"""MAIL, RCPT and DATA in one write (RFC 2920): what each reply means stays what it was."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace

import pytest

from connector.email.smtp import SmtpTransport
from connector.email.wire import Data, write_all
from domain.content import Inline
from domain.errors import PeerRefused, PeerUnavailable
from domain.ids import Address
from tests.integration.scripted_smtp import (
    COMMUNE,
    CRUMBS,
    DROP,
    HANG,
    HELD,
    LETTER,
    OWN,
    PIPELINING,
    ScriptedServer,
    to,
    transport,
)
from tests.servers.postfix import Postfix

HOLDING = {**PIPELINING, HELD: ""}
"""A server that answers nothing before it has heard the whole group."""
_MAIN = f"RCPT TO:<{COMMUNE}> NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;{COMMUNE}"
_COPY = f"RCPT TO:<{OWN}> NOTIFY=NEVER"
NOBODY = Address("nobody@yenson.example")
_FOR_NOBODY = "554 5.5.1 no valid recipients"


@contextmanager
def serving(*scripts: dict[str, str]) -> Iterator[tuple[ScriptedServer, SmtpTransport]]:
    server = ScriptedServer(*scripts)
    with closing(server), transport(server) as client:
        yield server, client


def said(server: ScriptedServer) -> list[str]:
    return [words.split()[0] for words in server.heard]


@pytest.mark.parametrize("crumbs", [{}, {CRUMBS: ""}], ids=["whole", "in pieces"])
def test_all_is_said_before_the_first_reply(crumbs: dict[str, str]) -> None:
    with serving(HOLDING | crumbs) as (server, client):
        for _ in range(3):
            assert client.send(to(OWN), Inline(LETTER)).refused == ()
    assert said(server) == ["EHLO", *["MAIL", "RCPT", "RCPT", "DATA"] * 3, "QUIT"]
    assert server.bodies == [LETTER + b".\r\n"] * 3


def test_a_server_that_offers_nothing_hears_one_command_at_a_time() -> None:
    script = {"EHLO": "250 mx.example", HELD: ""}
    server = ScriptedServer(script)
    with (
        closing(server),
        transport(server, timeout=0.2) as client,
        pytest.raises(PeerUnavailable),
    ):
        client.send(to(OWN), Inline(LETTER))
    assert said(server) == ["EHLO", "MAIL"]


def test_replies_of_several_lines_are_told_apart() -> None:
    script = {"MAIL": "250-2.1.0 ok\r\n250 go on", "RCPT": "250-a\r\n250-b\r\n250 c"}
    with serving(HOLDING | script | {CRUMBS: ""}) as (server, client):
        client.send(to(OWN), Inline(LETTER))
        client.send(to(OWN), Inline(LETTER))
    assert len(server.bodies) == 2


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("451 4.3.0 later", PeerUnavailable),
        ("553 5.7.1 sender not owned", PeerUnavailable),
        ("530 5.7.0 authentication required", PeerUnavailable),
        ("552 5.3.4 too big", PeerRefused),
    ],
)
@pytest.mark.parametrize("data", ["503 5.5.1 no", "354 go"])
def test_a_refused_sender_is_the_reason_whatever_came_after(
    answer: str, error: type[Exception], data: str
) -> None:
    script = {"MAIL": answer, "RCPT": "503 5.5.1 need MAIL", "DATA": data}
    with serving(HOLDING | script) as (server, client), pytest.raises(error, match=answer[:3]):
        client.send(to(OWN), Inline(LETTER))
    assert server.bodies == []


def test_after_a_refusal_the_connection_carries_the_next_letter() -> None:
    script = {_MAIN: "550 5.1.1 unknown", "DATA": _FOR_NOBODY}
    with serving(HOLDING | script) as (server, client):
        for _ in range(2):
            with pytest.raises(PeerRefused) as caught:
                client.send(to(), Inline(LETTER))
            assert caught.value.code == "550"
    assert server.connections == 1
    assert said(server) == ["EHLO", *["MAIL", "RCPT", "DATA", "RSET"] * 2, "QUIT"]


@pytest.mark.parametrize("copies", [(), (OWN,)], ids=["nobody else", "our copy accepted"])
def test_a_server_that_wants_a_letter_for_nobody_gets_none(copies: tuple[Address, ...]) -> None:
    """A lone dot would leave an empty message in our own mailbox."""
    with serving(HOLDING | {_MAIN: "550 5.1.1 unknown"}, HOLDING) as (server, client):
        with pytest.raises(PeerRefused, match="550"):
            client.send(to(*copies), Inline(LETTER))
        client.send(to(), Inline(LETTER))
    assert server.connections == 2
    assert server.bodies == [LETTER + b".\r\n"]


@pytest.mark.parametrize("answer", ["550 5.1.1 unknown", "450 4.2.0 later"])
def test_a_refused_blind_copy_is_only_told(answer: str) -> None:
    with serving(HOLDING | {_COPY: answer}) as (server, client):
        assert client.send(to(OWN), Inline(LETTER)).refused == (OWN,)
    assert server.bodies == [LETTER + b".\r\n"]


def test_a_server_that_goes_in_the_middle_accepted_nothing() -> None:
    with (
        serving(PIPELINING | {_COPY: DROP}) as (server, client),
        pytest.raises(PeerUnavailable),
    ):
        client.send(to(OWN), Inline(LETTER))
    assert server.connections == 1
    assert server.bodies == []


def test_a_refusal_counts_though_the_server_then_goes() -> None:
    script = {_MAIN: "550 5.1.1 unknown", _COPY: DROP}
    with serving(PIPELINING | script, PIPELINING) as (server, client):
        with pytest.raises(PeerRefused, match="550"):
            client.send(to(OWN), Inline(LETTER))
        client.send(to(OWN), Inline(LETTER))
    assert server.connections == 2


def test_a_used_connection_that_goes_after_a_reply_is_a_failure() -> None:
    """Something was said, so it is told and not tried again behind the ledger's back."""
    with serving(PIPELINING | {_COPY: DROP}) as (server, client):
        client.send(to(), Inline(LETTER))
        with pytest.raises(PeerUnavailable):
            client.send(to(OWN), Inline(LETTER))
    assert server.connections == 1


def test_a_server_that_stops_answering_is_waited_for_once() -> None:
    server = ScriptedServer(PIPELINING | {"RCPT": HANG})
    with (
        closing(server),
        transport(server, timeout=0.2) as client,
        pytest.raises(PeerUnavailable, match="timed out"),
    ):
        client.send(to(OWN), Inline(LETTER))
    assert server.connections == 1


def test_a_used_connection_that_stops_answering_is_waited_for_once() -> None:
    longer = LETTER + b"x\r\n"
    server = ScriptedServer(PIPELINING | {f"MAIL FROM:<{OWN}> SIZE={len(longer)} RET=HDRS": HANG})
    with closing(server), transport(server, timeout=0.2) as client:
        client.send(to(OWN), Inline(LETTER))
        with pytest.raises(PeerUnavailable, match="timed out"):
            client.send(to(OWN), Inline(longer))
    assert server.connections == 1


def test_many_pieces_leave_whole_to_a_slow_reader() -> None:
    """More pieces and more octets than one call of the system takes."""
    blocks = tuple(bytes([48 + n]) * (n * 20_011) for n in range(40))
    ours, theirs = socket.socketpair()
    ours.settimeout(5)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    with theirs, ThreadPoolExecutor(1) as pool:
        written = pool.submit(write_all, ours, Data(blocks, eight_bit=False, size=0))
        written.add_done_callback(lambda _: ours.close())
        with theirs.makefile("rb") as stream:
            assert stream.read() == b"".join(blocks) + b".\r\n"
        written.result()


def test_a_reader_that_takes_nothing_is_not_waited_for_for_ever() -> None:
    ours, theirs = socket.socketpair()
    ours.settimeout(0.1)
    with ours, theirs, pytest.raises(TimeoutError):
        write_all(ours, Data((b"x" * 10_000_000,), eight_bit=False, size=0))


def test_postfix_takes_letters_after_a_refusal_over_the_same_connection(postfix: Postfix) -> None:
    postfix.dovecot.add(COMMUNE)
    postfix.dovecot.empty(COMMUNE)
    postfix.policy.refuse_unknown = True
    with SmtpTransport(postfix.host, postfix.smtp_port, security="none") as client:
        client.send(to(), Inline(LETTER))
        (session,) = client._idle
        assert session._connection.has_extn("pipelining")
        with pytest.raises(PeerRefused, match="550"):
            client.send(replace(to(), recipient=NOBODY), Inline(LETTER))
        client.send(to(), Inline(LETTER))
        assert client._idle == [session]
    assert len(postfix.mail_for(COMMUNE)) == 2
