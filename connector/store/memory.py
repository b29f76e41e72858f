"""The ledger and the evidence in memory, for trials, tests and replay; the same contracts."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from threading import Lock
from typing import Any, TypeVar, cast

from connector.store import codec
from connector.store.rows import LAYOUTS, check_equals
from domain.errors import DuplicateEvent, EvidenceMissing
from domain.facts import Event, Recorded
from domain.ids import CampaignId, Digest, OfficeId, RoundId
from domain.projection import project
from domain.state import DispatchState, State

S = TypeVar("S", bound=State)
_Key = tuple[str, ...]
_Assignment = tuple[str, str, str]


class MemoryRows:
    """Projected rows, optionally as changes on top of other rows that stay as they are."""

    def __init__(self, base: "MemoryRows | None" = None) -> None:
        self._base = base
        self._rows: dict[type[object], dict[tuple[str, ...], State]] = {
            kind: {} for kind in LAYOUTS
        }
        self._dispatches: dict[_Assignment, dict[tuple[str, ...], DispatchState]] = {}

    def get(self, kind: type[S], key: tuple[str, ...]) -> S | None:
        """Return the row of this type with this key, or None."""
        found = self._rows[kind].get(key)
        if found is None and self._base is not None:
            return self._base.get(kind, key)
        return cast(S | None, found)

    def dispatches_of(
        self, campaign: CampaignId, round_id: RoundId, office: OfficeId
    ) -> list[DispatchState]:
        """Return every dispatch of one assignment, oldest first."""
        found = self._dispatches_at((campaign, round_id, office))
        return sorted(found.values(), key=lambda row: (row.planned_at, row.key))

    def select(self, kind: type[S], **equals: str | bool) -> list[S]:
        """Return rows of one type whose named columns equal the given values, in key order."""
        check_equals(kind, equals)
        return [
            row
            for _, row in sorted(self._all(kind).items())
            if all(getattr(row, name) == value for name, value in equals.items())
        ]

    def put(self, row: State) -> None:
        """Write a row in place of the one with its key, if there is one."""
        self._rows[type(row)][row.key] = row
        if isinstance(row, DispatchState):
            place = (row.campaign, row.round, row.office)
            self._dispatches.setdefault(place, {})[row.key] = row

    def record(self, recorded: Recorded) -> None:
        """Project an event and keep its rows.

        Raises what ``project`` raises, and ``DuplicateEvent`` for a second sending of the same.
        """
        for row in project(self, recorded):
            if isinstance(row, DispatchState) and self._sent_already(row):
                raise DuplicateEvent(recorded.event.source, recorded.event.source_key)
            self.put(row)

    def settle(self) -> None:
        """Move the changes into the rows beneath."""
        if self._base is not None:
            for rows in self._rows.values():
                for row in rows.values():
                    self._base.put(row)

    def _all(self, kind: type[S]) -> dict[_Key, S]:
        beneath = self._base._all(kind) if self._base is not None else {}
        return {**beneath, **cast(dict[_Key, S], self._rows[kind])}

    def _dispatches_at(self, place: _Assignment) -> dict[_Key, DispatchState]:
        beneath = self._base._dispatches_at(place) if self._base is not None else {}
        return {**beneath, **self._dispatches.get(place, {})}

    def _sent_already(self, row: DispatchState) -> bool:
        unique = LAYOUTS[DispatchState].unique
        return any(
            other.key != row.key
            and all(getattr(other, name) == getattr(row, name) for name in unique)
            for other in self._dispatches_at((row.campaign, row.round, row.office)).values()
        )


class MemoryLedger:
    """The ledger in memory; events are kept in the form in which the database keeps them."""

    def __init__(self) -> None:
        self._events: list[dict[str, Any]] = []  # values are typed by the columns
        self._keys: set[tuple[str, str]] = set()
        self._rows = MemoryRows()
        self._writer = Lock()

    def append(self, events: Sequence[Event], *, recorded_at: datetime) -> list[Recorded]:
        """Record events and their projection, all or nothing."""
        with self._writer:
            changes, keys, kept, done = MemoryRows(self._rows), set[tuple[str, str]](), [], []
            for sequence, event in enumerate(events, start=len(self._events) + 1):
                columns = codec.event_columns(event, recorded_at)
                key = (event.source, event.source_key)
                if key in self._keys or key in keys:
                    raise DuplicateEvent(*key)
                keys.add(key)
                recorded = Recorded(sequence=sequence, recorded_at=recorded_at, event=event)
                changes.record(recorded)
                kept.append({**columns, "sequence": sequence})
                done.append(recorded)
            changes.settle()
            self._keys |= keys
            self._events += kept
            return done

    def events(
        self,
        *,
        after: int = 0,
        campaign: CampaignId | None = None,
        office: OfficeId | None = None,
    ) -> Iterator[Recorded]:
        """Yield recorded events in order, all or those about one campaign or office."""
        position = max(after, 0)
        while position < len(self._events):
            columns = self._events[position]
            position += 1
            if campaign in (None, columns["campaign"]) and office in (None, columns["office"]):
                yield codec.recorded_of(columns)

    def get(self, kind: type[S], key: tuple[str, ...]) -> S | None:
        """Return the row of this type with this key, or None."""
        return self._rows.get(kind, key)

    def dispatches_of(
        self, campaign: CampaignId, round_id: RoundId, office: OfficeId
    ) -> list[DispatchState]:
        """Return every dispatch of one assignment, oldest first."""
        return self._rows.dispatches_of(campaign, round_id, office)

    def select(self, kind: type[S], **equals: str | bool) -> list[S]:
        """Return rows of one type whose named columns equal the given values, in key order."""
        return self._rows.select(kind, **equals)

    def close(self) -> None:
        """Keep everything: memory holds no files."""


class MemoryEvidence:
    """Raw input and rendered output by content digest, in memory."""

    def __init__(self) -> None:
        self._contents: dict[Digest, bytes] = {}

    def put(self, content: bytes) -> Digest:
        """Store bytes; storing them again changes nothing."""
        digest = Digest(hashlib.sha256(content).hexdigest())
        self._contents[digest] = bytes(content)
        return digest

    def get(self, digest: Digest) -> bytes:
        """Return the bytes; raises ``EvidenceMissing`` when absent."""
        if digest not in self._contents:
            raise EvidenceMissing(digest, "no such bytes are stored")
        return self._contents[digest]

    def digests(self) -> Iterator[Digest]:
        """Yield every stored digest."""
        yield from sorted(self._contents)
