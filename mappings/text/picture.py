"""The size of a picture in pixels, from its first octets: PNG, JPEG, GIF and BMP."""

import struct

_PNG = b"\x89PNG\r\n\x1a\n"
_SEGMENTS = 200
# Start of frame, any kind (ITU-T T.81 table B.1).
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def picture_size(content: bytes) -> tuple[int, int] | None:
    """Return width and height; None for what is no such picture or is cut off before its size."""
    try:
        if content.startswith(_PNG):
            return _pair(">II", content, 16)
        if content.startswith(b"GIF8"):
            return _pair("<HH", content, 6)
        if content.startswith(b"BM"):
            width, height = _pair("<ii", content, 18)
            return width, abs(height)
        return _jpeg(content) if content.startswith(b"\xff\xd8") else None
    except struct.error:
        return None


def _pair(form: str, content: bytes, at: int) -> tuple[int, int]:
    first, second = struct.unpack_from(form, content, at)
    return int(first), int(second)


def _jpeg(content: bytes) -> tuple[int, int] | None:
    at = 2
    for _ in range(_SEGMENTS):
        mark, kind, length = struct.unpack_from(">BBH", content, at)
        if mark != 0xFF:
            return None
        if kind in _FRAMES:
            height, width = _pair(">HH", content, at + 5)
            return width, height
        at += 2 + length
    return None
