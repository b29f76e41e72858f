"""Mail that was read is moved or flagged on a real Dovecot, with and without MOVE and UIDPLUS."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from connector.email.imap import ImapMailbox
from connector.email.imap_filing import KEYWORD, ImapFiling
from domain.errors import PeerRefused, PeerUnavailable
from domain.mail import MailArrival, MailCursor, MailPosition
from tests.servers.dovecot import PASSWORD, Dovecot

Account = Callable[[], str]


def letter(number: int) -> bytes:
    return f"Message-ID: <{number}@yenson.example>\r\nSubject: {number}\r\n\r\nx\r\n".encode()


@pytest.fixture
def address(new_account: Account) -> str:
    return new_account()


@pytest.fixture
def box(dovecot: Dovecot, address: str) -> Iterator[ImapMailbox]:
    with ImapMailbox(
        "main",
        dovecot.host,
        dovecot.imaps_port,
        username=address,
        password=PASSWORD,
        ca_file=dovecot.ca_file,
    ) as box:
        yield box


@pytest.fixture
def arrived(dovecot: Dovecot, address: str, box: ImapMailbox) -> list[MailArrival]:
    for number in range(4):
        dovecot.deliver(letter(number), address)
    return list(box.arrivals("INBOX", None))


class Without:
    """A connection to a server that offers less than it does."""

    def __init__(self, client: Any, *missing: str) -> None:
        self._client = client
        self._missing = missing

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def has_capability(self, name: str) -> bool:
        return name not in self._missing and bool(self._client.has_capability(name))


def reached(arrived: list[MailArrival]) -> MailCursor:
    cursor = arrived[-1].cursor
    assert cursor
    return cursor


def subjects(dovecot: Dovecot, address: str, folder: str) -> list[bytes]:
    return [raw.partition(b"Subject: ")[2][:1] for raw in dovecot.messages(address, folder)]


@pytest.mark.parametrize("missing", [(), ("MOVE",)])
@pytest.mark.parametrize("folder", ["Processed", "Đã xử lý"])
def test_mail_is_moved_and_the_rest_stays(
    dovecot: Dovecot,
    address: str,
    box: ImapMailbox,
    arrived: list[MailArrival],
    folder: str,
    missing: tuple[str, ...],
) -> None:
    filing = ImapFiling("main", lambda: Without(box.connected(), *missing), move=folder)
    cursor = reached(arrived)
    with dovecot.imap(address) as client:
        # What somebody else has marked for deletion is not ours to expunge.
        client.select_folder("INBOX")
        client.add_flags([2], ["\\Deleted"])
    places = filing.unfiled("INBOX", cursor)
    assert places == [arrived[n].position for n in (0, 2, 3)]
    filing.file("INBOX", places[:2])
    filing.file("INBOX", places[:2])
    assert filing.unfiled("INBOX", cursor) == [arrived[3].position]
    # Of what was moved meanwhile there is no header any more.
    wanted = [arrived[0].position, arrived[3].position, MailPosition("1:1")]
    header = letter(3).removesuffix(b"x\r\n")
    (found,) = filing.headers("INBOX", wanted).items()
    assert found[0] == arrived[3].position
    assert found[1].endswith(header)
    assert arrived[3].raw.startswith(found[1])
    assert filing.headers("INBOX", []) == {}
    assert subjects(dovecot, address, "INBOX") == [b"1", b"3"]
    with dovecot.imap(address) as client:
        client.select_folder(folder, readonly=True)
        assert len(client.search()) == 2
    assert list(box.arrivals("INBOX", cursor)) == []
    filing.close()


@pytest.mark.parametrize("flag", ["\\Seen", "\\Flagged", "DaDoc"])
def test_mail_is_flagged_once(
    dovecot: Dovecot, address: str, box: ImapMailbox, arrived: list[MailArrival], flag: str
) -> None:
    filing = ImapFiling("main", box.connected, flag=flag)
    cursor = reached(arrived)
    places = filing.unfiled("INBOX", cursor)
    assert places == [arrival.position for arrival in arrived]
    filing.file("INBOX", places[1:])
    assert filing.unfiled("INBOX", cursor) == places[:1]
    with dovecot.imap(address) as client:
        client.select_folder("INBOX", readonly=True)
        flags = [
            item[b"FLAGS"] for _, item in sorted(client.fetch([1, 2, 3, 4], ["FLAGS"]).items())
        ]
    assert [flag.encode() in some for some in flags] == [False, True, True, True]
    filing.close()


def test_a_server_that_can_neither_move_nor_expunge_singly_flags(
    dovecot: Dovecot, address: str, box: ImapMailbox, arrived: list[MailArrival]
) -> None:
    filing = ImapFiling(
        "main", lambda: Without(box.connected(), "MOVE", "UIDPLUS"), move="Processed"
    )
    cursor = reached(arrived)
    filing.file("INBOX", filing.unfiled("INBOX", cursor))
    assert filing.unfiled("INBOX", cursor) == []
    assert subjects(dovecot, address, "Processed") == []
    with dovecot.imap(address) as client:
        client.select_folder("INBOX", readonly=True)
        assert len(client.search(["KEYWORD", KEYWORD])) == 4
    filing.close()


def test_only_what_was_taken_in_is_filed(
    dovecot: Dovecot, address: str, box: ImapMailbox, arrived: list[MailArrival]
) -> None:
    filing = ImapFiling("main", box.connected, move="Processed")
    between = arrived[1].cursor
    assert between
    assert filing.unfiled("INBOX", between) == [arrived[0].position, arrived[1].position]
    dovecot.renumber(address)
    assert filing.unfiled("INBOX", reached(arrived)) == []
    filing.file("INBOX", [arrival.position for arrival in arrived])
    assert subjects(dovecot, address, "INBOX") == [b"0", b"1", b"2", b"3"]
    assert filing.unfiled("INBOX", MailCursor("H4sIAAA=")) == []
    filing.close()


def test_a_server_that_was_restarted_is_found_again(
    dovecot: Dovecot, box: ImapMailbox, arrived: list[MailArrival]
) -> None:
    filing = ImapFiling("main", box.connected, move="Processed")
    cursor = reached(arrived)
    assert len(filing.unfiled("INBOX", cursor)) == 4
    dovecot.kill()
    with pytest.raises(PeerUnavailable):
        filing.unfiled("INBOX", cursor)
    dovecot.start()
    assert len(filing.unfiled("INBOX", cursor)) == 4
    filing.close()
    filing.close()


def test_a_mailbox_that_does_not_keep_the_flag_is_refused(
    box: ImapMailbox, arrived: list[MailArrival]
) -> None:
    class Forgetful(Without):
        def select_folder(self, name: str) -> dict[bytes, Any]:
            opened: dict[bytes, Any] = self._client.select_folder(name)
            return {**opened, b"PERMANENTFLAGS": (b"\\Seen", b"\\Deleted")}

    filing = ImapFiling("main", lambda: Forgetful(box.connected()), flag="DaDoc")
    with pytest.raises(PeerRefused, match="does not keep the flag DaDoc"):
        filing.unfiled("INBOX", reached(arrived))
    filing.close()
    kept = ImapFiling("main", lambda: Forgetful(box.connected()), flag="\\Seen")
    assert len(kept.unfiled("INBOX", reached(arrived))) == 4
    kept.close()
