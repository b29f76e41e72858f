"""Draw ``docs/state-machines.md`` from the tables in ``domain/machine.py``.

``python -m dondoc.diagrams`` writes the page of a checkout; with ``--check`` it writes nothing and
exits 1 when the page is stale. The pictures are Mermaid state diagrams; each has its table beside
it, because a picture with every arrow could not be read.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from pathlib import Path
from typing import TypeVar

from domain.machine import (
    ANSWER,
    ASSIGNMENT,
    DISPATCH,
    JOINT,
    MEMBERSHIP,
    OF_DISPATCH,
    ROUND,
    SETTLED,
)
from dondoc.generated import markdown_table, write_or_check

PAGE = Path(__file__).resolve().parent.parent / "docs" / "state-machines.md"

S = TypeVar("S", bound=StrEnum)
E = TypeVar("E", bound=StrEnum)

Table = Mapping[str, Mapping[str, str]]
Group = tuple[str, ...]

_DISPATCH_GROUPS: Mapping[str, Group] = {
    "trying": ("sending", "deferred", "uncertain"),
    "on_its_way": ("accepted", "delayed", "relayed"),
    "received": ("delivered", "displayed"),
    "handled": ("registered", "assigned", "processing", "finished"),
}
_ASSIGNMENT_GROUPS: Mapping[str, Group] = {
    "open": ("waiting", "sent", "delivered", "displayed", "acknowledged"),
}

_INTRODUCTION = """\
# State machines

Made by `python -m dondoc.diagrams` from the tables in `domain/machine.py`; do not edit.

In each table a row is a status and a column an event. A word is the next status, `=` means that
the event is recorded and moves nothing (evidence that came late, twice or out of order), and an
empty cell is refused with `IllegalTransition`. In the pictures an arrow from or to a frame stands
for every status in it; arrows that lead back to their own status are left out.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Machine:
    title: str
    text: str
    table: Table
    groups: Mapping[str, Group]


def _plain(table: Mapping[S, Mapping[E, S]]) -> Table:
    return {str(a): {str(e): str(b) for e, b in row.items()} for a, row in table.items()}


def _machines() -> Iterator[_Machine]:
    yield _Machine(
        title="Dispatch",
        text="How far one sending has verifiably come. What the e-office sent itself\n"
        "(`exchange: follow`) begins as accepted.",
        table=_plain(DISPATCH),
        groups=_DISPATCH_GROUPS,
    )
    yield _Machine(
        title="Assignment",
        text="Where one office stands in one round.",
        table=_plain(ASSIGNMENT),
        groups=_ASSIGNMENT_GROUPS,
    )
    yield _Machine(
        title="Membership",
        text="Whether the rules in force name an office as recipient of a round, apart from how\n"
        "far its assignment has come: one that is removed, or has ended and passed its duty on,\n"
        "gets nothing and owes nothing, and what it still sends is recorded; restored it goes\n"
        "on where it was.",
        table=_plain(MEMBERSHIP),
        groups={},
    )
    yield _Machine(
        title="Round",
        text="Where a reporting period stands.",
        table=_plain(ROUND),
        groups={},
    )
    yield _Machine(
        title="Answer",
        text="How far one status message of ours about a document that came by the exchange is.",
        table=_plain(ANSWER),
        groups={},
    )


def page() -> str:
    """Return the whole page as Markdown, the same for the same tables."""
    parts = [_INTRODUCTION]
    for machine in _machines():
        parts.append(f"## {machine.title}\n\n{machine.text}\n")
        parts.append(picture(machine.table, machine.groups))
        parts.append(_matrix(machine.table))
    parts += [_joint(), _settled(), _meaning()]
    return "\n".join(parts)


def picture(table: Table, groups: Mapping[str, Group]) -> str:
    """Return one machine as a Mermaid state diagram; ``groups`` are drawn as frames."""
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {next(iter(table))}"]
    for name, members in groups.items():
        lines += [f"    state {name} {{", *(f"        {member}" for member in members), "    }"]
    for source, target, events in _arrows(table, groups):
        lines.append(f"    {source} --> {target}: {', '.join(events)}")
    return "\n".join([*lines, "```", ""])


def _arrows(table: Table, groups: Mapping[str, Group]) -> Iterator[tuple[str, str, list[str]]]:
    """Yield arrows between frames for the events that all statuses of the source share.

    The others, and arrows within a frame or from one status to one status, are drawn singly.
    """
    frame_of = {member: name for name, members in groups.items() for member in members}
    frames = dict.fromkeys(frame_of.get(status, status) for status in table)
    for source in frames:
        members = groups.get(source, (source,))
        for target in frames:
            inside = groups.get(target, (target,))
            shared = [] if source == target else _shared(table, members, inside)
            if shared:
                yield source, target, shared
            for member, status in product(members, inside):
                single = [e for e in _events(table, member, (status,)) if e not in shared]
                if single:
                    yield member, status, single


def _shared(table: Table, members: Group, inside: Group) -> list[str]:
    """Return the events by which every member enters a frame, none for one arrow to one status."""
    found = [_events(table, member, inside) for member in members]
    if len(members) == 1 and len({table[members[0]][event] for event in found[0]}) == 1:
        return []
    return [event for event in found[0] if all(event in events for events in found)]


def _events(table: Table, status: str, targets: Group) -> list[str]:
    return [e for e, after in table[status].items() if after != status and after in targets]


def _matrix(table: Table) -> str:
    events = list(dict.fromkeys(event for row in table.values() for event in row))
    body = [
        [status, *("=" if row.get(e) == status else row.get(e, "") for e in events)]
        for status, row in table.items()
    ]
    return markdown_table(["status", *events], body)


def _joint() -> str:
    body = [
        [str(status), str(condition), str(event)]
        for status, row in JOINT.items()
        for condition, event in row.items()
    ]
    return (
        "## Joint rules\n\nWhat holds over all assignments and dispatches of a round together, and "
        "the event of the\nround that follows.\n\n"
        + markdown_table(["round is", "when", "event"], body)
    )


def _settled() -> str:
    body = [
        [str(expected), ", ".join(str(s) for s in ASSIGNMENT if s in statuses)]
        for expected, statuses in SETTLED.items()
    ]
    return (
        "## Settled\n\nStatuses in which nothing more is awaited from an assignment.\n\n"
        + markdown_table(["expected", "statuses"], body)
    )


def _meaning() -> str:
    body = [[str(event), str(meaning)] for event, meaning in OF_DISPATCH.items()]
    return (
        "## From dispatch to assignment\n\nWhat an event of the dispatch that brings the directive "
        "means for its assignment; `unreached`\nonly once no door is left open.\n\n"
        + markdown_table(["event of the dispatch", "event of the assignment"], body)
    )


def main(arguments: Sequence[str] | None = None, path: Path = PAGE) -> int:
    """Write the page, or compare it with ``--check``; return the exit code."""
    return write_or_check(page(), path, arguments, module="dondoc.diagrams", about=__doc__)


if __name__ == "__main__":
    sys.exit(main())
