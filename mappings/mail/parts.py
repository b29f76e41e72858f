"""The tree of parts of a MIME message (RFC 2045, 2046), cut out of the raw octets.

Parts are exact slices of what arrived, so an attached message keeps its digest; the standard
library would rebuild it, and its parser recurses and multiplies work on hostile nesting. Depth,
number of parts, header size and decoded size are bounded: beyond a limit ``TooLarge`` is raised,
everything else that is wrong is repaired and noted as a warning.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from domain.errors import TooLarge
from mappings.mail.headers import Fields, parameters, split_header
from mappings.mail.text import decode_base64

WHAT = "mail message"
TNEF, SIGNED = "application/ms-tnef", "application/pkcs7-mime"
"""What wraps the text of the message itself, once it was opened."""

_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*")
# The longest line of RFC 5322 section 2.1.1: what is longer is no field's name.
_NAME = re.compile(rb"[!-9;-~]{1,998}[ \t]*")
_TEXTS = frozenset({"text/plain", "text/html"})
_MESSAGES = frozenset({"message/rfc822", "message/global"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds for one message, each of which keeps the work on hostile input short.

    They hold for the message and all that is opened in it together: messages, winmail.dat.
    """

    octets: int = 64 * 1024 * 1024
    decoded: int = 128 * 1024 * 1024
    """All decoded parts together; attached messages count once more for each level."""
    depth: int = 16
    parts: int = 500
    header: int = 256 * 1024
    """The header of one part; ``headers`` are those of all parts together."""
    headers: int = 2 * 1024 * 1024
    text: int = 1_000_000
    """All texts of a message together; what is longer is cut, with a warning."""
    rtf: int = 2 * 1024 * 1024
    """All RTF of a message once unpacked, in octets; what is longer is cut, with a warning."""


class Budget:
    """What may still be read of a message; the messages and files in it draw on the same one."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.text = limits.text
        self.rtf = limits.rtf
        self._parts = 0
        self._decoded = 0
        self._headers = 0

    def part(self) -> None:
        """Count one part or one file of winmail.dat; raises ``TooLarge``."""
        self._parts += 1
        if self._parts > self.limits.parts:
            raise TooLarge(WHAT, f"more than {self.limits.parts} parts")

    def header(self, octets: int) -> None:
        """Count the header of one part; raises ``TooLarge``."""
        self._headers += octets
        if self._headers > self.limits.headers:
            raise TooLarge(WHAT, f"headers of more than {self.limits.headers} octets together")

    def decoded(self, octets: int) -> None:
        """Count what one part or file holds; raises ``TooLarge``."""
        self._decoded += octets
        if self._decoded > self.limits.decoded:
            raise TooLarge(WHAT, f"more than {self.limits.decoded} octets once decoded")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A node of the tree. ``content`` is decoded for leaves and attached messages, else empty."""

    fields: Fields
    media_type: str
    charset: str | None = None
    report_type: str = ""
    disposition: str = ""
    file_name: str = ""
    content: bytes = field(default=b"", repr=False)
    children: tuple["Part", ...] = ()
    problem: str = ""
    """Why nobody can open it."""
    opened: bool = False
    """Whether it is a file whose inside became its children."""

    @property
    def is_message(self) -> bool:
        """Tell whether this is an attached message; its only child is that message's top part."""
        return self.media_type in _MESSAGES

    def walk(self) -> Iterator["Part"]:
        """Yield this part and all below it, in the order of the message."""
        yield self
        for child in self.children:
            yield from child.walk()


def is_body(part: Part) -> bool:
    """Tell whether a part is text to be read, not a file; clients name files, texts they do not."""
    return part.media_type in _TEXTS and part.disposition != "attachment" and not part.file_name


def read_parts(raw: bytes, budget: Budget) -> tuple[Part, int, list[str]]:
    """Return the top part of a message, the offset of its body, and warnings.

    Raises ``TooLarge``.
    """
    limits = budget.limits
    if len(raw) > limits.octets:
        raise TooLarge(WHAT, f"{len(raw)} octets, at most {limits.octets} are read")
    reader = _Reader(budget)
    budget.part()
    fields, body = reader.header(raw, 0, len(raw))
    top = reader.below(fields, raw, (body, len(raw)), depth=0, default="text/plain")
    return top, body, reader.warnings


class _Reader:
    """Reads one message, as far as the budget goes."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.limits = budget.limits
        self.warnings: list[str] = []

    def part(self, raw: bytes, start: int, end: int, *, depth: int, default: str) -> Part:
        self.budget.part()
        if depth > self.limits.depth:
            raise TooLarge(WHAT, f"parts nested more than {self.limits.depth} deep")
        fields, body = self.header(raw, start, end)
        return self.below(fields, raw, (body, end), depth=depth, default=default)

    def below(
        self, fields: Fields, raw: bytes, body: tuple[int, int], *, depth: int, default: str
    ) -> Part:
        """Return the part that these fields and the octets of this body make."""
        media_type, given = parameters(fields.first("content-type"))
        if not _MEDIA_TYPE.fullmatch(media_type):
            media_type = default
        if media_type.startswith("multipart/"):
            spans = self.spans(raw, *body, given.get("boundary", ""))
            if spans is None:
                media_type = "text/plain"
            else:
                inner = "message/rfc822" if media_type == "multipart/digest" else "text/plain"
                children = tuple(
                    self.part(raw, *span, depth=depth + 1, default=inner) for span in spans
                )
                report = given.get("report-type", "").lower()
                return Part(
                    fields=fields, media_type=media_type, report_type=report, children=children
                )
        return self.leaf(fields, media_type, given, raw[slice(*body)], depth)

    def header(self, raw: bytes, start: int, end: int) -> tuple[Fields, int]:
        # One octet more than allowed is enough to see that there are too many.
        reach = min(end, start + self.limits.header + 1)
        fields, body = split_header(raw, start, reach)
        broken_off = reach < end and _NAME.fullmatch(raw, body, reach)
        if body - start > self.limits.header or broken_off:
            raise TooLarge(WHAT, f"a header of more than {self.limits.header} octets")
        self.budget.header(body - start)
        return fields, body

    def spans(
        self, raw: bytes, start: int, end: int, boundary: str
    ) -> list[tuple[int, int]] | None:
        """Return where the parts of a multipart lie; None when no part begins (RFC 2046 5.1.1)."""
        if not boundary.strip() or _LINE_END.search(boundary):
            self.warnings.append("a multipart names no boundary, read as text")
            return None
        spans: list[tuple[int, int]] = []
        opened: int | None = None
        for found in _delimiters(raw, start, end, boundary.rstrip().encode("utf-8", "replace")):
            if opened is not None:
                spans.append((opened, _before_line_end(raw, opened, found.start())))
            opened = None if found[1] else found.end()
            if found[1]:
                break
            if len(spans) > self.limits.parts:
                raise TooLarge(WHAT, f"more than {self.limits.parts} parts")
        if opened is not None:
            self.warnings.append("a multipart is not closed, the message may be cut off")
            spans.append((opened, end))
        if not spans:
            self.warnings.append("a multipart has no part with its boundary, read as text")
            return None
        return spans

    def leaf(
        self, fields: Fields, media_type: str, given: dict[str, str], raw: bytes, depth: int
    ) -> Part:
        content = self.unpack(raw, fields.first("content-transfer-encoding").lower())
        self.budget.decoded(len(content))
        repaired: list[str] = []
        disposition, more = parameters(fields.first("content-disposition"), repaired)
        self.warnings += [f"a file name: {warning}" for warning in repaired]
        children: tuple[Part, ...] = ()
        if media_type in _MESSAGES:
            top = self.part(content, 0, len(content), depth=depth + 1, default="text/plain")
            children = (top,)
        return Part(
            fields=fields,
            media_type=media_type,
            charset=given.get("charset"),
            disposition=disposition,
            file_name=more.get("filename") or given.get("name", ""),
            content=content,
            children=children,
        )

    def unpack(self, raw: bytes, encoding: str) -> bytes:
        if encoding == "base64":
            content, whole = decode_base64(raw)
            if not whole:
                self.warnings.append("a part in base64 is damaged, what is readable was kept")
            return content
        if encoding == "quoted-printable":
            return binascii.a2b_qp(raw)
        return raw


_MISSES = 1_000
"""Lines that only begin with the boundary, from which on searching by the pattern is faster."""

_LINE_END = re.compile(r"[\r\n]")
"""No boundary has one (RFC 2046 section 5.1.1); looking for such lines takes quadratic time."""


def _delimiters(raw: bytes, at: int, end: int, boundary: bytes) -> Iterator[re.Match[bytes]]:
    """Yield each line that is the boundary, its group 1 telling that it closes the multipart."""
    mark = b"--" + boundary
    line = re.compile(rb"^" + re.escape(mark) + rb"(--)?[ \t]*\r?(?:\n|\Z)", re.MULTILINE)
    if found := line.match(raw, at, end):
        yield found
        at = found.end()
    misses = 0
    # A line end is part of what is sought, and may be the last octet of what was found.
    while misses < _MISSES and (at := raw.find(b"\n" + mark, max(at - 1, 0), end)) >= 0:
        at += 1
        if found := line.match(raw, at, end):
            yield found
            at = found.end()
        else:
            misses += 1
    if at >= 0:
        yield from line.finditer(raw, at, end)


def _before_line_end(raw: bytes, start: int, end: int) -> int:
    # The line end before a delimiter belongs to the delimiter (RFC 2046 section 5.1.1).
    if end > start and raw[end - 1] == 0x0A:
        end -= 1
        if end > start and raw[end - 1] == 0x0D:
            end -= 1
    return end
