"""Events recorded with their projection, beside bare inserts of equal durability."""

import itertools
import sqlite3
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from bench.measure import Result, report, seconds, side_by_side
from connector.store.ledger import SqlLedger
from domain.facts import Event, RawArrived
from domain.ids import Digest, RawId
from domain.kinds import RawChannel

COUNT = 300
AT = datetime(2024, 5, 8, 2, tzinfo=UTC)
_NUMBERS = itertools.count(1)


def event() -> Event:
    """Return a new arrival, which is recorded with two projected rows."""
    number = next(_NUMBERS)
    fact = RawArrived(
        raw=RawId(f"imap:bench/INBOX|7:{number}"),
        channel=RawChannel.MAIL,
        account="bench",
        place="INBOX",
        position=f"7:{number}",
        size=4_096,
    )
    return Event(
        source="imap:bench/INBOX",
        source_key=f"7:{number}",
        occurred_at=AT,
        fact=fact,
        evidence=Digest("0" * 64),
    )


def main() -> None:
    """Measure and report."""
    with tempfile.TemporaryDirectory() as folder:
        ledger = SqlLedger.open(Path(folder) / "ledger.sqlite", create=True)
        bare = sqlite3.connect(Path(folder) / "bare.sqlite", isolation_level=None)
        bare.execute("PRAGMA journal_mode=WAL")
        bare.execute("PRAGMA synchronous=FULL")
        bare.execute("CREATE TABLE t (k TEXT PRIMARY KEY, payload TEXT)")

        def ours() -> None:
            for _ in range(COUNT):
                ledger.append([event()], recorded_at=AT)

        def theirs() -> None:
            for _ in range(COUNT):
                bare.execute("INSERT INTO t VALUES (?, ?)", (str(next(_NUMBERS)), "x" * 450))

        first = seconds(ours)
        recorded, inserted = side_by_side(ours, theirs)
        for _ in range(10):
            ours()
        later = seconds(ours)
        ledger.close()
        bare.close()
    report(
        Result(
            name="ledger",
            figures={
                "events recorded": (COUNT / recorded, "per second"),
                "bare inserts": (COUNT / inserted, "per second"),
            },
            ratios={
                "vs_bare_insert": inserted / recorded,
                "cost_per_event_at_5000_vs_at_300": later / first,
            },
        )
    )


if __name__ == "__main__":
    main()
