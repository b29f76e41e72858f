"""Office packages (ECMA-376 part 2): their XML parts, none of which may carry a DTD.

A DTD can hide text behind entities or keep it outside the file, so what is read here would not be
what its reader sees. No office program writes one; ECMA-376 part 2 forbids it.
"""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile, ZipInfo

from lxml import etree

from domain.errors import MalformedDocument
from domain.words import say
from mappings.text.limits import Limits, within
from mappings.zip_directory import METHODS, opened_zip

Event = tuple[str, etree._Element]

_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_MAIN = "/officeDocument"
_XML = (".xml", ".rels", ".vml")
_NAME = 80


@contextmanager
def opened_package(what: str, stream: BinaryIO, limits: Limits) -> Iterator[ZipFile]:
    """Open an office package in which no part carries a DTD.

    Raises MalformedDocument, TooLarge; errors of the libraries while it is open become the former.
    """

    def charge(octets: int) -> None:
        within(what, octets, limits.directory, "octets of its list of parts")

    try:
        with opened_zip(stream, charge) as package:
            expanded = sum(member.file_size for member in package.infolist())
            within(what, expanded, limits.expanded, "octets once expanded")
            within(what, len(package.infolist()), limits.members, "parts")
            _only_usual_methods(what, package)
            for member in package.infolist():
                if member.filename.lower().endswith(_XML):
                    _look_at_head(what, package, member)
            yield package
    # KeyError: a part is missing; NotImplementedError: compression; RuntimeError: encryption.
    except (
        BadZipFile,
        EOFError,
        KeyError,
        NotImplementedError,
        OSError,
        RuntimeError,
        ValueError,
        etree.XMLSyntaxError,
        zlib.error,
    ) as error:
        raise MalformedDocument(
            what, say("{detail}, the file is damaged", detail=type(error).__name__)
        ) from error


def part_events(what: str, package: ZipFile, name: str) -> Iterator[Event]:
    """Yield start and end of each element of a part; to be used inside ``opened_package``.

    Whoever reads clears what was read: elements stay in memory until then.
    """
    with package.open(name) as part:
        events = etree.iterparse(
            part,
            events=("start", "end"),
            resolve_entities=False,
            load_dtd=False,
            no_network=True,
            remove_comments=True,
            remove_pis=True,
        )
        for number, (event, element) in enumerate(events):
            if number == 0:
                _refuse_dtd(what, name, element)
            yield event, element


def main_part(what: str, package: ZipFile) -> Iterator[Event]:
    """Yield start and end of each element of the part that the document begins with.

    To be read inside ``opened_package``. Whoever reads clears what was read: elements stay in
    memory until then.
    """
    for _, relation in part_events(what, package, "_rels/.rels"):
        if relation.tag == _RELATION and relation.get("Type", "").endswith(_MAIN):
            # Looked at once more: the main part may bear any name.
            yield from part_events(what, package, relation.get("Target", "").lstrip("/"))
            return
    raise KeyError(_MAIN)


def _only_usual_methods(what: str, package: ZipFile) -> None:
    """Refuse what ECMA-376 part 2 does not allow: it could not be unpacked piece by piece."""
    for member in package.infolist():
        if member.compress_type not in METHODS:
            raise MalformedDocument(
                what,
                say(
                    "its part {part} is packed by a method ({method}) that no office program uses",
                    part=member.filename[:_NAME],
                    method=member.compress_type,
                ),
            )


def _look_at_head(what: str, package: ZipFile, member: ZipInfo) -> None:
    """Read a part as far as its first element, before which a DTD would stand."""
    next(part_events(what, package, member.filename))


def _refuse_dtd(what: str, name: str, element: etree._Element) -> None:
    if element.getroottree().docinfo.internalDTD is not None:
        raise MalformedDocument(
            what,
            say(
                "its part {part} has a DTD (DOCTYPE), which no office program writes",
                part=name[:_NAME],
            ),
        )
