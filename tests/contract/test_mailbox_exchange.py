"""What every mailbox must do, over Exchange Web Services on a real socket."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connector.email.exchange import ExchangeMailbox
from connector.email.exchange_client import ExchangeServer
from connector.email.exchange_login import Basic
from domain.errors import PeerRefused, PeerUnavailable
from domain.mail import MailCursor
from domain.ports import Mailbox
from dondoc.simulators.exchange import Exchange
from tests.contract.test_mailbox import LIMIT, NOW, OWN, Deliver, MailboxContract, letter, numbers


class TestExchange(MailboxContract):
    @pytest.fixture(params=[1, 2, 250], ids=lambda batch: f"batch {batch}")
    def batch(self, request: pytest.FixtureRequest) -> int:
        return int(request.param)

    @pytest.fixture
    def exchange(self, tmp_path: Path) -> Iterator[Exchange]:
        with Exchange(tmp_path, {OWN: "mật khẩu"}, now=lambda: NOW, schemes=("basic",)) as found:
            yield found

    @pytest.fixture
    def mailbox(self, exchange: Exchange, batch: int) -> Iterator[ExchangeMailbox]:
        server = ExchangeServer(
            url=exchange.url, address=OWN, login=lambda: Basic(OWN, "mật khẩu"), timeout=5
        )
        with ExchangeMailbox("main", server, max_message_octets=LIMIT, batch=batch) as mailbox:
            yield mailbox

    @pytest.fixture
    def deliver(self, exchange: Exchange) -> Deliver:
        return lambda message: exchange.deliver(OWN, message)

    @pytest.fixture
    def renumber(self, exchange: Exchange) -> Callable[[], None]:
        return lambda: exchange.store.renew(OWN)

    @pytest.fixture
    def switch(self, exchange: Exchange) -> Callable[[bool], None]:
        def switch(on: bool) -> None:
            if on:
                exchange.start()
            else:
                exchange.stop()

        return switch

    def test_a_message_is_given_again_by_its_place(
        self, mailbox: Mailbox, deliver: Deliver
    ) -> None:
        # As everywhere, but an ItemId tells nothing of how far the folder was read.
        deliver(letter(0))
        deliver(letter(1, size=2 * LIMIT))
        small, large = list(mailbox.arrivals("INBOX", None))
        assert mailbox.message("INBOX", small.position) == replace(small, cursor=None)
        assert mailbox.message("INBOX", large.position) == replace(large, cursor=None)

    def test_what_happens_to_messages_that_were_read_is_no_arrival(
        self, mailbox: ExchangeMailbox, exchange: Exchange, deliver: Deliver
    ) -> None:
        for number in range(3):
            deliver(letter(number))
        cursor = list(mailbox.arrivals("INBOX", None))[-1].cursor
        first, second, _ = exchange.store.items(exchange.folder(OWN, "inbox"))
        exchange.store.remove(first)
        exchange.store.update(replace(second, is_read=True), "read")
        assert numbers(mailbox, cursor) == []
        deliver(letter(3))
        assert numbers(mailbox, cursor) == [3]
        assert numbers(mailbox) == [1, 2, 3]

    def test_what_was_skipped_is_not_listed_again(
        self, mailbox: ExchangeMailbox, exchange: Exchange, deliver: Deliver, batch: int
    ) -> None:
        for number in range(4):
            deliver(letter(number))
        cursor = list(mailbox.arrivals("INBOX", None))[-1].cursor
        for item in exchange.store.items(exchange.folder(OWN, "inbox")):
            exchange.store.update(replace(item, is_read=True), "read")
        assert numbers(mailbox, cursor) == []
        exchange.requests.clear()
        assert numbers(mailbox, cursor) == []
        assert exchange.requests == ["SyncFolderItems"]

    def test_a_last_message_that_is_gone_leaves_the_cursor_to_the_one_before(
        self, mailbox: ExchangeMailbox, exchange: Exchange, deliver: Deliver
    ) -> None:
        for number in range(4):
            deliver(letter(number))
        reading = mailbox.arrivals("INBOX", None)
        first = next(reading)
        exchange.store.remove(exchange.store.items(exchange.folder(OWN, "inbox"))[-1])
        rest = [first, *reading]
        assert len(rest) in (3, 4)
        assert rest[-1].cursor
        deliver(letter(4))
        assert 4 in numbers(mailbox, rest[-1].cursor)

    def test_folders_are_found_by_their_names(
        self, mailbox: ExchangeMailbox, exchange: Exchange
    ) -> None:
        inbox = exchange.folder(OWN, "inbox")
        below = exchange.store.make_folder(inbox, "Trả lời")
        deep = exchange.store.make_folder(below, "2024")
        for folder in (exchange.folder(OWN, "junkemail"), below, deep):
            exchange.deliver(OWN, letter(folder.id))
            exchange.store.move(exchange.store.items(inbox)[-1], folder)
        for name in (
            "junkemail",
            "Junk",
            "Thư rác",
            "Hộp thư đến/Trả lời",
            "Hộp thư đến/Trả lời/2024",
        ):
            assert len(list(mailbox.arrivals(name, None))) == 1, name

    def test_a_message_that_is_not_given_comes_as_its_header(
        self, mailbox: ExchangeMailbox, exchange: Exchange, deliver: Deliver
    ) -> None:
        deliver(letter(0))
        deliver(letter(1))
        # Both the request for several and the one for the first alone; in batches of one the
        # message alone and its header.
        exchange.faults.arm("denied", 2, operation="GetItem")
        first, second = list(mailbox.arrivals("INBOX", None))
        assert first.oversize is not None
        assert first.raw in (b"", second.raw) or b"\r\nSubject: 0\r\n" in first.raw
        assert b"nh\xe1\xba\xadn" not in first.raw
        assert (second.oversize, numbers(mailbox)) == (None, [0, 1])

    def test_a_message_over_which_the_server_fails_is_passed_over_in_the_end(
        self, mailbox: ExchangeMailbox, exchange: Exchange, deliver: Deliver
    ) -> None:
        deliver(letter(0))
        read: list[int] = []
        for _ in range(4):
            exchange.faults.arm("truncate", 2, operation="GetItem")
            with pytest.raises(PeerUnavailable):
                read += [arrival.oversize or 0 for arrival in mailbox.arrivals("INBOX", None)]
            exchange.faults.clear()
        exchange.faults.arm("truncate", 2, operation="GetItem")
        (withheld,) = mailbox.arrivals("INBOX", None)
        assert read == []
        assert b"Subject: 0\r\n" in withheld.raw
        assert withheld.oversize is not None
        assert numbers(mailbox) == [0]

    def test_reading_marks_nothing_as_read(
        self, mailbox: ExchangeMailbox, exchange: Exchange, deliver: Deliver
    ) -> None:
        deliver(letter(0))
        assert numbers(mailbox) == [0]
        assert not exchange.store.items(exchange.folder(OWN, "inbox"))[0].is_read

    @pytest.mark.parametrize("fault", ["busy", "unavailable", "down", "too_many", "drop"])
    def test_a_server_in_trouble_is_asked_again_later(
        self, mailbox: ExchangeMailbox, exchange: Exchange, deliver: Deliver, fault: str
    ) -> None:
        deliver(letter(0))
        exchange.faults.arm(fault, 3, operation="SyncFolderItems")
        with pytest.raises(PeerUnavailable):
            list(mailbox.arrivals("INBOX", None))
        exchange.faults.clear()
        assert numbers(mailbox) == [0]

    def test_a_state_that_the_server_refuses_means_everything(
        self, mailbox: ExchangeMailbox, exchange: Exchange, deliver: Deliver
    ) -> None:
        deliver(letter(0))
        deliver(letter(1))
        cursor = list(mailbox.arrivals("INBOX", None))[-1].cursor
        exchange.faults.arm("bad_state", operation="SyncFolderItems")
        assert numbers(mailbox, cursor) == [0, 1]
        assert numbers(mailbox, MailCursor("AAMk")) == [0, 1]

    def test_a_server_that_refuses_its_own_states_is_given_up_for_now(
        self, mailbox: ExchangeMailbox, exchange: Exchange, deliver: Deliver
    ) -> None:
        deliver(letter(0))
        exchange.faults.arm("bad_state", 9, operation="SyncFolderItems")
        with pytest.raises(PeerRefused, match="ErrorInvalidSyncStateData"):
            list(mailbox.arrivals("INBOX", MailCursor("AAMk")))
        exchange.faults.clear()
        assert numbers(mailbox) == [0]
