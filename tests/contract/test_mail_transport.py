"""What every mail transport must do, over memory, the embedded SMTP server and Postfix."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import pytest

from connector.email.memory import MemoryHub, MemoryTransport
from connector.email.smtp import SmtpTransport
from domain.assembled import Assembled, joined, shared
from domain.content import Inline
from domain.errors import DeliveryUnknown, PeerRefused, PeerUnavailable
from domain.ids import Address
from domain.mail import Envelope
from domain.ports import MailTransport
from dondoc.simulators.mail.hub import MailHub
from tests.servers.dovecot import PASSWORD
from tests.servers.postfix import SIZE_LIMIT, Postfix
from tests.servers.wire import Wire

NOW = datetime(2024, 5, 8, 2, 0, tzinfo=UTC)
OWN = Address("nq47@huulung.example")
COMMUNE = Address("vanphong@yenson.example")
TOWN = Address("vanphong@thitran.example")
BOXES = (OWN, COMMUNE, TOWN)
LETTER = (
    b"From: nq47@huulung.example\r\nTo: vanphong@yenson.example\r\n"
    b"Message-ID: <1@huulung.example>\r\nSubject: x\r\n\r\n.dots\r\n..\r\n.\r\nend\r\n"
)


class Hub(Protocol):
    def behave(self, address: Address, behaviour: str | None) -> None: ...
    def mail_for(self, address: Address) -> list[bytes]: ...


def to(recipient: Address, *copies: Address) -> Envelope:
    return Envelope(
        sender=Address("nq47+b.1@huulung.example"),
        recipient=recipient,
        blind_copies=copies,
        envelope_id="nq47/2024+1=a",
    )


class MailTransportContract:
    size_limit = 200_000
    """Octets that the server under test takes at most."""
    keeps_order = True
    """Whether mail arrives in the order in which it was taken; SMTP does not promise it."""

    @pytest.fixture
    def reports(self) -> bool:
        """Return whether the server under test reports what it delivered (DSN)."""
        return False

    def test_what_is_sent_arrives_unchanged(self, transport: MailTransport, hub: Hub) -> None:
        acceptance = transport.send(to(COMMUNE), Inline(LETTER))
        assert acceptance.answer.startswith("250")
        assert acceptance.refused == ()
        (arrived,) = hub.mail_for(COMMUNE)
        assert arrived.endswith(LETTER)
        assert arrived.startswith(b"Return-Path: <nq47+b.1@huulung.example>\r\n")
        assert b"\r\nDelivered-To: vanphong@yenson.example\r\n" in arrived

    def test_a_message_in_pieces_arrives_as_one(self, transport: MailTransport, hub: Hub) -> None:
        file = shared(b".dots\r\n" + b"x" * 76 + b"\r\n..\r\n")
        letters = [(b"Subject: %d\r\n\r\n" % number, file, b".\r\n") for number in range(3)]
        for letter in letters:
            transport.send(to(COMMUNE), Assembled(letter))
        arrived = hub.mail_for(COMMUNE)
        expected = [joined(letter) for letter in letters]
        assert sorted(raw[-len(expected[0]) :] for raw in arrived) == expected

    def test_a_shared_piece_that_servers_would_change_is_refused_before_sending(
        self, transport: MailTransport, hub: Hub
    ) -> None:
        message = Assembled((LETTER, shared(b"x" * 999 + b"\r\n"), b"end\r\n"))
        for _ in range(2):
            with pytest.raises(PeerRefused, match="nothing was sent"):
                transport.send(to(COMMUNE), message)
        assert hub.mail_for(COMMUNE) == []

    def test_threads_send_at_the_same_time(self, transport: MailTransport, hub: Hub) -> None:
        file = shared(b"x" * 76 + b"\r\n")
        letters = [Assembled((b"X-Number: %d\r\n\r\n" % n, file)) for n in range(40)]
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda letter: transport.send(to(COMMUNE), letter), letters))
        assert all(answer.answer.startswith("250") for answer in answers)
        arrived = sorted(raw[raw.index(b"X-Number") :] for raw in hub.mail_for(COMMUNE))
        assert arrived == sorted(joined(letter.pieces) for letter in letters)

    def test_several_messages_arrive_each_once(self, transport: MailTransport, hub: Hub) -> None:
        letters = [LETTER.replace(b"<1@", b"<%d@" % number) for number in range(5)]
        for letter in letters:
            transport.send(to(COMMUNE), Inline(letter))
        arrived = [raw[-len(LETTER) :] for raw in hub.mail_for(COMMUNE)]
        assert (arrived if self.keeps_order else sorted(arrived)) == letters

    def test_a_sub_address_arrives_in_its_box(self, transport: MailTransport, hub: Hub) -> None:
        transport.send(to(Address("nq47+r.7f@huulung.example")), Inline(LETTER))
        assert b"Delivered-To: nq47+r.7f@huulung.example\r\n" in hub.mail_for(OWN)[0]

    def test_a_blind_copy_travels_in_the_same_transaction(
        self, transport: MailTransport, hub: Hub
    ) -> None:
        assert transport.send(to(COMMUNE, OWN), Inline(LETTER)).refused == ()
        own = [raw for raw in hub.mail_for(OWN) if b"<1@huulung.example>" in raw]
        assert any(raw.endswith(LETTER) for raw in own)

    def test_a_copy_unless_it_is_reported_travels_where_nothing_is(
        self, transport: MailTransport, hub: Hub, reports: bool
    ) -> None:
        envelope = replace(to(COMMUNE, OWN), unless_reported=True)
        assert transport.send(envelope, Inline(LETTER)).refused == ()
        assert len(hub.mail_for(COMMUNE)) == 1
        copies = [raw for raw in hub.mail_for(OWN) if raw.endswith(LETTER)]
        assert len(copies) == (0 if reports else 1)

    def test_a_recipient_named_twice_gets_one(self, transport: MailTransport, hub: Hub) -> None:
        transport.send(to(COMMUNE, COMMUNE), Inline(LETTER))
        assert len(hub.mail_for(COMMUNE)) == 1

    @pytest.mark.parametrize("behaviour", ["refuse", "tempfail"])
    def test_a_refused_blind_copy_is_reported_only(
        self, transport: MailTransport, hub: Hub, behaviour: str
    ) -> None:
        hub.behave(TOWN, behaviour)
        assert transport.send(to(COMMUNE, TOWN), Inline(LETTER)).refused == (TOWN,)
        assert len(hub.mail_for(COMMUNE)) == 1
        assert hub.mail_for(TOWN) == []

    def test_a_refused_recipient_refuses_the_whole(
        self, transport: MailTransport, hub: Hub
    ) -> None:
        hub.behave(COMMUNE, "refuse")
        with pytest.raises(PeerRefused) as caught:
            transport.send(to(COMMUNE, OWN), Inline(LETTER))
        assert caught.value.code == "550"
        assert hub.mail_for(COMMUNE) == hub.mail_for(OWN) == []

    def test_an_unknown_mailbox_is_refused(self, transport: MailTransport, hub: Hub) -> None:
        with pytest.raises(PeerRefused, match="550"):
            transport.send(to(Address("nobody@yenson.example")), Inline(LETTER))

    def test_the_next_message_is_not_touched_by_a_refusal(
        self, transport: MailTransport, hub: Hub
    ) -> None:
        hub.behave(TOWN, "refuse")
        with pytest.raises(PeerRefused):
            transport.send(to(TOWN), Inline(LETTER))
        transport.send(to(COMMUNE), Inline(LETTER))
        assert len(hub.mail_for(COMMUNE)) == 1
        assert hub.mail_for(TOWN) == []

    def test_a_busy_mailbox_may_be_tried_later(self, transport: MailTransport, hub: Hub) -> None:
        hub.behave(COMMUNE, "tempfail")
        with pytest.raises(PeerUnavailable, match="450"):
            transport.send(to(COMMUNE), Inline(LETTER))
        hub.behave(COMMUNE, None)
        transport.send(to(COMMUNE), Inline(LETTER))
        assert len(hub.mail_for(COMMUNE)) == 1

    @pytest.mark.parametrize(
        ("behaviour", "kept"), [("drop_after_data", 1), ("lose_after_data", 0)]
    )
    def test_no_answer_after_the_dot_is_unknown(
        self, transport: MailTransport, hub: Hub, behaviour: str, kept: int
    ) -> None:
        hub.behave(COMMUNE, behaviour)
        with pytest.raises(DeliveryUnknown):
            transport.send(to(COMMUNE), Inline(LETTER))
        assert len(hub.mail_for(COMMUNE)) == kept

    @pytest.mark.parametrize(
        "message",
        [
            LETTER + b"x" * 999 + b"\r\n",
            LETTER.replace(b"end\r\n", b"end\n"),
            LETTER.replace(b"end\r\n", b"end\r.\r\n"),
        ],
        ids=["line over 998 octets", "bare LF", "bare CR"],
    )
    def test_a_message_that_servers_would_change_is_refused_before_sending(
        self, transport: MailTransport, hub: Hub, message: bytes
    ) -> None:
        with pytest.raises(PeerRefused, match="nothing was sent"):
            transport.send(to(COMMUNE), Inline(message))
        assert hub.mail_for(COMMUNE) == []

    def test_a_line_of_998_octets_passes(self, transport: MailTransport, hub: Hub) -> None:
        message = LETTER + b"x" * 998 + b"\r\n"
        transport.send(to(COMMUNE), Inline(message))
        assert hub.mail_for(COMMUNE)[0].endswith(message)

    @pytest.mark.parametrize("bad", ["a@b.example\r\nRCPT TO:<c@d.example", "a b@c.example", "<a>"])
    def test_an_address_cannot_smuggle_a_command(
        self, transport: MailTransport, hub: Hub, bad: str
    ) -> None:
        with pytest.raises(PeerRefused, match="553"):
            transport.send(to(Address(bad)), Inline(LETTER))

    def test_a_message_over_the_server_limit_is_refused(
        self, transport: MailTransport, hub: Hub
    ) -> None:
        lines = self.size_limit // 100 + 1
        with pytest.raises(PeerRefused, match="552"):
            transport.send(to(COMMUNE), Inline(LETTER + (b"x" * 98 + b"\r\n") * lines))
        assert hub.mail_for(COMMUNE) == []


class TestMemory(MailTransportContract):
    @pytest.fixture
    def hub(self) -> MemoryHub:
        return MemoryHub(BOXES, size_limit=self.size_limit)

    @pytest.fixture
    def transport(self, hub: MemoryHub) -> MemoryTransport:
        return MemoryTransport(hub)

    def test_what_was_sent_is_kept(self, transport: MemoryTransport) -> None:
        transport.send(to(COMMUNE), Inline(LETTER))
        assert transport.sent == [(to(COMMUNE), LETTER)]

    def test_a_hub_that_is_off_is_unavailable(self, hub: MemoryHub) -> None:
        hub.available = False
        with pytest.raises(PeerUnavailable):
            MemoryTransport(hub).send(to(COMMUNE), Inline(LETTER))


class TestSmtp(MailTransportContract):
    @pytest.fixture(params=[True, False], ids=["dsn", "no dsn"])
    def reports(self, request: pytest.FixtureRequest) -> bool:
        return bool(request.param)

    @pytest.fixture
    def hub(self, tmp_path: Path, reports: bool) -> Iterator[MailHub]:
        accounts = dict.fromkeys(BOXES, "mật khẩu")
        with MailHub(
            tmp_path, accounts, now=lambda: NOW, dsn=reports, size_limit=self.size_limit
        ) as hub:
            yield hub

    @pytest.fixture
    def transport(self, hub: MailHub) -> Iterator[SmtpTransport]:
        with SmtpTransport(
            "127.0.0.1",
            hub.smtp_port,
            security="none",
            username=OWN,
            password=lambda: "mật khẩu",
            timeout=5,
            final_timeout=5,
            connections=3,
        ) as transport:
            yield transport


class TestPostfix(MailTransportContract):
    """A real server: submission over STARTTLS that is verified, with a login."""

    size_limit = SIZE_LIMIT
    keeps_order = False

    @pytest.fixture
    def reports(self) -> bool:
        return True

    @pytest.fixture
    def hub(self, postfix: Postfix) -> Postfix:
        for box in BOXES:
            postfix.dovecot.add(box)
            postfix.dovecot.empty(box)
        postfix.policy.refuse_unknown = True
        return postfix

    @pytest.fixture
    def transport(self, hub: Postfix) -> Iterator[SmtpTransport]:
        with Wire(hub.submission_port) as wire:
            hub.policy.cut = wire.cut
            with SmtpTransport(
                hub.host,
                wire.port,
                security="starttls",
                ca_file=hub.ca_file,
                username=OWN,
                password=lambda: PASSWORD,
                timeout=5,
                final_timeout=5,
            ) as transport:
                yield transport

    def test_submission_over_tls_from_the_first_octet(self, hub: Postfix) -> None:
        with SmtpTransport(
            hub.host,
            hub.submissions_port,
            security="tls",
            ca_file=hub.ca_file,
            username=OWN,
            password=lambda: PASSWORD,
            timeout=5,
        ) as transport:
            transport.send(to(COMMUNE), Inline(LETTER))
        assert len(hub.mail_for(COMMUNE)) == 1

    def test_a_wrong_password_is_no_letter_s_fault(self, hub: Postfix) -> None:
        with (
            SmtpTransport(
                hub.host,
                hub.submission_port,
                security="starttls",
                ca_file=hub.ca_file,
                username=OWN,
                password=lambda: "sai",
                timeout=5,
            ) as transport,
            pytest.raises(PeerUnavailable, match="535"),
        ):
            transport.send(to(COMMUNE), Inline(LETTER))
        assert hub.mail_for(COMMUNE) == []

    def test_a_server_that_was_killed_is_found_again(
        self, transport: SmtpTransport, hub: Postfix
    ) -> None:
        transport.send(to(COMMUNE), Inline(LETTER))
        # Killed between delivering and noting it, Postfix itself would deliver twice (RFC 1047).
        hub.settle()
        hub.kill()
        with pytest.raises(PeerUnavailable):
            transport.send(to(COMMUNE), Inline(LETTER))
        hub.start()
        transport.send(to(COMMUNE), Inline(LETTER))
        assert len(hub.mail_for(COMMUNE)) == 2
