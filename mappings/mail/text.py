"""Text out of octets, whatever charset they claim, and always fit to be stored.

Text that leaves this module is NFC, without surrogates and without control characters other than
line feed and tab. Nothing here raises.
"""

import binascii
import codecs
import re
import unicodedata
from contextlib import suppress
from functools import cache, lru_cache

from mappings.text.legacy_vietnamese import (
    decode_claimed,
    modernised,
    modernised_octets,
    vietnamese_windows,
)

FALLBACKS = ("utf-8", "windows-1258", "latin-1")
"""Tried in order when the claimed charset is missing, unknown or wrong; the last always fits."""

# Programs that name one of these often mean UTF-8; Vietnamese cannot be written in them anyway.
_DOUBTFUL = frozenset({"ascii", "iso8859-1", "cp1252"})
# Quadratic, or escapes instead of a charset.
_REFUSED = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined"})

_CHARSET_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:+-]{0,39}")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")

# Vietnamese needs two marks on a letter. Longer runs come from nobody's keyboard, and sorting
# them takes quadratic time in unicodedata.normalize (100,000 marks: 9 s).
_MARKS_KEPT = 8
# What nearly every text is written with: no marks, controls or surrogates. A class of a few ranges
# is searched thirty times as fast as one of all marks.
_UNUSUAL = re.compile(r"[^\t\n\x20-\x7e\xa0-\u02ff\u1e00-\u1eff\u2000-\u20cf\u2100-\u22ff]")

# The class after the last question mark keeps the search linear on hostile input.
_ENCODED_WORD = re.compile(r"=\?([^?\s*]{1,40})(?:\*[^?\s]{0,40})?\?([bBqQ])\?([^?\r\n]*)\?=")
_BETWEEN_WORDS = re.compile(r"\?=[ \t\r\n]+(?==\?)")
_NOT_BASE64 = bytes(
    octet
    for octet in range(256)
    if octet not in b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
)
_BLANKS = b" \t\r\n"
_JOINED_RUNS = 100_000
"""More than any program joins that encodes line by line; ten million took twenty seconds."""


def clean(text: str) -> str:
    """Return text in NFC with line feeds only, fit for every store."""
    if text.isascii() and text.isprintable():
        return text
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if is_usual(text):
        return unicodedata.normalize("NFC", text)
    text = _CONTROLS.sub("", _SURROGATES.sub("\ufffd", text))
    return unicodedata.normalize("NFC", _mark_run().sub(r"\1", text))


@cache  # made when the first text needs it: that takes longer than reading ten messages
def _mark_run() -> re.Pattern[str]:
    marks = "".join(filter(unicodedata.combining, map(chr, range(0x300, 0x1F000))))
    return re.compile(f"([{marks}]{{{_MARKS_KEPT}}})[{marks}]+")


def is_usual(text: str) -> bool:
    """Tell whether a text has only characters of which none is a mark, control or surrogate."""
    return (text.isascii() and text.isprintable()) or not _UNUSUAL.search(text)


def decode(raw: bytes, charset: str | None) -> tuple[str, str | None]:
    """Return the clean text of octets, and a warning when the claimed charset did not fit."""
    text, warning = decode_raw(raw, charset)
    return clean(text), warning


def decode_raw(raw: bytes, charset: str | None) -> tuple[str, str | None]:
    """Return what ``decode`` does before it is cleaned: cleaning takes most of the time."""
    if charset is None and raw.isascii():
        return raw.decode("ascii"), None
    used, text, warning = _read(raw, charset)
    if raw.isascii():
        return text, warning
    octets = used == "cp1258"
    text, encoding = modernised_octets(raw, text) if octets else modernised(text)
    if encoding is None:
        return text, warning
    return text, f"Vietnamese text in {encoding} was converted (charset {_shown(charset)})"


def _read(raw: bytes, charset: str | None) -> tuple[str, str, str | None]:
    """Return the codec that was used, the text, and a warning unless it was the claimed one."""
    claimed = _codec(charset)
    if claimed in _DOUBTFUL and not raw.isascii():
        text = _try(raw, "utf-8")
        if text is not None:
            return "utf-8", text, f"charset {claimed} is claimed but the text is UTF-8"
        text = vietnamese_windows(raw)
        if text is not None:
            return "cp1258", text, f"charset {claimed} is claimed but the text is windows-1258"
    text = _try(raw, claimed) if claimed else None
    if claimed and text is not None:
        return claimed, text, None
    old = decode_claimed(raw, charset) if charset and not _is_utf8(raw) else None
    if old is not None:
        return "", old, f"Vietnamese text in {_shown(charset)} was converted"
    cut = _cut_short(raw)
    if cut is not None:
        return "utf-8", cut, f"the text ends inside a character (charset {_shown(charset)})"
    used, text = _fall_back(raw)
    harmless = not charset and used == "utf-8"
    warning = None if harmless else f"charset {_shown(charset)} does not fit, read as {used}"
    return codecs.lookup(used).name, text, warning


def _cut_short(raw: bytes) -> str | None:
    """Return UTF-8 that was cut inside its last character, for which U+FFFD then stands."""
    reader = codecs.getincrementaldecoder("utf-8")()
    try:
        text = reader.decode(raw)
    except UnicodeDecodeError:
        return None
    # An octet at the end of a text that is ASCII otherwise is of any encoding.
    begun = reader.getstate()[0]
    return text + "\ufffd" if begun and not text.isascii() else None


def _is_utf8(raw: bytes) -> bool:
    return _try(raw, "utf-8") is not None


def _shown(charset: str | None) -> str:
    return clean(charset)[:40] if charset else "is not given and the default"


def _codec(charset: str | None) -> str | None:
    if charset is None or not _CHARSET_NAME.fullmatch(charset):
        return None
    return _codec_named(charset)


@lru_cache(maxsize=256)  # a few names, and any number of invented ones
def _codec_named(charset: str) -> str | None:
    try:
        found = codecs.lookup(charset)
    except LookupError:
        return None
    return None if found.name in _REFUSED else found.name


def _try(raw: bytes, charset: str) -> str | None:
    try:
        return raw.decode(charset)
    except (LookupError, ValueError):  # LookupError: a codec that does not make text, such as hex
        return None


def _fall_back(raw: bytes) -> tuple[str, str]:
    tried = ((charset, _try(raw, charset)) for charset in FALLBACKS)
    return next((charset, text) for charset, text in tried if text is not None)


def decode_words(value: str, warnings: list[str] | None = None) -> str:
    """Return a header value with its encoded words (RFC 2047) decoded, also inside quotes.

    Neighbouring words of one charset are decoded together: some programs cut a letter in two.
    What had to be repaired is added to ``warnings``.
    """
    noted = [] if warnings is None else warnings
    if "=?" not in value:
        return clean(value)
    value = _BETWEEN_WORDS.sub("?=", value)
    out: list[str] = []
    pending, charset, end = b"", "", 0
    for word in _ENCODED_WORD.finditer(value):
        if pending and (word.start() > end or word.group(1).lower() != charset):
            out.append(_noting(pending, charset, noted))
            pending = b""
        out.append(value[end : word.start()])
        pending += _octets(word.group(2), word.group(3))
        charset, end = word.group(1).lower(), word.end()
    out.extend((_noting(pending, charset, noted), value[end:]))
    return clean("".join(out))


def _noting(raw: bytes, charset: str, warnings: list[str]) -> str:
    text, warning = decode(raw, charset)
    if warning and raw:
        warnings.append(warning)
    return text


def _octets(encoding: str, encoded: str) -> bytes:
    raw = encoded.encode("utf-8", "replace")
    if encoding in "bB":
        return decode_base64(raw)[0]
    return binascii.a2b_qp(raw, header=True)


def decode_base64(raw: bytes) -> tuple[bytes, bool]:
    """Return what can be decoded, and whether the encoding was whole and clean (RFC 2045 6.8)."""
    bare = raw.strip(_BLANKS)
    with suppress(binascii.Error):
        # The strict mode takes twice as long, and bears no blanks. Where every octet but those
        # counted, it would have said the same.
        decoded = binascii.a2b_base64(bare)
        if len(bare) - _line_ends(bare) == (len(decoded) + 2) // 3 * 4:
            return decoded, True
    packed = raw.translate(None, _BLANKS)
    with suppress(binascii.Error):
        # Nothing but whole lines of one encoding, as programs write it.
        return binascii.a2b_base64(packed, strict_mode=True), True
    kept = raw.translate(None, _NOT_BASE64)
    stray = len(packed) != len(kept)
    whole = len(kept) % 4 == 0 and not stray
    # Padding in the middle: encodings were joined. What follows too many of them is left out.
    runs = re.split(rb"=+", kept, maxsplit=_JOINED_RUNS)[:_JOINED_RUNS]
    return b"".join(_decode_run(run) for run in runs if run), whole


def _line_ends(text: bytes) -> int:
    """Return how many octets the ends of lines take, where all lines are as long as the first.

    It may be too few, never too many; looking at each octet takes as long as decoding them.
    """
    line = text.find(b"\n") + 1
    if not line:
        return 0
    return text[line - 1 :: line].count(b"\n") + text[line - 2 :: line].count(b"\r")


def _decode_run(run: bytes) -> bytes:
    usable = run[: len(run) - 1] if len(run) % 4 == 1 else run
    return binascii.a2b_base64(usable + b"=" * (-len(usable) % 4))
