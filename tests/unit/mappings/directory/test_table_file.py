"""Files that people call their list: workbooks, CSV in several forms, and what is refused."""

import io
import zipfile

import pytest

from domain.errors import MalformedDocument, TooLarge
from mappings.directory import table_file
from mappings.directory.table_file import read_tables
from tests.old_letters import in_tcvn3
from tests.unit.mappings.directory.sheets import workbook

TEXT = "STT;Tên đơn vị;Email\n\n1;Xã Hòa Lạc;a@xa.example\n"


def zipped(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.replace(";", ",").encode(),
        TEXT.replace(";", "\t").encode(),
        in_tcvn3(TEXT.replace("Đ", "đ")).encode("latin-1"),
    ],
)
def test_comma_separated_values(content: bytes) -> None:
    (found,) = read_tables(content, "danh-sach")
    assert found.name == "danh-sach"
    assert [(row.number, dict(row.cells)) for row in found.rows] == [
        (1, {1: "STT", 2: "Tên đơn vị", 3: "Email"}),
        (3, {1: "1", 2: "Xã Hòa Lạc", 3: "a@xa.example"}),
    ]


def test_a_workbook_is_known_by_its_content() -> None:
    assert [t.name for t in read_tables(workbook([["a"]]), "x")] == ["Danh sách"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, r"before 2007 \(.xls\); open it"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "protected by a password",
        ),
        (zipped("mimetype", "content.xml"), "OpenDocument"),
        (zipped("xl/workbook.bin"), "xlsb"),
        (zipped("word/document.xml"), "Word document"),
        (zipped("a.txt"), "damaged"),
        (b"PK\x03\x04 and nothing else", "damaged"),
        (b"%PDF-1.7", "no spreadsheet"),
        (b"a\x00b", "no spreadsheet"),
        (b'a,"' + b"x" * 200_000 + b'"', "no CSV"),
    ],
)
def test_other_files_are_refused_with_what_to_do(content: bytes, reason: str) -> None:
    with pytest.raises(MalformedDocument, match=reason):
        read_tables(content, "x")


def test_bounds_of_csv(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(table_file, "CELLS", 2)
        with pytest.raises(TooLarge, match="cells"):
            read_tables(TEXT.encode(), "x")
    monkeypatch.setattr(table_file, "LETTERS", 2)
    with pytest.raises(TooLarge, match="characters"):
        read_tables(TEXT.encode(), "x")


def test_a_list_of_parts_that_is_too_long_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    content = zipped(*(f"{number}" * 50 for number in range(30_000)))
    with pytest.raises(TooLarge, match="list of parts"):
        read_tables(content, "x")
