"""Text of an attached file: DOCX, PDF or plain text, told apart by their first bytes.

Reading is bounded before anything is expanded, and raises only ``MalformedDocument`` and
``TooLarge``. The text is NFC, with line feeds and tabs as its only control characters, and no two
blank lines stand together.
"""

import re
import unicodedata
from typing import BinaryIO

from domain.content import Content, Inline
from domain.errors import MalformedDocument
from domain.words import say
from mappings.text.docx_text import docx_text
from mappings.text.legacy_vietnamese import modernised, modernised_octets
from mappings.text.limits import Limits, within
from mappings.text.pdf_text import pdf_text

_ZIP = b"PK\x03\x04"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PDF = b"%PDF-"
_PDF_WITHIN = 1024  # ISO 32000-1, Annex H.3, implementation note 13
_OCTETS = 4
_BYTE_ORDER = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*", b"GIF8")

_LINE_END = re.compile(r"\r\n?|[\v\f\x85\u2028\u2029]")
# U+FFFE and U+0002 stand where pdfium joined a hyphenated word.
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b\u2060\ufeff\ufffe\uffff\ud800-\udfff]")
_BLANK_LINES = re.compile(r"\n[ \t\xa0]*\n(?:[ \t\xa0]*\n)+")

DEFAULT = Limits()
_WHAT = say("attached file")


def extract_text(content: bytes, limits: Limits = DEFAULT) -> str:
    """Return the text of one file in memory, as `text_of` does."""
    return text_of(Inline(content), limits)


def text_of(content: Content, limits: Limits = DEFAULT) -> str:
    """Return the text of one file; empty for a scanned PDF, and for a workbook that is sound.

    The file is read where it lies, not loaded. Raises MalformedDocument when it is damaged or of a
    kind that holds no text, TooLarge when it is over a limit, and what opening it raises.
    """
    within(_WHAT, content.size, limits.octets, "octets")
    with content.open() as stream:
        raw = _raw_text(stream, content.size, limits)
    # Before tidying, which takes ten times as long as decoding.
    within(_WHAT, len(raw), limits.characters, "characters")
    return _tidy(raw)


def _raw_text(stream: BinaryIO, size: int, limits: Limits) -> str:
    start = stream.read(_PDF_WITHIN)
    stream.seek(0)
    if start.startswith(_ZIP):
        return docx_text(stream, limits)
    if _PDF in start:
        return pdf_text(stream, limits)
    if start.startswith(_OLD_OFFICE):
        raise MalformedDocument(_WHAT, say("it is in the old Office format; save it as DOCX"))
    if start.startswith(_PICTURES):
        raise MalformedDocument(_WHAT, say("it is a picture, which holds no text"))
    # Before it is loaded: no encoding takes more octets for a character.
    within(_WHAT, size // _OCTETS, limits.characters, "characters")
    return _decode(stream.read())


def _decode(content: bytes) -> str:
    encoding = next((e for mark, e in _BYTE_ORDER.items() if content.startswith(mark)), None)
    # Old Vietnamese text without a mark is windows-1258, which leaves five octets undefined.
    for attempt in (encoding,) if encoding else ("utf-8", "windows-1258"):
        try:
            text = content.decode(attempt)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            octets = attempt == "windows-1258"
            return modernised_octets(content, text)[0] if octets else text
    raise MalformedDocument(_WHAT, say("it is neither DOCX nor PDF nor text"))


def _tidy(text: str) -> str:
    lines = _CONTROLS.sub("", _LINE_END.sub("\n", text))
    # Offices still write DOCX files in the fonts of TCVN3 and VNI.
    text = unicodedata.normalize("NFC", modernised(lines)[0])
    return _BLANK_LINES.sub("\n\n", text).strip("\n")
