"""How far a ledger had come, in a form that can be kept beside it."""

from dataclasses import dataclass

from domain.facts import Recorded
from domain.ids import Digest, digest_of


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreMark:
    """The newest event of a ledger: its place in the order, and its identity.

    ``first`` is the identity of the ledger's first event: an older copy of a ledger begins with
    the same one, another ledger does not.
    """

    first: Digest
    sequence: int
    newest: Digest


def identity_of(recorded: Recorded) -> Digest:
    """Return what tells an event from every other one, and shows nothing of it."""
    event = recorded.event
    parts = (event.source, event.source_key, recorded.recorded_at.isoformat())
    return digest_of("\0".join(parts).encode())


def mark_of(first: Recorded, newest: Recorded) -> StoreMark:
    """Return the mark of a ledger that begins and ends with these events."""
    return StoreMark(first=identity_of(first), sequence=newest.sequence, newest=identity_of(newest))


def lacks(mark: StoreMark, first: Recorded | None, marked: Recorded | None) -> bool:
    """Tell whether a ledger lacks what a mark beside it names.

    ``first`` is the ledger's first event, ``marked`` the one at the mark's place in the order.
    A ledger that begins otherwise is another one, of which the mark says nothing; one without any
    event took the place of the one that was marked.
    """
    if first is None:
        return True
    if identity_of(first) != mark.first:
        return False
    return marked is None or identity_of(marked) != mark.newest
