"""Events recorded with their projection, beside bare inserts of equal durability."""

import itertools
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from bench.arguments import nothing
from bench.measure import Result, report, scratch, side_by_side
from connector.store.ledger import SqlLedger
from domain.facts import Event, RawArrived
from domain.ids import Digest, RawId
from domain.kinds import RawChannel

COUNT = 20
"""Events or rows in one round, each committed alone."""

ROUNDS = 21
"""Short rounds and many: a disk that others use is slow in bursts."""

SMALL, LARGE = 500, 5_000
AT = datetime(2024, 5, 8, 2, tzinfo=UTC)
_PAYLOAD = "x" * 450  # about what an event and its two rows hold together
_NUMBERS = itertools.count(1)


def event() -> Event:
    """Return a new arrival, which is recorded with two projected rows."""
    position = f"7:{next(_NUMBERS)}"
    fact = RawArrived(
        raw=RawId(f"imap:bench/INBOX|{position}"),
        channel=RawChannel.MAIL,
        account="bench",
        place="INBOX",
        position=position,
        size=4_096,
    )
    return Event(
        source="imap:bench/INBOX",
        source_key=position,
        occurred_at=AT,
        fact=fact,
        evidence=Digest("0" * 64),
    )


def filled(path: Path, size: int) -> SqlLedger:
    """Return a ledger that holds ``size`` events."""
    ledger = SqlLedger.open(path, create=True)
    if size:
        ledger.append([event() for _ in range(size)], recorded_at=AT)
    return ledger


def bare_table(path: Path) -> sqlite3.Connection:
    """Return a database with one table, in which every statement is a durable transaction."""
    bare = sqlite3.connect(path, isolation_level=None)
    bare.execute("PRAGMA journal_mode=WAL")
    bare.execute("PRAGMA synchronous=FULL")
    bare.execute("CREATE TABLE t (k TEXT PRIMARY KEY, payload TEXT)")
    return bare


def record(ledger: SqlLedger) -> None:
    """Record one round of events, one by one."""
    for _ in range(COUNT):
        ledger.append([event()], recorded_at=AT)


def insert(bare: sqlite3.Connection) -> None:
    """Insert one round of rows, one by one."""
    for _ in range(COUNT):
        bare.execute("INSERT INTO t VALUES (?, ?)", (str(next(_NUMBERS)), _PAYLOAD))


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and report."""
    nothing("bench.bench_ledger", __doc__, arguments)
    with (
        scratch() as folder,
        closing(filled(Path(folder) / "ledger.sqlite", 0)) as ledger,
        closing(bare_table(Path(folder) / "bare.sqlite")) as bare,
        closing(filled(Path(folder) / "small.sqlite", SMALL)) as small,
        closing(filled(Path(folder) / "large.sqlite", LARGE)) as large,
    ):
        beside = side_by_side(lambda: record(ledger), lambda: insert(bare), ROUNDS)
        growth = side_by_side(lambda: record(large), lambda: record(small), ROUNDS)
    report(
        Result(
            name="ledger",
            figures={
                "events recorded, each durable": (COUNT / beside.first, "per second"),
                "bare inserts, each durable": (COUNT / beside.second, "per second"),
                f"an event where {SMALL:,} are recorded": (growth.second / COUNT * 1e6, "µs"),
                f"an event where {LARGE:,} are recorded": (growth.first / COUNT * 1e6, "µs"),
            },
            ratios={
                "time of an event by that of a bare insert": beside,
                f"time of an event at {LARGE:,} by that at {SMALL:,}": growth,
            },
        )
    )


if __name__ == "__main__":
    main()
