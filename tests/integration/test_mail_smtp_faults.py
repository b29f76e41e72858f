"""What the SMTP transport makes of each failure: a server that fails on cue, over real sockets."""

import socket
import ssl
import struct
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
from domain.errors import (
    ConfigError,
    DeliveryUnknown,
    PeerRefused,
    PeerUnavailable,
)
from domain.ids import Address
from domain.mail import Acceptance, Envelope
from dondoc.simulators.mail.hub import MailHub

TLS = Path(__file__).parents[1] / "data" / "tls"
COMMUNE = Address("vanphong@yenson.example")
OWN = Address("nq47@huulung.example")
LETTER = b"Message-ID: <1@huulung.example>\r\n\r\nx\r\n"
DOT = "\r\n.\r\n"
DROP = "drop"
HANG = "hang"
EHLO = "250-mx.example\r\n250-DSN\r\n250-SIZE 100000\r\n250 AUTH PLAIN"


class ScriptedServer:
    """Answers commands by their first word; ``sessions`` has one script per connection.

    The last script serves every further connection. An answer may be ``drop`` (close), ``hang``
    (never answer); ``.`` is the answer to the final dot. What was said is kept in ``heard``.
    """

    def __init__(self, *sessions: dict[str, str]) -> None:
        self._sessions = sessions or ({},)
        self.heard: list[str] = []
        self.bodies: list[bytes] = []
        self.connections = 0
        self._lines: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for line in self._lines:
            line.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                self._lines.append(line)
                script = self._sessions[min(self.connections, len(self._sessions) - 1)]
                self.connections += 1
                with suppress(OSError):
                    self._talk(line, script)

    def _talk(self, line: socket.socket, script: dict[str, str]) -> None:
        if not self._say(line, script.get("", "220 mx.example ESMTP")):
            return
        with line.makefile("rb") as stream:
            while command := stream.readline():
                verb, *rest = command.decode().split() or ["nothing"]
                verb = verb if verb in script else verb.upper()
                words = " ".join([verb, *rest])
                self.heard.append(words)
                answer = script.get(words, script.get(verb, _normal(verb)))
                if not self._say(line, answer):
                    return
                if verb == "QUIT":
                    line.close()
                    return
                if verb == "DATA" and answer.startswith("354"):
                    if "while data" in script:
                        stream.read(1000)
                        # A reset, as from a server that crashed.
                        line.setsockopt(
                            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                        )
                        line.close()
                        return
                    body = b""
                    while not (b"\r\n" + body).endswith(DOT.encode()):
                        body += stream.readline()
                    self.bodies.append(body)
                    if not self._say(line, script.get(".", "250 2.0.0 queued as 7")):
                        return

    def _say(self, line: socket.socket, answer: str) -> bool:
        if answer == DROP:
            line.shutdown(socket.SHUT_RDWR)
            return False
        if answer == HANG:
            return False
        line.sendall(answer.encode() + b"\r\n")
        return True


def _normal(verb: str) -> str:
    return {"EHLO": EHLO, "DATA": "354 go", "QUIT": "221 bye", "AUTH": "235 ok"}.get(verb, "250 ok")


def to(*copies: Address, envelope_id: str = "") -> Envelope:
    return Envelope(sender=OWN, recipient=COMMUNE, blind_copies=copies, envelope_id=envelope_id)


def transport(server: ScriptedServer, **options: object) -> SmtpTransport:
    settings = {"security": "none", "timeout": 5.0, "final_timeout": 5.0, **options}
    return SmtpTransport("127.0.0.1", server.port, **settings)  # type: ignore[arg-type]


def send(script: dict[str, str], message: bytes = LETTER, *copies: Address) -> Acceptance:
    server = ScriptedServer(script)
    try:
        with transport(server, final_timeout=0.2) as client:
            return client.send(to(*copies), Inline(message))
    finally:
        server.close()


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


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    server = ScriptedServer()
    yield server
    server.close()


@pytest.mark.parametrize(
    "script",
    [
        {"": "421 4.3.2 closing"},
        {"": "554 5.3.2 no mail here"},
        {"": DROP},
        {"EHLO": DROP},
        {"MAIL": "451 4.3.0 later"},
        {"RCPT": "450 4.2.0 greylisted"},
        {"RCPT": "421 4.3.2 closing"},
        {"RCPT": DROP},
        {"DATA": "451 4.3.0 later"},
        {"DATA": DROP},
        {"DATA": "250 what"},
        {".": "452 4.3.1 disk full"},
        {"MAIL": "530 5.7.0 authentication required"},
    ],
    ids=str,
)
def test_nothing_was_accepted_and_it_may_be_tried_later(script: dict[str, str]) -> None:
    with pytest.raises(PeerUnavailable):
        send(script)


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ({"MAIL": "552 5.3.4 too big"}, "552"),
        ({"RCPT": "550 5.1.1 unknown"}, "550"),
        ({"DATA": "554 5.7.1 no"}, "554"),
        ({".": "554 5.6.0 content refused"}, "554"),
    ],
    ids=str,
)
def test_a_refusal_for_good_carries_its_code(script: dict[str, str], code: str) -> None:
    with pytest.raises(PeerRefused) as caught:
        send(script)
    assert caught.value.code == code


@pytest.mark.parametrize("answer", [DROP, HANG, "garbage"])
def test_without_an_answer_to_the_dot_delivery_is_unknown(answer: str) -> None:
    with pytest.raises(DeliveryUnknown):
        send({".": answer})


def test_an_unknown_delivery_says_that_our_copy_was_refused() -> None:
    script = {f"RCPT TO:<{OWN}>": "550 no such copy", ".": DROP, "EHLO": "250 mx"}
    with pytest.raises(DeliveryUnknown, match="its absence proves nothing"):
        send(script, LETTER, OWN)


def test_a_connection_cut_before_the_dot_accepted_nothing() -> None:
    message = LETTER + (b"x" * 98 + b"\r\n") * 200_000
    script = {"while data": DROP, "EHLO": "250 mx.example"}
    with pytest.raises(PeerUnavailable):
        send(script, message)


def test_nobody_listening_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(PeerUnavailable, match="refused"):
        SmtpTransport("127.0.0.1", port, security="none").send(to(), Inline(LETTER))


def test_a_message_over_the_offered_size_is_not_sent(server: ScriptedServer) -> None:
    with transport(server) as client, pytest.raises(PeerRefused) as caught:
        client.send(to(), Inline(LETTER + (b"x" * 98 + b"\r\n") * 1001))
    assert caught.value.code == "552"
    assert not any(words.startswith("MAIL") for words in server.heard)


def test_a_refused_main_recipient_ends_the_transaction_before_data() -> None:
    server = ScriptedServer({f"RCPT TO:<{COMMUNE}>": "550 no", "EHLO": "250 mx"})
    with transport(server) as client, pytest.raises(PeerRefused):
        client.send(to(OWN), Inline(LETTER))
    server.close()
    assert [words for words in server.heard if words.startswith(("RCPT", "DATA", "RSET"))] == [
        f"RCPT TO:<{COMMUNE}>",
        "RSET",
    ]


def test_reports_are_asked_for_where_they_are_offered(server: ScriptedServer) -> None:
    with transport(server) as client:
        client.send(to(OWN, envelope_id="nq47/2024+xã=1"), Inline(LETTER))
    mail, main, copy = (words for words in server.heard if words.startswith(("MAIL", "RCPT")))
    assert mail == (f"MAIL FROM:<{OWN}> SIZE={len(LETTER)} RET=HDRS ENVID=nq47/2024+2Bx+C3+A3+3D1")
    assert main == f"RCPT TO:<{COMMUNE}> NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;{COMMUNE}"
    assert copy == f"RCPT TO:<{OWN}> NOTIFY=NEVER"


def test_no_parameter_is_sent_that_was_not_offered() -> None:
    server = ScriptedServer({"EHLO": "250 mx.example"})
    with transport(server) as client:
        client.send(to(envelope_id="x"), Inline(LETTER))
    server.close()
    assert f"MAIL FROM:<{OWN}>" in server.heard
    assert f"RCPT TO:<{COMMUNE}>" in server.heard


@pytest.mark.parametrize("message", ["é".encode() + b"\r\n" + LETTER, LETTER])
def test_eight_bit_text_needs_a_server_that_takes_it(message: bytes) -> None:
    if message.isascii():
        send({"EHLO": "250 mx.example"}, message)
        return
    send({"EHLO": "250-mx\r\n250 8BITMIME"}, message)
    with pytest.raises(PeerRefused, match="8BITMIME"):
        send({"EHLO": "250 mx.example"}, message)


def test_an_address_outside_ascii_needs_smtputf8() -> None:
    strange = Address("văn.phòng@yenson.example")
    send({"EHLO": "250-mx\r\n250 SMTPUTF8"}, LETTER, strange)
    with pytest.raises(PeerRefused, match="SMTPUTF8"):
        send({"EHLO": "250 mx.example"}, LETTER, strange)


def test_a_rehearsal_changes_every_envelope_recipient_and_nothing_else(
    server: ScriptedServer,
) -> None:
    with transport(server, redirect_all=Address("tap.duot@huulung.example")) as client:
        client.send(to(OWN), Inline(LETTER))
    receivers = [words.split()[1] for words in server.heard if words.startswith("RCPT")]
    assert receivers == ["TO:<tap.duot@huulung.example>"]
    assert server.bodies == [LETTER + b".\r\n"]


def test_the_connection_is_kept_and_probed(server: ScriptedServer) -> None:
    with transport(server) as client:
        for _ in range(3):
            client.send(to(), Inline(LETTER))
    assert server.connections == 1
    assert server.heard.count("RSET") == 2
    assert len(server.bodies) == 3


def test_an_old_connection_is_renewed(server: ScriptedServer) -> None:
    with transport(server, max_age=0.0) as client:
        client.send(to(), Inline(LETTER))
        client.send(to(), Inline(LETTER))
    assert server.connections == 2


def test_a_connection_that_went_away_is_renewed() -> None:
    server = ScriptedServer({"RSET": DROP}, {})
    with transport(server) as client:
        client.send(to(), Inline(LETTER))
        client.send(to(), Inline(LETTER))
    server.close()
    assert server.connections == 2
    assert len(server.bodies) == 2


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


def test_a_server_without_starttls_gets_no_letter(server: ScriptedServer) -> None:
    client = transport(server, security="starttls")
    with pytest.raises(PeerUnavailable, match="STARTTLS"):
        client.send(to(), Inline(LETTER))
    assert not any(words.startswith("MAIL") for words in server.heard)


def test_plain_text_to_another_machine_must_be_asked_for() -> None:
    with pytest.raises(ConfigError, match="unencrypted"):
        SmtpTransport("mail.huulung.example", 25, security="none")
    SmtpTransport("mail.huulung.example", 25, security="none", allow_plaintext=True)
    SmtpTransport("::1", 25, security="none")
    SmtpTransport("localhost", 25, security="none")


def test_an_unreadable_authority_file_is_explained(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    for name in ("ca.pem", "missing.pem"):
        with pytest.raises(ConfigError, match=name):
            SmtpTransport("localhost", 25, ca_file=tmp_path / name)


def test_tls_needs_a_certificate_that_is_trusted() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem")
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            line, _ = listener.accept()
            with suppress(OSError), context.wrap_socket(line, server_side=True):
                pass

        thread = Thread(target=serve, daemon=True)
        thread.start()
        client = SmtpTransport("127.0.0.1", listener.getsockname()[1], security="tls", timeout=5)
        with pytest.raises(PeerUnavailable, match="ca_file"):
            client.check()
        thread.join()


def test_a_refusal_of_our_own_sender_bounces_no_letter() -> None:
    """One wrong setting of ours must not condemn every recipient."""
    with pytest.raises(PeerUnavailable, match="our own sender address"):
        send({"MAIL": "553 5.7.1 sender not owned"})
