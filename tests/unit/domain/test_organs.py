"""The exchange's table of units: what it says of two identifiers, and when a formula may speak."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.exchange import Agency
from domain.ids import OrganId
from domain.organs import NO_TABLE, OrganTable, Sameness, far_smaller
from mappings.edxml.identifiers import compare_organs, formula_key, same_by_formula

TEXT, TABLE, FORMULA, NONE = Sameness.TEXT, Sameness.TABLE, Sameness.FORMULA, Sameness.NONE


def table(*rows: tuple[str, str | None] | tuple[str, str | None, str]) -> OrganTable:
    return OrganTable(
        Agency(
            id="1",
            code=OrganId(row[0]),
            old_code=None if row[1] is None else OrganId(row[1]),
            name=row[2] if len(row) > 2 else "",
        )
        for row in rows
    )


def compared(found: OrganTable, a: str, b: str) -> Sameness:
    one = compare_organs(found, OrganId(a), OrganId(b))
    assert one is compare_organs(found, OrganId(b), OrganId(a))
    return one


RENUMBERED = table(("H37.77", "000.00.13.H37"), ("H37.8", "000.00.08.H37"), ("H37.9", None))
"""Its first row is none that the formula gives; of the last one only the new form is known."""


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("H37.77", " h37.77 ", TEXT),
        ("H37.5", "H37.5", TEXT),
        ("000.00.13.h37", "H37.77 ", TABLE),
        ("000.00.13.H37", "H37.13", NONE),  # the formula says so, the table otherwise
        ("000.00.77.H37", "H37.77", NONE),  # the same from the other end
        ("000.00.08.H37", "H37.77", NONE),  # two units
        ("H37.77", "H37.8", NONE),
        ("08.H37", "H37.08", FORMULA),  # neither is known
        ("000.00.9.H37", "H37.9", FORMULA),
        ("000.00.10.H37", "H37.9", NONE),
        ("H37", "", NONE),
        ("", "", NONE),
        (" ", " ", NONE),
        ("null", "NULL", NONE),
    ],
)
def test_what_makes_two_identifiers_one(a: str, b: str, expected: Sameness) -> None:
    assert compared(RENUMBERED, a, b) is expected


def test_without_a_table_only_the_formula_is_left() -> None:
    assert compared(NO_TABLE, "000.00.13.H37", "H37.13") is FORMULA
    assert compared(NO_TABLE, "H37.13", "H37.13") is TEXT
    assert compared(NO_TABLE, "H37.13", "H37.14") is NONE
    assert NO_TABLE.unit(OrganId("H37")) is None


def test_a_third_form_must_agree_with_both_that_the_table_has() -> None:
    found = table(("H37.13", "000.00.13.H37"))
    assert compared(found, "13.H37", "H37.13") is FORMULA
    assert compared(found, "13.H37", "000.00.13.H37") is FORMULA
    assert compared(RENUMBERED, "13.H37", "000.00.13.H37") is NONE


def test_an_old_code_of_two_units_is_certain_for_neither() -> None:
    split = table(("H37.1", "000.00.01.H37", "Sở A"), ("H37.2", "000.00.01.H37", "Sở B"))
    old = "000.00.01.H37"
    assert [compared(split, old, code) for code in ("H37.1", "H37.2", old)] == [NONE, NONE, TEXT]
    assert compared(split, old, "01.H37") is NONE
    assert split.unit(OrganId(old)) is None
    assert split.knows(OrganId(old))


def test_a_unit_of_several_old_codes_has_them_all() -> None:
    merged = table(("H37.1", "000.00.01.H37"), ("H37.1", "000.00.02.H37"), ("H37.1", None))
    assert compared(merged, "000.00.01.H37", "H37.1") is TABLE
    assert compared(merged, "000.00.02.H37", "H37.1") is TABLE
    assert compared(merged, "000.00.01.H37", "000.00.02.H37") is TABLE


def test_rows_are_not_chained() -> None:
    chain = table(("H37.2", "H37.1", "Sở A"), ("H37.3", "H37.2", "Sở B"))
    assert compared(chain, "H37.1", "H37.2") is NONE
    assert compared(chain, "H37.2", "H37.3") is NONE
    assert compared(chain, "H37.1", "H37.3") is NONE
    assert compared(chain, "H37.2", "H37.2") is TEXT


@pytest.mark.parametrize(
    ("name", "expected"), [("Sở  y TẾ", TABLE), ("Sở Nội vụ", NONE), ("", NONE)]
)
def test_a_unit_listed_again_under_its_old_code_is_one(name: str, expected: Sameness) -> None:
    again = table(("000.00.01.H37", None, name), ("H37.1", "000.00.01.H37", "Sở Y tế"))
    assert compared(again, "000.00.01.H37", "H37.1") is expected
    unit = again.unit(OrganId("000.00.01.H37"))
    assert (unit.code if unit else None) == ("H37.1" if expected is TABLE else None)


def test_rows_without_a_code_say_nothing() -> None:
    found = table((" ", "000.00.01.H37"), ("null", "H37.5"), ("H37.6", "null"), ("H37.7", " "))
    assert [row.code for row in found.rows] == ["H37.6", "H37.7"]
    assert not found.knows(OrganId("null"))
    assert compared(found, "H37.6", "H37.7") is NONE


def test_a_code_that_is_its_own_old_code_is_one_form() -> None:
    found = table(("H37.1", "h37.1"), ("H37.1", "H37.1"))
    assert compared(found, "000.00.1.H37", "H37.1") is FORMULA


IDENTIFIERS = st.text("01H3.7 x", max_size=7)
ROWS = st.lists(st.tuples(IDENTIFIERS, st.none() | IDENTIFIERS, st.sampled_from("AB ")), max_size=8)


@given(ROWS, IDENTIFIERS, IDENTIFIERS)
def test_comparing_is_symmetric_and_the_table_is_never_overruled(
    rows: Sequence[tuple[str, str | None, str]], a: str, b: str
) -> None:
    found = table(*rows)
    said = compared(found, a, b)
    if found.knows(OrganId(a)) and found.knows(OrganId(b)):
        assert said is not FORMULA
    if said is TABLE:
        assert found.unit(OrganId(a)) == found.unit(OrganId(b)) is not None
    if said is FORMULA:
        assert same_by_formula(OrganId(a), OrganId(b))
        assert compared(NO_TABLE, a, b) is FORMULA


@given(ROWS, st.randoms())
def test_order_and_repetition_of_rows_say_nothing(
    rows: list[tuple[str, str | None, str]],
    random: st.randoms,  # type: ignore[valid-type]
) -> None:
    other = rows + rows
    random.shuffle(other)  # type: ignore[attr-defined] # hypothesis gives a Random
    codes = sorted({code for row in rows for code in row[:2] if code})
    one, two = table(*rows), table(*other)
    for a in codes:
        assert [compared(one, a, b) for b in codes] == [compared(two, a, b) for b in codes]


@given(ROWS, st.lists(IDENTIFIERS, max_size=4))
def test_what_compares_as_one_has_a_key_in_common(
    rows: list[tuple[str, str | None, str]], others: list[str]
) -> None:
    """So whoever looks under these keys overlooks nobody."""
    found = table(*rows)
    codes = [OrganId(code) for row in rows for code in row[:2] if code] + [*map(OrganId, others)]
    for a in codes:
        keys = {formula_key(form) for form in (a, *found.forms(a))}
        for b in codes:
            assert compared(found, a, b) is NONE or formula_key(b) in keys


def test_the_forms_of_no_unit_and_of_several() -> None:
    found = table(("H37.1", "000.00.09.H37"), ("H37.2", "000.00.09.H37"))
    assert found.forms(OrganId("h37.1")) == ("H37.1", "000.00.09.H37")
    assert found.forms(OrganId("000.00.09.H37")) == ()
    assert found.forms(OrganId(" ")) == ()
    assert formula_key(OrganId(" ")) == ()


def test_a_huge_table_is_compared_as_fast_as_a_small_one() -> None:
    """Also where one hostile old code stands on every row; a search would outlast the time-out."""
    rows = [(f"H37.{n}", f"000.00.{n:05d}.H37") for n in range(10_000)]
    rows += [(f"H38.{n}", "0.0.0.H38") for n in range(10_000)]
    huge = table(*rows)
    for n in range(10_000):
        assert compared(huge, f"H37.{n}", f"000.00.{n:05d}.H37") is TABLE
        assert compared(huge, "0.0.0.H38", "H38") is NONE


@pytest.mark.parametrize(
    ("had", "has", "far"),
    [(0, 0, False), (3, 0, True), (1, 0, True), (100, 50, False), (100, 49, True), (5, 9, False)],
)
def test_a_table_that_shrank_far(had: int, has: int, far: bool) -> None:
    assert far_smaller(had, has) is far
