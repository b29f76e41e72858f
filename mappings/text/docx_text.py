"""Text of a DOCX body in reading order, tables included (ECMA-376 part 1, chapter 17).

Reads the main part itself, one paragraph or row of the body after the other, and nothing outside
it is followed.
"""

from collections.abc import Iterator
from typing import BinaryIO

from lxml import etree

from domain.errors import MalformedDocument
from domain.words import say
from mappings.text.limits import Limits, within
from mappings.text.package import Event, main_part, opened_package

_WHAT = say("Office document")
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
_BODY = f"{_W}body"
_TABLE = f"{_W}tbl"
_ROW = f"{_W}tr"
_WIDE_ROW = 3
"""Rows with fewer cells are layout (header, signature block): their cells follow one another."""


def docx_text(stream: BinaryIO, limits: Limits) -> str:
    """Return the text of one DOCX file; a wide table's row is one line, cells joined by ``|``.

    A workbook (XLSX) gives none: of it only that it is sound is known. Raises MalformedDocument,
    TooLarge.
    """
    with opened_package(_WHAT, stream, limits) as package:
        return "\n".join(_lines(main_part(_WHAT, package), limits))


def _lines(events: Iterator[Event], limits: Limits) -> Iterator[str]:
    """Yield the lines of the body, and refuse text and blocks above the limits as they come."""
    elements = characters = 0
    readable = False
    for event, element in events:
        if event == "start":
            elements += 1
            within(_WHAT, elements, limits.elements, "elements in one paragraph or row")
        elif element.getparent() is None:
            readable = readable or etree.QName(element).localname == _WORKBOOK
        elif _in_body(element) or _in_table(element):
            for line in _block(element):
                characters += len(line)
                within(_WHAT, characters, limits.characters, "characters")
                yield line
            elements = 0
            _forget(element)
        else:
            readable = readable or _is_body(element)
    if not readable:
        raise MalformedDocument(_WHAT, say("it has no body"))


def _is_body(element: etree._Element) -> bool:
    root = element.getparent()
    return element.tag == _BODY and root is not None and root.getparent() is None


def _in_body(element: etree._Element) -> bool:
    parent = element.getparent()
    return parent is not None and _is_body(parent)


def _in_table(element: etree._Element) -> bool:
    """Tell whether an element is a row, or what wraps one, of a table in the body itself."""
    table = element.getparent()
    return table is not None and table.tag == _TABLE and _in_body(table)


def _forget(element: etree._Element) -> None:
    """Free an element that was read, and those before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _blocks(parent: etree._Element) -> Iterator[str]:
    for child in parent:
        yield from _block(child)


def _block(child: etree._Element) -> Iterator[str]:
    if child.tag == f"{_W}p":
        yield from _paragraph(child)
    elif child.tag == _ROW:
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
