"""Measures of the official layout (Nghị định 30/2020/NĐ-CP, Phụ lục I), one table for both forms.

Lengths are millimetres, letter sizes points.
"""

from dataclasses import dataclass

from domain.directive import Urgency
from mappings.render.official import OfficialDocument
from mappings.render.typeface import Face, width
from mappings.render.wording import MOTTO, URGENCY

PAGE_WIDTH, PAGE_HEIGHT = 210.0, 297.0
TOP, BOTTOM, LEFT, RIGHT = 20.0, 20.0, 30.0, 15.0
TEXT_WIDTH = PAGE_WIDTH - LEFT - RIGHT

HEAD_LEFT = TEXT_WIDTH * 0.4
HEAD_RIGHT = TEXT_WIDTH - HEAD_LEFT
FOOT_HALF = TEXT_WIDTH / 2

INDENT = 12.7
LIST_INDENT = 50.0
PAGE_NUMBER_TOP = 10.0

SIZE_COUNTRY = 13.0
SIZE_MOTTO = 14.0
SIZE_ISSUER = 13.0
SIZE_NUMBER = 13.0
SIZE_PLACE = 14.0
SIZE_TITLE = 14.0
SIZE_LETTER_SUBJECT = 12.0
SIZE_BODY = 14.0
SIZE_TABLE = 12.0
SIZE_SIGNER = 14.0
SIZE_RECIPIENTS_TITLE = 12.0
SIZE_RECIPIENTS = 11.0
SIZE_MARK = 13.0
SIZE_STAMP = 10.0
SIZE_PAGE_NUMBER = 13.0

SPACE = 6.0
"""Points between paragraphs of the body."""

SIGNATURE_SPACE = 70.0
"""Points between position and name, for signature and seal."""

RULE = 0.75
"""Points of a drawn line."""

RULE_ROOM = 7.0
"""Points of height that a drawn line takes with the air around it."""

SUBJECT_SIDES = 5.0
"""Room at both sides of the V/v lines, so that they break where a reader would."""

TABLE_START = 25.0
"""Height that the head and the first rows of a table need; below it, they start on a new page."""

HEADING_ROOM = 10.0
"""Height that each heading above a table adds to it."""

ROW_MOST = 200.0
"""Height from which on a row of a table is split over pages."""

PLAIN_LEVEL = 3
"""Level from which on a heading looks like running text."""

RED = "C00000"
BLACK = "000000"

_POINT = 25.4 / 72
_SHARE_OF_TEXT = 0.4  # "từ 1/3 đến 1/2 độ dài của dòng chữ"
_URGENCY_WIDTH = {
    Urgency.NORMAL: 0.0,
    Urgency.URGENT: 20.0,
    Urgency.VERY_URGENT: 40.0,
    Urgency.FLASH: 30.0,
}
MARK_HEIGHT = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A boxed word below the number, such as KHẨN; ``color`` is RRGGBB."""

    text: str
    width: float
    color: str


def marks(document: OfficialDocument) -> tuple[Mark, ...]:
    """Return the boxed words of a document."""
    urgency = Mark(
        text=URGENCY[document.urgency], width=_URGENCY_WIDTH[document.urgency], color=RED
    )
    draft = Mark(text="DỰ THẢO" if document.draft else "", width=30.0, color=BLACK)
    return tuple(mark for mark in (urgency, draft) if mark.text)


def motto_rule() -> float:
    """Return the width of the line below the Tiêu ngữ: that of its text."""
    return min(_millimetres(MOTTO, SIZE_MOTTO), HEAD_RIGHT)


def issuer_rule(document: OfficialDocument) -> float:
    """Return the width of the line below the issuer."""
    widest = max(_millimetres(line, SIZE_ISSUER) for line in document.issuer_lines)
    return _SHARE_OF_TEXT * min(widest, HEAD_LEFT)


def subject_rule(document: OfficialDocument) -> float:
    """Return the width of the line below the subject of a document with a type name."""
    return _SHARE_OF_TEXT * min(_millimetres(document.subject, SIZE_TITLE), 0.7 * TEXT_WIDTH)


def _millimetres(text: str, size: float) -> float:
    return width(text, Face.BOLD, size) * _POINT
