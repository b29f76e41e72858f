"""Text of a PDF, page by page."""

from typing import BinaryIO

import pypdfium2

from domain.errors import MalformedDocument
from mappings.text.limits import Limits, within

_WHAT = "PDF"


def pdf_text(stream: BinaryIO, limits: Limits) -> str:
    """Return the text of one PDF file, pages one after the other; a scan gives none.

    Raises MalformedDocument (damaged, or locked by a password), TooLarge.
    """
    try:
        document = pypdfium2.PdfDocument(stream)
    except pypdfium2.PdfiumError as error:
        raise MalformedDocument(_WHAT, f"{error}; is it damaged or locked?") from error
    try:
        within(_WHAT, len(document), limits.pages, "pages")
        return _pages(document, limits)
    except pypdfium2.PdfiumError as error:
        raise MalformedDocument(_WHAT, f"{error}; a page is damaged") from error
    finally:
        document.close()


def _pages(document: pypdfium2.PdfDocument, limits: Limits) -> str:
    texts: list[str] = []
    found = 0
    for index in range(len(document)):
        page = document[index].get_textpage()
        found += page.count_chars()
        within(_WHAT, found, limits.characters, "characters")
        texts.append(page.get_text_range())
        page.close()
    return "\n".join(texts)
