"""Vietnamese text in the encodings that offices used before Unicode, recognised and converted.

TCVN3 (the "ABC" fonts, .VnTime) and VNI (VNI-Times) put their letters where Latin-1 has others, so
such a text arrives as "b¸o c¸o" or "baùo caùo" under whatever charset the program claims. It is
taken for one of them only on evidence: most of its words that are not ASCII must be Vietnamese
syllables once converted, and hardly any before. UTF-8 that was read as windows-1252 and encoded
once more is recognised in the same way.

Tables: TCVN 5712:1993 (VN3, with the combining marks of VN2), RFC 1456 (VISCII), and the layout of
the VNI Windows fonts.
"""

import re
import unicodedata
from collections.abc import Callable
from itertools import islice

from mappings.text.syllables import is_syllable

_HIGH_TCVN = (
    "\xa0ĂÂÊÔƠƯĐăâêôơưđẶ\u0300\u0309\u0303\u0301\u0323àảãáạẲằẳẵắẴẮẦẨẪẤỀặầẩẫấậèỂẻẽéẹềểễếệìỉỄẾỒĩíị"
    "òỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứựỳỷỹýỵỐ"
)
_LOW_VISCII = dict(zip((0x02, 0x05, 0x06, 0x14, 0x19, 0x1E), "ẲẴẪỶỸỴ", strict=True))
_HIGH_VISCII = (
    "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲÕắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝ"
    "ỡưàáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ"
)
_TCVN = str.maketrans({0xA0 + at: letter for at, letter in enumerate(_HIGH_TCVN)})
_VISCII = str.maketrans(_LOW_VISCII | {0x80 + at: letter for at, letter in enumerate(_HIGH_VISCII)})

_SHARP = "\u0301\u0300\u0309\u0303\u0323"
"""The marks of sắc, huyền, hỏi, ngã, nặng."""


def _marked(letters: str, marks: str, before: str = "") -> dict[str, str]:
    """Return letters with each of the marks as VNI writes them, to the marks of Unicode."""
    pairs = list(zip(marks, _SHARP, strict=True))
    return {letter + mark: before + tone for letter in letters for mark, tone in pairs}


_VNI_MARKS = {
    **_marked("aeiouyôö", "ùøûõï"),
    **_marked("aeo", "áàåãä", "\u0302"),
    **_marked("a", "éèúüë", "\u0306"),
    "aâ": "\u0302",
    "eâ": "\u0302",
    "oâ": "\u0302",
    "aê": "\u0306",
}
_VNI_LETTERS = {"ñ": "đ", "ô": "ơ", "ö": "ư", "ó": "ĩ", "ò": "ị", "æ": "ỉ", "î": "ỵ"}
_VNI = re.compile(
    "|".join([*map(re.escape, _VNI_MARKS), f"[{''.join(_VNI_LETTERS)}]"]), re.IGNORECASE
)
_VNI_ONLY = re.compile("[aeouyôö][ùõ]|[aeo]â", re.IGNORECASE)
"""Letters and marks of VNI that no Vietnamese syllable has one after the other."""

# What windows-1252 has in 0x80 to 0x9F; its five gaps pass as the controls that Latin-1 has there.
_WINDOWS = {
    ord(bytes([octet]).decode("cp1252")): octet
    for octet in range(0x80, 0xA0)
    if octet not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}

_MODERN = re.compile("[\u0102\u0103\u0110\u0111\u01a0\u01a1\u01af\u01b0\u1ea0-\u1ef9]")
"""Letters of Vietnamese in Unicode, as which none of these encodings is read, save windows-1258."""
_OLD = re.compile("[\x80-\xff]")
_SOFT_HYPHEN = "\xad"
_FONTS = ((".vn", "TCVN3"), ("vni", "VNI"))
"""How the names of fonts begin that have an encoding of their own."""
_STRANGE = re.compile("[\x80-\x9f¡-¿ÄÅÆÇËÎÏÐÑÖ×ØÛÜÞßäåæçëîïðñö÷øûüþÿ]")
"""What Vietnamese in Unicode has no use for: no-break spaces and its own vowels are left out."""
_WORD = re.compile("[A-Za-z\x80-\xff" + re.escape("".join(map(chr, _WINDOWS))) + "]+")
_UNICODE_WORD = re.compile(r"[^\W\d_]+")
_ASCII_LETTER = re.compile("[A-Za-z]")
_LOOKED_AT = 500
"""Words that are weighed; what a text is written in shows long before."""
_BEGINNING = 20_000
"""Characters in which those words are looked for."""
_LONGEST = 2_000_000
"""Characters; what is longer is no letter, and is left as it is."""
_LINES = 5_000
_HEADLINE_LENGTH = 300
"""Characters of a name; for longer texts their words are evidence enough."""
_ENOUGH = 2
_LETTERS = 6
"""Of different words together, as many as "B¸o c¸o" has; less is chance."""
_MOST = 0.75
_FEW = 0.5
_CAPITALS = re.compile("[A-Z]")
_SMALL = re.compile("[a-z]")
_HEADLINE = 4


def decode_claimed(raw: bytes, charset: str) -> str | None:
    """Return octets in one of these encodings, by its name as a charset; None for other names."""
    read = _CLAIMS.get(charset.strip().lower())
    return read(raw.decode("latin-1")) if read else None


def modernised(text: str) -> tuple[str, str | None]:
    """Return a text in Unicode, and the name of the encoding that it had to be converted from.

    It may have been decoded as Latin-1 or windows-1252. Lines are judged one by one where others
    are in Unicode already, as in an answer above a quotation.
    """
    if text.isascii() or len(text) > _LONGEST or not _OLD.search(text):
        return text, None
    if not _MODERN.search(text):
        return _modern(text)
    if not _STRANGE.search(text):
        return text, None
    lines = [_modern(line) for line in text.split("\n", _LINES)]
    found = next((encoding for _, encoding in lines if encoding), None)
    return ("\n".join(line for line, _ in lines) if found else text), found


def old_readings(text: str) -> tuple[str, ...]:
    """Return what a few words spell in each encoding that offices used, if they may be in one.

    They are too few to tell which one, or whether: only somebody who expects certain words can.
    What is spelled in Vietnamese as it stands has no other readings.
    """
    if len(text) > _HEADLINE_LENGTH or _MODERN.search(text) or not _OLD.search(text):
        return ()
    strange = _STRANGE.search(text) or _VNI_ONLY.search(text)
    if not strange and all(map(is_syllable, _foreign(text))):
        return ()
    found = (read(text) for read in _READERS.values())
    return tuple(one for one in dict.fromkeys(found) if one != text)


def may_be_old(text: str) -> bool:
    """Tell whether few words may be in such an encoding, as they spell Vietnamese in it only."""
    return any(_share(_foreign(reading)) >= _MOST for reading in old_readings(text))


def with_horned_u(text: str) -> str:
    """Return text in Unicode whose soft hyphens are the ư of TCVN3; as it is when they are not.

    No soft hyphen stands within a syllable, which such a text otherwise is with them.
    """
    if _SOFT_HYPHEN not in text or _MODERN.search(text):
        return text
    found = _from_tcvn(text)
    return found if _share(_foreign(found)) >= _MOST else text


def is_old_font(font: str) -> bool:
    """Tell whether a font is one for such an encoding, by its name."""
    return _encoding_of(font) is not None


def in_font(text: str, font: str) -> str:
    """Return a text in Unicode that is written in a font of that name."""
    encoding = _encoding_of(font)
    if encoding is None or _MODERN.search(text) or not _OLD.search(text):
        return text
    return _READERS[encoding](text)


def _encoding_of(font: str) -> str | None:
    return next((name for mark, name in _FONTS if font.lower().startswith(mark)), None)


def is_modern(text: str) -> bool:
    """Tell whether a text has letters that only Unicode has."""
    return _MODERN.search(text) is not None


def modernised_octets(raw: bytes, text: str) -> tuple[str, str | None]:
    """Return what ``modernised`` does for octets that were decoded to ``text`` as windows-1258."""
    if len(raw) > _LONGEST:
        return text, None
    native = unicodedata.normalize("NFC", text[:_BEGINNING])
    found, encoding = _modern(raw.decode("latin-1"), _foreign(native))
    return (found, encoding) if encoding else (text, None)


def vietnamese_windows(raw: bytes) -> str | None:
    """Return octets read as windows-1258 where that makes Vietnamese of them, and Latin-1 not.

    Programs on Vietnamese Windows write it under the name of windows-1252, with the tones as
    signs of their own. Only words with an octet above 0x7F tell.
    """
    if len(raw) > _LONGEST:
        return None
    try:
        text = unicodedata.normalize("NFC", raw.decode("cp1258"))
    except UnicodeDecodeError:
        return None
    latin = unicodedata.normalize("NFC", raw.decode("cp1252", "replace"))
    return text if _share(_foreign(text)) > max(_FEW, _share(_foreign(latin))) else None


def old_name(raw: bytes) -> str:
    """Return a file name without a charset, such as old ZIP programs write, by what it spells.

    UTF-8 where it fits; then TCVN3 or VNI, then windows-1258, which Vietnamese Windows uses for
    ZIP, each if its words are Vietnamese; else CP437, as the format has it (APPNOTE 6.3, D.1).
    """
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    windows = unicodedata.normalize("NFC", raw.decode("cp1258", "replace"))
    text, encoding = modernised_octets(raw, windows)
    if encoding or _share(_foreign(windows)) > _FEW:
        return text
    return raw.decode("cp437")


def _modern(text: str, native: list[str] | None = None) -> tuple[str, str | None]:
    if not _OLD.search(text) or _MODERN.search(text):
        return text, None
    words = _doubtful(text)
    distinct = set(words)
    if len(distinct) < _ENOUGH or sum(map(len, distinct)) < _LETTERS:
        return text, None
    if _share(words if native is None else native) > _FEW:
        return text, None
    shares = {name: _share([read(word) for word in words]) for name, read in _READERS.items()}
    best = max(shares, key=lambda name: shares[name])
    return (_READERS[best](text), best) if shares[best] >= _MOST else (text, None)


def _doubtful(text: str) -> list[str]:
    # A sign that stands alone, or between figures, is a letter in no encoding.
    found = (word[0] for word in _WORD.finditer(text))
    return list(
        islice((w for w in found if not w.isascii() and _ASCII_LETTER.search(w)), _LOOKED_AT)
    )


def _foreign(text: str) -> list[str]:
    found = (word[0] for word in _UNICODE_WORD.finditer(text))
    return list(islice((w for w in found if not w.isascii()), _LOOKED_AT))


def _share(words: list[str]) -> float:
    return sum(map(is_syllable, words)) / len(words) if words else 0.0


def _from_tcvn(text: str) -> str:
    found = unicodedata.normalize("NFC", text.translate(_WINDOWS).translate(_TCVN))
    return "\n".join(map(_headline, found.split("\n")))


def _headline(line: str) -> str:
    """Return a line with the capitals that TCVN3 leaves to a font of its own, .VnTimeH.

    "CéNG HßA X· HéI" has no capitals for its accented letters. A line without a small letter is
    taken for such a headline.
    """
    bare = _SMALL.search(line) is None and len(_CAPITALS.findall(line)) >= _HEADLINE
    return line.upper() if bare else line


def _from_viscii(text: str) -> str:
    return text.translate(_VISCII)


def _from_vni(text: str) -> str:
    return unicodedata.normalize("NFC", _VNI.sub(_vni_letter, text))


def _vni_letter(found: re.Match[str]) -> str:
    pair = found[0].lower()
    if len(pair) > 1 and pair not in _VNI_MARKS:
        return found[0]  # to the pattern the dotted İ and the dotless ı are an i
    letter = _VNI_LETTERS.get(pair[0], pair[0])
    plain = letter + (_VNI_MARKS[pair] if len(pair) > 1 else "")
    return plain.upper() if found[0][0].isupper() else plain


def _from_utf8(text: str) -> str:
    try:
        return text.translate(_WINDOWS).encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


_READERS: dict[str, Callable[[str], str]] = {
    "TCVN3": _from_tcvn,
    "VNI": _from_vni,
    "UTF-8 encoded twice": _from_utf8,
}
_CLAIMS: dict[str, Callable[[str], str]] = {
    **dict.fromkeys(("viscii", "csviscii", "x-viscii"), _from_viscii),
    **dict.fromkeys(("vni", "x-vni", "x-viet-vni"), _from_vni),
    **dict.fromkeys(
        (
            *("tcvn", "tcvn-5712", "tcvn5712", "tcvn5712-1", "tcvn5712-1:1993"),
            *("x-tcvn", "x-viet-tcvn", "x-viet-tcvn5712"),
        ),
        _from_tcvn,
    ),
}
