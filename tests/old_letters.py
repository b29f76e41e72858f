"""Vietnamese text written in the encodings that offices used before Unicode, for tests."""

import unicodedata
from functools import cache

from mappings.text.legacy_vietnamese import decode_claimed

_LETTERS = "aăâeêioôơuưyđ"
_TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")


def in_tcvn3(text: str) -> str:
    """Return a text in TCVN3 as Latin-1 shows it; capitals with marks become small: it has none."""
    return "".join(_written("tcvn", letter) for letter in unicodedata.normalize("NFC", text))


def in_vni(text: str) -> str:
    """Return a text as VNI looks in Latin-1."""
    return "".join(_written("vni", letter) for letter in unicodedata.normalize("NFC", text))


def _written(charset: str, letter: str) -> str:
    known = _table(charset)
    foreign = letter.isascii() or not letter.isalpha()
    return letter if foreign else known.get(letter) or known[letter.lower()]


@cache
def _table(charset: str) -> dict[str, str]:
    """Return letters with what stands for them: found by trying, not taken from our own tables."""
    wanted = {unicodedata.normalize("NFC", a + tone) for a in _LETTERS for tone in _TONES}
    wanted |= {letter.upper() for letter in wanted}
    octets = [bytes([high]) for high in (*range(0xE0, 0x100), *range(0xA1, 0xE0))]
    tried = [*octets, *(bytes([a]) + b for a in b"aeiouyAEIOUY\xf4\xf6\xd4\xd6" for b in octets)]
    found: dict[str, str] = {}
    for raw in tried:
        letter = unicodedata.normalize("NFC", decode_claimed(raw, charset) or "")
        if letter in wanted and letter != raw.decode("latin-1"):
            found.setdefault(letter, raw.decode("latin-1"))
    return found
