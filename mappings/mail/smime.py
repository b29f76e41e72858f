"""The message inside an opaque S/MIME signature (RFC 8551 section 3.5.2; CMS, RFC 5652 section 5).

Nothing is verified here: the signature is evidence that stays in the raw message. BER is read as
far as the content, with a bounded depth; damage gives None, and nothing is raised.
"""

from collections.abc import Iterator

_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_OID, _OCTETS, _OCTETS_IN_PIECES, _SEQUENCE, _EXPLICIT = 0x06, 0x04, 0x24, 0x30, 0xA0
_DEEPEST = 16
_PIECES = 10_000

_Element = tuple[int, int, int]
"""Tag, where the content begins, where it ends."""


def signed_content(cms: bytes) -> bytes | None:
    """Return the MIME entity that was signed; None for encrypted, detached or damaged data."""
    outer = _children(cms, 0, len(cms), _SEQUENCE)
    if len(outer) < 2 or cms[outer[0][1] : outer[0][2]] != _SIGNED_DATA:
        return None
    signed = _children(cms, outer[1][1], outer[1][2], _SEQUENCE)
    inner = next((e for e in signed if e[0] == _SEQUENCE), None)
    if inner is None:
        return None
    parts = list(_elements(cms, inner[1], inner[2]))
    held = next((e for e in parts if e[0] == _EXPLICIT), None)
    return _octets(cms, held) if held else None


def _children(data: bytes, start: int, end: int, tag: int) -> list[_Element]:
    """Return what the first element holds if it has this tag."""
    first = next(_elements(data, start, end), None)
    if first is None or first[0] != tag:
        return []
    return list(_elements(data, first[1], first[2]))


def _octets(data: bytes, held: _Element) -> bytes | None:
    first = next(_elements(data, held[1], held[2]), None)
    if first is None or first[0] not in (_OCTETS, _OCTETS_IN_PIECES):
        return None
    if first[0] == _OCTETS:
        return data[first[1] : first[2]]
    return b"".join(data[s:e] for t, s, e in _elements(data, first[1], first[2]) if t == _OCTETS)


def _elements(data: bytes, at: int, end: int) -> Iterator[_Element]:
    """Yield the elements between two offsets; what is damaged ends them."""
    return (element for element, _ in _walk(data, at, end, 0))


def _walk(data: bytes, at: int, end: int, depth: int) -> Iterator[tuple[_Element, int]]:
    """Yield each element with the offset behind it."""
    for _ in range(_PIECES):
        if at + 2 > end or data[at : at + 2] == b"\0\0":
            return
        tag, first, start = data[at], data[at + 1], at + 2
        if first == 0x80:
            stop = _end(data, start, end, depth + 1)
            after = stop + 2
        else:
            start += first & 0x7F if first > 0x80 else 0
            length = int.from_bytes(data[at + 2 : start]) if first > 0x80 else first
            after = stop = start + length
        if stop > end:
            return
        yield (tag, start, stop), after
        at = after


def _end(data: bytes, at: int, end: int, depth: int) -> int:
    """Return where content of indefinite length ends (X.690 section 8.1.3.6)."""
    if depth > _DEEPEST:
        return end
    for _, after in _walk(data, at, end, depth):
        at = after
    return min(at, end)
