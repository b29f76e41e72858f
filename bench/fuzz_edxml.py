"""Fuzz the reader and the writer of edXML: ``python -m bench.fuzz_edxml --seconds N [--seed N]``.

Two promises are tried. No bytes make the reader raise anything but MalformedDocument or its kind
TooLarge, nor keep it busy for long; and every packet, drawn at random or read from damaged bytes,
comes back from being written as it was. Input that breaks one is kept in ``bench/out/``; then the
exit code is 1.
"""

import random
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from bench.documents import random_packet, random_status
from bench.fuzzing import Fuzzer, fuzz
from domain.content import LONG, Inline, gathered
from domain.errors import MalformedDocument, TooLarge
from domain.exchange import Packet, StatusPacket
from mappings.edxml.attachment_names import content_type_of
from mappings.edxml.read import read_packet
from mappings.edxml.write import write_packet, write_status

SAMPLES = Path(__file__).parents[1] / "tests" / "data" / "edxml"
SLOW = 20.0
"""Seconds that no input of a few megabytes may take, on a busy machine."""

_MARK = b"dondoc:run:"
"""What a file may not contain, and only hostile ones do."""

_TOKENS = (
    b"<!DOCTYPE edXML [<!ENTITY a 'b'>]>",
    b"&a;",
    b"&#58;",
    b"&#13;",
    b"&#0;",
    b"&#xD800;",
    b"dondoc:run:0:",
    b"dondoc&#58;run:0:",
    b"<![CDATA[",
    b"]]>",
    b"<!--",
    b"-->",
    b"<?x",
    b"?>",
    b"<?xml version='1.0' encoding='windows-1258'?>",
    b"<?xml version='1.1' encoding='utf-16'?>",
    b" xmlns:edXML='x'",
    b" xmlns=''",
    b"xlink:a='b'",
    b"<AttachmentEncoded><Attachment><ContentTransferEncoded>UEsDBA==",
    b"<ContentTransferEncoded>",
    b"</Attachment>",
    b"<StatusCode>03</StatusCode>",
    b"<To>",
    b"<b/>",
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"=",
    b"9" * 30,
    b"A" * LONG,
    b" " * LONG,
)


def _cut_out(content: bytes, draw: random.Random) -> bytes:
    start, end = _span(content, draw)
    return content[:start] + content[end:]


def _repeated(content: bytes, draw: random.Random) -> bytes:
    start, end = _span(content, draw)
    return content[:end] + content[start:end] * draw.randint(1, 3) + content[end:]


def _flipped(content: bytes, draw: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(draw.randint(1, 6)):
        if changed:
            changed[draw.randrange(len(changed))] = draw.randrange(256)
    return bytes(changed)


def _with_token(content: bytes, draw: random.Random) -> bytes:
    start, end = _span(content, draw)
    return content[:start] + draw.choice(_TOKENS) + content[draw.choice((start, end)) :]


def _other_text(content: bytes, draw: random.Random) -> bytes:
    """Replace what stands between two tags."""
    places = [match.span() for match in re.finditer(rb">[^<]*<", content[:200_000])]
    if not places:
        return content
    start, end = draw.choice(places)
    text = draw.choice((draw.choice(_TOKENS), draw.randbytes(draw.randint(0, 9)), b""))
    return content[: start + 1] + text + content[end - 1 :]


def _swapped(content: bytes, draw: random.Random) -> bytes:
    one, two, three, four = sorted(draw.randint(0, len(content)) for _ in range(4))
    return content[:one] + content[three:four] + content[two:three] + content[one:two]


def _in_utf_16(content: bytes, draw: random.Random) -> bytes:
    return content.decode(errors="replace").encode(draw.choice(("utf-16", "utf-16-be")))


def _cut_short(content: bytes, draw: random.Random) -> bytes:
    return content[: draw.randint(0, len(content))]


_CHANGES: Sequence[Callable[[bytes, random.Random], bytes]] = (
    *(_other_text,) * 9,
    *(_with_token,) * 3,
    *(_flipped, _cut_out, _repeated) * 2,
    _swapped,
    _in_utf_16,
    _cut_short,
)


def _span(content: bytes, draw: random.Random) -> tuple[int, int]:
    start = draw.randint(0, len(content))
    return start, min(len(content), start + int(draw.expovariate(1 / 40)))


def _written(packet: Packet | StatusPacket) -> bytes:
    if isinstance(packet, StatusPacket):
        return write_status(packet)
    return gathered(lambda out: write_packet(packet, out))


def _with_known_types(packet: Packet | StatusPacket) -> Packet | StatusPacket:
    """Return the packet as it travels: a file's type is told by its name alone."""
    if isinstance(packet, StatusPacket):
        return packet
    known = (replace(each, content_type=content_type_of(each.name)) for each in packet.attachments)
    return replace(packet, attachments=tuple(known))


class EdxmlFuzzer(Fuzzer):
    """Damages packets and reads them, and writes and reads sound ones."""

    suffix = ".edxml"

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._samples = [path.read_bytes() for path in sorted(SAMPLES.rglob("*.xml"))]

    def step(self) -> None:
        """Try one input."""
        if self.draw.random() < 0.15:
            self._unchanged(random_packet(self.draw))
        else:
            content = self._sample()
            for _ in range(self.draw.choice((1, 1, 1, 1, 2, 4))):
                content = self.draw.choice(_CHANGES)(content, self.draw)
            self._read(content)

    def _sample(self) -> bytes:
        if self.draw.random() < 0.5:
            return self.draw.choice(self._samples)
        if self.draw.random() < 0.2:
            return write_status(random_status(self.draw))
        return _written(random_packet(self.draw))

    def _read(self, content: bytes) -> None:
        began = time.perf_counter()
        try:
            packet = read_packet(Inline(content)).packet
        except MalformedDocument as error:
            self.counts[type(error).__name__] += 1
        except BaseException as error:
            self.found(f"reading raised {type(error).__name__}", content)
            if isinstance(error, KeyboardInterrupt):
                raise
        else:
            self.counts["read"] += 1
            # A status without a code cannot be told from a document.
            if isinstance(packet, Packet) or packet.code:
                self._unchanged(packet, content)
        took = time.perf_counter() - began
        self.slowest = max(self.slowest, took)
        if took > SLOW:
            self.found("reading was slow", content)

    def _unchanged(self, packet: Packet | StatusPacket, source: bytes = b"") -> None:
        """Write a packet and read it again."""
        content = _written(packet)
        try:
            again = read_packet(Inline(content)).packet
        except MalformedDocument as error:
            if source and (isinstance(error, TooLarge) or _MARK in content):
                self.counts["read from odd bytes, not to be written"] += 1
                return
            self.found(f"what was written is refused as {type(error).__name__}", source or content)
            return
        self.counts["written and read again"] += 1
        if again != _with_known_types(packet):
            self.found("what was written is read otherwise", source or content)


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 1 if a promise was broken, else 0."""
    return fuzz("fuzz", "bench.fuzz_edxml", __doc__, EdxmlFuzzer, arguments)


if __name__ == "__main__":
    sys.exit(main())
