"""Files that nobody could open are told from those that merely hold no text for us."""

import pytest

from mappings.text.damage import damage

ZIP = b"PK\x03\x04rest"


@pytest.mark.parametrize(
    ("name", "content", "problem", "found"),
    [
        ("512.docx", ZIP, None, ""),
        ("512.DOCX", ZIP, "BadZipFile", "BadZipFile"),
        ("512.docx", b"garbage", None, "it is no Office file inside"),
        ("bieu.xlsx", b"", None, "it is empty"),
        ("512.pdf", b"%PDF-1.4", None, ""),
        ("512.pdf", b"\xef\xbb\xbf%PDF-1.4", "it is locked", "it is locked"),
        ("512.pdf", b"\0" * 9, None, "it is no PDF inside"),
        ("512.doc", b"\xd0\xcf", "it is in the old Office format", ""),
        ("anh.jpg", b"\xff\xd8\xff", "it is a picture", ""),
        ("phu luc", b"x", None, ""),
    ],
)
def test_damage_is_told(name: str, content: bytes, problem: str | None, found: str) -> None:
    assert damage(name, content, problem) == found
