"""Whether a picture can be a photographed or scanned page, or is a logo, a banner, a signature."""

from domain.reading import ReceivedFile
from mappings.text.picture import picture_size

_OCTETS = 40_000
"""Smaller pictures are logos and drawn signatures; a photographed page is never that small."""
_INLINE_OCTETS = 200_000
"""For a picture in the text whose size in pixels is not known, such as HEIC."""
_SHORT_SIDE = 500
_SHAPE = 2.2
"""How many times longer the long side of a page is at most; A4 has 1.4, a long receipt more."""
_BEGINNING = 64 * 1024


def is_page(file: ReceivedFile) -> bool:
    """Tell whether a picture can be a page; one in the text must have a page's shape too."""
    if not file.inline:
        return file.content.size >= _OCTETS
    with file.content.open() as stream:
        size = picture_size(stream.read(_BEGINNING))
    if size is None:
        return file.content.size >= _INLINE_OCTETS
    short, long = sorted(size)
    return file.content.size >= _OCTETS and short >= _SHORT_SIDE and long <= short * _SHAPE
