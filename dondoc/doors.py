"""Write ``docs/doors.md``, what each door to an e-office can do, from the doors' own flags.

``python -m dondoc.doors`` writes the page of a checkout; with ``--check`` it writes nothing and
exits 1 when the page is stale. A new door is one line in ``DOORS``.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from connector.eoffice.folder import FolderDoor
from connector.eoffice.lgsp import LgspExchange
from connector.eoffice.memory import MemoryExchange
from connector.eoffice.rest import MappedRest
from connector.eoffice.vxp import VxpExchange
from domain.exchange import Ability
from dondoc.generated import markdown_table, write_or_check

PAGE = Path(__file__).resolve().parent.parent / "docs" / "doors.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One row: the door, the flags of its class, how documents come and what limits it."""

    name: str
    abilities: frozenset[Ability]
    gives: str
    note: str


DOORS = (
    Door(
        name="VXP node",
        abilities=VxpExchange.ABILITIES,
        gives="edXML",
        note="the document exchange itself; the reference for all others",
    ),
    Door(
        name="provincial REST (LGSP)",
        abilities=LgspExchange.ABILITIES,
        gives="edXML",
        note="receivers and statuses are read from the file; no list of what was sent",
    ),
    Door(
        name="watched folder",
        abilities=FolderDoor.ABILITIES,
        gives="edXML, or a sheet with its files",
        note="for an office that can only export; see [thu-muc-theo-doi.md](thu-muc-theo-doi.md)",
    ),
    Door(
        name="mapped REST",
        abilities=MappedRest.ABILITIES,
        gives="fields with their files",
        note="the most that a mapping can describe, see [rest-mapping.md](rest-mapping.md); what a "
        "mapping leaves out is not offered",
    ),
    Door(
        name="memory",
        abilities=MemoryExchange.ABILITIES,
        gives="edXML",
        note="the fake of tests and dry runs",
    ),
)

MEANINGS: Mapping[Ability, str] = {
    Ability.SEND: "hands over documents and status messages",
    Ability.RECEIVE: "lists, fetches and settles the documents that wait for us",
    Ability.STATUSES: "lists, fetches and settles the status messages that wait for us",
    Ability.SENT_LIST: "lists what was sent, with the state at each receiver",
    Ability.AGENCIES: "lists the units it knows, with the old and new form of their identifiers",
}

_HEAD = """# Doors to the e-office

Made by `python -m dondoc.doors` from the `ABILITIES` of the classes in `connector/eoffice/`; do
not edit. Every door is held to these flags by `tests/contract/door_contract.py`: what is missing
raises `NotOffered`, what is there runs the contract of its ability.

How each is configured: [configuration.md](configuration.md#dondocyaml), keys `exchange` (the first
two) and `doors`.

"""

_MODES = """## What a campaign needs

A campaign with `exchange: send` needs a door that can send. With `exchange: follow` the e-office
has sent the document itself, and Dondoc learns how far it came from the sent list, from status
messages, or from both; a door with neither can only bring the document in.

"""


def page(doors: Sequence[Door] = DOORS) -> str:
    """Return the whole page."""
    return "\n".join(
        [_HEAD + _abilities(doors), _notes(doors), _MODES + _modes(doors), _meanings()]
    )


def _abilities(doors: Sequence[Door]) -> str:
    body = [
        [door.name, *("yes" if a in door.abilities else "–" for a in Ability)] for door in doors
    ]
    return markdown_table(["door", *(f"`{ability}`" for ability in Ability)], body)


def _notes(doors: Sequence[Door]) -> str:
    return markdown_table(["door", "gives", "note"], [[d.name, d.gives, d.note] for d in doors])


def _modes(doors: Sequence[Door]) -> str:
    body = [[door.name, _send(door), _follow(door)] for door in doors]
    return markdown_table(["door", "`send`", "`follow` learns from"], body)


def _send(door: Door) -> str:
    return "yes" if Ability.SEND in door.abilities else "–"


def _follow(door: Door) -> str:
    sources = {Ability.SENT_LIST: "the sent list", Ability.STATUSES: "status messages"}
    return ", ".join(text for a, text in sources.items() if a in door.abilities) or "–"


def _meanings() -> str:
    return "## The abilities\n\n" + markdown_table(
        ["ability", "the door"], [[f"`{a}`", MEANINGS[a]] for a in Ability]
    )


def main(arguments: Sequence[str] | None = None, path: Path = PAGE) -> int:
    """Write the page, or compare it with ``--check``; return the exit code."""
    return write_or_check(page(), path, arguments, module="dondoc.doors", about=__doc__)


if __name__ == "__main__":
    sys.exit(main())
