"""Long strings of a JSON answer that never stand in memory: whatever the pieces and the escapes."""

import io
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.eoffice import json_file
from connector.eoffice.http import AnswerTooLarge, NoAnswer
from connector.eoffice.json_file import Place, SetAside, set_aside, written
from domain.content import Content, Inline, gathered

LIMIT = 1_000_000
LONG = json_file.LONG


class Slow(io.BytesIO):
    """A stream that gives a few bytes at a time."""

    def __init__(self, data: bytes, step: int) -> None:
        super().__init__(data)
        self._step = step

    def read(self, size: int | None = -1) -> bytes:
        return super().read(self._step if size is None or size < 0 else min(size, self._step))


@dataclass(frozen=True)
class Dripping:
    data: bytes
    step: int

    @property
    def size(self) -> int:
        return len(self.data)

    def open(self) -> BinaryIO:
        return cast(BinaryIO, Slow(self.data, self.step))


def through(answer: bytes, step: int = 7) -> object:
    """Read an answer and put its strings back."""
    source = Dripping(answer, step)
    found = set_aside(source, limit=LIMIT)

    def back(value: object) -> object:
        if isinstance(value, str):
            return text_of(source, found, value).decode()
        if isinstance(value, dict):
            return {key: back(item) for key, item in value.items()}
        return [back(item) for item in value] if isinstance(value, list) else value

    return back(json.loads(found.rest))


def text_of(source: Content, found: SetAside, value: str) -> bytes:
    return gathered(lambda out: written(source, found, value, out))


texts = st.text(st.characters(exclude_categories=["Cs"]))


@given(
    text=texts,
    other=texts,
    ascii_only=st.booleans(),
    step=st.integers(1, 40),
    long=st.integers(2, 9),
)
def test_strings_come_back_whatever_the_pieces(
    text: str, other: str, ascii_only: bool, step: int, long: int
) -> None:
    answer = {"a": text, "b": [other, 1, None, {"c": text + other}]}
    packed = json.dumps(answer, ensure_ascii=ascii_only).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_file, "LONG", long)
        assert through(packed, step) == answer


@given(st.binary(), st.integers(1, 9))
def test_no_answer_raises_anything_else(junk: bytes, step: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_file, "LONG", 3)
        source = Dripping(b'{"a":"' + junk, step)
        with suppress(NoAnswer, ValueError):
            found = set_aside(source, limit=LIMIT)
            for number in range(len(found.places)):
                text_of(source, found, f"dondoc:string:{number}")


def test_only_long_strings_are_set_aside() -> None:
    short, long = "x" * (LONG - 1), "y" * LONG
    source = Inline(json.dumps({"data": {"s": short, "edxml": long}}).encode())
    found = set_aside(source, limit=LIMIT)
    rest = json.loads(found.rest)
    assert rest["data"] == {"s": short, "edxml": "dondoc:string:0"}
    (place,) = found.places
    assert place.length == LONG
    assert text_of(source, found, rest["data"]["edxml"]) == long.encode()


@pytest.mark.parametrize(
    ("raw", "meant"),
    [
        (r"\u003cedXML\u003e", "<edXML>"),
        (r"a\/b\\\"c\r\n\t", 'a/b\\"c\r\n\t'),
        (r"Ti\u1ebfng Vi\u1ec7t", "Tiếng Việt"),
        (r"\ud83d\ude00", "😀"),
        ("Hữu Lũng", "Hữu Lũng"),
        ("a\nb", "a\nb"),
    ],
)
def test_escapes(raw: str, meant: str) -> None:
    filler = "z" * LONG
    for step in (1_000_000, 65_537, 65_540, 65_543):
        source = Dripping(f'{{"a":"{filler}{raw}"}}'.encode(), step)
        found = set_aside(source, limit=LIMIT)
        text = text_of(source, found, "dondoc:string:0")
        assert text.decode() == filler + meant


@pytest.mark.parametrize(
    "raw",
    [
        rb"\ud83d",
        rb"\ud83dAAAAAAAAAAAA",
        rb"\ud83d\u0041",
        rb"\x41",
        rb"\u12g4",
        b"\xff",
        b"\xe1\xba",
        rb"\u12",
    ],
)
def test_bad_escapes_and_bad_utf8(raw: bytes) -> None:
    source = Inline(b'{"a":"' + b"z" * LONG + raw + b'"}')
    found = set_aside(source, limit=LIMIT)
    assert len(found.places) == 1
    with pytest.raises(ValueError):  # noqa: PT011 - json and codecs each have a text of their own
        text_of(source, found, "dondoc:string:0")


def test_an_answer_that_shrank_meanwhile() -> None:
    found = SetAside(b"", (Place(0, 10),))
    with pytest.raises(ValueError, match="ends inside"):
        text_of(Inline(b"abc"), found, "dondoc:string:0")


def test_an_answer_with_marks_of_its_own_is_no_answer() -> None:
    with pytest.raises(NoAnswer, match="marks"):
        set_aside(Inline(b'{"edxml":"dondoc:string:0"}'), limit=LIMIT)


def test_what_is_left_has_a_limit() -> None:
    with pytest.raises(AnswerTooLarge, match="over 10 bytes"):
        set_aside(Inline(b'{"a":["b","c","d"]}'), limit=10)


def test_a_string_that_never_ends_is_kept_as_it_is() -> None:
    assert set_aside(Inline(b'{"a":"bc'), limit=LIMIT).rest == b'{"a":"bc'


@pytest.mark.parametrize("number", ["0", "7", "9" * 5000])
def test_a_mark_that_was_forged_with_escapes_is_no_file(number: str) -> None:
    answer = Inline(b'{"data": "dondoc\\u003astring:' + number.encode() + b'"}')
    found = set_aside(answer, limit=100_000)
    value = json.loads(found.rest)["data"]
    with pytest.raises(ValueError, match=r"mark|digits"):
        gathered(lambda out: written(answer, found, value, out))
