"""Many appends in one transaction: durable together, and each still all or nothing by itself."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from itertools import groupby
from typing import TypeVar

from sqlalchemy import Connection

from connector.store import codec, failures, statements
from connector.store.memory_rows import MemoryRows
from connector.store.schema import EVENTS, given_out, last_sequence
from connector.store.sql_events import event_under, events_of, newest_event
from connector.store.sql_rows import RememberedRows, SqlRows
from domain.errors import DuplicateEvent, InvariantViolation
from domain.facts import Event, Recorded
from domain.ids import CampaignId, OfficeId, RoundId
from domain.state import DispatchStanding, DispatchState, State, standing_of

S = TypeVar("S", bound=State)

_ASKED_TOGETHER = 200
"""Pairs of source and key in one question; SQLite takes a thousand conditions (its limits page)."""


class LedgerBatch:
    """The ledger inside one transaction that holds the right to write.

    Rows that were read are kept at hand, changed rows and events are written by a few statements
    when ``write`` is called. Nobody else can write meanwhile, so what was read stays true.
    """

    def __init__(self, connection: Connection, place: str) -> None:
        self._connection = connection
        self._place = place
        self._rows = MemoryRows(RememberedRows(SqlRows(connection)))
        self._sequence = last_sequence(connection)
        self._events: list[dict[str, str | int | None]] = []
        self._recorded: dict[tuple[str, str], Recorded] = {}

    def append(self, events: Sequence[Event], *, recorded_at: datetime) -> list[Recorded]:
        """Record events and their projection, all or nothing; see ``Ledger``."""
        with failures.translated(self._place):
            return self._append(events, recorded_at)

    def _append(self, events: Sequence[Event], recorded_at: datetime) -> list[Recorded]:
        changes = MemoryRows(self._rows)
        columns: list[dict[str, str | int | None]] = []
        done: dict[tuple[str, str], Recorded] = {}
        self._refuse_known(events)
        for sequence, event in enumerate(events, start=self._sequence + 1):
            key = _key(event.source, event.source_key)
            if key in done or key in self._recorded:
                raise DuplicateEvent(event.source, event.source_key)
            columns.append({**codec.event_columns(event, recorded_at), "sequence": sequence})
            done[key] = Recorded(sequence=sequence, recorded_at=recorded_at, event=event)
            changes.record(done[key])
        changes.settle()
        self._sequence += len(columns)
        self._events += columns
        self._recorded |= done
        return list(done.values())

    def write(self) -> None:
        """Write what was appended, for the owner of the transaction to commit."""
        if self._events:
            added = statements.addition(self._connection.dialect.name, EVENTS)
            added.change_each(self._connection, self._events)
            given_out(self._connection, self._sequence)
        rows = SqlRows(self._connection)
        for _, changed in groupby(self._rows.changes(), key=type):
            rows.put_all(list(changed))

    def events(
        self,
        *,
        after: int = 0,
        campaign: CampaignId | None = None,
        office: OfficeId | None = None,
    ) -> Iterator[Recorded]:
        """Yield recorded events in order, all or those about one campaign or office."""
        with failures.translated(self._place):
            yield from events_of(self._connection, after=after, campaign=campaign, office=office)
        for columns in self._events:
            if campaign in (None, columns["campaign"]) and office in (None, columns["office"]):
                recorded = self._recorded[_key(str(columns["source"]), str(columns["source_key"]))]
                if recorded.sequence > after:
                    yield recorded

    def find(self, source: str, source_key: str) -> Recorded | None:
        """Return the event that stands under this source and source key, or None."""
        found = self._recorded.get(_key(source, source_key))
        with failures.translated(self._place):
            return found or event_under(self._connection, source, source_key)

    def newest(self) -> Recorded | None:
        """Return the event that was recorded last, or None before the first."""
        own = next(reversed(self._recorded.values()), None)
        with failures.translated(self._place):
            return own or newest_event(self._connection)

    def get(self, kind: type[S], key: tuple[str, ...]) -> S | None:
        """Return the row of this type with this key, or None."""
        with failures.translated(self._place):
            return self._rows.get(kind, key)

    def dispatches_of(
        self, campaign: CampaignId, round_id: RoundId, office: OfficeId
    ) -> list[DispatchState]:
        """Return every dispatch of one assignment, oldest first, of one instant by id."""
        with failures.translated(self._place):
            return self._rows.dispatches_of(campaign, round_id, office)

    def select(self, kind: type[S], **equals: str | bool) -> list[S]:
        """Return rows of one type whose named columns equal the given values, in key order."""
        with failures.translated(self._place):
            return self._rows.select(kind, **equals)

    def standings(self, **equals: str | bool) -> list[DispatchStanding]:
        """Return where the sendings stand whose named columns equal the given values."""
        with failures.translated(self._place):
            return list(map(standing_of, self._rows.select(DispatchState, **equals)))

    def select_any(self, kind: type[S], **among: Collection[str]) -> list[S]:
        """Return rows of one type of which some named column has one of its values."""
        with failures.translated(self._place):
            return self._rows.select_any(kind, **among)

    def together(self) -> "AbstractContextManager[LedgerBatch]":
        """Return itself: a batch within a batch is part of it."""
        return nullcontext(self)

    def differences(self) -> list[str]:
        """Refuse: what a batch holds is not written yet."""
        raise InvariantViolation("a ledger is compared with its events between batches")

    def close(self) -> None:
        """Do nothing: the ledger that the batch is of holds the connection."""

    def _refuse_known(self, events: Sequence[Event]) -> None:
        keys = [_key(event.source, event.source_key) for event in events]
        for start in range(0, len(keys), _ASKED_TOGETHER):
            known = self._known(keys[start : start + _ASKED_TOGETHER])
            for key in keys:
                if key in known:
                    raise DuplicateEvent(*key)

    def _known(self, keys: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
        values = {f"s{n}": source for n, (source, _) in enumerate(keys)}
        values |= {f"k{n}": key for n, (_, key) in enumerate(keys)}
        asked = statements.known_events(self._connection.dialect.name, len(keys))
        return {(source, key) for source, key in asked.run(self._connection, values)}


def _key(source: str, source_key: str) -> tuple[str, str]:
    """Return source and source key as the database tells them apart."""
    return codec.storable(source), codec.storable(source_key)
