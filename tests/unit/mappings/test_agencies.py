"""The kept table of units: equal tables are equal bytes, and nothing else is read."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import MalformedDocument
from domain.exchange import Agency
from domain.ids import OrganId
from mappings.agencies import read_agencies, write_agencies


def row(code: str, old: str | None = None, name: str = "", **members: str) -> Agency:
    old_code = None if old is None else OrganId(old)
    return Agency(id=code, code=OrganId(code), old_code=old_code, name=name, **members)


ROWS = [row("H37.2", None, "Sở Y tế"), row("H37.1", "000.00.01.H37", "UBND xã Yên Sơn")]


def test_a_table_comes_back_in_order_and_each_row_once() -> None:
    kept = write_agencies([*ROWS, *ROWS])
    assert read_agencies(kept) == (ROWS[1], ROWS[0])
    assert write_agencies(reversed(ROWS)) == kept
    assert kept.isascii()


def test_what_does_not_identify_a_unit_changes_nothing() -> None:
    said = row("H37.2 ", " ", "Sở Y te\u0302\u0301", mail="a@so.example", parent_id="9")
    assert write_agencies([said]) == write_agencies([ROWS[0]])


@pytest.mark.parametrize("code", ["", " ", "H37\n.1", "H37\ud800"])
def test_a_code_that_nobody_can_write_is_left_out(code: str) -> None:
    assert read_agencies(write_agencies([row(code)])) == ()
    (found,) = read_agencies(write_agencies([row("H37.1", code, "a\ud800b")]))
    assert (found.code, found.old_code, found.name) == ("H37.1", None, "a\ufffdb")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"{}",
        b'["abc"]',
        b'[["a","b"]]',
        b'[["a","b",null]]',
        b"[" * 100_000,
        json.dumps([{"a": 1, "b": 2, "c": 3}]).encode(),
    ],
)
def test_other_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(MalformedDocument, match="the kept table of units"):
        read_agencies(content)


@given(st.lists(st.builds(row, st.text(), st.none() | st.text(), st.text())))
def test_any_table_is_written_and_read_alike(rows: list[Agency]) -> None:
    kept = write_agencies(rows)
    assert write_agencies(read_agencies(kept)) == kept
