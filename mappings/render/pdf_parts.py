"""Pieces that the pages of a PDF are set from. Lengths are millimetres, sizes points."""

from collections.abc import Sequence
from functools import cache
from html import escape
from typing import Literal

from reportlab.lib.colors import HexColor, black
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_LEFT
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable
from reportlab.platypus import Paragraph as PdfParagraph
from reportlab.platypus import Table as PdfTable

from mappings.render import layout as lay
from mappings.render.official import Align, Table
from mappings.render.typeface import Face, load, width

Setting = Literal[0, 1, 4]

_LEADING = 1.15  # single line spacing of Times New Roman
_CELL_SIDE = 4.0
"""Points between a cell's text and its lines."""

_NO_PADDING = [
    (f"{side}PADDING", (0, 0), (-1, -1), 0) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")
]


@cache
def style(
    face: Face, size: float, align: Setting = TA_CENTER, left: float = 0, first: float = 0
) -> ParagraphStyle:
    """Return the style of a paragraph; ``left`` and ``first`` are its indents."""
    load()
    return ParagraphStyle(
        name="set",
        fontName=str(face),
        fontSize=size,
        leading=size * _LEADING,
        alignment=align,
        leftIndent=left * mm,
        firstLineIndent=first * mm,
    )


def line(
    text: str,
    size: float,
    face: Face = Face.REGULAR,
    indent: float | None = None,
    sides: float = 0,
) -> PdfParagraph:
    """Return text centred with room at its ``sides``, or set from ``indent`` on."""
    if indent is None:
        look = style(face, size)
        if sides:
            look = ParagraphStyle("set", look, leftIndent=sides * mm, rightIndent=sides * mm)
        return _paragraph(text, look)
    return _paragraph(text, style(face, size, TA_LEFT, indent))


def running(text: str, face: Face = Face.REGULAR, *, keep: bool = False) -> PdfParagraph:
    """Return a paragraph of the body; ``keep`` holds it on the page of what follows."""
    paragraph = _paragraph(text, style(face, lay.SIZE_BODY, TA_JUSTIFY, 0, lay.INDENT))
    paragraph.spaceAfter = lay.SPACE
    paragraph.keepWithNext = keep
    return paragraph


class Rule(Flowable):
    """A drawn line of ``length``, centred in the room that there is, with air around it."""

    def __init__(self, length: float) -> None:
        super().__init__()
        self._length = length * mm

    def wrap(self, availWidth: float, availHeight: float) -> tuple[float, float]:  # noqa: ARG002, N803
        """Take the whole width; the library's name for it."""
        self.width, self.height = availWidth, lay.RULE_ROOM
        return self.width, self.height

    def draw(self) -> None:
        """Draw the line; the library's name for it."""
        start = (self.width - self._length) / 2
        self.canv.setLineWidth(lay.RULE)
        self.canv.line(start, self.height / 2, start + self._length, self.height / 2)


def boxed(lines: Sequence[str], mark: lay.Mark, size: float = lay.SIZE_MARK) -> Flowable:
    """Return lines in a drawn box of the mark's width and colour."""
    color = HexColor(f"#{mark.color}")
    look = ParagraphStyle(name="boxed", parent=style(Face.BOLD, size), textColor=color)
    box = PdfTable(
        [[[_paragraph(text, look) for text in lines]]],
        colWidths=[mark.width * mm],
        style=[
            ("BOX", (0, 0), (-1, -1), 2 * lay.RULE, color),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
        ],
    )
    box.hAlign = "CENTER"
    return box


def columns(rows: Sequence[Sequence[Sequence[Flowable]]], widths: Sequence[float]) -> Flowable:
    """Return cells of flowables side by side, without lines."""
    cells = [[list(cell) for cell in row] for row in rows]
    return PdfTable(
        cells,
        colWidths=[width * mm for width in widths],
        style=[
            *_NO_PADDING,
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("ALIGN", (0, 0), (-1, -1), "CENTER"),
        ],
        splitInRow=1,
    )


def ruled_table(block: Table) -> Flowable:
    """Return a table with lines, whose head is repeated on every page."""
    shares = sum(column.share for column in block.columns)
    widths = [lay.TEXT_WIDTH * mm * column.share / shares for column in block.columns]
    head = [
        _cell(column.title, Align.CENTER, Face.BOLD, room)
        for column, room in zip(block.columns, widths, strict=True)
    ]
    last = len(block.rows) - 1
    rows = [
        [
            _cell(text, column.align, face, room)
            for text, column, room in zip(texts, block.columns, widths, strict=True)
        ]
        for texts, face in (
            (texts, Face.BOLD if block.total and index == last else Face.REGULAR)
            for index, texts in enumerate(block.rows)
        )
    ]
    # A total never stands alone on a page.
    whole = [("NOSPLIT", (0, -2), (-1, -1))] if block.total else []
    return PdfTable(
        [head, *rows],
        colWidths=widths,
        repeatRows=1,
        splitInRow=int(_has_high_row(rows, widths)),
        spaceBefore=2,
        spaceAfter=2 * lay.SPACE,
        style=[
            ("GRID", (0, 0), (-1, -1), lay.RULE, black),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("VALIGN", (0, 0), (-1, 0), "MIDDLE"),
            ("LEFTPADDING", (0, 0), (-1, -1), _CELL_SIDE),
            ("RIGHTPADDING", (0, 0), (-1, -1), _CELL_SIDE),
            ("TOPPADDING", (0, 0), (-1, -1), 1),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
            *whole,
        ],
    )


def _has_high_row(rows: Sequence[Sequence[PdfParagraph]], widths: Sequence[float]) -> bool:
    """Tell whether a row must be split; where none must, the library would split one anyway."""
    return any(
        cell.wrap(width - 2 * _CELL_SIDE, 0)[1] > lay.ROW_MOST * mm
        for row in rows
        for cell, width in zip(row, widths, strict=True)
    )


def _cell(text: str, align: Align, face: Face, room: float) -> PdfParagraph:
    look = style(face, lay.SIZE_TABLE, TA_LEFT if align is Align.LEFT else TA_CENTER)
    inner = room - 2 * _CELL_SIDE
    return PdfParagraph(" ".join(_word(word, face, inner) for word in text.split(" ")), look)


def _word(word: str, face: Face, room: float) -> str:
    """Return a word as markup; one too wide, such as a notation, breaks after its last hyphen."""
    start, hyphen, end = word.rpartition("-")
    if start and end and width(word, face, lay.SIZE_TABLE) > room:
        return f"{escape(start + hyphen, quote=False)}<br/>{escape(end, quote=False)}"
    return escape(word, quote=False)


def _paragraph(text: str, look: ParagraphStyle) -> PdfParagraph:
    # The library reads markup in a paragraph's text; ours holds none.
    return PdfParagraph(escape(text, quote=False), look)
