"""Official document to PDF bytes, laid out as Nghị định 30/2020/NĐ-CP, Phụ lục I asks.

The typeface is embedded; equal documents give equal bytes (the file carries no clock time).
"""

from collections.abc import Sequence
from io import BytesIO
from typing import assert_never

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    KeepTogether,
    PageTemplate,
    Spacer,
)

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
from mappings.render.pdf_parts import Rule, boxed, columns, line, ruled_table, running
from mappings.render.typeface import Face, load
from mappings.render.wording import MOTTO


def render_pdf(document: OfficialDocument) -> bytes:
    """Return a document as one PDF file."""
    story: list[Flowable] = [_head(document)]
    if document.type_name:
        story += _title(document)
    story += _addressees(document)
    body = _body(document.body)
    # A signature never stands alone on a page.
    story += [*body[:-1], KeepTogether([*body[-1:], Spacer(1, lay.SPACE), _foot(document)])]
    return set_pages(story, title=document.title, author=document.issuer)


def set_pages(story: list[Flowable], *, title: str, author: str) -> bytes:
    """Set flowables on A4 pages with the official margins and page numbers."""
    load()
    out = BytesIO()
    template = BaseDocTemplate(
        out,
        pagesize=(lay.PAGE_WIDTH * mm, lay.PAGE_HEIGHT * mm),
        title=title[:255],
        author=author[:255],
        creator="Dondoc",
        lang="vi-VN",
        invariant=1,
    )
    frame = Frame(
        lay.LEFT * mm,
        lay.BOTTOM * mm,
        lay.TEXT_WIDTH * mm,
        (lay.PAGE_HEIGHT - lay.TOP - lay.BOTTOM) * mm,
        leftPadding=0,
        rightPadding=0,
        topPadding=0,
        bottomPadding=0,
    )
    template.addPageTemplates(PageTemplate(frames=[frame], onPage=_number_page))
    template.build(story)
    return out.getvalue()


def _number_page(canvas: Canvas, template: BaseDocTemplate) -> None:
    if template.page > 1:
        canvas.setFont(str(Face.REGULAR), lay.SIZE_PAGE_NUMBER)
        top = (lay.PAGE_HEIGHT - lay.PAGE_NUMBER_TOP) * mm - lay.SIZE_PAGE_NUMBER
        canvas.drawCentredString((lay.LEFT + lay.TEXT_WIDTH / 2) * mm, top, str(template.page))


def _head(document: OfficialDocument) -> Flowable:
    issuer: list[Flowable] = []
    if document.parent:
        issuer.append(line(document.parent.upper(), lay.SIZE_ISSUER))
    issuer += [line(text, lay.SIZE_ISSUER, Face.BOLD) for text in document.issuer_lines]
    issuer.append(Rule(lay.issuer_rule(document)))
    country: list[Flowable] = [
        line(document.country, lay.SIZE_COUNTRY, Face.BOLD),
        line(MOTTO, lay.SIZE_MOTTO, Face.BOLD),
        Rule(lay.motto_rule()),
    ]
    number: list[Flowable] = [line(document.number_line, lay.SIZE_NUMBER)]
    if not document.type_name:
        number.append(
            line(f"V/v {document.subject}", lay.SIZE_LETTER_SUBJECT, sides=lay.SUBJECT_SIDES)
        )
    for mark in lay.marks(document):
        number += [Spacer(1, lay.SPACE), boxed((mark.text,), mark)]
    place: list[Flowable] = [line(document.place_line, lay.SIZE_PLACE, Face.ITALIC)]
    return columns(((issuer, country), (number, place)), (lay.HEAD_LEFT, lay.HEAD_RIGHT))


def _title(document: OfficialDocument) -> list[Flowable]:
    return [
        Spacer(1, 2 * lay.SPACE),
        line(document.type_name.upper(), lay.SIZE_TITLE, Face.BOLD),
        line(document.subject, lay.SIZE_TITLE, Face.BOLD),
        Rule(lay.subject_rule(document)),
        Spacer(1, lay.SPACE),
    ]


def _addressees(document: OfficialDocument) -> list[Flowable]:
    if not document.addressees:
        return []
    first, entries = addressed(document.addressees)
    indent = lay.LIST_INDENT - lay.INDENT if entries else None
    return [
        Spacer(1, 2 * lay.SPACE),
        line(first, lay.SIZE_BODY, indent=indent),
        *(line(entry, lay.SIZE_BODY, indent=lay.LIST_INDENT) for entry in entries),
        Spacer(1, 2 * lay.SPACE),
    ]


def _body(blocks: Sequence[Block]) -> list[Flowable]:
    story: list[Flowable] = []
    headings = 0
    for block in blocks:
        if isinstance(block, Table):
            _start_table(story, headings)
        story.append(_block(block))
        headings = headings + 1 if isinstance(block, Heading) else 0
    return story


def _start_table(story: list[Flowable], headings: int) -> None:
    """Let the headings above a table and its first rows share a page.

    The library would hold a heading together with the whole table and leave a page empty.
    """
    first = len(story) - headings
    for heading in story[first:]:
        heading.keepWithNext = False
    room = lay.TABLE_START + headings * lay.HEADING_ROOM
    story.insert(first, CondPageBreak(room * mm))


def _block(block: Block) -> Flowable:
    match block:
        case Paragraph():
            return running(block.text, Face.ITALIC if block.italic else Face.REGULAR)
        case Item():
            return running(f"{block.marker} {block.text}")
        case Heading():
            text = block.text.upper() if block.level == 1 else block.text
            plain = block.level >= lay.PLAIN_LEVEL
            return running(text, Face.REGULAR if plain else Face.BOLD, keep=True)
        case Table():
            return ruled_table(block)
        case _:
            assert_never(block)


def _foot(document: OfficialDocument) -> Flowable:
    title = line("Nơi nhận:", lay.SIZE_RECIPIENTS_TITLE, Face.BOLD_ITALIC, indent=0)
    recipients = [
        line(entry, lay.SIZE_RECIPIENTS, indent=0) for entry in dash_list(document.recipients)
    ]
    signer = document.signer
    lines = [text.upper() for text in (*signer.capacity, signer.position) if text]
    block: list[Flowable] = [line(text, lay.SIZE_SIGNER, Face.BOLD) for text in lines]
    if signer.stamp:
        mark = lay.Mark(text="", width=lay.FOOT_HALF - lay.INDENT, color=lay.RED)
        block += [Spacer(1, lay.SPACE), boxed(signer.stamp, mark, lay.SIZE_STAMP)]
        block.append(Spacer(1, lay.SPACE))
    else:
        block.append(Spacer(1, lay.SIGNATURE_SPACE))
    block.append(line(signer.name, lay.SIZE_SIGNER, Face.BOLD))
    return columns((([title, *recipients], block),), (lay.FOOT_HALF, lay.FOOT_HALF))
