"""Attachments that a file announces and that cannot be had are named beside the packet."""

import pytest

from tests.edxml_files import read
from tests.unit.mappings.edxml.test_edxml_attachments import file, part

LISTED = "<Reference><ContentId>cid:9</ContentId><AttachmentName>b.pdf</AttachmentName></Reference>"


@pytest.mark.parametrize(
    ("content", "lost"),
    [
        (file(part("a.txt")), ()),
        (file(part("a.txt", None)), ("a.txt",)),
        (file(part("a.txt", "*"), part(None, "*")), ("a.txt", "number 2")),
        (file(part("a.txt"), manifest=LISTED), ("b.pdf",)),
        (file(manifest=LISTED.replace("b.pdf", "")), ("9",)),
    ],
)
def test_what_cannot_be_had_is_named(content: bytes, lost: tuple[str, ...]) -> None:
    assert read(content).lost == lost
