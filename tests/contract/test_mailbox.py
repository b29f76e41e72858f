"""What every mailbox must do, over memory, the embedded IMAP server and Dovecot."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from imapclient import IMAPClient

from connector.email.imap import ImapMailbox
from connector.email.memory import MemoryHub, MemoryMailbox, MemoryTransport
from domain.content import Inline
from domain.errors import PeerRefused, PeerUnavailable
from domain.ids import Address, MessageId
from domain.mail import Envelope, MailArrival, MailCursor, MailPosition
from domain.ports import Mailbox, MailSearch
from dondoc.simulators.mail.hub import MailHub
from dondoc.simulators.mail.journal import Journal
from tests.servers.dovecot import PASSWORD, Dovecot

NOW = datetime(2024, 5, 8, 2, 0, tzinfo=UTC)
OWN = Address("nq47@huulung.example")
OFFICE = Address("vanphong@yenson.example")
LIMIT = 10_000

Deliver = Callable[[bytes], None]
Look = Callable[[], AbstractContextManager[IMAPClient]]


def letter(number: int, size: int = 0) -> bytes:
    head = f"Message-ID: <{number}@yenson.example>\r\nSubject: {number}\r\n\r\n".encode()
    return head + b"\xc4\x90\xc3\xa3 nh\xe1\xba\xadn\r\n" + (b"x" * 98 + b"\r\n") * (size // 100)


def numbers(mailbox: Mailbox, after: MailCursor | None = None) -> list[int]:
    return [
        int(arrival.raw.partition(b"Message-ID: <")[2].partition(b"@")[0])
        for arrival in mailbox.arrivals("INBOX", after)
    ]


def reached(arrivals: Sequence[MailArrival]) -> MailCursor:
    """Return how far the mailbox is read with these, as the collector finds it."""
    return [arrival.cursor for arrival in arrivals if arrival.cursor][-1]


def uid(arrival: MailArrival) -> int:
    return int(arrival.position.partition(":")[2])


class MailboxContract:
    def test_an_empty_mailbox_has_nothing(self, mailbox: Mailbox) -> None:
        assert list(mailbox.arrivals("INBOX", None)) == []
        assert list(mailbox.arrivals("INBOX", MailCursor("1:5"))) == []

    def test_messages_come_whole_and_in_order(self, mailbox: Mailbox, deliver: Deliver) -> None:
        for number in range(7):
            deliver(letter(number))
        arrivals = list(mailbox.arrivals("INBOX", None))
        assert numbers(mailbox) == list(range(7))
        assert all(item.raw.endswith(letter(n)) for n, item in enumerate(arrivals))
        assert len({arrival.position for arrival in arrivals}) == 7
        assert {arrival.mailbox for arrival in arrivals} == {"INBOX"}
        assert {arrival.oversize for arrival in arrivals} == {None}

    def test_only_what_came_after_the_cursor_comes(
        self, mailbox: Mailbox, deliver: Deliver
    ) -> None:
        for number in range(4):
            deliver(letter(number))
        arrivals = list(mailbox.arrivals("INBOX", None))
        assert arrivals[-1].cursor
        assert numbers(mailbox, reached(arrivals)) == []
        for arrival in arrivals:
            # A cursor promises what comes after it; less may be promised of those before.
            assert arrival.cursor is None or numbers(mailbox, arrival.cursor) == [
                number for number, one in enumerate(arrivals) if number > arrivals.index(arrival)
            ]
        deliver(letter(4))
        assert numbers(mailbox, reached(arrivals)) == [4]

    def test_a_cursor_of_another_kind_of_mailbox_means_everything(
        self, mailbox: Mailbox, deliver: Deliver
    ) -> None:
        deliver(letter(0))
        for strange in ("H4sIAAA=", "", "9:", "0:99"):
            assert numbers(mailbox, MailCursor(strange)) == [0]

    def test_another_uidvalidity_means_everything(
        self, mailbox: Mailbox, deliver: Deliver, renumber: Callable[[], None]
    ) -> None:
        for number in range(3):
            deliver(letter(number))
        last = list(mailbox.arrivals("INBOX", None))
        renumber()
        assert numbers(mailbox, reached(last)) == [0, 1, 2]
        again = list(mailbox.arrivals("INBOX", None))
        assert {one.position for one in again}.isdisjoint(one.position for one in last)

    def test_a_message_over_the_limit_comes_as_its_header(
        self, mailbox: Mailbox, deliver: Deliver
    ) -> None:
        deliver(letter(0))
        deliver(letter(1, size=2 * LIMIT))
        deliver(letter(2))
        small, large, after = list(mailbox.arrivals("INBOX", None))
        assert small.oversize is after.oversize is None
        assert large.oversize is not None
        assert large.oversize > 2 * LIMIT
        assert b"Subject: 1\r\n" in large.raw
        assert b"xxx" not in large.raw

    def test_a_message_is_given_again_by_its_place(
        self, mailbox: Mailbox, deliver: Deliver
    ) -> None:
        deliver(letter(0))
        deliver(letter(1, size=2 * LIMIT))
        small, large = list(mailbox.arrivals("INBOX", None))
        assert mailbox.message("INBOX", small.position) == small
        assert mailbox.message("INBOX", large.position) == large
        assert numbers(mailbox, small.cursor) == [1]

    def test_a_message_that_is_gone_is_not_given(
        self, mailbox: Mailbox, deliver: Deliver, renumber: Callable[[], None]
    ) -> None:
        deliver(letter(0))
        (only,) = list(mailbox.arrivals("INBOX", None))
        strange = (MailPosition(only.position + "9"), MailPosition("AAMkAD="), MailPosition(""))
        assert [mailbox.message("INBOX", place) for place in strange] == [None, None, None]
        renumber()
        assert mailbox.message("INBOX", only.position) is None

    def test_many_large_messages_come_one_by_one(self, mailbox: Mailbox, deliver: Deliver) -> None:
        for number in range(5):
            deliver(letter(number, size=LIMIT * 3 // 5))
        assert numbers(mailbox) == list(range(5))

    def test_what_arrives_while_reading_comes_next_time(
        self, mailbox: Mailbox, deliver: Deliver
    ) -> None:
        for number in range(3):
            deliver(letter(number))
        reading = mailbox.arrivals("INBOX", None)
        read = [next(reading)]
        deliver(letter(3))
        read += reading
        assert len(read) == 3
        assert numbers(mailbox, reached(read)) == [3]

    def test_a_message_is_found_by_its_id(self, mailbox: Mailbox, deliver: Deliver) -> None:
        deliver(letter(1))
        assert list(mailbox.arrivals("INBOX", None))
        deliver(letter(12))
        assert mailbox.contains("INBOX", MessageId("<12@yenson.example>"))
        assert not mailbox.contains("INBOX", MessageId("<2@yenson.example>"))

    def test_a_word_is_found_wherever_it_stands(self, mailbox: Mailbox, deliver: Deliver) -> None:
        if not isinstance(mailbox, MailSearch):
            return
        deliver(letter(1))
        in_header, in_text = "nt4sbvl2npwzd2nfkeow", "ffobchfepx2vvcfy6kje"
        assert mailbox.mentioning("INBOX", in_header) == []
        deliver(b"To: nq47+" + in_header.encode() + b"@huulung.example\r\n" + letter(2))
        deliver(letter(3) + b"Original-Envelope-Id: " + in_text.encode() + b"\r\n")
        named = b"In-Reply-To: <" + in_header.encode() + b"@huulung.example>\r\n"
        deliver(named + letter(4) + (b"y" * 998 + b"\r\n") * 300)
        second, fourth = mailbox.mentioning("INBOX", in_header)
        (third,) = mailbox.mentioning("INBOX", in_text)
        assert (b"<2@" in second, b"<3@" in third, b"<4@" in fourth) == (True, True, True)
        assert mailbox.mentioning("INBOX", "7apkrmsy3nu24bum4ww4") == []

    def test_the_headers_that_came_last_are_given(self, mailbox: Mailbox, deliver: Deliver) -> None:
        if not isinstance(mailbox, MailSearch):
            return
        assert mailbox.newest_headers("INBOX", 2) == []
        for number in range(1, 4):
            deliver(letter(number))
        headers = mailbox.newest_headers("INBOX", 2)
        assert [b"<3@" in header for header in headers] == [False, True]
        assert [b"<2@" in header for header in headers] == [True, False]
        assert not any(b"\r\n\r\n" in header.rstrip() for header in headers)
        assert mailbox.newest_headers("Nowhere", 2) == mailbox.mentioning("Nowhere", "x") == []

    def test_looking_for_a_message_does_not_disturb_reading(
        self, mailbox: Mailbox, deliver: Deliver
    ) -> None:
        for number in range(5):
            deliver(letter(number))
        seen = 0
        for _ in mailbox.arrivals("INBOX", None):
            assert mailbox.contains("INBOX", MessageId(f"<{seen}@yenson.example>"))
            seen += 1
        assert seen == 5

    def test_a_mailbox_that_does_not_exist_is_refused(self, mailbox: Mailbox) -> None:
        with pytest.raises(PeerRefused, match="mailbox name"):
            list(mailbox.arrivals("Archive", None))
        assert list(mailbox.arrivals("INBOX", None)) == []

    def test_the_account_is_named(self, mailbox: Mailbox) -> None:
        assert mailbox.account == "main"

    def test_a_server_that_is_off_is_unavailable(
        self, mailbox: Mailbox, deliver: Deliver, switch: Callable[[bool], None]
    ) -> None:
        deliver(letter(0))
        assert numbers(mailbox) == [0]
        switch(False)
        with pytest.raises(PeerUnavailable):
            numbers(mailbox)
        switch(True)
        assert numbers(mailbox) == [0]


class TestMemory(MailboxContract):
    @pytest.fixture
    def hub(self) -> MemoryHub:
        return MemoryHub([OWN])

    @pytest.fixture
    def mailbox(self, hub: MemoryHub) -> MemoryMailbox:
        return MemoryMailbox("main", hub, OWN, max_message_octets=LIMIT)

    @pytest.fixture
    def deliver(self, hub: MemoryHub) -> Deliver:
        transport = MemoryTransport(hub)
        envelope = Envelope(sender=OFFICE, recipient=OWN)
        return lambda message: [transport.send(envelope, Inline(message))].clear()

    @pytest.fixture
    def renumber(self, hub: MemoryHub) -> Callable[[], None]:
        return lambda: hub.renumber(OWN)

    @pytest.fixture
    def switch(self, hub: MemoryHub) -> Callable[[bool], None]:
        return lambda on: setattr(hub, "available", on)


class ImapContract(MailboxContract):
    """What every mailbox over IMAP must do besides, whatever the server."""

    def test_reading_marks_nothing_as_seen(
        self, mailbox: ImapMailbox, look: Look, deliver: Deliver
    ) -> None:
        deliver(letter(0))
        deliver(letter(1, size=2 * LIMIT))
        assert numbers(mailbox) == [0, 1]
        assert mailbox.contains("INBOX", MessageId("<0@yenson.example>"))
        with look() as client:
            client.select_folder("INBOX")
            flags = {uid: item[b"FLAGS"] for uid, item in client.fetch([1, 2], ["FLAGS"]).items()}
            assert len(flags) == 2
            assert not any(b"\\Seen" in some for some in flags.values())
            # The proof that this server would have marked them.
            client.fetch([1], ["BODY[]"])
            assert b"\\Seen" in client.fetch([1], ["FLAGS"])[1][b"FLAGS"]
        assert numbers(mailbox) == [0, 1]

    def test_a_server_that_was_restarted_is_found_again(
        self, mailbox: ImapMailbox, switch: Callable[[bool], None], deliver: Deliver
    ) -> None:
        for number in range(6):
            deliver(letter(number))
        reading = mailbox.arrivals("INBOX", None)
        first = next(reading)
        switch(False)
        switch(True)
        assert [uid(first), *map(uid, reading)] == [1, 2, 3, 4, 5, 6]
        assert first.position.startswith(f"{mailbox.check('INBOX')}:")

    def test_a_mailbox_renumbered_while_it_is_read_is_read_again_later(
        self, mailbox: ImapMailbox, renumber: Callable[[], None], deliver: Deliver
    ) -> None:
        for number in range(6):
            deliver(letter(number))
        reading = mailbox.arrivals("INBOX", None)
        next(reading)
        renumber()
        with pytest.raises(PeerUnavailable, match="renumbered"):
            list(reading)
        assert numbers(mailbox) == list(range(6))


@contextmanager
def looking(port: int, username: str, password: str) -> Iterator[IMAPClient]:
    """Open a mail program's own connection, beside that of the mailbox."""
    client = IMAPClient("127.0.0.1", port, ssl=False, timeout=5)
    try:
        client.login(username, password)
        yield client
    finally:
        client.shutdown()


class Server:
    """An embedded server on fixed ports that can be stopped, renumbered and started again."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self.hub = self._made()

    def _made(self, imap_port: int = 0) -> MailHub:
        hub = MailHub(self._state, {OWN: "secret"}, now=lambda: NOW, imap_port=imap_port)
        return hub.start()

    def deliver(self, message: bytes) -> None:
        self.hub.submit(OFFICE, [OWN], message)

    def renumber(self) -> None:
        self.hub.stop()
        (self._state / "uid-validity").unlink()
        Journal(self._state, now=datetime(2025, 1, 1, tzinfo=UTC))
        self.hub = self._made(self.hub.imap_port)

    def switch(self, on: bool) -> None:
        if on:
            self.hub.start()
        else:
            self.hub.stop()


class TestImap(ImapContract):
    @pytest.fixture
    def server(self, tmp_path: Path) -> Iterator[Server]:
        server = Server(tmp_path)
        yield server
        server.hub.stop()

    @pytest.fixture
    def mailbox(self, server: Server) -> Iterator[ImapMailbox]:
        with ImapMailbox(
            "main",
            "127.0.0.1",
            server.hub.imap_port,
            security="none",
            username=OWN,
            password=lambda: "secret",
            timeout=5,
            max_message_octets=LIMIT,
            batch=2,
        ) as mailbox:
            yield mailbox

    @pytest.fixture
    def deliver(self, server: Server) -> Deliver:
        return server.deliver

    @pytest.fixture
    def renumber(self, server: Server) -> Callable[[], None]:
        return server.renumber

    @pytest.fixture
    def switch(self, server: Server) -> Callable[[bool], None]:
        return server.switch

    @pytest.fixture
    def look(self, server: Server) -> Look:
        return partial(looking, server.hub.imap_port, OWN, "secret")


class TestDovecot(ImapContract):
    """A real server, over TLS that is verified."""

    @pytest.fixture
    def address(self, new_account: Callable[[], str]) -> str:
        return new_account()

    @pytest.fixture
    def mailbox(self, dovecot: Dovecot, address: str) -> Iterator[ImapMailbox]:
        with ImapMailbox(
            "main",
            dovecot.host,
            dovecot.imaps_port,
            security="tls",
            ca_file=dovecot.ca_file,
            username=address,
            password=lambda: PASSWORD,
            timeout=5,
            max_message_octets=LIMIT,
            batch=2,
        ) as mailbox:
            yield mailbox

    @pytest.fixture
    def deliver(self, dovecot: Dovecot, address: str) -> Deliver:
        return lambda message: dovecot.deliver(message, address, sender=OFFICE)

    @pytest.fixture
    def renumber(self, dovecot: Dovecot, address: str) -> Callable[[], None]:
        return lambda: dovecot.renumber(address)

    @pytest.fixture
    def switch(self, dovecot: Dovecot) -> Callable[[bool], None]:
        return lambda on: dovecot.start() if on else dovecot.kill()

    @pytest.fixture
    def look(self, dovecot: Dovecot, address: str) -> Look:
        return lambda: dovecot.imap(address)
