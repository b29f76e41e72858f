"""What every mail transport must do, over Exchange Web Services on a real socket.

Exchange takes no envelope and refuses no recipient while it is asked: reports come instead.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import pytest

from connector.email.exchange_client import ExchangeServer
from connector.email.exchange_login import Basic
from connector.email.exchange_transport import LATE_SECONDS, ExchangeTransport
from domain.errors import DeliveryUnknown, PeerRefused, PeerUnavailable
from domain.ids import Address, MessageId
from domain.mail import Acceptance, Envelope, Trace
from domain.ports import MailTransport
from dondoc.simulators.exchange import Exchange
from dondoc.simulators.exchange import server as server_module
from tests.contract.test_mail_transport import (
    BOXES,
    COMMUNE,
    LETTER,
    NOW,
    OWN,
    TOWN,
    Hub,
    MailTransportContract,
    to,
)

OWN_ID = MessageId("<1@huulung.example>")
NOBODY = Address("nobody@yenson.example")


def sent(transport: MailTransport, envelope: Envelope, message: bytes) -> Acceptance:
    assert isinstance(transport, ExchangeTransport)
    return transport.send(envelope, message)


class ExchangeHub:
    """The simulator with the words of the contract."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange

    def behave(self, _: Address, behaviour: str | None) -> None:
        self.exchange.faults.clear()
        faults = {"tempfail": "busy", "drop_after_data": "drop_after", "lose_after_data": "drop"}
        if behaviour is not None:
            self.exchange.faults.arm(faults[behaviour], 9, operation="SendItem")

    def drafts(self) -> int:
        return len(self.exchange.messages(OWN, "drafts"))

    def wait_for_drafts(self, number: int) -> None:
        end = time.monotonic() + 60
        while self.drafts() != number:
            assert time.monotonic() < end
            time.sleep(0.01)

    def mail_for(self, address: Address) -> list[bytes]:
        return self.exchange.messages(address)


class TestExchange(MailTransportContract):
    @pytest.fixture
    def exchange(self, tmp_path: Path) -> Iterator[Exchange]:
        accounts = {str(box): "mật khẩu" for box in BOXES}
        with Exchange(
            tmp_path, accounts, now=lambda: NOW, schemes=("basic",), size_limit=200_000
        ) as exchange:
            yield exchange

    @pytest.fixture
    def hub(self, exchange: Exchange) -> ExchangeHub:
        return ExchangeHub(exchange)

    @pytest.fixture
    def server(self, exchange: Exchange) -> ExchangeServer:
        return ExchangeServer(
            url=exchange.url, address=OWN, login=lambda: Basic(OWN, "mật khẩu"), timeout=5
        )

    @pytest.fixture
    def transport(self, server: ExchangeServer) -> Iterator[ExchangeTransport]:
        with ExchangeTransport(server) as transport:
            yield transport

    @pytest.fixture
    def held(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
        """Let the slow faults last until this is set, however fast or slow the machine is."""
        released = Event()
        clock = SimpleNamespace(sleep=lambda _: released.wait(60))
        monkeypatch.setattr(server_module, "time", clock)
        yield released
        released.set()

    @pytest.fixture
    def impatient(self, server: ExchangeServer) -> Iterator[ExchangeTransport]:
        """Give up waiting soon."""
        with ExchangeTransport(replace(server, timeout=2)) as transport:
            yield transport

    def test_what_is_sent_arrives_unchanged(self, transport: MailTransport, hub: Hub) -> None:
        assert isinstance(hub, ExchangeHub)
        acceptance = sent(transport, to(COMMUNE), LETTER)
        assert "sent items" in acceptance.answer
        assert acceptance.refused == ()
        (arrived,) = hub.mail_for(COMMUNE)
        assert arrived.endswith(LETTER)
        assert arrived.startswith(b"Return-Path: <nq47@huulung.example>\r\n")
        assert b"\r\nDelivered-To: vanphong@yenson.example\r\n" in arrived
        assert hub.exchange.messages(OWN, "sentitems") == [LETTER]
        assert hub.exchange.messages(OWN, "drafts") == []

    @pytest.mark.parametrize("behaviour", ["refuse"])
    def test_a_refused_blind_copy_is_reported_only(
        self, transport: MailTransport, hub: Hub, behaviour: str
    ) -> None:
        assert isinstance(hub, ExchangeHub)
        assert sent(transport, to(COMMUNE, NOBODY), LETTER).refused == ()
        assert len(hub.mail_for(COMMUNE)) == 1
        assert any(b"\r\nAction: failed\r\n" in report for report in hub.mail_for(OWN))

    def test_a_refused_recipient_refuses_the_whole(
        self, transport: MailTransport, hub: Hub
    ) -> None:
        assert isinstance(hub, ExchangeHub)
        with pytest.raises(PeerRefused) as caught:
            sent(transport, to(Address("nobody"), OWN), LETTER)
        assert caught.value.code == "ErrorInvalidRecipients"
        assert hub.mail_for(OWN) == hub.exchange.messages(OWN, "drafts") == []

    def test_an_unknown_mailbox_is_refused(self, transport: MailTransport, hub: Hub) -> None:
        assert isinstance(hub, ExchangeHub)
        sent(transport, to(NOBODY), LETTER)
        (report,) = hub.mail_for(OWN)
        assert b"\r\nStatus: 5.1.1\r\n" in report
        assert b"Message-ID: <1@huulung.example>" in report

    def test_the_next_message_is_not_touched_by_a_refusal(
        self, transport: MailTransport, hub: Hub
    ) -> None:
        assert isinstance(hub, ExchangeHub)
        with pytest.raises(PeerRefused):
            sent(transport, to(Address("nobody")), LETTER)
        sent(transport, to(COMMUNE), LETTER)
        assert len(hub.mail_for(COMMUNE)) == 1
        assert hub.mail_for(TOWN) == []

    def test_a_busy_mailbox_may_be_tried_later(self, transport: MailTransport, hub: Hub) -> None:
        assert isinstance(hub, ExchangeHub)
        hub.behave(COMMUNE, "tempfail")
        with pytest.raises(PeerUnavailable, match="ErrorServerBusy"):
            sent(transport, to(COMMUNE), LETTER)
        assert len(hub.exchange.messages(OWN, "drafts")) == 1
        hub.behave(COMMUNE, None)
        hub.exchange.requests.clear()
        sent(transport, to(COMMUNE), LETTER)
        assert "CreateItem" not in hub.exchange.requests
        assert len(hub.mail_for(COMMUNE)) == 1
        assert hub.exchange.messages(OWN, "drafts") == []

    def test_a_message_over_the_server_limit_is_refused(
        self, transport: MailTransport, hub: Hub
    ) -> None:
        assert isinstance(hub, ExchangeHub)
        with pytest.raises(PeerRefused, match="ErrorMessageSizeExceeded"):
            sent(transport, to(COMMUNE), LETTER + (b"x" * 98 + b"\r\n") * 2100)
        assert hub.mail_for(COMMUNE) == []

    def test_threads_send_at_the_same_time(self, transport: MailTransport, hub: Hub) -> None:
        letters = [LETTER.replace(b"<1@", b"<%d@" % number) for number in range(20)]
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda one: sent(transport, to(COMMUNE), one), letters))
        assert all("sent items" in answer.answer for answer in answers)
        assert len(hub.mail_for(COMMUNE)) == 20

    def test_a_message_without_an_id_is_sent_without_a_look(
        self, transport: ExchangeTransport, hub: ExchangeHub
    ) -> None:
        sent(transport, to(COMMUNE), LETTER.replace(b"Message-ID", b"X-Id"))
        assert "FindItem" not in hub.exchange.requests
        assert len(hub.mail_for(COMMUNE)) == 1

    @pytest.mark.parametrize(
        ("behaviour", "trace"),
        [("drop_after_data", Trace.SENT), ("lose_after_data", Trace.NOT_SENT)],
    )
    def test_what_became_of_a_letter_can_be_found_out(
        self, transport: ExchangeTransport, hub: ExchangeHub, behaviour: str, trace: Trace
    ) -> None:
        assert transport.trace(OWN_ID) is Trace.UNKNOWN
        hub.behave(COMMUNE, behaviour)
        with pytest.raises(DeliveryUnknown):
            sent(transport, to(COMMUNE), LETTER)
        assert transport.trace(OWN_ID) is trace
        hub.behave(COMMUNE, None)
        sent(transport, to(COMMUNE), LETTER)
        assert len(hub.mail_for(COMMUNE)) == 1
        assert transport.trace(OWN_ID) is Trace.SENT
        assert hub.exchange.messages(OWN, "drafts") == []

    @pytest.mark.parametrize("fault", ["drop", "down", "unavailable"])
    def test_a_draft_that_may_have_been_saved_is_not_saved_twice(
        self, transport: ExchangeTransport, hub: ExchangeHub, fault: str
    ) -> None:
        hub.exchange.faults.arm(fault, operation="CreateItem")
        with pytest.raises(PeerUnavailable):
            sent(transport, to(COMMUNE), LETTER)
        assert hub.mail_for(COMMUNE) == []
        sent(transport, to(COMMUNE), LETTER)
        assert len(hub.mail_for(COMMUNE)) == 1
        assert hub.exchange.messages(OWN, "drafts") == []

    @pytest.mark.parametrize("fault", ["drop_after", "truncate"])
    def test_a_draft_that_was_saved_without_an_answer_is_sent(
        self, transport: ExchangeTransport, hub: ExchangeHub, fault: str
    ) -> None:
        hub.exchange.faults.arm(fault, operation="CreateItem")
        sent(transport, to(COMMUNE), LETTER)
        assert hub.exchange.requests.count("CreateItem") == 1
        assert len(hub.mail_for(COMMUNE)) == 1
        assert hub.exchange.messages(OWN, "drafts") == []

    def test_a_slow_answer_to_the_saving_saves_nothing_twice(
        self, impatient: ExchangeTransport, hub: ExchangeHub, held: Event
    ) -> None:
        hub.exchange.faults.arm("slow_answer", operation="CreateItem")
        sent(impatient, to(COMMUNE), LETTER)
        assert len(hub.mail_for(COMMUNE)) == 1
        assert hub.exchange.messages(OWN, "drafts") == []

    def test_a_draft_that_is_saved_late_is_used_by_the_next_attempt(
        self, impatient: ExchangeTransport, hub: ExchangeHub, held: Event
    ) -> None:
        hub.exchange.faults.arm("slow", operation="CreateItem")
        with pytest.raises(PeerUnavailable):
            sent(impatient, to(COMMUNE), LETTER)
        assert hub.drafts() == 0
        held.set()
        hub.wait_for_drafts(1)
        sent(impatient, to(COMMUNE), LETTER)
        assert hub.exchange.requests.count("CreateItem") == 1
        assert len(hub.mail_for(COMMUNE)) == 1
        assert hub.drafts() == 0

    @pytest.mark.parametrize("again", [False, True])
    def test_a_draft_that_is_saved_after_its_letter_was_sent_is_deleted(
        self, impatient: ExchangeTransport, hub: ExchangeHub, held: Event, again: bool
    ) -> None:
        hub.exchange.faults.arm("slow", operation="CreateItem")
        with pytest.raises(PeerUnavailable):
            sent(impatient, to(COMMUNE), LETTER)
        hub.exchange.faults.arm("unavailable", operation="CreateItem")
        with pytest.raises(PeerUnavailable):
            sent(impatient, to(COMMUNE), LETTER)
        sent(impatient, to(COMMUNE), LETTER)
        held.set()
        hub.wait_for_drafts(1)
        if again:
            answer = sent(impatient, to(COMMUNE), LETTER).answer
            assert "an earlier attempt" in answer
        else:
            impatient._unanswered[OWN_ID] = -LATE_SECONDS
            sent(impatient, to(TOWN), LETTER.replace(b"<1@", b"<2@"))
        assert hub.drafts() == 0
        assert len(hub.mail_for(COMMUNE)) == 1
        assert impatient.trace(OWN_ID) is Trace.SENT

    def test_a_late_draft_is_looked_for_again_when_that_failed(
        self, transport: ExchangeTransport, hub: ExchangeHub
    ) -> None:
        transport._unanswered[OWN_ID] = -LATE_SECONDS
        hub.exchange.faults.arm("drop", operation="FindItem")
        transport._forget_late()
        assert list(transport._unanswered) == [OWN_ID]
        transport._forget_late()
        assert transport._unanswered == {}

    def test_a_late_draft_of_a_letter_that_was_not_sent_stays_for_its_next_attempt(
        self, transport: ExchangeTransport, hub: ExchangeHub
    ) -> None:
        hub.behave(COMMUNE, "tempfail")
        with pytest.raises(PeerUnavailable):
            sent(transport, to(COMMUNE), LETTER)
        transport._unanswered[OWN_ID] = -LATE_SECONDS
        transport._forget_late()
        assert hub.drafts() == 1

    def test_a_draft_of_another_form_of_the_letter_is_replaced(
        self, transport: ExchangeTransport, hub: ExchangeHub
    ) -> None:
        hub.behave(COMMUNE, "tempfail")
        with pytest.raises(PeerUnavailable):
            sent(transport, to(COMMUNE), LETTER)
        hub.behave(COMMUNE, None)
        other = LETTER.replace(b"Subject: x", b"Subject: y")
        sent(transport, to(COMMUNE), other)
        assert [mail[-len(other) :] for mail in hub.mail_for(COMMUNE)] == [other]
        assert hub.exchange.messages(OWN, "drafts") == []

    @pytest.mark.parametrize("fault", ["stale", "denied", "login", "unavailable"])
    def test_what_is_no_fault_of_the_letter_puts_it_off(
        self, transport: ExchangeTransport, hub: ExchangeHub, fault: str
    ) -> None:
        hub.exchange.faults.arm(fault, operation="SendItem")
        with pytest.raises(PeerUnavailable):
            sent(transport, to(COMMUNE), LETTER)
        sent(transport, to(COMMUNE), LETTER)
        assert len(hub.mail_for(COMMUNE)) == 1

    def test_a_draft_that_is_gone_leaves_the_outcome_open(
        self, transport: ExchangeTransport, hub: ExchangeHub
    ) -> None:
        hub.exchange.faults.arm("not_found", operation="SendItem")
        with pytest.raises(DeliveryUnknown, match="gone"):
            sent(transport, to(COMMUNE), LETTER)

    def test_nobody_but_the_recipient_gets_a_letter_that_names_others(
        self, transport: ExchangeTransport, hub: ExchangeHub
    ) -> None:
        named = LETTER.replace(
            b"Subject:", b"Cc: vanphong@thitran.example,\r\n\tnq47@huulung.example\r\nSubject:"
        )
        sent(transport, to(COMMUNE), named)
        (arrived,) = hub.mail_for(COMMUNE)
        assert b"\r\nCc:" not in arrived
        assert b"To: vanphong@yenson.example\r\n" in arrived
        assert hub.mail_for(TOWN) == []

    def test_a_rehearsal_reaches_one_address_only(
        self, server: ExchangeServer, hub: ExchangeHub
    ) -> None:
        with ExchangeTransport(server, redirect_all=TOWN) as transport:
            sent(transport, to(COMMUNE, OWN), LETTER)
        assert len(hub.mail_for(TOWN)) == 1
        assert hub.mail_for(COMMUNE) == []
        assert all(b"Delivered-To" not in mail for mail in hub.mail_for(OWN))

    def test_a_read_receipt_is_asked_for_as_the_letter_does(
        self, transport: ExchangeTransport, hub: ExchangeHub
    ) -> None:
        asking = b"Disposition-Notification-To: nq47@huulung.example\r\n" + LETTER
        hub.exchange.faults.arm("unavailable", 2, operation="SendItem")
        for letter in (asking, LETTER.replace(b"<1@", b"<2@")):
            with pytest.raises(PeerUnavailable):
                sent(transport, to(COMMUNE), letter)
        drafts = hub.exchange.store.items(hub.exchange.folder(OWN, "drafts"))
        assert [draft.read_receipt for draft in drafts] == [True, False]
        assert [draft.delivery_receipt for draft in drafts] == [True, True]
