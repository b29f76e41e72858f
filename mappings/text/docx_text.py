"""Text of a DOCX body in reading order, tables included (ECMA-376 part 1, chapter 17).

Reads the main part itself: the tree is walked once, and nothing outside it is followed.
"""

from collections.abc import Iterator
from typing import BinaryIO

from lxml import etree

from domain.errors import MalformedDocument
from mappings.text.limits import Limits
from mappings.text.package import main_part, opened_package

_WHAT = "Office document"
_WORKBOOK = "workbook"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_CHARACTERS = {
    f"{_W}tab": "\t",
    f"{_W}br": "\n",
    f"{_W}cr": "\n",
    f"{_W}noBreakHyphen": "-",
}
# What a reader of the page does not see, and text boxes kept twice for old programs.
_SKIPPED = frozenset(
    (f"{_W}del", f"{_W}moveFrom", f"{_W}instrText", f"{_W}pPr", f"{_W}sectPr", _FALLBACK)
)
_WIDE_ROW = 3
"""Rows with fewer cells are layout (header, signature block): their cells follow one another."""


def docx_text(stream: BinaryIO, limits: Limits) -> str:
    """Return the text of one DOCX file; a wide table's row is one line, cells joined by ``|``.

    A workbook (XLSX) gives none: of it only that it is sound is known. Raises MalformedDocument,
    TooLarge.
    """
    with opened_package(_WHAT, stream, limits) as package:
        root = main_part(_WHAT, package)
    if etree.QName(root).localname == _WORKBOOK:
        return ""
    body = root.find(f"{_W}body")
    if body is None:
        raise MalformedDocument(_WHAT, "it has no body")
    return "\n".join(_blocks(body))


def _blocks(parent: etree._Element) -> Iterator[str]:
    for child in parent:
        if child.tag == f"{_W}p":
            yield from _paragraph(child)
        elif child.tag == f"{_W}tr":
            yield from _row(child)
        elif child.tag not in _SKIPPED:
            # Tables, content controls and custom XML wrap what can be read.
            yield from _blocks(child)


def _row(row: etree._Element) -> Iterator[str]:
    cells = [list(_blocks(cell)) for cell in row.iterchildren(f"{_W}tc")]
    if len(cells) < _WIDE_ROW:
        for cell in cells:
            yield from cell
    else:
        yield " | ".join(" ".join(filter(None, cell)) for cell in cells)


def _paragraph(paragraph: etree._Element) -> Iterator[str]:
    parts: list[str] = []
    boxes: list[etree._Element] = []
    _gather(paragraph, parts, boxes)
    yield "".join(parts).strip()
    for box in boxes:
        yield from _blocks(box)


def _gather(parent: etree._Element, parts: list[str], boxes: list[etree._Element]) -> None:
    for child in parent:
        if child.tag == f"{_W}t":
            parts.append(child.text or "")
        elif child.tag in _CHARACTERS:
            parts.append(_CHARACTERS[child.tag])
        elif child.tag == f"{_W}txbxContent":
            boxes.append(child)
        elif child.tag not in _SKIPPED:
            _gather(child, parts, boxes)
