"""Pieces of a DOCX that python-docx has no word for: drawn lines, boxes, hidden tables, fields."""

from collections.abc import Sequence
from typing import cast

from docx.document import Document
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.enum.text import WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Mm, Pt, RGBColor
from docx.table import Table as WordTable
from docx.table import _Cell, _Row
from docx.text.paragraph import Paragraph as WordParagraph

from mappings.render import layout as lay
from mappings.render.official import Align, Column, Table

TYPEFACE = "Times New Roman"
LANGUAGE = "vi-VN"

_EIGHTHS = str(round(lay.RULE * 8))
_SIDES = ("top", "left", "bottom", "right")


def set_typeface(word: Document, size: float) -> None:
    """Set face, size, language and spacing that every paragraph starts from."""
    normal = word.styles["Normal"]
    normal.font.name = TYPEFACE
    normal.font.size = Pt(size)
    normal.paragraph_format.space_after = Pt(0)
    normal.paragraph_format.line_spacing = 1.0
    properties = normal.element.get_or_add_rPr()
    for slot in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        properties.rFonts.set(qn(slot), TYPEFACE)
    language = _element("w:lang", val=LANGUAGE, eastAsia=LANGUAGE)
    for defaults in word.styles.element.iter(qn("w:docDefaults")):
        for old in list(defaults.iter(qn("w:lang"))):
            old.getparent().replace(old, language)


def write(
    paragraph: WordParagraph, text: str, size: float, *, bold: bool = False, italic: bool = False
) -> WordParagraph:
    """Put a line of text into a paragraph, centred, and return the paragraph."""
    run = paragraph.add_run(text)
    run.font.size = Pt(size)
    run.bold = bold or None
    run.italic = italic or None
    paragraph.alignment = ALIGN.CENTER
    return paragraph


def thin_rule(paragraph: WordParagraph, room: float, length: float) -> WordParagraph:
    """Turn an empty paragraph into a drawn line of ``length`` mm, centred in ``room`` mm."""
    layout = paragraph.paragraph_format
    layout.left_indent = layout.right_indent = Mm((room - length) / 2)
    layout.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    layout.line_spacing = Pt(lay.RULE_ROOM / 2)
    layout.space_before = Pt(lay.RULE_ROOM / 2)
    _border(paragraph, ("top",), lay.BLACK)
    return paragraph


def boxed(
    paragraph: WordParagraph, mark: lay.Mark, room: float, size: float = lay.SIZE_MARK
) -> None:
    """Put a mark into a drawn box, centred in ``room`` mm; neighbours of one width share a box."""
    write(paragraph, mark.text, size, bold=True)
    paragraph.runs[0].font.color.rgb = RGBColor.from_string(mark.color)
    indent = Mm((room - mark.width) / 2)
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = indent
    _border(paragraph, _SIDES, mark.color)


def hidden_table(word: Document, *, rows: int, widths: Sequence[float]) -> WordTable:
    """Add a table without lines and cell margins; widths in mm. Its rows stay whole."""
    table: WordTable = word.add_table(rows=rows, cols=len(widths))
    _fix(table, widths)
    for row in table.rows:
        _set_row(row, "w:cantSplit")
    margins = _element("w:tblCellMar")
    for side in ("left", "right"):
        margins.append(_element(f"w:{side}", w="0", type="dxa"))
    table._tbl.tblPr.append(margins)
    return table


def ruled_table(word: Document, block: Table) -> None:
    """Add a table with lines; its head is repeated on every page, its rows stay whole.

    It breaks between any rows, but no head stands alone below a page and no total above one.
    """
    shares = sum(column.share for column in block.columns)
    widths = [lay.TEXT_WIDTH * column.share / shares for column in block.columns]
    table = word.add_table(rows=1, cols=len(block.columns), style="Table Grid")
    for cell, column in zip(table.row_cells(0), block.columns, strict=True):
        cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
        _air(write(cell.paragraphs[0], column.title, lay.SIZE_TABLE, bold=True))
    _set_row(table.rows[0], "w:cantSplit", "w:tblHeader")
    last = len(block.rows) - 1
    for index, texts in enumerate(block.rows):
        row = table.add_row()
        _set_row(row, "w:cantSplit")
        _fill(row.cells, block.columns, texts, bold=block.total and index == last)
    _hold(table.rows[0])
    if block.total:
        _hold(table.rows[last])
    _fix(table, widths)
    word.add_paragraph().paragraph_format.space_after = Pt(0)


def page_number(paragraph: WordParagraph, size: float) -> None:
    """Put the field of the page's number into a paragraph."""
    field = _element("w:fldSimple", instr="PAGE")
    run = write(paragraph, "1", size).runs[0]._r
    paragraph._p.append(field)
    field.append(run)


def _fill(
    cells: Sequence[_Cell], columns: Sequence[Column], texts: Sequence[str], *, bold: bool
) -> None:
    for cell, column, text in zip(cells, columns, texts, strict=True):
        paragraph = _air(write(cell.paragraphs[0], text, lay.SIZE_TABLE, bold=bold))
        if column.align is Align.LEFT:
            paragraph.alignment = ALIGN.LEFT


def _air(paragraph: WordParagraph) -> WordParagraph:
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)
    return paragraph


def _hold(row: _Row) -> None:
    """Hold a row on the page of the next one."""
    for cell in row.cells:
        cell.paragraphs[0].paragraph_format.keep_with_next = True


def _fix(table: WordTable, widths: Sequence[float]) -> None:
    table.autofit = False
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    # Word reads the grid, LibreOffice the cells: both must say the same.
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Mm(width)


def _set_row(row: _Row, *flags: str) -> None:
    properties = row._tr.get_or_add_trPr()
    for flag in flags:
        properties.append(_element(flag))


def _border(paragraph: WordParagraph, sides: Sequence[str], color: str) -> None:
    borders = _element("w:pBdr")
    for side in sides:
        borders.append(_element(f"w:{side}", val="single", sz=_EIGHTHS, space="1", color=color))
    properties = paragraph._p.get_or_add_pPr()
    # The schema wants the border before spacing, indents and alignment.
    properties.insert_element_before(borders, "w:shd", "w:spacing", "w:ind", "w:jc", "w:rPr")


def _element(tag: str, **attributes: str) -> BaseOxmlElement:
    element = cast(BaseOxmlElement, OxmlElement(tag))
    for name, value in attributes.items():
        element.set(qn(f"w:{name}"), value)
    return element
