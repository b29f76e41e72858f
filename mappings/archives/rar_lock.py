"""Whether a RAR archive is locked by a password: libarchive takes what is encrypted for damage.

The blocks of RAR 4 (RARLAB's technote) and RAR 5 ("RAR 5.0 archive format") are walked by their
declared sizes, nothing is unpacked. Damage ends the walk; whoever unpacks will meet it.
"""

from collections.abc import Iterator

_MARK_4, _MARK_5 = b"Rar!\x1a\x07\x00", b"Rar!\x1a\x07\x01\x00"
_MOST_BLOCKS = 10_000

_ARCHIVE_4, _FILE_4, _LONG_4 = 0x73, 0x74, 0x8000
_HEADERS_LOCKED_4, _LOCKED_4 = 0x0080, 0x0004
_FILE_5, _HEADERS_LOCKED_5 = 2, 4
_EXTRA_5, _DATA_5 = 1, 2
_LOCKED_5 = 1


def is_locked(content: bytes) -> bool:
    """Tell whether names or any file of a RAR archive are encrypted."""
    if content.startswith(_MARK_5):
        return any(_locks_5(*block) for block in _blocks_5(content))
    blocks = _blocks_4(content) if content.startswith(_MARK_4) else iter(())
    return any(
        flags & (_HEADERS_LOCKED_4 if kind == _ARCHIVE_4 else _LOCKED_4)
        for kind, flags in blocks
        if kind in (_ARCHIVE_4, _FILE_4)
    )


def _blocks_4(content: bytes) -> Iterator[tuple[int, int]]:
    at = len(_MARK_4)
    for _ in range(_MOST_BLOCKS):
        head = content[at : at + 11]
        if len(head) < 7:
            return
        kind, flags = head[2], int.from_bytes(head[3:5], "little")
        yield kind, flags
        size = int.from_bytes(head[5:7], "little")
        more = int.from_bytes(head[7:11], "little") if flags & _LONG_4 else 0
        # A size of nothing is damage, and would be read for ever.
        at += max(size, 7) + more


def _blocks_5(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield kind and extra area of each block."""
    at = len(_MARK_5)
    for _ in range(_MOST_BLOCKS):
        size, start = _number(content, at + 4)
        if not size or start >= len(content):
            return
        kind, place = _number(content, start)
        flags, place = _number(content, place)
        extra, place = _number(content, place) if flags & _EXTRA_5 else (0, place)
        data = _number(content, place)[0] if flags & _DATA_5 else 0
        end = start + size
        yield kind, content[max(start, end - extra) : end]
        at = end + data


def _locks_5(kind: int, extra: bytes) -> bool:
    if kind == _HEADERS_LOCKED_5:
        return True
    at = 0
    while kind == _FILE_5 and at < len(extra):
        size, start = _number(extra, at)
        if _number(extra, start)[0] == _LOCKED_5:
            return True
        at = start + max(size, 1)
    return False


def _number(data: bytes, at: int) -> tuple[int, int]:
    """Return a number of seven bits an octet and the offset behind it."""
    value = 0
    for step, octet in enumerate(data[at : at + 10]):
        value |= (octet & 0x7F) << (7 * step)
        if octet < 0x80:
            return value, at + step + 1
    return value, at + 10
