"""What the SMTP transport makes of each failure: a server that fails on cue, over real sockets."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, suppress
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
from tests.integration.scripted_smtp import (
    COMMUNE,
    DROP,
    HANG,
    LETTER,
    OWN,
    PIPELINING,
    ScriptedServer,
    send,
    to,
    transport,
)

TLS = Path(__file__).parents[1] / "data" / "tls"


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


def test_the_connection_is_kept_and_nothing_is_asked_between() -> None:
    server = ScriptedServer()
    with closing(server), transport(server) as client:
        for _ in range(3):
            client.send(to(), Inline(LETTER))
    assert server.connections == 1
    verbs = [words.split()[0] for words in server.heard]
    assert verbs == ["EHLO", *["MAIL", "RCPT", "DATA"] * 3, "QUIT"]
    assert len(server.bodies) == 3


@pytest.mark.parametrize("answer", ["250 2.0.0 queued", "554 5.6.0 content refused"])
def test_only_the_answer_to_the_dot_is_waited_for_so_long(answer: str) -> None:
    server = ScriptedServer({".": answer})
    with closing(server), transport(server, timeout=5.0, final_timeout=60.0) as client:
        with suppress(PeerRefused):
            client.send(to(), Inline(LETTER))
        (session,) = client._idle
        assert session._connection.sock is not None
        assert session._connection.sock.gettimeout() == 5.0
    assert server.connections == 1


def test_an_old_connection_is_renewed(server: ScriptedServer) -> None:
    with transport(server, max_age=0.0) as client:
        client.send(to(), Inline(LETTER))
        client.send(to(), Inline(LETTER))
    assert server.connections == 2


@pytest.mark.parametrize("pipelining", [False, True])
@pytest.mark.parametrize("answer", [DROP, "421 4.4.2 idle for too long"])
def test_a_connection_that_went_away_is_renewed(answer: str, pipelining: bool) -> None:
    offered = PIPELINING if pipelining else {}
    # Only a second letter has this size.
    gone = {f"MAIL FROM:<{OWN}> SIZE={len(LETTER) + 3} RET=HDRS": answer}
    server = ScriptedServer(offered | gone, offered)
    with transport(server) as client:
        client.send(to(), Inline(LETTER))
        client.send(to(), Inline(LETTER + b"y\r\n"))
    server.close()
    assert server.connections == 2
    assert len(server.bodies) == 2


def test_a_new_connection_that_goes_away_is_not_tried_for_ever() -> None:
    server = ScriptedServer({}, {"MAIL": DROP})
    with transport(server, max_age=0.0) as client:
        client.send(to(), Inline(LETTER))
        with pytest.raises(PeerUnavailable):
            client.send(to(), Inline(LETTER))
    server.close()
    assert server.connections == 2


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
