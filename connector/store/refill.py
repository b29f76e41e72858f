"""Events of one ledger written into another, and the rows projected anew."""

from collections.abc import Iterable, Iterator
from itertools import groupby, islice

from sqlalchemy import Connection

from connector.store import codec, statements
from connector.store.memory_rows import MemoryRows
from connector.store.schema import EVENTS, given_out
from connector.store.sql_events import PAGE
from connector.store.sql_rows import SqlRows
from domain.facts import Recorded


def refill(connection: Connection, events: Iterable[Recorded]) -> int:
    """Write events with their sequences into empty tables, and return how many there were.

    Raises what projecting them raises.
    """
    rows = MemoryRows()
    added = statements.addition(connection.dialect.name, EVENTS)
    written = last = 0
    for page in _pages(events):
        added.change_each(connection, [_columns(recorded) for recorded in page])
        for recorded in page:
            rows.record(recorded)
        written += len(page)
        last = page[-1].sequence
    for _, changed in groupby(rows.changes(), key=type):
        SqlRows(connection).put_all(list(changed))
    if written:
        given_out(connection, last)
    return written


def _columns(recorded: Recorded) -> dict[str, str | int | None]:
    columns = codec.event_columns(recorded.event, recorded.recorded_at)
    return {**columns, "sequence": recorded.sequence}


def _pages(events: Iterable[Recorded]) -> Iterator[list[Recorded]]:
    remaining = iter(events)
    while page := list(islice(remaining, PAGE)):
        yield page
