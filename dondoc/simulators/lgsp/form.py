"""Read multipart/form-data (RFC 7578) as far as sendEdoc needs it."""

import re
from dataclasses import dataclass

from dondoc.simulators.eoffice.envelope import ErrorCode, Refusal

_BOUNDARY = re.compile(r'boundary="?([^";]{1,70})"?', re.IGNORECASE)
_NAME = re.compile(r'[;\s]name="([^"]*)"', re.IGNORECASE)
_FILE_NAME = re.compile(r'[;\s]filename="([^"]*)"', re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a form; ``file_name`` is blank for a plain field."""

    name: str
    file_name: str
    content: bytes


def read_form(content_type: str, body: bytes) -> dict[str, Part]:
    """Return the parts by name; the content of each is what was sent, byte for byte.

    Raises Refusal 21 for what is no form, or one that is cut off.
    """
    found = _BOUNDARY.search(content_type)
    if not content_type.lower().startswith("multipart/form-data") or not found:
        raise _bad("the body must be multipart/form-data with a boundary")
    mark = b"--" + found.group(1).encode("latin-1")
    # The line end before a boundary belongs to the boundary (RFC 2046 section 5.1.1).
    pieces = (b"\r\n" + body).split(b"\r\n" + mark)
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise _bad("Unexpected end of Stream")
    parts = [_part(piece) for piece in pieces[1:-1]]
    return {part.name: part for part in parts}


def _part(piece: bytes) -> Part:
    head, separator, content = piece.partition(b"\r\n\r\n")
    lines = head.decode("utf-8", "replace").split("\r\n")
    said = next((line for line in lines if line.lower().startswith("content-disposition:")), "")
    name, file_name = _NAME.search(said), _FILE_NAME.search(said)
    if not separator or not name:
        raise _bad("a part has no name")
    return Part(
        name=name.group(1), file_name=file_name.group(1) if file_name else "", content=content
    )


def _bad(text: str) -> Refusal:
    return Refusal(ErrorCode.NOT_PROCESSED, text)
