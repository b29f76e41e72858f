"""The ledger in a SQL database: events, and the rows projected from them, in one transaction."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Self, TypeVar

from sqlalchemy import Connection, Engine, RowMapping, inspect, select, text
from sqlalchemy.pool import QueuePool

from connector.store import codec, failures, replay, statements
from connector.store.batch import LedgerBatch
from connector.store.group_commit import GroupCommit
from connector.store.postgresql import AUTOCOMMIT, Server, postgresql_engine
from connector.store.refill import refill
from connector.store.schema import EVENTS, REVISION, last_sequence
from connector.store.sql_events import PAGE, event_under, newest_event, page, recorded_of
from connector.store.sql_rows import SqlRows
from connector.store.sqlite import make_file, sqlite_engine
from connector.store.writing import Fence, alone, shared, wait_for_disk
from domain.errors import Conflict, StoreFailed, StoreMissing
from domain.facts import Event, Recorded
from domain.ids import CampaignId, OfficeId, RoundId
from domain.projection import project
from domain.state import DispatchStanding, DispatchState, State

S = TypeVar("S", bound=State)


class SqlLedger:
    """The ledger over an engine whose tables are up to date; ``place`` names it in errors."""

    def __init__(self, engine: Engine, place: str) -> None:
        self._engine = engine
        # One statement sees one state by itself: on a server, no transaction saves three questions.
        alone = {"isolation_level": AUTOCOMMIT} if engine.dialect.name == "postgresql" else {}
        self._single = engine.execution_options(**alone)
        self._place = place
        self._fence: Fence | None = None
        self._commits = GroupCommit(self._transaction_for_writing, self._record)

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        create: bool = True,
        read_only: bool = False,
        unchanging: bool = False,
        busy_seconds: float = 10.0,
    ) -> Self:
        """Open a ledger kept in a SQLite file.

        With ``create`` the file is made where it is missing and its tables are brought up to date;
        without it both are errors, as is fitting for commands that run beside the daemon.
        ``unchanging`` opens one that nobody writes, and that may lie where nobody can.
        ``busy_seconds`` is how long to wait for another writer. Raises ``StoreFailed`` and
        ``Conflict``.
        """
        if not create and not path.is_file():
            raise StoreMissing(f"there is no ledger at {path}; start the daemon once, it makes one")
        with failures.translated(str(path)):
            if create:
                make_file(path)
        engine = sqlite_engine(
            path,
            busy_seconds=busy_seconds,
            read_only=read_only or unchanging,
            unchanging=unchanging,
        )
        return cls._opened(engine, str(path), create=create)

    @classmethod
    def connect(
        cls,
        server: Server,
        *,
        create: bool = True,
        read_only: bool = False,
        busy_seconds: float = 10.0,
    ) -> Self:
        """Open a ledger kept in a PostgreSQL database; see ``open``."""
        engine = postgresql_engine(server, busy_seconds=busy_seconds, read_only=read_only)
        return cls._opened(engine, str(server), create=create)

    @classmethod
    def _opened(cls, engine: Engine, place: str, *, create: bool) -> Self:
        try:
            with failures.translated(place):
                _bring_up_to_date(engine, place, allowed=create)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine, place)

    def fenced_by(self, fence: Fence) -> None:
        """Share the database with other daemons, and write only while this one may."""
        self._fence = fence

    @property
    def connections(self) -> int:
        """How many connections are in use at this moment."""
        pool = self._engine.pool
        return pool.checkedout() if isinstance(pool, QueuePool) else 0

    def append(self, events: Sequence[Event], *, recorded_at: datetime) -> list[Recorded]:
        """Record events and their projection in one durable transaction, all or nothing.

        Threads that append at the same time share one.
        """
        return self._commits.append(events, recorded_at)

    @contextmanager
    def together(self) -> Iterator[LedgerBatch]:
        """Yield a ledger whose appends are committed when the block ends; see ``Ledger``."""
        with self._commits.alone(), self._transaction_for_writing() as connection:
            # What the block itself raises is none of the store's errors, but ends the transaction.
            with failures.translated(self._place):
                batch = LedgerBatch(connection, self._place)
            yield batch
            with failures.translated(self._place):
                batch.write()

    def events(
        self,
        *,
        after: int = 0,
        campaign: CampaignId | None = None,
        office: OfficeId | None = None,
    ) -> Iterator[Recorded]:
        """Yield recorded events in order, all or those about one campaign or office.

        Events that are appended while it runs are yielded too.
        """
        query = page(campaign=campaign, office=office)
        full = True
        while full:
            with self._statement() as connection:
                found = connection.execute(query.where(EVENTS.c.sequence > after)).mappings().all()
            full = len(found) == PAGE
            for columns in found:
                yield recorded_of(columns)
                after = columns["sequence"]

    @contextmanager
    def snapshot(self) -> Iterator[Iterator[Recorded]]:
        """Yield the events of one moment in order, whatever is appended while they are read."""
        with self._transaction() as connection:
            yield map(recorded_of, _all_events(connection))

    def fill(self, events: Iterable[Recorded]) -> int:
        """Take over the events of another ledger, each in its place, and return how many.

        All or nothing. Raises ``Conflict`` when there are events already.
        """
        with self._transaction_for_writing() as connection, failures.translated(self._place):
            if last_sequence(connection):
                raise Conflict(f"ledger {self._place} holds events already; name an empty one")
            return refill(connection, events)

    def find(self, source: str, source_key: str) -> Recorded | None:
        """Return the event that stands under this source and source key, or None."""
        with self._statement() as connection:
            return event_under(connection, source, source_key)

    def newest(self) -> Recorded | None:
        """Return the event that was recorded last, or None before the first; it is durable."""
        with self._statement() as connection:
            found = newest_event(connection)
            if self._fence is not None:
                wait_for_disk(connection)
            return found

    def get(self, kind: type[S], key: tuple[str, ...]) -> S | None:
        """Return the row of this type with this key, or None."""
        with self._statement() as connection:
            return SqlRows(connection).get(kind, key)

    def dispatches_of(
        self, campaign: CampaignId, round_id: RoundId, office: OfficeId
    ) -> list[DispatchState]:
        """Return every dispatch of one assignment, oldest first, of one instant by id."""
        with self._statement() as connection:
            return SqlRows(connection).dispatches_of(campaign, round_id, office)

    def select(self, kind: type[S], **equals: str | bool) -> list[S]:
        """Return rows of one type whose named columns equal the given values, in key order."""
        with self._statement() as connection:
            return SqlRows(connection).select(kind, **equals)

    def standings(self, **equals: str | bool) -> list[DispatchStanding]:
        """Return where the sendings stand whose named columns equal the given values."""
        with self._statement() as connection:
            return SqlRows(connection).standings(**equals)

    def select_any(self, kind: type[S], **among: Collection[str]) -> list[S]:
        """Return rows of one type of which some named column has one of its values."""
        with self._statement() as connection:
            return SqlRows(connection).select_any(kind, **among)

    def differences(self) -> list[str]:
        """Rebuild the rows from the events and name how the kept ones differ from them.

        Both are read in one transaction: what another process appends meanwhile is in neither.
        """
        with self._transaction() as connection:
            events = map(recorded_of, _all_events(connection))
            return replay.audit(events, SqlRows(connection))

    def close(self) -> None:
        """Release files and connections."""
        with failures.translated(self._place):
            self._engine.dispose()

    def _record(self, connection: Connection, event: Event, recorded_at: datetime) -> Recorded:
        # Here, too: what fails within a shared transaction must not fail the others.
        with failures.translated(self._place):
            return _record(connection, event, recorded_at)

    def _transaction_for_writing(self) -> AbstractContextManager[Connection]:
        if self._fence is None:
            return alone(self._engine, self._place)
        return shared(self._engine, self._place, self._fence)

    @contextmanager
    def _statement(self) -> Iterator[Connection]:
        """Yield a connection for one statement that reads, which sees one state by itself."""
        with failures.translated(self._place), self._single.connect() as connection:
            yield connection

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with failures.translated(self._place), self._engine.begin() as connection:
            yield connection


def _record(connection: Connection, event: Event, recorded_at: datetime) -> Recorded:
    columns = codec.event_columns(event, recorded_at)
    with failures.duplicates(event):
        added = statements.event_addition(connection.dialect.name)
        ((sequence,),) = added.run(connection, columns)
        recorded = Recorded(sequence=sequence, recorded_at=recorded_at, event=event)
        rows = SqlRows(connection)
        for row in project(rows, recorded):
            rows.put(row)
    return recorded


def _all_events(connection: Connection) -> Iterable[RowMapping]:
    query = select(EVENTS).order_by(EVENTS.c.sequence).execution_options(yield_per=PAGE)
    return connection.execute(query).mappings()


def _bring_up_to_date(engine: Engine, place: str, *, allowed: bool) -> None:
    found = _revision(engine)
    if found == REVISION:
        return
    if found is None and not allowed:
        raise StoreMissing(f"there is no ledger at {place}; start the daemon once, it makes one")
    if not allowed:
        raise StoreFailed(
            f"the ledger at {place} has tables of revision {found}, not {REVISION}; "
            "start the daemon of this version once, or use the version that wrote it"
        )
    # Loading the migration library takes longer than most commands, and is rarely needed.
    from connector.store.migration import upgrade  # noqa: PLC0415

    upgrade(engine)


def _revision(engine: Engine) -> str | None:
    with engine.begin() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
