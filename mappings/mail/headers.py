"""Header fields of a message or of a body part, read so that no input can raise.

The standard library's structured headers raise IndexError, AttributeError or RecursionError on
damaged fields (``Message-ID: <>``, ``From: a@[``, 2,000 opening brackets), need quadratic time on
long ones, and read addresses differently between patch releases. So fields are kept as raw octets
here, cut into tokens in linear time, and encoded words are decoded only afterwards: an encoded
word can then never become an address.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import decode_params, parsedate_to_datetime

from domain.ids import Address, MessageId
from mappings.mail.text import clean, decode, decode_words

_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)(?:\n|\Z)")
_BLANK = re.compile(rb"\r?\n")
_MBOX_FROM = re.compile(rb">?From [^\n]*\n")
_FOLD = re.compile(r"\r?\n[ \t]*")

_ADDRESS_TOKEN = re.compile(
    r'"(?P<quoted>(?:[^"\\]|\\.)*)\\?(?:"|\Z)|<(?P<angle>[^<>]*)>?|(?P<mark>[(),;:])'
    r'|(?P<word>[^"(),;:<]+)',
    re.DOTALL,
)
# The limits of RFC 5321 section 4.5.3.1, which keep the search linear.
_ADDRESS = re.compile(r"[^\s<>\"(),;:@\[\]\\]{1,64}@[^\s<>\"(),;:@\[\]\\]{1,255}")
_IDENTIFIER = re.compile(r"<([^<>]+)>")
_IDENTIFIER_LENGTH = 998

_PARAMETER = re.compile(r';\s*([^\s=;"]{1,64})\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Fields:
    """Header fields in their order; names in lower case, values unfolded but not decoded."""

    items: tuple[tuple[str, str], ...] = ()

    def all(self, *names: str) -> list[str]:
        """Return every value of these fields, in the order of the names given."""
        return [value for name in names for key, value in self.items if key == name]

    def first(self, name: str) -> str:
        """Return the first value of a field, or an empty text."""
        return next((value for key, value in self.items if key == name), "")

    def text(self, name: str) -> str:
        """Return the first value of a field as people read it: decoded, NFC, spaces trimmed."""
        return decode_words(self.first(name)).strip()


def split_header(raw: bytes, start: int, end: int) -> tuple[Fields, int]:
    """Return the fields between two offsets and the offset at which the body begins.

    The first line that is neither a field nor its continuation begins the body even when the
    blank line before it is missing.
    """
    items: list[tuple[str, str]] = []
    envelope = _MBOX_FROM.match(raw, start, end)
    at = envelope.end() if envelope else start
    while at < end:
        blank = _BLANK.match(raw, at, end)
        if blank:
            return Fields(tuple(items)), blank.end()
        field = _FIELD.match(raw, at, end)
        if not field:
            break
        items.append((field[1].decode("ascii").lower(), _unfold(field[2])))
        at = field.end()
    return Fields(tuple(items)), at


def _unfold(raw: bytes) -> str:
    return _FOLD.sub(" ", decode(raw.replace(b"\r", b""), None)[0]).strip()


def mailboxes(values: list[str]) -> list[tuple[str, Address]]:
    """Return (display name, address) of every usable address in address fields (RFC 5322 3.4)."""
    return [found for value in values for found in _mailboxes_of(value)]


def addresses(values: list[str]) -> list[Address]:
    """Return every usable address in address fields."""
    return [address for _, address in mailboxes(values)]


def _mailboxes_of(value: str) -> list[tuple[str, Address]]:
    found: list[tuple[str, Address]] = []
    words: list[str] = []
    angle: str | None = None
    depth = 0
    for token in _ADDRESS_TOKEN.finditer(value + ","):
        mark = token["mark"]
        depth = max(0, depth + (mark == "(") - (mark == ")"))
        if depth or mark in ("(", ")"):
            continue
        if mark == ":":
            words.clear()  # the name of a group
        elif mark:
            found.extend(_mailbox("".join(words), angle))
            words, angle = [], None
        elif token["angle"] is not None:
            angle = token["angle"]
        else:
            words.append(_unquote(token))
    # A quotation mark or bracket that is never closed swallows the rest; what looks like an
    # address in it is still better than nothing, as the matching treats it with care.
    return found or [("", address) for address in map(_address, _ADDRESS.findall(value)) if address]


def _unquote(token: re.Match[str]) -> str:
    quoted: str | None = token["quoted"]
    return token["word"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)


def _mailbox(name: str, angle: str | None) -> list[tuple[str, Address]]:
    bare = name if angle is None else angle
    address = _address(bare.strip())
    if address is None:
        return []
    return [("" if angle is None else " ".join(decode_words(name).split()), address)]


def _address(text: str) -> Address | None:
    return Address(clean(text).lower()) if _ADDRESS.fullmatch(text) else None


def identifiers(value: str) -> list[MessageId]:
    """Return the message identifiers of a field (RFC 5322 3.6.4), repaired where folding hurt them.

    Some programs encode a long identifier as if it were text, or put a space into it.
    """
    plain = decode_words(value)
    found = _IDENTIFIER.findall(plain) or [word for word in plain.split() if "@" in word[1:-1]]
    joined = ("".join(identifier.split()) for identifier in found)
    return [
        MessageId(f"<{identifier}>")
        for identifier in joined
        if identifier.strip("@<>") and len(identifier) <= _IDENTIFIER_LENGTH
    ]


def instant(value: str) -> datetime | None:
    """Return the moment of a Date field in UTC, None when it cannot be read."""
    try:
        moment = parsedate_to_datetime(value)
        known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return known.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def parameters(value: str, warnings: list[str] | None = None) -> tuple[str, dict[str, str]]:
    """Return the lower-case value before the first semicolon, and the parameters after it.

    Values are decoded by RFC 2231, and by RFC 2047 too, which is not allowed there but usual.
    Wrong charsets that were repaired are added to ``warnings``.
    """
    noted = [] if warnings is None else warnings
    head = value.partition(";")[0].strip().lower()
    pairs = [(name.lower(), text.strip()) for name, text in _PARAMETER.findall(value)]
    found: dict[str, str] = {}
    for name, decoded in decode_params([("", ""), *pairs])[1:]:
        plain = _extended(decoded, noted) if isinstance(decoded, tuple) else _unescape(decoded)
        found.setdefault(name, decode_words(plain, noted))
    return head, found


def _extended(value: tuple[str | None, str | None, str], warnings: list[str]) -> str:
    charset, _, quoted = value
    text, warning = decode(_unescape(quoted).encode("latin-1", "replace"), charset or "utf-8")
    if warning:
        warnings.append(warning)
    return text


def _unescape(value: str) -> str:
    # decode_params puts every value into quotation marks.
    return re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.DOTALL)
