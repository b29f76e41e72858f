"""PDF files that are small and take their reader hours."""

import random
import zlib

import pytest

from domain.errors import MalformedDocument, TooLarge
from mappings.text.extract import extract_text
from mappings.text.limits import Limits
from tests.pdf_files import flate, pages, stream

TEXT = b"BT /F1 9 Tf (Bao cao) Tj ET\n"
SMALL = Limits(drawn=10_000)
FORM = b"/Type/XObject/Subtype/Form/BBox[0 0 99 99]"
IMAGE = b"/Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray"
DRAWS = b"/Resources<</XObject<</Fm %d 0 R>>>>"


@pytest.mark.parametrize("content", [stream(TEXT), flate(TEXT), stream(TEXT + b"%stream\n" + TEXT)])
def test_an_ordinary_page_is_read(content: bytes) -> None:
    assert extract_text(pages(content, 3), SMALL).count("Bao cao") >= 3


def test_pages_that_share_one_huge_content_are_refused() -> None:
    bomb = pages(flate(b"BT (a) Tj ET " * 1_000_000), 40)
    assert len(bomb) < 50_000
    with pytest.raises(TooLarge, match="too much to draw"):
        extract_text(bomb)


@pytest.mark.parametrize(
    "bomb",
    [
        pytest.param(pages(flate(TEXT * 500)), id="one content"),
        pytest.param(pages(stream(TEXT * 500)), id="not packed"),
        pytest.param(pages(flate(TEXT * 500)[:-20]), id="damaged"),
        pytest.param(pages(flate(TEXT * 100), 40), id="shared by pages"),
        pytest.param(pages(flate(TEXT * 100), 1, b"[" + b"3 0 R " * 40 + b"]"), id="drawn again"),
        pytest.param(
            pages(flate(TEXT * 100), 1, b"4 0 R", b"[" + b"3 0 R " * 40 + b"]"), id="by a list"
        ),
        pytest.param(
            pages(flate(zlib.compress(TEXT * 50), filters=b"[/FlateDecode/FlateDecode]")),
            id="packed twice",
        ),
        pytest.param(pages(stream(b"x" * 50, b"/Filter/LZWDecode")), id="LZW"),
        pytest.param(pages(flate(TEXT * 100, IMAGE), 40), id="content named a picture"),
        pytest.param(pages(flate(b"/Fm Do " * 40), 1, b"3 0 R", flate(TEXT * 20, FORM)), id="form"),
        pytest.param(
            pages(
                flate(b"/Fm Do "),
                1,
                b"3 0 R",
                *[flate(b"/Fm Do " * 10, FORM + DRAWS % (5 + n)) for n in range(6)],
                flate(b"0 0 1 1 re f ", FORM),
            ),
            id="forms in forms",
        ),
    ],
)
def test_what_draws_more_than_the_limit_is_refused(bomb: bytes) -> None:
    with pytest.raises(TooLarge, match="too much to draw"):
        extract_text(bomb, SMALL)


def test_a_picture_that_a_page_in_a_packed_object_is_drawn_with_is_refused() -> None:
    packed = flate(b"9 0 <</Type/Page/Contents 4 0 R>>", b"/Type/ObjStm/N 1/First 4")
    bomb = pages(stream(TEXT), 1, b"3 0 R", flate(TEXT * 500, IMAGE), packed)
    with pytest.raises(TooLarge, match="too much to draw"):
        extract_text(bomb, SMALL)


def test_pictures_are_left_alone() -> None:
    content = flate(b"/Fm Do " + TEXT)
    large = flate(bytes(1_000_000), IMAGE)
    assert "Bao cao" in extract_text(pages(content, 20, b"3 0 R", large), SMALL)
    assert "Bao cao" in extract_text(pages(content, 3, b"9 0 R]/Contents 3 0 R", large), SMALL)


def test_objects_and_streams_are_counted() -> None:
    with pytest.raises(TooLarge, match="too much to draw"):
        extract_text(pages(flate(TEXT * 5), 3), Limits(objects=14))
    assert extract_text(pages(flate(TEXT * 5), 3), Limits(objects=15))
    with pytest.raises(TooLarge, match="too much to draw"):
        extract_text(pages(stream(TEXT), 1, b"3 0 R", stream(b"")), Limits(streams=1))


def test_what_is_damaged_behind_its_beginning_counts_as_the_most() -> None:
    packed = zlib.compress(random.Random(1).randbytes(20_000))[:-500] + bytes([255]) * 500
    with pytest.raises(TooLarge, match="too much to draw"):
        extract_text(pages(stream(packed, b"/Filter/Flate#44ecode")), Limits(drawn=30_000))


def test_streams_without_end_are_passed_over_once() -> None:
    with pytest.raises(TooLarge, match="too much to draw"):
        extract_text(b"%PDF-1.5\n" + b"stream\n" * 5_000_000)
    with pytest.raises(MalformedDocument):
        extract_text(b"%PDF-1.5\nstream")


def test_an_encrypted_file_cannot_be_measured() -> None:
    locked = pages(stream(TEXT)).replace(b"/Root", b"/Encrypt 9 0 R/Root")
    with pytest.raises(MalformedDocument, match="encrypted"):
        extract_text(locked)
