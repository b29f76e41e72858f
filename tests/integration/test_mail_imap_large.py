"""Large and many messages on a real Dovecot: slices, memory, and connections cut in the middle."""

import shutil
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from connector.email.imap import MESSAGE_OCTETS, ImapMailbox
from connector.email.imap_messages import SLICE_OCTETS
from connector.store.evidence import FolderEvidence
from domain.content import whole
from domain.errors import PeerUnavailable
from domain.ids import digest_of
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.wire import Wire

MEGABYTE = 1024 * 1024

Account = Callable[[], str]


def letter(number: int, size: int) -> bytes:
    """Return a message of exactly so many octets."""
    head = f"Message-ID: <{number}@yenson.example>\r\nSubject: {number}\r\n\r\n".encode()
    lines = b"".join(b"%076d\r\n" % (number + n) for n in range((size - len(head)) // 78))
    return head + lines + b"x" * (size - len(head) - len(lines) - 2) + b"\r\n"


@pytest.fixture
def address(new_account: Account) -> str:
    return new_account()


@contextmanager
def box_of(
    dovecot: Dovecot, address: str, port: int = 0, *, limit: int = MESSAGE_OCTETS, batch: int = 500
) -> Iterator[ImapMailbox]:
    with ImapMailbox(
        "main",
        dovecot.host,
        port or dovecot.imaps_port,
        username=address,
        password=PASSWORD,
        ca_file=dovecot.ca_file,
        timeout=10,
        max_message_octets=limit,
        batch=batch,
    ) as box:
        yield box


def fill(dovecot: Dovecot, address: str, *messages: bytes) -> None:
    with dovecot.imap(address) as client:
        for message in messages:
            client.append("INBOX", message)


@pytest.mark.parametrize("more", [-1, 0, 1, SLICE_OCTETS - 1, SLICE_OCTETS, SLICE_OCTETS + 1])
def test_slices_make_the_message_whole_whatever_its_size(
    dovecot: Dovecot, address: str, more: int
) -> None:
    messages = [letter(0, 300), letter(1, SLICE_OCTETS + more), letter(2, 300)]
    fill(dovecot, address, *messages)
    with box_of(dovecot, address) as box:
        arrivals = list(box.arrivals("INBOX", None))
    assert [whole(arrival.content) for arrival in arrivals] == messages
    assert [arrival.size for arrival in arrivals] == [len(message) for message in messages]
    assert [arrival.large is None for arrival in arrivals] == [True, more <= 0, True]


def test_a_large_message_reaches_the_evidence_without_standing_in_memory(
    dovecot: Dovecot, address: str, tmp_path: Path
) -> None:
    message = letter(1, 24 * MEGABYTE)
    fill(dovecot, address, message)
    expected = digest_of(message)
    del message
    evidence = FolderEvidence(tmp_path)
    with box_of(dovecot, address) as box:
        box.check("INBOX")
        tracemalloc.start()
        try:
            (arrival,) = box.arrivals("INBOX", None)
            large = arrival.large
            assert large is not None
            with large.open() as stream:
                stored = evidence.receive(lambda into: shutil.copyfileobj(stream, into))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert stored.digest == expected
    assert peak < 6 * MEGABYTE


def test_a_message_longer_than_allowed_comes_as_its_header(dovecot: Dovecot, address: str) -> None:
    message = letter(1, 2 * MEGABYTE)
    fill(dovecot, address, message)
    with box_of(dovecot, address, limit=2 * MEGABYTE - 1) as box:
        (arrival,) = box.arrivals("INBOX", None)
    assert arrival.oversize == len(message)
    assert (arrival.large, arrival.raw) == (None, message.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")


@pytest.mark.parametrize("after", [3_000, 700_000, 1_400_000, 2_500_000])
def test_a_connection_cut_within_a_message_is_made_anew(
    dovecot: Dovecot, address: str, after: int
) -> None:
    messages = [letter(n, 90_000) for n in range(8)] + [letter(8, 2 * MEGABYTE), letter(9, 300)]
    fill(dovecot, address, *messages)
    with Wire(dovecot.imaps_port) as wire, box_of(dovecot, address, wire.port) as box:
        box.check("INBOX")
        wire.cut_after(after)
        assert [whole(arrival.content) for arrival in box.arrivals("INBOX", None)] == messages
        assert (wire.cuts, wire.connections) == (1, 2)


def test_a_large_message_is_fetched_on_where_the_connection_was_cut(
    dovecot: Dovecot, address: str
) -> None:
    message = letter(8, 4 * MEGABYTE)
    fill(dovecot, address, message)
    with Wire(dovecot.imaps_port) as wire, box_of(dovecot, address, wire.port) as box:
        reading = box.arrivals("INBOX", None)
        wire.cut_after(3 * MEGABYTE)
        (arrival,) = reading
        assert whole(arrival.content) == message
        assert wire.cuts == 1


def test_a_server_that_is_killed_while_it_is_read_is_read_on(
    dovecot: Dovecot, address: str
) -> None:
    messages = [letter(n, 300) for n in range(20)]
    fill(dovecot, address, *messages)
    with box_of(dovecot, address, batch=3) as box:
        reading = box.arrivals("INBOX", None)
        got = [next(reading)]
        dovecot.kill()
        with pytest.raises(PeerUnavailable):
            got += reading
        dovecot.start()
        got += box.arrivals("INBOX", got[-1].cursor)
    assert [arrival.raw for arrival in got] == messages


def test_a_folder_made_anew_is_read_from_its_beginning(dovecot: Dovecot, address: str) -> None:
    with dovecot.imap(address) as client:
        client.create_folder("Answers")
    with box_of(dovecot, address) as box:
        with dovecot.imap(address) as client:
            for number in range(3):
                client.append("Answers", letter(number, 300))
        first = list(box.arrivals("Answers", None))
        dovecot.recreate(address, "Answers")
        with dovecot.imap(address) as client:
            client.append("Answers", letter(7, 300))
        again = list(box.arrivals("Answers", first[-1].cursor))
    assert [arrival.raw for arrival in again] == [letter(7, 300)]
    assert again[0].position not in {arrival.position for arrival in first}


def test_nothing_is_searched_where_nothing_came(dovecot: Dovecot, address: str) -> None:
    fill(dovecot, address, letter(1, 300), letter(2, 300))
    with box_of(dovecot, address) as box, capture_logs() as logs:
        arrivals = list(box.arrivals("INBOX", None))
        with dovecot.imap(address) as client:
            # The last message goes: what comes next has no UID just above it.
            client.select_folder("INBOX")
            client.delete_messages([2])
            client.expunge()
        cursor = arrivals[0].cursor
        for _ in range(3):
            assert list(box.arrivals("INBOX", cursor)) == []
        fill(dovecot, address, letter(3, 300))
        assert [one.raw for one in box.arrivals("INBOX", cursor)] == [letter(3, 300)]
    assert logs == []
