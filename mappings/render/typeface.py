"""The typeface as the PDF library knows it, and the widths of text that both renderers draw by."""

from enum import StrEnum
from functools import cache
from importlib.resources import files
from io import BytesIO

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont


class Face(StrEnum):
    """A cut of the typeface, named as its file is."""

    REGULAR = "Tinos-Regular"
    BOLD = "Tinos-Bold"
    ITALIC = "Tinos-Italic"
    BOLD_ITALIC = "Tinos-BoldItalic"


@cache
def load() -> None:
    """Make every face known to the PDF library; the files are read once."""
    for face in Face:
        data = files("mappings.render").joinpath("fonts", f"{face}.ttf").read_bytes()
        pdfmetrics.registerFont(TTFont(str(face), BytesIO(data)))


def width(text: str, face: Face, size: float) -> float:
    """Return the width of a line of text in points."""
    load()
    return pdfmetrics.stringWidth(text, str(face), size)
