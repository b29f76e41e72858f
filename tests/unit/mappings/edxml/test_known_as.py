"""Names under which a document is looked up: whatever comparing finds equal shares one."""

import pytest

from mappings.edxml.bare_number import bare_number, gives_number_only
from mappings.edxml.identifiers import issued_as, same_code, same_document
from mappings.edxml.known_as import known_as, names_of

CODE, NUMBER = "0512/UBND-VH", "0512"
DOCUMENT_ID = "H37.8,2024/05/08,512/UBND-VH"

WRITTEN_CODES = [
    "512/UBND-VH",
    "0512 / ubnd – VH",
    "Công văn số 512/UBND-VH ngày 08/5/2024",
    "512/ubnd-vh",
]
WRITTEN_IDS = [
    DOCUMENT_ID,
    "h37.8,2024-05-08,512/UBND-VH",
    "X,2024/05/08,512/UBND-VH",
    "X,2024/05/08,Số 512",
]


def _shares(names: tuple[str, ...]) -> bool:
    return bool(set(names) & set(names_of(DOCUMENT_ID, CODE, NUMBER)))


@pytest.mark.parametrize("code", WRITTEN_CODES)
def test_codes_that_are_one_share_a_name(code: str) -> None:
    assert same_code(code, CODE)
    assert _shares(known_as([], [code]))


@pytest.mark.parametrize("document_id", WRITTEN_IDS)
def test_document_ids_that_name_it_share_a_name(document_id: str) -> None:
    issued = issued_as(document_id)
    named = issued is not None and (
        same_code(issued[1], CODE) or gives_number_only(issued[1], NUMBER)
    )
    assert same_document(document_id, DOCUMENT_ID) or named
    assert _shares(known_as([document_id], []))


@pytest.mark.parametrize("code", ["513/UBND-VH", "512/STTTT", "", "X"])
def test_other_codes_share_none(code: str) -> None:
    assert not _shares(known_as(["X9"], [code]))


def test_a_draft_has_no_bare_number() -> None:
    assert names_of("D1", "", None) == known_as(["D1"], [""])


def test_each_name_is_given_once() -> None:
    names = known_as([DOCUMENT_ID, DOCUMENT_ID.lower()], [CODE, "512/UBND-VH"])
    assert len(names) == len(set(names))


def test_a_bare_number_has_neither_notation_nor_zeros() -> None:
    assert bare_number("Số: 0512/") == "512"
    assert bare_number(CODE) is None
