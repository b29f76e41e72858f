"""Official document to DOCX bytes, laid out as Nghị định 30/2020/NĐ-CP, Phụ lục I asks.

Equal documents give equal bytes: the file's dates are the document's, its ZIP carries none.
"""

from datetime import UTC, datetime
from io import BytesIO
from typing import assert_never

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.shared import Mm, Pt
from docx.table import _Cell
from docx.text.paragraph import Paragraph as WordParagraph

from mappings.render import layout as lay
from mappings.render.official import (
    Block,
    Heading,
    Item,
    OfficialDocument,
    Paragraph,
    Table,
    addressed,
    dash_list,
)
from mappings.render.package import normalised
from mappings.render.word_parts import (
    boxed,
    hidden_table,
    page_number,
    ruled_table,
    set_typeface,
    thin_rule,
    write,
)
from mappings.render.wording import MOTTO


def render_word(document: OfficialDocument) -> bytes:
    """Return a document as one DOCX file."""
    word = docx.Document()
    _set_page(word)
    set_typeface(word, lay.SIZE_BODY)
    _set_properties(word, document)
    _head(word, document)
    if document.type_name:
        _title(word, document)
    _addressees(word, document)
    for block in document.body:
        _block(word, block)
    _keep_last_with_foot(word)
    _foot(word, document)
    out = BytesIO()
    word.save(out)
    return normalised(out.getvalue())


def _set_page(word: Document) -> None:
    section = word.sections[0]
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(lay.PAGE_WIDTH), Mm(lay.PAGE_HEIGHT)
    section.top_margin, section.bottom_margin = Mm(lay.TOP), Mm(lay.BOTTOM)
    section.left_margin, section.right_margin = Mm(lay.LEFT), Mm(lay.RIGHT)
    section.header_distance = Mm(lay.PAGE_NUMBER_TOP)
    section.footer_distance = Mm(lay.PAGE_NUMBER_TOP)
    section.different_first_page_header_footer = True
    page_number(section.header.paragraphs[0], lay.SIZE_PAGE_NUMBER)


def _set_properties(word: Document, document: OfficialDocument) -> None:
    issued = document.issued
    day = datetime(issued.year, issued.month, issued.day or 1, tzinfo=UTC)
    core = word.core_properties
    core.title = document.title[:255]
    core.author = core.last_modified_by = document.issuer[:255]
    core.subject = document.subject[:255]
    core.comments = core.keywords = core.category = ""
    core.language = "vi-VN"
    core.created = core.modified = day
    core.revision = 1


def _head(word: Document, document: OfficialDocument) -> None:
    table = hidden_table(word, rows=2, widths=(lay.HEAD_LEFT, lay.HEAD_RIGHT))
    _issuer(table.cell(0, 0), document)
    right = table.cell(0, 1)
    write(right.paragraphs[0], document.country, lay.SIZE_COUNTRY, bold=True)
    write(right.add_paragraph(), MOTTO, lay.SIZE_MOTTO, bold=True)
    thin_rule(right.add_paragraph(), lay.HEAD_RIGHT, lay.motto_rule())
    left = table.cell(1, 0)
    write(left.paragraphs[0], document.number_line, lay.SIZE_NUMBER)
    if not document.type_name:
        subject = write(
            left.add_paragraph(), f"V/v {document.subject}", lay.SIZE_LETTER_SUBJECT
        ).paragraph_format
        subject.left_indent = subject.right_indent = Mm(lay.SUBJECT_SIDES)
    for mark in lay.marks(document):
        left.add_paragraph().paragraph_format.space_after = Pt(0)
        boxed(left.add_paragraph(), mark, lay.HEAD_LEFT)
    write(table.cell(1, 1).paragraphs[0], document.place_line, lay.SIZE_PLACE, italic=True)


def _issuer(cell: _Cell, document: OfficialDocument) -> None:
    lines = [(document.parent.upper(), False)] if document.parent else []
    lines += [(line, True) for line in document.issuer_lines]
    for index, (line, bold) in enumerate(lines):
        paragraph = cell.add_paragraph() if index else cell.paragraphs[0]
        write(paragraph, line, lay.SIZE_ISSUER, bold=bold)
    thin_rule(cell.add_paragraph(), lay.HEAD_LEFT, lay.issuer_rule(document))


def _title(word: Document, document: OfficialDocument) -> None:
    name = write(word.add_paragraph(), document.type_name.upper(), lay.SIZE_TITLE, bold=True)
    name.paragraph_format.space_before = Pt(2 * lay.SPACE)
    write(word.add_paragraph(), document.subject, lay.SIZE_TITLE, bold=True)
    rule = thin_rule(word.add_paragraph(), lay.TEXT_WIDTH, lay.subject_rule(document))
    rule.paragraph_format.space_after = Pt(lay.SPACE)


def _addressees(word: Document, document: OfficialDocument) -> None:
    if not document.addressees:
        return
    line, entries = addressed(document.addressees)
    first = write(word.add_paragraph(), line, lay.SIZE_BODY)
    first.paragraph_format.space_before = Pt(2 * lay.SPACE)
    if entries:
        first.alignment = ALIGN.LEFT
        first.paragraph_format.left_indent = Mm(lay.LIST_INDENT - lay.INDENT)
    last = first
    for entry in entries:
        last = write(word.add_paragraph(), entry, lay.SIZE_BODY)
        last.alignment = ALIGN.LEFT
        last.paragraph_format.left_indent = Mm(lay.LIST_INDENT)
    last.paragraph_format.space_after = Pt(2 * lay.SPACE)


def _block(word: Document, block: Block) -> None:
    match block:
        case Paragraph():
            _running(word, block.text, italic=block.italic)
        case Item():
            _running(word, f"{block.marker} {block.text}")
        case Heading():
            text = block.text.upper() if block.level == 1 else block.text
            heading = _running(word, text, bold=block.level < lay.PLAIN_LEVEL)
            heading.paragraph_format.keep_with_next = True
        case Table():
            ruled_table(word, block)
        case _:
            assert_never(block)


def _running(
    word: Document, text: str, *, bold: bool = False, italic: bool = False
) -> WordParagraph:
    paragraph = write(word.add_paragraph(), text, lay.SIZE_BODY, bold=bold, italic=italic)
    paragraph.alignment = ALIGN.JUSTIFY
    paragraph.paragraph_format.first_line_indent = Mm(lay.INDENT)
    paragraph.paragraph_format.space_after = Pt(lay.SPACE)
    return paragraph


def _keep_last_with_foot(word: Document) -> None:
    """Keep a signature from standing alone on a page."""
    for paragraph in word.paragraphs[-1:]:
        paragraph.paragraph_format.keep_with_next = True


def _foot(word: Document, document: OfficialDocument) -> None:
    table = hidden_table(word, rows=1, widths=(lay.FOOT_HALF, lay.FOOT_HALF))
    left, right = table.row_cells(0)
    title = write(
        left.paragraphs[0], "Nơi nhận:", lay.SIZE_RECIPIENTS_TITLE, bold=True, italic=True
    )
    title.alignment = ALIGN.LEFT
    title.paragraph_format.space_before = Pt(lay.SPACE)
    for entry in dash_list(document.recipients):
        write(left.add_paragraph(), entry, lay.SIZE_RECIPIENTS).alignment = ALIGN.LEFT
    signer = document.signer
    lines = [line.upper() for line in (*signer.capacity, signer.position) if line]
    for index, line in enumerate(lines):
        paragraph = right.add_paragraph() if index else right.paragraphs[0]
        write(paragraph, line, lay.SIZE_SIGNER, bold=True)
        paragraph.paragraph_format.space_before = Pt(0 if index else lay.SPACE)
    for line in signer.stamp:
        stamp = lay.Mark(text=line, width=lay.FOOT_HALF - lay.INDENT, color=lay.RED)
        boxed(right.add_paragraph(), stamp, lay.FOOT_HALF, size=lay.SIZE_STAMP)
    name = write(right.add_paragraph(), signer.name, lay.SIZE_SIGNER, bold=True)
    name.paragraph_format.space_before = Pt(lay.SPACE if signer.stamp else lay.SIGNATURE_SPACE)
