"""Sizes of pictures by their first octets."""

import struct

import pytest

from mappings.text.picture import picture_size

PNG = b"\x89PNG\r\n\x1a\n" + bytes(4) + b"IHDR" + struct.pack(">II", 1240, 1754)
SEGMENT = b"\xff\xe0" + struct.pack(">H", 16) + bytes(14)
FRAME = b"\xff\xc0" + struct.pack(">HBHH", 17, 8, 1754, 1240)


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (PNG, (1240, 1754)),
        (b"\xff\xd8" + SEGMENT + FRAME, (1240, 1754)),
        (b"GIF89a" + struct.pack("<HH", 88, 31), (88, 31)),
        (b"BM" + bytes(16) + struct.pack("<ii", 640, -480), (640, 480)),
        (PNG[:20], None),
        (b"\xff\xd8" + SEGMENT, None),
        (b"\xff\xd8" + bytes(40), None),
        (b"\xff\xd8" + (b"\xff\xfe\x00\x02" * 300), None),
        (b"", None),
        (b"II*\x00", None),
    ],
)
def test_size(content: bytes, size: tuple[int, int] | None) -> None:
    assert picture_size(content) == size
