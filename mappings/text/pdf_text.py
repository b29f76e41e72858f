"""Text of a PDF, page by page."""

from typing import BinaryIO

import pypdfium2
import pypdfium2.raw

from domain.errors import MalformedDocument
from domain.words import say
from mappings.text.limits import Limits, within
from mappings.text.pdf_work import bounded, too_much

_WHAT = "PDF"


def pdf_text(stream: BinaryIO, limits: Limits) -> str:
    """Return the text of one PDF file, pages one after the other; a scan gives none.

    Raises MalformedDocument (damaged, or locked by a password), TooLarge (also for a small file
    that is too much to draw).
    """
    raw = stream.read()
    bounded(raw, limits)
    try:
        document = pypdfium2.PdfDocument(raw)
    except pypdfium2.PdfiumError as error:
        raise MalformedDocument(
            _WHAT, say("{detail}; is it damaged or locked?", detail=error)
        ) from error
    try:
        within(_WHAT, len(document), limits.pages, "pages")
        return _pages(document, limits)
    except pypdfium2.PdfiumError as error:
        raise MalformedDocument(_WHAT, say("{detail}; a page is damaged", detail=error)) from error
    finally:
        document.close()


def _pages(document: pypdfium2.PdfDocument, limits: Limits) -> str:
    texts: list[str] = []
    found = objects = 0
    for index in range(len(document)):
        sheet = document[index]
        objects += pypdfium2.raw.FPDFPage_CountObjects(sheet.raw)
        if objects > limits.objects:
            raise too_much(limits)
        page = sheet.get_textpage()
        found += page.count_chars()
        within(_WHAT, found, limits.characters, "characters")
        texts.append(page.get_text_range())
        page.close()
        sheet.close()
    return "\n".join(texts)
