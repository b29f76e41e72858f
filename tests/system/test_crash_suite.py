"""Whole campaigns whose daemon is killed at boundaries and at random instants, then counted.

The short form of `make torture`: fewer recipients and kills, the same servers and the same count.
"""

from pathlib import Path

import pytest

from tests.servers.postfix import Postfix
from tests.system.crash.boundaries import in_campaigns
from tests.system.crash.torture import campaigns

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]

RECIPIENTS = 24


def test_forty_kills_lose_nothing_and_double_nothing(postfix: Postfix, tmp_path: Path) -> None:
    tally = campaigns(40, folder=tmp_path, postfix=postfix, recipients=RECIPIENTS)
    assert tally.wrong == []
    assert (tally.total, tally.lost, tally.duplicated) == (40, 0, 0)
    assert len(tally.kills) >= 10
    # Each campaign comes to all of them, whatever was killed; see ``ELSEWHERE`` for the others.
    assert sorted(in_campaigns() - tally.reached) == []
