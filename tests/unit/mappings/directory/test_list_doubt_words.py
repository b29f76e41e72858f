"""What is said of doubtful rows, in both languages."""

from domain.office import Directory
from mappings.directory.doubt import Code
from mappings.directory.words import _SAID, located, said
from tests.unit.mappings.directory.sheets import HEADS, compared, office

DIRECTORY = Directory([office("phong-noi-vu", "Phòng Nội vụ", "pnv@huulung.example")])


def test_every_doubt_has_words_in_both_languages() -> None:
    assert set(_SAID) == set(Code)
    rows = [HEADS, (1, "Trường Tiểu học", None, "pnv@huulung.example")]
    found = compared(rows, DIRECTORY)
    (doubt,) = found.doubts
    assert said(doubt, "en").startswith("the address or identifier is that of phong-noi-vu")
    assert said(doubt, "vi").startswith("địa chỉ hoặc mã định danh là của phong-noi-vu")
    assert located(doubt, "en") == "sheet Danh sách, row 2, cell B2"
    assert located(doubt, "vi") == "trang Danh sách, dòng 2, ô B2"
    nothing = compared([("a",)], DIRECTORY).doubts
    assert [located(one, "vi") for one in nothing] == ["trang Danh sách", ""]
