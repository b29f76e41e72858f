"""The crash suite with two workers on PostgreSQL: one is killed, and is not started again."""

from pathlib import Path

import pytest

from tests.servers.postfix import Postfix
from tests.servers.postgresql import Postgresql
from tests.system.crash.boundaries import in_campaigns
from tests.system.crash.torture import campaigns

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]

FIRST = ("transport.send before", "transport.send after", "exchange.send after")


def test_the_other_worker_does_what_the_killed_one_had_begun(
    postfix: Postfix, postgresql: Postgresql, tmp_path: Path
) -> None:
    tally = campaigns(
        6,
        folder=tmp_path,
        postfix=postfix,
        postgresql=postgresql,
        recipients=12,
        pairs=True,
        troubled=False,
        first=FIRST,
    )
    assert tally.wrong == []
    assert (tally.total, tally.lost, tally.duplicated) == (6, 0, 0)
    assert all(tally.kills[name] for name in FIRST)
    # By the exchange it may be an answer of ours that was cut off.
    assert all(tally.cut[name] for name in FIRST[:2])
    wanted = in_campaigns(pairs=True)
    own = {name for name in wanted if name.startswith(("workers.", "engine."))}
    assert sorted(own - tally.reached) == []
