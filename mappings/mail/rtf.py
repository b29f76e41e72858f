"""Plain text of the RTF that Outlook writes, packed as [MS-OXRTFCP] or not.

What is text of HTML inside ([MS-OXRTFEX]) is read like any other: marks of HTML lie in groups that
are skipped. The work is linear and bounded by the caller, and nothing here raises.
"""

import codecs
import re
import struct

from mappings.mail.text import clean

_PACKED, _PLAIN = b"LZFu", b"MELA"
_HEADER = 16
_WINDOW = 4096
_START = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern "
    b"\\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0"
    b"\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
"""What the window holds at the beginning (section 2.1.2.1)."""

_TOKEN = re.compile(
    rb"\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-f]{2})|\\(.)|([{}])|([^\\{}]+)", re.I | re.S
)
_SKIPPED = frozenset(
    [
        "fonttbl",
        "colortbl",
        "stylesheet",
        "info",
        "pict",
        "object",
        "header",
        "footer",
        "listtable",
        "listoverridetable",
        "generator",
        "themedata",
        "datastore",
        "latentstyles",
        "xmlnstbl",
        "rsidtbl",
    ]
)
_BREAKS = {"par": "\n", "line": "\n", "row": "\n", "tab": "\t", "cell": "\t", "page": "\n"}
_SIGNS = {
    "lquote": "\u2018",
    "rquote": "\u2019",
    "ldblquote": "\u201c",
    "rdblquote": "\u201d",
    "endash": "\u2013",
    "emdash": "\u2014",
    "bullet": "\u2022",
}
_ESCAPED = {b"~": "\xa0", b"_": "-", b"\n": "\n", b"\r": "\n"}
_DEEPEST = 1_000


def unpack_rtf(data: bytes, largest: int) -> bytes:
    """Return RTF as it was before it was packed; what does not unpack gives what was read.

    Of more than ``largest`` octets, that many are returned.
    """
    if len(data) < _HEADER:
        return b""
    size, kind = struct.unpack_from("<I", data, 4)[0], data[8:12]
    size = min(size, largest)
    if kind == _PLAIN:
        return data[_HEADER : _HEADER + size]
    return _unpacked(data, size) if kind == _PACKED else b""


def _unpacked(data: bytes, size: int) -> bytes:
    window = bytearray(_START.ljust(_WINDOW, b"\0"))
    write = len(_START)
    out = bytearray()
    at = _HEADER
    while at < len(data) and len(out) < size:
        flags = data[at]
        at += 1
        for bit in range(8):
            piece = data[at : at + 1 + (flags >> bit & 1)]
            at += len(piece)
            if len(piece) == 2:
                offset, length = int.from_bytes(piece) >> 4, (piece[1] & 0x0F) + 2
                if offset == write:
                    return bytes(out[:size])
            else:
                offset, length = -1, len(piece)
            for step in range(length):
                octet = piece[0] if offset < 0 else window[(offset + step) % _WINDOW]
                out.append(octet)
                window[write] = octet
                write = (write + 1) % _WINDOW
    return bytes(out[:size])


def rtf_text(rtf: bytes, most: int) -> tuple[str, bool]:
    """Return the text of RTF, and whether it is whole or was cut at ``most`` characters.

    Words that are hidden or describe the document are left out.
    """
    read = _Text().read(rtf, most)
    # Characters beyond U+FFFF are written as two halves.
    halves = read[:most].encode("utf-16-le", "surrogatepass")
    return clean(halves.decode("utf-16-le", "replace")).strip(), len(read) <= most


class _Text:
    """The state of one group: whether it is skipped, its charset, fallback characters to skip."""

    def __init__(self) -> None:
        self.charset = "cp1252"
        self.skipped = False
        self.html_twin = False
        self.fallback = 1
        self.pending = 0
        self.groups: list[tuple[bool, int, bool]] = []
        self.out: list[str] = []
        self.length = 0
        self.octets = bytearray()

    def read(self, rtf: bytes, most: int) -> str:
        """Return the text as far as the piece in which it grows longer than it may be."""
        for found in _TOKEN.finditer(rtf):
            if self.length + len(self.octets) > most:
                break
            word, number, octet, sign, brace, text = found.groups(b"")
            if not octet:
                self.flush()
            if brace:
                self.brace(brace)
            elif word:
                self.word(word.decode("ascii").lower(), number)
            elif octet:
                self.take(bytes([int(octet, 16)]))
            elif sign:
                self.sign(sign)
            else:
                self.plain(text)
        self.flush()
        return "".join(self.out)

    def flush(self) -> None:
        if self.octets:
            self.add(self.octets.decode(self.charset, "replace"))
            self.octets.clear()

    def add(self, text: str) -> None:
        self.out.append(text)
        self.length += len(text)

    def brace(self, brace: bytes) -> None:
        self.pending = 0
        if brace == b"{" and len(self.groups) < _DEEPEST:
            self.groups.append((self.skipped, self.fallback, self.html_twin))
        elif brace == b"}" and self.groups:
            self.skipped, self.fallback, self.html_twin = self.groups.pop()

    def word(self, word: str, number: bytes) -> None:
        if word in _SKIPPED:
            self.skipped = True
        elif word == "htmlrtf":
            self.html_twin = number != b"0"
        elif word == "uc":
            self.fallback = min(int(number or b"1"), 8)
        elif word == "ansicpg" and 437 <= int(number or b"0") <= 1258:
            self.charset = _known(f"cp{int(number)}")
        elif self.heard() and word == "u":
            self.add(_character(int(number or b"0")))
            self.pending = self.fallback
        elif self.heard():
            self.add(_BREAKS.get(word) or _SIGNS.get(word) or "")

    def sign(self, sign: bytes) -> None:
        if sign == b"*":
            self.skipped = True
        elif self.heard():
            self.add(_ESCAPED.get(sign) or (sign.decode("latin-1") if sign in b"\\{}" else ""))

    def take(self, octet: bytes) -> None:
        if self.pending:
            self.pending -= 1
        elif self.heard():
            self.octets += octet

    def plain(self, text: bytes) -> None:
        shown = text.replace(b"\r", b"").replace(b"\n", b"")
        skip, self.pending = min(self.pending, len(shown)), max(0, self.pending - len(shown))
        if self.heard():
            self.octets += shown[skip:]
            self.flush()

    def heard(self) -> bool:
        return not self.skipped and not self.html_twin


def _character(number: int) -> str:
    # Characters above U+7FFF are written as negative numbers of 16 bits.
    return chr(number % 0x10000)


def _known(charset: str) -> str:
    try:
        return codecs.lookup(charset).name
    except LookupError:
        return "cp1252"
