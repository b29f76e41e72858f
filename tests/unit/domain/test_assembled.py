"""Contents in pieces read as one, wherever a reader begins and however much it takes."""

import io

from hypothesis import given
from hypothesis import strategies as st

from domain.assembled import (
    Assembled,
    Piece,
    Shared,
    digest_of_pieces,
    joined,
    shared,
    size_of,
)
from domain.content import Inline, whole
from domain.ids import digest_of

PIECES = st.lists(st.one_of(st.binary(max_size=9), st.binary(max_size=9).map(shared)), max_size=5)


@given(PIECES)
def test_the_whole_is_the_pieces_one_after_the_other(pieces: list[Piece]) -> None:
    content = Assembled(tuple(pieces))
    expected = b"".join(
        whole(piece.content) if isinstance(piece, Shared) else piece for piece in pieces
    )
    assert whole(content) == joined(pieces) == expected
    assert content.size == size_of(pieces) == len(expected)
    assert digest_of_pieces(pieces) == digest_of(expected)


@given(PIECES, st.integers(-3, 60), st.sampled_from([io.SEEK_SET, io.SEEK_CUR, io.SEEK_END]))
def test_it_can_be_read_from_anywhere(pieces: list[Piece], offset: int, whence: int) -> None:
    plain = io.BytesIO(joined(pieces))
    with Assembled(tuple(pieces)).open() as stream:
        assert stream.seekable()
        assert stream.readable()
        assert stream.read(2) == plain.read(2)
        start = {io.SEEK_SET: 0, io.SEEK_CUR: plain.tell(), io.SEEK_END: size_of(pieces)}
        stream.seek(max(start[whence] + offset, 0))
        plain.seek(max(start[whence] + offset, 0))
        assert stream.tell() == plain.tell()
        assert stream.read(3) == plain.read(3)
        assert stream.read() == plain.read()


def test_a_reader_may_seek_from_where_it_is_and_from_the_end() -> None:
    with Assembled((b"abc", shared(b"def"))).open() as stream:
        stream.read(1)
        assert stream.seek(2, io.SEEK_CUR) == 3
        assert stream.read(1) == b"d"
        assert stream.seek(-1, io.SEEK_END) == 5
        assert stream.read() == b"f"
    assert stream.closed


def test_a_shared_piece_is_named_by_its_bytes() -> None:
    assert shared(b"x") == Shared(digest_of(b"x"), Inline(b"x"))
