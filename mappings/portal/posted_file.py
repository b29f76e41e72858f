"""What a portal gave as a file: its name, its kind, and whether it can be the document at all."""

import re
from datetime import date

from domain.directive import Secrecy
from domain.portal import PortalProblem, PortalRule, PortalUnusable
from mappings.letter.head import LetterHead, read_head
from mappings.mail.text import clean
from mappings.portal.listing import FileLink
from mappings.reply.numbers import same_number
from mappings.text.damage import damage

_KINDS = {
    ".pdf": "application/pdf",
    ".doc": "application/msword",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xls": "application/vnd.ms-excel",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".rtf": "application/rtf",
    ".zip": "application/zip",
    ".rar": "application/vnd.rar",
    ".tif": "image/tiff",
    ".jpg": "image/jpeg",
    ".png": "image/png",
}
_OTHER = "application/octet-stream"
_UNSAFE = re.compile(r"[\x00-\x1f/\\:*?\"<>|]+")
_LONGEST = 120
_PAGE = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<!--.{0,500}?-->\s*)?<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_PDF_WITHIN = 1024  # ISO 32000-1, Annex H.3, implementation note 13


def file_name(link: FileLink, rule: PortalRule, beginning: bytes) -> str:
    """Return the name under which a file goes on: its own, or one after the document's number."""
    for name in (link.base, link.name):
        if _ending(name):
            return _safe(name)
    return _safe(f"{rule.document}{'.pdf' if b'%PDF-' in beginning[:_PDF_WITHIN] else ''}")


def media_type(name: str) -> str:
    """Return the kind of a file by its name."""
    return _KINDS.get(_ending(name), _OTHER)


def check_file(name: str, beginning: bytes, media: str, problem: str | None) -> None:
    """Raise ``PortalUnusable`` when what came is no file: a page of login or error, or damage.

    ``media`` is what the server called it, ``problem`` what reading its text met.
    """
    if media == "text/html" or _PAGE.match(beginning):
        reason = f"a web page came instead of {name}, such as one of login or of an error"
        raise PortalUnusable(PortalProblem.NOT_A_FILE, reason)
    damaged = damage(name, beginning, problem)
    if damaged:
        raise PortalUnusable(PortalProblem.NOT_A_FILE, f"{name} cannot be used: {damaged}")


def check_document(name: str, text: str, rule: PortalRule) -> None:
    """Raise ``PortalUnusable`` when the text says that it is another document, or secret."""
    head = read_head(text)
    if head.secrecy is not Secrecy.NONE:
        words = head.secrecy.value.replace("_", " ")
        reason = f"{name} bears the stamp {words}; secret documents never travel here"
        raise PortalUnusable(PortalProblem.OTHER_DOCUMENT, reason)
    code = _code(head)
    if code and not same_number(code, rule.document):
        reason = f"{name} is document {code}, not {rule.document}"
        raise PortalUnusable(PortalProblem.OTHER_DOCUMENT, reason)
    if code and _differ(head.issued_on, rule.issued_on):
        reason = f"{name} is dated {head.issued_on}, but {rule.document} is of {rule.issued_on}"
        raise PortalUnusable(PortalProblem.OTHER_DOCUMENT, reason)


def _code(head: LetterHead) -> str:
    return f"{head.number}/{head.notation}" if head.number and head.notation else ""


def _differ(one: date | None, other: date | None) -> bool:
    return one is not None and other is not None and one != other


def _ending(name: str) -> str:
    ending = name[name.rfind(".") :].lower() if "." in name else ""
    return ending if ending in _KINDS else ""


def _safe(name: str) -> str:
    plain = _UNSAFE.sub("-", clean(name)).strip(" .-")
    return f"{plain[: _LONGEST - 5]}{_ending(plain)}" if len(plain) > _LONGEST else plain
