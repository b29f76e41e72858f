"""The directive of the demo: a real letter of UBND huyện Hữu Lũng, as issued and as a draft.

``letter.txt`` holds its text as it was published, slips included; only the layout is made here.
"""

from datetime import date
from functools import cache
from importlib.resources import files

from mappings.render.official import Block, IssueDate, Item, OfficialDocument, Paragraph, Signer

NUMBER = "512"
ISSUED_ON = date(2024, 5, 8)

_NOTATION = "UBND-VH"
_ISSUER = "ỦY BAN NHÂN DÂN HUYỆN HỮU LŨNG"
_SIGNATURE_MARKUP = "**"
_YEAR, _MONTH = 2024, 5


def directive_letter(number: str | None = NUMBER, day: date | None = ISSUED_ON) -> OfficialDocument:
    """Return the letter; without number or day it is the draft, with room for them."""
    parts = _parts()
    return OfficialDocument(
        issuer=_ISSUER,
        country=parts[1][0],
        notation=_NOTATION,
        number=number,
        place="Hữu Lũng",
        issued=IssueDate.of(day) if day else IssueDate(year=_YEAR, month=_MONTH),
        subject=" ".join(_between("V/v", "Kính gửi:")).removeprefix("V/v "),
        addressees=_list(_between("Kính gửi:", "Thực hiện")),
        body=tuple(_block(text) for text in _between("Thực hiện", "Nơi nhận:")),
        recipients=_list(_between("Nơi nhận:", _SIGNATURE_MARKUP)),
        signer=_signer(),
    )


@cache
def _parts() -> tuple[tuple[str, ...], ...]:
    """Return the lines of each part; a blank line ends a part."""
    text = files("dondoc.simulators.documents").joinpath("letter.txt").read_text(encoding="utf-8")
    return tuple(tuple(part.splitlines()) for part in text.strip().split("\n\n"))


def _between(opening: str, closing: str) -> list[str]:
    """Return the lines from the part with one opening up to the part with another."""
    starts = [part[0] for part in _parts()]
    first = next(i for i, text in enumerate(starts) if text.startswith(opening))
    last = next(i for i, text in enumerate(starts) if i > first and text.startswith(closing))
    return [line for part in _parts()[first:last] for line in part]


def _list(lines: list[str]) -> tuple[str, ...]:
    return tuple(line.removeprefix("- ").rstrip(";.") for line in lines[1:])


def _block(text: str) -> Block:
    marker, _, rest = text.partition(" ")
    if marker == "-" or marker.removesuffix(".").isdigit():
        return Item(marker=marker, text=rest)
    return Paragraph(text=text)


def _signer() -> Signer:
    *_, capacity, name = _parts()
    first, position = (line.strip(_SIGNATURE_MARKUP) for line in capacity)
    return Signer(capacity=(first,), position=position, name=name[0])
