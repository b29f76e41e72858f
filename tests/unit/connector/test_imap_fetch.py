"""FETCH answers cut anywhere, mixed with what nobody asked for, and spoilt."""

import imaplib
import io
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.email.imap_fetch import fetch_bodies, fetch_sizes, uid_set

DONE = b"X1 OK Fetch completed (0.001 secs).\r\n"
MOST = 10_000


class Said:
    """A line on which so much comes and then the end; keeps what was sent."""

    def __init__(self, octets: bytes) -> None:
        self._stream = io.BytesIO(octets)
        self.sent = b""

    def send(self, data: bytes) -> None:
        self.sent += data

    def readline(self) -> bytes:
        return self._stream.readline()

    def read(self, size: int) -> bytes:
        return self._stream.read(size)

    def left(self) -> bytes:
        return self._stream.read()


def body(uid: int, raw: bytes, *, section: bytes = b"BODY[]") -> bytes:
    return b"* 3 FETCH (UID %d %b {%d}\r\n%b)\r\n" % (uid, section, len(raw), raw)


def bodies(octets: bytes, *uids: int) -> dict[int, bytes]:
    return fetch_bodies(Said(octets), uids or (7,), b"BODY.PEEK[]", most=MOST)


STRAY = [
    b"* 2 EXISTS\r\n",
    b"* 1 RECENT\r\n",
    b"* 5 EXPUNGE\r\n",
    b"* VANISHED 41,43:116\r\n",
    b"* OK [HIGHESTMODSEQ 12345] still here\r\n",
    b"* FLAGS (\\Seen DaDoc)\r\n",
    b"* 9 FETCH (FLAGS (\\Seen))\r\n",
    b"* 9 FETCH (UID 9 FLAGS (\\Seen) MODSEQ (65402))\r\n",
    b'* LIST () "/" {9}\r\nX1 OK foo\r\n',
    b'* 4 FETCH (UID 4 BODY[] "quoted {3}")\r\n',
    b"* 4 FETCH (UID 4 BODY[] NIL)\r\n",
    b"* 4 FETCH (UID 4 BODY[HEADER] {5}\r\n)\r\n* BODY[] {0}\r\n)\r\n",
]

raws = st.one_of(
    st.binary(max_size=200),
    st.sampled_from([DONE, body(7, b"inner"), b")\r\n", b"* 2 EXISTS\r\n", b"{5}\r\n", b""]),
)


def test_a_command_asks_for_runs_of_uids() -> None:
    line = Said(DONE)
    assert fetch_bodies(line, [1, 2, 3, 7, 9, 10], b"BODY.PEEK[]", most=MOST) == {}
    assert line.sent == b"X1 UID FETCH 1:3,7,9:10 (BODY.PEEK[])\r\n"


@given(st.sets(st.integers(1, 300), min_size=1))
def test_a_set_names_exactly_its_uids(uids: set[int]) -> None:
    named: list[int] = []
    for run in uid_set(sorted(uids)).decode().split(","):
        first, _, last = run.partition(":")
        named += range(int(first), int(last or first) + 1)
    assert named == sorted(uids)


@given(st.lists(st.tuples(raws, st.lists(st.sampled_from(STRAY), max_size=3))))
def test_messages_come_as_they_are_whatever_is_said_in_between(
    given_: list[tuple[bytes, list[bytes]]],
) -> None:
    said = b""
    expected = {}
    for uid, (raw, stray) in enumerate(given_, start=1000):
        said += b"".join(stray) + body(uid, raw)
        expected[uid] = raw
    line = Said(said + DONE + b"* 9 EXISTS\r\n")
    assert fetch_bodies(line, [1000], b"BODY.PEEK[]", most=MOST) == expected
    # What comes after the end belongs to whoever asks next.
    assert line.left() == b"* 9 EXISTS\r\n"


@given(st.lists(raws, min_size=1, max_size=3), st.data())
def test_an_answer_that_is_cut_is_never_taken_for_whole(
    given_: list[bytes], data: st.DataObject
) -> None:
    said = b"".join(body(uid, raw) for uid, raw in enumerate(given_)) + DONE
    cut = data.draw(st.integers(0, len(said) - 1))
    with pytest.raises(imaplib.IMAP4.abort):
        bodies(said[:cut])


@given(st.binary(max_size=300), st.integers(0, 300), st.booleans())
def test_junk_raises_what_the_adapter_knows_and_nothing_else(
    junk: bytes, at: int, replace: bool
) -> None:
    whole = body(7, b"Subject: x\r\n\r\nx\r\n") + STRAY[-1] + DONE
    spoilt = whole[:at] + junk + whole[at + (len(junk) if replace else 0) :]
    reads: list[Callable[[Said], object]] = [
        lambda line: fetch_bodies(line, [7], b"BODY.PEEK[]", most=MOST),
        lambda line: fetch_sizes(line, [7]),
    ]
    for read in reads:
        with suppress(imaplib.IMAP4.error):
            read(Said(spoilt))


@pytest.mark.parametrize(
    "said",
    [
        b"* 3 FETCH (BODY[] {3}\r\nabc UID 7)\r\n",
        b"* 3 FETCH (BODY[] {3}\r\nabc FLAGS (\\Seen) UID 7 MODSEQ (12))\r\n",
        b"* 3 FETCH (UID 7 BODY[] {3}\r\nabc FLAGS ())\r\n",
    ],
)
def test_the_order_of_items_is_the_servers(said: bytes) -> None:
    assert bodies(said + DONE) == {7: b"abc"}


@pytest.mark.parametrize(
    "said",
    [
        b"* 3 FETCH (BODY[] {3}\r\nabc)\r\n",
        b"* 3 FETCH (UID 7 BODY[] {3}\r\nabc X-MINE {2}\r\nab)\r\n",
        b"* 3 FETCH (UID 7 BODY[]<0> {3}\r\nabc)\r\n",
        b'* 3 FETCH (UID 7 BODY[] "abc")\r\n',
    ],
)
def test_a_form_that_is_not_known_is_left_out(said: bytes) -> None:
    assert bodies(said + body(8, b"x") + DONE) == {8: b"x"}


def test_a_slice_is_asked_for_and_found_by_its_names() -> None:
    said = body(7, b"abc", section=b"BODY[]<5>") + body(7, b"abcd") + DONE
    found = fetch_bodies(Said(said), [7], b"BODY.PEEK[]<5.3>", most=MOST, given=b"BODY[]<5>")
    assert found == {7: b"abc"}


def test_sizes_are_read_in_either_order() -> None:
    said = b"* 1 FETCH (UID 7 RFC822.SIZE 12)\r\n* 2 FETCH (RFC822.SIZE 0 UID 8)\r\n"
    line = Said(said + b"".join(STRAY) + DONE)
    assert fetch_sizes(line, [7, 8]) == {7: 12, 8: 0}
    assert line.sent == b"X1 UID FETCH 7:8 (RFC822.SIZE)\r\n"


@pytest.mark.parametrize(
    "said",
    [
        body(7, b"x" * (MOST + 1)),
        b"* 3 FETCH (UID 7 BODY[] {99999999999999999}\r\n",
        b"* 3 FETCH (UID 7 X-MINE {99999999999999999}\r\n",
        b"* 3 FETCH (UID 7 X-MINE {9}\r\nabc",
        b"* BYE shutting down\r\n" + DONE,
        b"HTTP/1.1 400 Bad Request\r\n" + DONE,
        b"+ go on\r\n" + DONE,
        b"* 2 EXISTS\n" + DONE,
        b"* " + b"x" * 1_100_000 + b"\r\n" + DONE,
    ],
    ids=lambda said: repr(said[:40]),
)
def test_a_connection_that_cannot_be_trusted_is_given_up(said: bytes) -> None:
    with pytest.raises(imaplib.IMAP4.abort):
        bodies(said)


def test_a_refusal_is_told_from_a_failure() -> None:
    with pytest.raises(imaplib.IMAP4.error, match=r"fetch failed: \[SERVERBUG\] no"):
        bodies(b"X1 NO [SERVERBUG] no\r\n")
    with pytest.raises(imaplib.IMAP4.error, match="fetch command error: BAD what"):
        bodies(b"X1 BAD what\r\n")
