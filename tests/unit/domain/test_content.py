"""Long runs of base64 are cut out of a file and read from it when their bytes are wanted."""

import base64
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.content import LONG, PIECE, Inline, cut, decoded, encoded, gathered, marks, whole
from domain.errors import MalformedDocument, TooLarge

MEGABYTE = 1024 * 1024


def cut_of(file: bytes, limit: int = MEGABYTE) -> tuple[bytes, list[bytes]]:
    found = cut(Inline(file), limit=limit, what="the file")
    return found.rest, [file[run.start : run.start + run.length] for run in found.runs]


@pytest.mark.parametrize("length", [LONG, LONG + 1, PIECE - 4, PIECE, 3 * PIECE + 5])
def test_a_long_run_leaves_a_mark(length: int) -> None:
    file = b"<a>\xc3\xa0" + b"QUJD" * length + b"</a><b>short</b>"
    rest, runs = cut_of(file)
    assert rest == b"<a>\xc3\xa0dondoc:run:0:</a><b>short</b>"
    assert runs == [b"QUJD" * length]


@pytest.mark.parametrize("length", [LONG - 1, LONG, PIECE + 9])
def test_of_long_blanks_one_is_left(length: int) -> None:
    rest, runs = cut_of(b" \r\n" * length + b"<a>" + b"\t" * length)
    assert rest == b" <a>" + (b" " if length >= LONG else b"\t" * length)
    assert runs == []
    assert cut_of(b"Q" + b" " * LONG) == (b"dondoc:run:0:", [b"Q" + b" " * LONG])


def test_a_short_run_stays() -> None:
    file = b"<a>" + b"Q" * (LONG - 1) + b"</a>"
    assert cut_of(file) == (file, [])


@given(st.lists(st.sampled_from([b"<a>", b"Q" * LONG, b"AB==\n", b"-", b"\0", b"R" * PIECE])))
def test_what_is_cut_and_what_is_left_are_the_file(parts: list[bytes]) -> None:
    file = b"".join(parts)
    rest, runs = cut_of(file)
    for number, run in enumerate(runs):
        rest = rest.replace(b"dondoc:run:%d:" % number, run)
    assert rest == file


def test_what_is_left_is_bounded() -> None:
    with pytest.raises(TooLarge, match="the file"):
        cut_of(b"<>" * MEGABYTE)


def test_a_file_cannot_bring_marks_of_its_own() -> None:
    with pytest.raises(MalformedDocument, match="marks"):
        cut_of(b"<a>dondoc:run:0:</a>")


@given(
    data=st.binary(max_size=200),
    before=st.integers(0, 9),
    padded=st.booleans(),
    broken=st.sampled_from(["", "\r\n", " "]),
)
def test_base64_around_and_inside_runs_is_decoded(
    data: bytes, before: int, padded: bool, broken: str
) -> None:
    """A run may begin and end inside a group of four, and padding may be missing."""
    written = base64.b64encode(data).decode()
    written = broken.join(written[at : at + 7] for at in range(0, len(written), 7))
    written = written if padded else written.rstrip("=")
    head, run = written[:before], written[before:].encode()
    file = Inline(b"<a>" + run)
    found = cut(file, limit=MEGABYTE, what="the file")
    assert found.runs == ()
    runs = [type(RUN)(3, len(run))]
    assert b"".join(decoded(file.open(), runs, f"{head}dondoc:run:0:")) == data


RUN = cut(Inline(b"Q" * LONG), limit=MEGABYTE, what="").runs[0]


def test_cut_off_base64_is_an_error_where_padding_is_due() -> None:
    assert b"".join(decoded(io.BytesIO(), [], "QUJDQQ")) == b"ABCA"
    assert b"".join(decoded(io.BytesIO(), [], "QUJD QQ==", padded=True)) == b"ABCA"
    with pytest.raises(ValueError, match="cut off"):
        list(decoded(io.BytesIO(), [], "QUJDQQ", padded=True))


def test_what_is_written_is_gathered() -> None:
    assert gathered(lambda out: out.writelines([b"a", b"b"])) == b"ab"


@pytest.mark.parametrize("written", ["QUJD=QUJD", "Q", "QU=J", "QUJ*", "QUJDà", "=QUJD"])
def test_what_is_no_base64_is_an_error(written: str) -> None:
    with pytest.raises(ValueError, match=r"base64|padding|ordinal|data"):
        list(decoded(io.BytesIO(), [], written))


def test_padding_ends_the_base64_of_all_runs() -> None:
    file = Inline(b"QQ==")
    runs = [type(RUN)(0, 4), type(RUN)(0, 0)]
    assert b"".join(decoded(file.open(), runs, "dondoc:run:0:dondoc:run:1: =")) == b"A"
    with pytest.raises(ValueError, match="after its padding"):
        list(decoded(file.open(), runs, "dondoc:run:0:QQ"))


@pytest.mark.parametrize("number", ["1", "999999999", "9999999999", "١"])
def test_a_mark_that_no_run_has_left_is_an_error(number: str) -> None:
    with pytest.raises(ValueError, match=r"no run|ordinal|data"):
        list(decoded(io.BytesIO(b"QUJD"), [type(RUN)(0, 4)], f"dondoc:run:{number}:"))


def test_a_file_that_ends_early_is_an_error() -> None:
    with pytest.raises(ValueError, match="inside a run"):
        list(decoded(io.BytesIO(b"QUJD"), [type(RUN)(0, 9)], "dondoc:run:0:"))


def test_encoding_and_decoding_large_content_gives_it_back() -> None:
    data = bytes(range(256)) * 20_000
    written = b"".join(encoded(io.BytesIO(data)))
    assert written == base64.b64encode(data)
    found = cut(Inline(written), limit=0 + MEGABYTE, what="the file")
    assert marks(found.rest.decode()) == [0]
    assert marks("512/UBND-VH") == []
    assert b"".join(decoded(io.BytesIO(written), found.runs, found.rest.decode())) == data


def test_inline_content_knows_its_size() -> None:
    assert Inline(b"abc").size == 3
    assert whole(Inline(b"abc")) == b"abc"
