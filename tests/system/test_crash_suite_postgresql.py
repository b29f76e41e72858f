"""The crash suite with the ledger in PostgreSQL; in a file of its own, to run beside the other."""

from pathlib import Path

import pytest

from tests.servers.postfix import Postfix
from tests.servers.postgresql import Postgresql
from tests.system.crash.torture import campaigns

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]

FIRST = (
    "transport.send before",
    "transport.send after",
    "exchange.send after",
    "ledger.append ReplyRecorded before",
)


def test_kills_with_the_ledger_in_postgresql(
    postfix: Postfix, postgresql: Postgresql, tmp_path: Path
) -> None:
    tally = campaigns(
        8,
        folder=tmp_path,
        postfix=postfix,
        postgresql=postgresql,
        recipients=12,
        troubled=False,
        first=FIRST,
    )
    assert tally.wrong == []
    assert (tally.total, tally.lost, tally.duplicated) == (8, 0, 0)
    assert all(tally.kills[name] for name in FIRST)
    # By the exchange it may be an answer of ours that was cut off.
    assert all(tally.cut[name] for name in FIRST[:2])
