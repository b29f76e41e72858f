"""Header fields of a message or of a body part, read so that no input can raise.

The standard library's structured headers raise IndexError, AttributeError or RecursionError on
damaged fields (``Message-ID: <>``, ``From: a@[``, 2,000 opening brackets), need quadratic time on
long ones, and read addresses differently between patch releases. So fields are kept as raw octets
here, cut into tokens in linear time, and encoded words are decoded only afterwards: an encoded
word can then never become an address.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import decode_params, parsedate_to_datetime, unquote

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
_USUAL = re.compile(r'([^"(),;:<>@\\]*)<([^\s<>"(),;:@\[\]\\]+@[^\s<>"(),;:@\[\]\\]+)>')
"""A name of letters and one address, as nearly everybody writes, or the address alone."""
_ONE_ANGLE = re.compile(r"[^<>@]*<[^\s<>\"(),;:@\[\]\\]+@[^\s<>\"(),;:@\[\]\\]+>\s*")
_QUOTABLE = re.compile(r"[!#-\[\]-~ ]{1,64}")
"""Local parts that are kept in quotation marks: ASCII without the mark and without a backslash."""
_IDENTIFIER = re.compile(r"<([^<>]+)>")
_IDENTIFIER_LENGTH = 998
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)

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
        for key, value in self.items:
            if key == name:
                return value
        return ""

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
    while found := _FIELD.match(raw, at, end):
        items.append((found[1].decode("ascii").lower(), _unfold(found[2])))
        at = found.end()
    blank = _BLANK.match(raw, at, end)
    return Fields(tuple(items)), blank.end() if blank else at


def _unfold(raw: bytes) -> str:
    text = decode(raw.replace(b"\r", b""), None)[0]
    return (_FOLD.sub(" ", text) if "\n" in text else text).strip()


def mailboxes(values: list[str]) -> list[tuple[str, Address]]:
    """Return (display name, address) of every usable address in address fields (RFC 5322 3.4)."""
    return [found for value in values for found in _read(value).boxes or _guessed(value)]


def addresses(values: list[str]) -> list[Address]:
    """Return every usable address in address fields."""
    return [address for _, address in mailboxes(values)]


def is_plain(value: str) -> bool:
    """Tell whether an address field can be read in one way only.

    Where something is left over before or behind an address, programs differ in whom they show
    and in whose domain they check: ``a@x.example@y.example`` is some of them's a@x.example. A
    bracket or mark left open in the name before the only address there is leaves no such doubt:
    Python's own ``email`` writes such names.
    """
    return _read(value).plain or _names_one_only(value)


def written(value: str) -> list[Address]:
    """Return whatever looks like an address in a field, also where it cannot be read for sure."""
    return list(dict.fromkeys(address for _, address in [*_read(value).boxes, *_guessed(value)]))


@dataclass(slots=True)
class _Mailboxes:
    """An address field being read; ``plain`` is false as soon as others may read it otherwise."""

    boxes: list[tuple[str, Address]] = field(default_factory=list)
    plain: bool = True
    _words: list[tuple[str, bool]] = field(default_factory=list)
    _angles: list[str] = field(default_factory=list)
    _behind: bool = False

    def add(self, token: re.Match[str]) -> None:
        """Take what stands outside of comments and is no separator."""
        if token["angle"] is not None:
            self._angles.append(token["angle"].strip())
            return
        quoted = token["quoted"] is not None
        text = _unescaped(token["quoted"]) if quoted else token["word"]
        self._words.append((text, quoted))
        self._behind |= bool(self._angles and (quoted or text.strip()))

    def begin_group(self) -> None:
        """Forget the name of a group."""
        self.plain &= not (self._angles or self._speaks())
        self._clear()

    def end_mailbox(self) -> None:
        """Note the mailbox that ends here, if there is one."""
        if not (self._words or self._angles):
            return
        found = self._by_angle() if self._angles else self._bare()
        if found is not None:
            self.boxes.append(found)
        else:
            self.plain &= not (self._speaks() or any(self._angles))
        self._clear()

    def end(self) -> None:
        """Note what never ended: a quotation mark or bracket has swallowed the last separator."""
        self.plain &= not (self._words or self._angles)

    def _speaks(self) -> bool:
        return any("@" in text for text, _ in self._words)

    def _by_angle(self) -> tuple[str, Address] | None:
        address = _address(self._angles[0])
        if address is None or self._behind or len(self._angles) > 1:
            return None
        name = "".join(text for text, _ in self._words)
        return " ".join(decode_words(name).split()), address

    def _bare(self) -> tuple[str, Address] | None:
        kept = [(text, quoted) for text, quoted in self._words if quoted or text.strip()]
        local = kept.pop(0)[0] if kept and kept[0][1] else None
        rest = "".join(text for text, _ in kept).strip()
        if any(quoted for _, quoted in kept):
            return None
        address = _address(rest) if local is None else _quoted_address(local, rest)
        return None if address is None else ("", address)

    def _clear(self) -> None:
        self._words, self._angles, self._behind = [], [], False


def _read(value: str) -> _Mailboxes:
    usual = _USUAL.fullmatch(value)
    name, written = usual.groups() if usual else ("", value)
    if address := _address(written):
        return _Mailboxes([(" ".join(decode_words(name).split()), address)])
    found = _Mailboxes()
    depth = 0
    for token in _ADDRESS_TOKEN.finditer(value + ","):
        mark = token["mark"]
        if mark in ("(", ")"):
            depth += 1 if mark == "(" else -1
            found.plain &= depth >= 0
            depth = max(0, depth)
        elif depth:
            # In a comment these are letters; here they may have hidden the bracket that ends it.
            found.plain &= bool(mark) or (token["word"] is not None and "\\" not in token["word"])
        elif mark == ":":
            found.begin_group()
        elif mark:
            found.end_mailbox()
        else:
            found.add(token)
    found.plain &= not depth
    found.end()
    return found


def _names_one_only(value: str) -> bool:
    one = _ONE_ANGLE.fullmatch(value) is not None
    # Some programs decode first and read the address afterwards.
    return one and decode_words(value).count("@") == 1


def _guessed(value: str) -> list[tuple[str, Address]]:
    # What looks like an address in a damaged field is better than nothing, as the matching treats
    # such a field with care.
    return [("", address) for address in map(_address, _ADDRESS.findall(value)) if address]


def _unescaped(quoted: str) -> str:
    return _ESCAPED.sub(r"\1", quoted)


def _address(text: str) -> Address | None:
    if not _ADDRESS.fullmatch(text):
        return None
    # What is taken out of texts, such as NUL, would make another address of it.
    cleaned = clean(text)
    return Address(cleaned.lower()) if cleaned == unicodedata.normalize("NFC", text) else None


def _quoted_address(local: str, domain: str) -> Address | None:
    """Return an address whose local part is quoted; the marks stay where they mean something."""
    if not domain.startswith("@"):
        return None
    plain = _address(f"{local}@{domain[1:].strip()}")
    if plain is not None or not _QUOTABLE.fullmatch(local):
        return plain
    rest = _address(f"x@{domain[1:].strip()}")
    return None if rest is None else Address(f'"{local.lower()}"{rest[1:]}')


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
    for name, plain in _joined(pairs, noted):
        found.setdefault(name, decode_words(plain, noted))
    return head, found


def _joined(pairs: list[tuple[str, str]], warnings: list[str]) -> Iterator[tuple[str, str]]:
    """Yield parameters without the marks and in the charsets of RFC 2231."""
    if not any("*" in name for name, _ in pairs):
        yield from ((name, unquote(text)) for name, text in pairs)
        return
    whole = {name[:-1] for name, _ in pairs if name.find("*") == len(name) - 1}
    # Some programs write a value whole and in parts, of which decode_params makes a TypeError.
    kept = [pair for pair in pairs if not _is_part(pair[0], whole)]
    for name, decoded in decode_params([("", ""), *kept])[1:]:
        yield (
            name,
            _extended(decoded, warnings) if isinstance(decoded, tuple) else _unescape(decoded),
        )


def _is_part(name: str, whole: set[str]) -> bool:
    base, _, part = name.partition("*")
    return bool(part) and base in whole


def _extended(value: tuple[str | None, str | None, str], warnings: list[str]) -> str:
    charset, _, quoted = value
    text, warning = decode(_unescape(quoted).encode("latin-1", "replace"), charset or "utf-8")
    if warning:
        warnings.append(warning)
    return text


def _unescape(value: str) -> str:
    # decode_params puts every value into quotation marks.
    return _unescaped(value[1:-1])
