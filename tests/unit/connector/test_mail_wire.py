"""A message in pieces goes over the wire exactly as the same message in one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.email.esmtp import data_form
from connector.email.wire import DataForms
from domain.assembled import Assembled, Piece, Shared, joined, shared
from domain.content import Content, Inline
from domain.errors import PeerRefused
from domain.ids import Digest

LINES = st.lists(st.sampled_from([b"", b".", b"..", b"x", b".x", b"\xc3\xa9", b"x" * 998]))
WHOLE = LINES.map(lambda lines: b"".join(line + b"\r\n" for line in lines))
BROKEN = st.sampled_from([b"x", b"x\r", b"\n.x", b"\r\n", b".\r", b"\n", b""])


@given(st.lists(st.one_of(WHOLE, BROKEN), max_size=5), st.lists(st.booleans(), min_size=5))
def test_pieces_make_what_the_whole_makes(octets: list[bytes], shares: list[bool]) -> None:
    pieces: list[Piece] = [
        shared(piece) if share else piece for piece, share in zip(octets, shares, strict=False)
    ]
    message = Assembled(tuple(pieces))
    try:
        expected = data_form("mx", joined(pieces))
    except PeerRefused:
        with pytest.raises(PeerRefused):
            DataForms("mx").of(message)
        return
    data = DataForms("mx").of(message)
    assert b"".join(data.blocks) == expected
    # What a server counts when it has taken the doubled dots away (RFC 1870 section 3).
    assert data.size == len(b"\r\n".join(map(_undoubled, expected.split(b"\r\n"))))
    assert data.eight_bit is not expected.isascii()


def _undoubled(line: bytes) -> bytes:
    return line.removeprefix(b".")


def test_a_shared_piece_is_read_and_prepared_once() -> None:
    opened = []

    class Counted(Inline):
        def open(self):  # type: ignore[no-untyped-def]
            opened.append(self)
            return super().open()

    content: Content = Counted(b".file\r\n")
    piece = Shared(Digest("d"), content)
    forms = DataForms("mx")
    blocks = [forms.of(Assembled((b"%d\r\n" % n, piece))).blocks for n in range(3)]
    assert len(opened) == 1
    assert blocks[0][1] is blocks[1][1] is blocks[2][1]
    assert blocks[2] == (b"2\r\n", b"..file\r\n")


def test_what_is_too_large_to_be_kept_is_prepared_each_time() -> None:
    forms = DataForms("mx", kept=3)
    message = Assembled((shared(b".file\r\n"),))
    assert forms.of(message) == forms.of(message)
    assert forms.of(message).blocks[0] is not forms.of(message).blocks[0]
