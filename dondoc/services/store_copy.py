"""A store copied as it is at one moment, while others work on it.

The events come first and then every content that they name: contents are stored before the events
that name them and are never changed, so those that the copied events name are all there. Of a store
on which nobody works it is the other way round, so that what is cut off leaves an empty ledger.
"""

import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import BinaryIO

from domain.assembled import Assembled
from domain.content import Content
from domain.errors import EvidenceMissing, InvariantViolation
from domain.facts import Recorded
from domain.ids import Digest
from domain.ports import EvidenceStore, LedgerMoment
from domain.store_mark import identity_of, lacks, mark_of
from dondoc.services.doctor_evidence import contents

PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What a copy holds: numbers of events and contents, and the octets of these.

    ``missing`` says of each content that is absent or damaged in the original what is wrong.
    """

    events: int
    contents: int
    octets: int
    missing: Mapping[Digest, str]


def copy_store(
    ledger: LedgerMoment, evidence: EvidenceStore, to: LedgerMoment, place: EvidenceStore
) -> Copied:
    """Copy a store into an empty ledger, and into evidence that may hold some of it already.

    Raises ``Conflict`` when there are events already, and what reading and writing raise.
    """
    digests: dict[Digest, None] = {}
    with ledger.snapshot() as moment:
        events = to.fill(_noting(moment, digests))
    return _contents_copied(evidence, place, digests, events)


def restore_store(
    ledger: LedgerMoment,
    evidence: EvidenceStore,
    to: LedgerMoment,
    place: EvidenceStore,
    last: Callable[[int], Recorded],
) -> Copied:
    """Copy a store that nobody works on: its contents, and then all events as one.

    ``last`` gets the next sequence and returns the event that stands behind the copied ones; it
    becomes durable with them, and is not counted. Raises as ``copy_store``, and copies nothing into
    a ledger that holds events.
    """
    to.fill(())
    copied = complete_store(ledger, evidence, place)
    with ledger.snapshot() as moment:
        events = to.fill(_with_last(moment, last)) - 1
    return replace(copied, events=events)


def move_store(
    ledger: LedgerMoment,
    evidence: EvidenceStore,
    to: LedgerMoment,
    place: EvidenceStore,
    begin: Callable[[], None],
) -> Copied:
    """Copy a store that nobody works on: its contents, and then, after ``begin``, all events as
    one. Raises as ``restore_store``.
    """
    to.fill(())
    copied = complete_store(ledger, evidence, place)
    begin()
    with ledger.snapshot() as moment:
        to.fill(moment)
    return copied


def complete_store(ledger: LedgerMoment, evidence: EvidenceStore, place: EvidenceStore) -> Copied:
    """Copy the contents that the events of a store name and that another place lacks."""
    digests: dict[Digest, None] = {}
    with ledger.snapshot() as moment:
        events = sum(1 for _ in _noting(moment, digests))
    return _contents_copied(evidence, place, digests, events)


def holds_all(ledger: LedgerMoment, to: LedgerMoment) -> bool:
    """Tell whether another ledger begins with all events of this one, however it went on."""
    first, newest, others = next(ledger.events(), None), ledger.newest(), next(to.events(), None)
    if first is None or newest is None or others is None:
        return False
    at = next(to.events(after=newest.sequence - 1), None)
    return identity_of(others) == identity_of(first) and not lacks(
        mark_of(first, newest), others, at
    )


def _with_last(events: Iterable[Recorded], last: Callable[[int], Recorded]) -> Iterator[Recorded]:
    sequence = 0
    for recorded in events:
        sequence = recorded.sequence
        yield recorded
    yield last(sequence + 1)


def _contents_copied(
    evidence: EvidenceStore, place: EvidenceStore, digests: Collection[Digest], events: int
) -> Copied:
    octets, missing = 0, dict[Digest, str]()
    for digest in digests:
        try:
            octets += _copied(evidence, place, digest)
        except EvidenceMissing as error:
            missing[digest] = str(error)
    return Copied(
        events=events,
        contents=len(digests) - len(missing),
        octets=octets,
        missing=missing,
    )


def wrong_contents(ledger: LedgerMoment, evidence: EvidenceStore) -> dict[Digest, str]:
    """Verify every content that the events name, and say what is wrong with those not sound."""
    digests: dict[Digest, None] = {}
    with ledger.snapshot() as moment:
        for _ in _noting(moment, digests):
            pass
    wrong: dict[Digest, str] = {}
    for digest in digests:
        try:
            evidence.content(digest).open().close()  # opening verifies it
        except EvidenceMissing as error:
            wrong[digest] = str(error)
    return wrong


def _noting(events: Iterable[Recorded], digests: dict[Digest, None]) -> Iterator[Recorded]:
    for recorded in events:
        evidence = recorded.event.evidence
        named = (*contents(recorded.event.fact), *((evidence,) if evidence else ()))
        digests.update(dict.fromkeys(named))
        yield recorded


def _copied(evidence: EvidenceStore, place: EvidenceStore, digest: Digest) -> int:
    """Copy one content unless it is there already, and return its octets."""
    content = evidence.content(digest)
    if not _sound_in(place, digest):
        if isinstance(content, Assembled):
            stored = place.assemble(content.pieces)
        else:
            stored = place.receive(partial(_pour, content)).digest
        if stored != digest:
            raise InvariantViolation(f"the copy of {digest} has other octets")
    return content.size


def _sound_in(place: EvidenceStore, digest: Digest) -> bool:
    try:
        place.content(digest).open().close()
    except EvidenceMissing:
        return False
    return True


def _pour(content: Content, into: BinaryIO) -> None:
    with content.open() as stream:
        shutil.copyfileobj(stream, into, PIECE)
