"""How texts stand in a message to be sent: encoded words, addresses, identifiers, base64.

Fields are encoded here with the Header class instead of the standard library's policies: with
``policy.SMTP`` a quarter of all Vietnamese subjects came out as another text (CPython issues
92081 and 144156), and long identifiers were encoded so that threads broke. Every text goes in
base64, so no line can be too long and no relay can change it.
"""

import base64
import re
import unicodedata
from email.header import Header

from domain.errors import InvariantViolation, MalformedDocument
from domain.ids import Address

LINE_OCTETS = 998
"""RFC 5322 section 2.1.1, without CRLF."""

WHAT = "mail to be sent"

_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,255}")
_IDENTIFIER = re.compile(r"<[!-;=?-~]{1,200}>")
_TOKEN = re.compile(r"[!-~]{1,200}")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def nfc(text: str) -> str:
    """Return text composed, as names travel."""
    return unicodedata.normalize("NFC", text)


def encoded(text: str, field: str) -> str:
    """Return text as encoded words of RFC 2047, always: one way for every text, spaces kept."""
    if _CONTROL.search(text):
        raise MalformedDocument(WHAT, f"{field} has a line end or control character")
    return Header(nfc(text), "utf-8", header_name=field).encode(linesep="\r\n")


def identifier(text: str) -> str:
    """Return a Message-ID that may stand in a field."""
    return _plain(text, _IDENTIFIER, "Message-ID")


def token(text: str) -> str:
    """Return the name of a dispatch that may stand in a field."""
    return _plain(text, _TOKEN, "dispatch identifier")


def media_type_of(text: str) -> str:
    """Return a media type that may stand in a field."""
    return _plain(text, _MEDIA_TYPE, "media type")


def mailbox(name: str, address: Address) -> str:
    """Return an address with the name beside it, if there is one."""
    plain = f"<{_plain(address, _ADDRESS, 'address')}>"
    return f"{encoded(name, 'Reply-To')}\r\n {plain}" if name else plain


def base64_part(lines: list[str], content: bytes) -> bytes:
    """Return a part with these header lines and its content in base64; it ends with a line end."""
    head = "\r\n".join([*lines, "Content-Transfer-Encoding: base64", "", ""])
    return head.encode("ascii") + base64.encodebytes(content).replace(b"\n", b"\r\n")


def check_lines(raw: bytes, name: str) -> None:
    """Refuse what has a line that is too long; ``name`` says whose."""
    if any(len(line) > LINE_OCTETS for line in raw.split(b"\r\n")):
        raise InvariantViolation(f"{name}: a line has over {LINE_OCTETS} octets")


def _plain(text: str, pattern: re.Pattern[str], what: str) -> str:
    if not pattern.fullmatch(text):
        raise MalformedDocument(WHAT, f"{what} {text[:80]!r} has characters that it may not have")
    return text
