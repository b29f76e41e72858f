"""The embedded mail system: reports, behaviours, TLS, and what survives a crash."""

import signal
import smtplib
import ssl
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from pathlib import Path

import pytest
from imapclient import IMAPClient

from connector.email.imap import ImapMailbox
from connector.email.security import Security
from connector.email.smtp import SmtpTransport
from domain.content import Inline
from domain.errors import PeerRefused, PeerUnavailable
from domain.ids import Address
from domain.mail import Envelope
from dondoc.simulators.mail.behaviour import Behaviour
from dondoc.simulators.mail.hub import MailHub
from dondoc.simulators.mail.journal import Journal, Recipient

TLS = Path(__file__).parents[1] / "data" / "tls"
NOW = datetime(2024, 5, 8, 2, 0, tzinfo=UTC)
OWN = Address("nq47@huulung.example")
COMMUNE = Address("vanphong@yenson.example")
ACCOUNTS = {OWN: "secret", COMMUNE: "secret"}
LETTER = b"Message-ID: <1@huulung.example>\r\nSubject: x\r\n\r\nbody\r\n"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[MailHub]:
    with MailHub(tmp_path, ACCOUNTS, now=lambda: NOW) as hub:
        yield hub


def to(recipient: str = COMMUNE, *copies: Address, envelope_id: str = "") -> Envelope:
    return Envelope(
        sender=Address("nq47+b.1@huulung.example"),
        recipient=Address(recipient),
        blind_copies=copies,
        envelope_id=envelope_id,
    )


def client(hub: MailHub) -> SmtpTransport:
    return SmtpTransport("127.0.0.1", hub.smtp_port, security="none", timeout=5, final_timeout=5)


def send(hub: MailHub, envelope: Envelope, letter: bytes = LETTER) -> None:
    with client(hub) as transport:
        transport.send(envelope, Inline(letter))
    hub.flush()


def reports(hub: MailHub) -> list[EmailMessage]:
    parsed = [message_from_bytes(raw, policy=policy.default) for raw in hub.mail_for(OWN)]
    return [message for message in parsed if message.get_content_type() == "multipart/report"]


def fields(report: EmailMessage) -> tuple[Message, Message]:
    """Return the fields of the report as a whole and those of its one recipient."""
    _, whole, one = list(report.iter_parts())[1].walk()
    return whole, one


@pytest.mark.parametrize(
    ("behaviour", "action", "status"),
    [(None, "delivered", "2.0.0"), ("relay", "relayed", "2.0.0"), ("bounce", "failed", "5.1.1")],
)
def test_a_report_tells_what_became_of_the_message(
    hub: MailHub, behaviour: str | None, action: str, status: str
) -> None:
    hub.behave(COMMUNE, behaviour)
    send(hub, to("VanPhong+a.1@yenson.example", envelope_id="nq47=2024+é"))
    (report,) = reports(hub)
    assert report["Return-Path"] == "<>"
    assert report["Delivered-To"] == "nq47+b.1@huulung.example"
    assert report["Auto-Submitted"] == "auto-replied"
    text, _, header = report.iter_parts()
    whole, one = fields(report)
    assert whole["Original-Envelope-Id"] == "nq47=2024+é"
    assert one["Original-Recipient"] == "rfc822;VanPhong+a.1@yenson.example"
    assert one["Final-Recipient"] == "rfc822;vanphong+a.1@yenson.example"
    assert (one["Action"], one["Status"]) == (action, status)
    assert "vanphong+a.1@yenson.example" in text.get_content()
    assert "<1@huulung.example>" in header.get_content()
    assert b"body" not in report.as_bytes()
    assert len(hub.mail_for(COMMUNE)) == (1 if behaviour is None else 0)


def test_a_report_comes_once_and_never_about_a_report(hub: MailHub) -> None:
    hub.behave(OWN, "bounce")
    send(hub, to())
    hub.flush()
    hub.stop()
    hub.start()
    assert [delivery.is_report for delivery in hub.deliveries()] == [False, True]


@pytest.mark.parametrize(
    ("wishes", "expected"),
    [
        ([], []),
        (["NOTIFY=NEVER"], []),
        (["NOTIFY=FAILURE"], []),
        (["notify=SUCCESS,DELAY"], ["delivered"]),
    ],
)
def test_only_wanted_reports_are_made(hub: MailHub, wishes: list[str], expected: list[str]) -> None:
    with smtplib.SMTP("127.0.0.1", hub.smtp_port, "localhost") as smtp:
        smtp.sendmail(OWN, [COMMUNE], LETTER, [], wishes)
    hub.flush()
    assert [fields(report)[1]["Action"] for report in reports(hub)] == expected


def test_a_failure_returns_the_whole_message_when_asked(hub: MailHub) -> None:
    hub.behave(COMMUNE, "bounce")
    letter = LETTER + "thân thư\r\n".encode()
    with smtplib.SMTP("127.0.0.1", hub.smtp_port, "localhost") as smtp:
        smtp.sendmail(OWN, [COMMUNE], letter, ["RET=FULL", "BODY=8BITMIME"])
    hub.flush()
    (report,) = reports(hub)
    assert list(report.iter_parts())[2].get_content_type() == "message/rfc822"
    assert "thân thư".encode() in hub.mail_for(OWN)[0]


@pytest.mark.parametrize(
    "command",
    [
        "MAIL FROM:<a@b.example> RET=SOME",
        "MAIL FROM:<a@b.example> ENVID=a=b",
        "MAIL FROM:<a@b.example> ENVID=a ENVID=b",
        "MAIL FROM:<a@b.example> ENVID=" + "x" * 101,
    ],
)
def test_wrong_report_parameters_are_refused(hub: MailHub, command: str) -> None:
    with smtplib.SMTP("127.0.0.1", hub.smtp_port, "localhost") as smtp:
        smtp.ehlo()
        assert smtp.docmd(command)[0] == 501
        assert smtp.mail(OWN)[0] == 250
        assert smtp.docmd(f"RCPT TO:<{COMMUNE}> NOTIFY=NEVER,SUCCESS")[0] == 501
        assert smtp.docmd(f"RCPT TO:<{COMMUNE}> ORCPT=" + "rfc822;" + "x" * 400)[0] == 250


def test_a_null_sender_gets_no_report(hub: MailHub) -> None:
    hub.behave(COMMUNE, "bounce")
    send(hub, Envelope(sender=Address(""), recipient=COMMUNE))
    assert [(delivery.sender, delivery.outcome) for delivery in hub.deliveries()] == [
        ("", "failed")
    ]


def test_an_attempt_count_ends_a_behaviour(hub: MailHub) -> None:
    hub.behave(COMMUNE, "tempfail:2")
    for _ in range(2):
        with pytest.raises(PeerUnavailable, match="450"):
            send(hub, to())
    send(hub, to())
    assert len(hub.mail_for(COMMUNE)) == 1


@pytest.mark.parametrize("text", ["", "explode", "bounce:many"])
def test_an_unknown_behaviour_is_explained(text: str) -> None:
    with pytest.raises(ValueError, match=r"use one of .*bounce"):
        Behaviour.parse(text)


def test_everything_accepted_is_counted(hub: MailHub) -> None:
    send(hub, to(), LETTER)
    hub.submit(COMMUNE, [OWN, Address("nobody@nowhere.example")], LETTER.replace(b"1@", b"2@"))
    hub.submit(COMMUNE, [Address("nobody@nowhere.example")], LETTER)
    counted = [(d.recipient, d.message_id, d.at) for d in hub.deliveries() if not d.is_report]
    assert counted == [
        (COMMUNE, "<1@huulung.example>", NOW),
        (OWN, "<2@huulung.example>", NOW),
    ]
    assert hub.mail_for(OWN, skip=1)[0].endswith(LETTER.replace(b"1@", b"2@"))


def test_logins_are_checked(hub: MailHub) -> None:
    for password, taken in (("secret", True), ("wrong", False)):
        with SmtpTransport(
            "127.0.0.1", hub.smtp_port, security="none", username=OWN, password=password
        ) as transport:
            if taken:
                transport.check()
            else:
                with pytest.raises(PeerUnavailable, match="535"):
                    transport.check()
    for user in (OWN, "nobody@nowhere.example"):
        box = ImapMailbox(
            "m", "127.0.0.1", hub.imap_port, security="none", username=user, password="wrong"
        )
        with pytest.raises(PeerRefused, match="user name and password"):
            box.check("INBOX")


def test_a_client_that_waits_is_told_about_new_mail(hub: MailHub) -> None:
    waiting = IMAPClient("127.0.0.1", hub.imap_port, ssl=False, timeout=30)
    try:
        waiting.login(OWN, "secret")
        waiting.select_folder("INBOX", readonly=True)
        waiting.idle()
        hub.submit(COMMUNE, [OWN], LETTER)
        told = b""
        # Not by idle_check: it fails on a line that comes in two pieces.
        while b"* 1 EXISTS\r\n" not in told:
            told += waiting.socket().recv(4096)
    finally:
        waiting.shutdown()


def test_letters_enter_the_inbox_by_smtp_only(hub: MailHub) -> None:
    other = IMAPClient("127.0.0.1", hub.imap_port, ssl=False, timeout=5)
    try:
        other.login(OWN, "secret")
        with pytest.raises(IMAPClient.Error, match="SMTP only"):
            other.append("INBOX", LETTER)
    finally:
        other.shutdown()


def test_both_servers_speak_tls(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem")
    authority = TLS / "authority.pem"
    security: Security = "starttls"
    with (
        MailHub(tmp_path, ACCOUNTS, now=lambda: NOW, tls=context) as hub,
        SmtpTransport(
            "localhost",
            hub.smtp_port,
            security=security,
            username=OWN,
            password="secret",
            ca_file=authority,
        ) as transport,
        ImapMailbox(
            "m",
            "localhost",
            hub.imap_port,
            security="tls",
            username=COMMUNE,
            password="secret",
            ca_file=authority,
        ) as box,
    ):
        transport.send(to(), Inline(LETTER))
        transport.send(to(), Inline(LETTER))
        assert len(list(box.arrivals("INBOX", None))) == 2
        with pytest.raises(PeerUnavailable, match="ca_file"):
            SmtpTransport("localhost", hub.smtp_port).check()


def test_numbers_stay_the_same_after_a_restart(tmp_path: Path) -> None:
    seen = []
    for _ in range(2):
        with MailHub(tmp_path, ACCOUNTS, now=lambda: NOW) as hub:
            hub.submit(COMMUNE, [OWN], LETTER)
            with ImapMailbox(
                "m", "127.0.0.1", hub.imap_port, security="none", username=OWN, password="secret"
            ) as box:
                seen.append([(a.position, a.raw) for a in box.arrivals("INBOX", None)])
    assert seen[1][: len(seen[0])] == seen[0]
    assert [position.partition(":")[2] for position, _ in seen[1]] == ["1", "2"]


def test_reports_that_were_due_at_a_crash_are_made_at_the_next_start(tmp_path: Path) -> None:
    Journal(tmp_path, now=NOW).append(
        LETTER, at=NOW, sender=OWN, recipients=[Recipient(address=COMMUNE, outcome="failed")]
    )
    (tmp_path / "0000000002.new").write_bytes(b"half a message")
    for _ in range(2):
        with MailHub(tmp_path, ACCOUNTS, now=lambda: NOW) as hub:
            assert len(reports(hub)) == 1
    assert not list(tmp_path.glob("*.new"))


@pytest.mark.parametrize("side", ["smtp", "imap"])
def test_a_port_in_use_is_reported(hub: MailHub, tmp_path: Path, side: str) -> None:
    second = MailHub(tmp_path / "2", ACCOUNTS, now=lambda: NOW)
    setattr(second, f"{side}_port", getattr(hub, f"{side}_port"))
    with pytest.raises(OSError, match="in use"):
        second.start()
    second.stop()
    second.flush()


CHILD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from dondoc.simulators.mail.hub import MailHub
hub = MailHub(
    Path(sys.argv[1]),
    {"nq47@huulung.example": "secret", "vanphong@yenson.example": "secret"},
    now=lambda: datetime(2024, 5, 8, 2, 0, tzinfo=UTC),
).start()
print(hub.smtp_port, flush=True)
Event().wait()
"""


def test_accepted_mail_survives_sigkill(tmp_path: Path) -> None:
    state = tmp_path / "state"
    accepted = 0
    for number in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", CHILD, str(state)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        ) as process:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            transport = SmtpTransport("127.0.0.1", port, security="none", timeout=5)
            for one in range(3):
                letter = LETTER.replace(b"<1@", b"<%d.%d@" % (number, one))
                transport.send(to(COMMUNE, OWN), Inline(letter))
                accepted += 1
            process.send_signal(signal.SIGKILL)
            transport.close()
    with MailHub(state, ACCOUNTS, now=lambda: NOW) as hub:
        ids = [delivery.message_id for delivery in hub.deliveries() if not delivery.is_report]
        assert sorted(ids) == sorted(
            f"<{number}.{one}@huulung.example>"
            for number in range(3)
            for one in range(3)
            for _ in (COMMUNE, OWN)
        )
        assert len(hub.mail_for(COMMUNE)) == accepted
        assert len(reports(hub)) == accepted
        assert len(hub.mail_for(OWN)) == 2 * accepted


def test_a_mailbox_of_a_restarted_hub_is_read_once(tmp_path: Path) -> None:
    journal = Journal(tmp_path, now=NOW)
    for _ in range(200):
        journal.append(LETTER, at=NOW, sender=OWN, recipients=[Recipient(address=COMMUNE)])
    with (
        MailHub(tmp_path, ACCOUNTS, now=lambda: NOW) as hub,
        ImapMailbox(
            "m", "127.0.0.1", hub.imap_port, security="none", username=COMMUNE, password="secret"
        ) as box,
    ):
        found = list(box.arrivals("INBOX", None))
        assert len(found) == 200
        for _ in range(10):
            assert list(box.arrivals("INBOX", found[-1].cursor)) == []
