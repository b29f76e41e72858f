"""PDF files written by hand, as no program writes them."""

import zlib

CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"


def pdf(*objects: bytes, trailer: bytes = b"") -> bytes:
    """Return a PDF of objects numbered from 1; the first is the catalog."""
    out, offsets = b"%PDF-1.5\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    return (
        b"%sxref\n0 %d\n0000000000 65535 f \n%strailer <</Size %d/Root 1 0 R%s>>\n"
        b"startxref\n%d\n%%%%EOF" % (out, size, table, size, trailer, len(out))
    )


def flate(content: bytes, head: bytes = b"", filters: bytes = b"/FlateDecode") -> bytes:
    """Return a stream packed with Flate."""
    return stream(zlib.compress(content), head + b"/Filter" + filters)


def stream(content: bytes, head: bytes = b"") -> bytes:
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (head, len(content), content)


def pages(content: bytes, number: int = 1, contents: bytes = b"3 0 R", *more: bytes) -> bytes:
    """Return a PDF of pages that are all drawn with object 3, or with what ``contents`` says."""
    first = 4 + len(more)
    kids = b" ".join(b"%d 0 R" % (first + index) for index in range(number))
    listed = b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, number)
    page = (
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents %s"
        b"/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>"
        b"/XObject<</Fm 4 0 R>>>>>>" % contents
    )
    return pdf(CATALOG, listed, content, *more, *[page] * number)
