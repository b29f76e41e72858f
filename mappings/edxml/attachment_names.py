"""Names and media types of attached files.

A name is kept as true as it can be and still be safe as a file name on any disk and in a mail.
"""

import re
import unicodedata

_MAX_BYTES = 200  # in UTF-8; file systems allow 255
_MAX_EXTENSION = 10
_LINE_BREAKS = re.compile(r"[\t\r\n\v\f\x85\u2028\u2029]+")
# What str.strip() counts as blank, and the dot. A pattern would take quadratic time on dots.
_BLANKS_AND_DOT = (
    " .\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005"
    "\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
)
# Controls, invisible format characters (they can make exe look like pdf), halves of characters.
_HIDDEN = {"Cc", "Cf", "Cs"}
_CONTAINERS = {
    b"word/": ".docx",
    b"xl/": ".xlsx",
    b"ppt/": ".pptx",
    b"mimetypeapplication/vnd.oasis.opendocument.text": ".odt",
    b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet": ".ods",
}
_SIGNATURES = {
    b"%PDF-": ".pdf",
    b"\x89PNG\r\n": ".png",
    b"\xff\xd8\xff": ".jpg",
    b"II*\x00": ".tif",
    b"MM\x00*": ".tif",
    b"{\\rtf": ".rtf",
    b"Rar!": ".rar",
    b"7z\xbc\xaf\x27\x1c": ".7z",
}
# Directory entries of the two-byte names inside an OLE file.
_OLE_STREAMS = {
    "WordDocument".encode("utf-16-le"): ".doc",
    "Workbook".encode("utf-16-le"): ".xls",
    "PowerPoint Document".encode("utf-16-le"): ".ppt",
}
_OFFICE_XML = "application/vnd.openxmlformats-officedocument"
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument"
_TYPES = {
    "pdf": "application/pdf",
    "doc": "application/msword",
    "docx": f"{_OFFICE_XML}.wordprocessingml.document",
    "xls": "application/vnd.ms-excel",
    "xlsx": f"{_OFFICE_XML}.spreadsheetml.sheet",
    "ppt": "application/vnd.ms-powerpoint",
    "pptx": f"{_OFFICE_XML}.presentationml.presentation",
    "odt": f"{_OPEN_DOCUMENT}.text",
    "ods": f"{_OPEN_DOCUMENT}.spreadsheet",
    "zip": "application/zip",
    "rar": "application/vnd.rar",
    "7z": "application/x-7z-compressed",
    "rtf": "application/rtf",
    "xml": "application/xml",
    "txt": "text/plain",
    "csv": "text/csv",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "tif": "image/tiff",
    "tiff": "image/tiff",
}
UNKNOWN_TYPE = "application/octet-stream"


def safe_name(written: str) -> str:
    """Return the file name in NFC without path, hidden characters and leading dots; may be empty.

    At most 200 bytes of UTF-8, shortened in front of the extension. A trailing ``>`` occurs in
    names on the exchange and is cut.
    """
    visible = (
        char for char in _LINE_BREAKS.sub(" ", written) if unicodedata.category(char) not in _HIDDEN
    )
    name = unicodedata.normalize("NFC", "".join(visible)).replace("\\", "/").rpartition("/")[2]
    return _shortened(_trimmed(name))


def _trimmed(name: str) -> str:
    return name.lstrip(_BLANKS_AND_DOT).rstrip(_BLANKS_AND_DOT + "<>")


def _shortened(name: str) -> str:
    if len(name.encode()) <= _MAX_BYTES:
        return name
    end = extension(name)
    stem, ending = (name[: -len(end) - 1], name[-len(end) - 1 :]) if end else (name, "")
    room = _MAX_BYTES - len(ending.encode())
    return _trimmed(stem.encode()[:room].decode(errors="ignore") + ending)


def extension(name: str) -> str:
    """Return the lower-case extension without its dot; empty where there is none."""
    stem, _, end = name.rpartition(".")
    return end.lower() if stem and 0 < len(end) <= _MAX_EXTENSION and " " not in end else ""


def generated_name(number: int, content: bytes) -> str:
    """Return a name for the nameless attachment of this number, with an extension by content."""
    return f"tep-dinh-kem-{number}{_sniffed(content)}"


def content_type_of(name: str) -> str:
    """Return the media type that goes with the name's extension."""
    return _TYPES.get(extension(name), UNKNOWN_TYPE)


def _sniffed(content: bytes) -> str:
    for start, ending in _SIGNATURES.items():
        if content.startswith(start):
            return ending
    if content.startswith(b"PK\x03\x04"):
        return next((end for mark, end in _CONTAINERS.items() if mark in content), ".zip")
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        return next((end for mark, end in _OLE_STREAMS.items() if mark in content), ".bin")
    return ".txt" if _is_text(content) else ".bin"


def _is_text(content: bytes) -> bool:
    try:
        return "\x00" not in content.decode()
    except UnicodeDecodeError:
        return False
