"""What rules find, checked."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import MalformedDocument
from domain.rest import Rule
from domain.rest_values import (
    Absent,
    count_of,
    holds,
    items_of,
    optional_text,
    parsed,
    text_of,
    texts_of,
)


@dataclass(frozen=True)
class Found:
    """A rule that finds the data itself."""

    key: str = "a.b"

    def value(self, data: object) -> object:
        return data


def test_json_is_bounded_in_depth() -> None:
    assert parsed(b'\xef\xbb\xbf{"a": [1, null]}') == {"a": [1, None]}
    assert parsed(b"[" * 60 + b"]" * 60)
    with pytest.raises(MalformedDocument, match="nested more than 64"):
        parsed(b"[" * 65 + b"]" * 65)
    with pytest.raises(MalformedDocument, match="nested"):
        parsed(b'{"a":' * 70 + b"1" + b"}" * 70)


@given(st.binary(max_size=60))
def test_no_bytes_raise_anything_else(content: bytes) -> None:
    with suppress(MalformedDocument):
        parsed(content)


@pytest.mark.parametrize(("found", "count"), [(0, 0), (7, 7), ("12", 12), (" 3 ", 3)])
def test_counts(found: object, count: int) -> None:
    assert count_of(Found(), found) == count


@pytest.mark.parametrize("found", [None, -1, True, 1.0, "x", "", "٣x", [], 10**30, "9" * 40])
def test_what_is_no_count(found: object) -> None:
    with pytest.raises(MalformedDocument, match=r"a\.b gives"):
        count_of(Found(), found)


@pytest.mark.parametrize("found", [None, 0, 1, "true", [], {}])
def test_a_condition_is_true_or_false(found: object) -> None:
    with pytest.raises(MalformedDocument, match="true or false is needed"):
        holds(Found(), found)
    assert holds(Found(), True)
    assert not holds(Found(), False)


@pytest.mark.parametrize("found", [None, {}, "x", 3, [None], [1, None]])
def test_what_is_no_list(found: object) -> None:
    with pytest.raises(MalformedDocument, match="a list is needed"):
        items_of(Found(), found)


@pytest.mark.parametrize("check", [text_of, count_of, items_of])
def test_nothing_is_told_from_another_kind(check: Callable[[Rule, object], object]) -> None:
    with pytest.raises(Absent, match=r"a\.b gives null"):
        check(Found(), None)
    with pytest.raises(MalformedDocument) as caught:
        check(Found(), {})
    assert not isinstance(caught.value, Absent)


def test_texts() -> None:
    assert text_of(Found(), " Hoa\u0300 \ud83d ") == "Hoà \ufffd"
    assert text_of(Found(), 12) == "12"
    assert optional_text(Found(), None) == optional_text(None, "x") == ""
    assert texts_of(None, ["x"]) == texts_of(Found(), None) == ()
    for wrong in (10**30, object()):
        with pytest.raises(MalformedDocument):
            text_of(Found(), wrong)
