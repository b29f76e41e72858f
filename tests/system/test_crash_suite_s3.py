"""A whole campaign with its evidence in a bucket, whose daemon is killed; then all is verified."""

import json
from pathlib import Path

import pytest

from tests.servers.postfix import Postfix
from tests.servers.s3 import S3
from tests.system.crash.boundaries import boundaries
from tests.system.crash.torture import campaigns
from tests.unit.cli.command_runs import ran

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]

Capsys = pytest.CaptureFixture[str]


def test_a_campaign_with_evidence_in_a_bucket(
    capsys: Capsys, postfix: Postfix, s3: S3, tmp_path: Path
) -> None:
    tally = campaigns(6, folder=tmp_path, postfix=postfix, s3=s3, recipients=12, troubled=False)
    assert tally.wrong == []
    assert (tally.total, tally.lost, tally.duplicated) == (6, 0, 0)
    own = {name for name in boundaries() if name.startswith("evidence.")}
    assert sorted(own - tally.reached) == []
    config = tmp_path / "campaign-1" / "dondoc.yaml"
    assert ran(capsys, "replay", "--config", config).code == 0
    found = ran(capsys, "doctor", "--quick", "--evidence", "--config", config, "--json")
    (evidence,) = [c for c in json.loads(found.out)["checks"] if c["name"] == "evidence"]
    assert evidence["ok"], evidence
    verified, _, all_named, _ = evidence["what"].split()
    assert verified == all_named
    assert int(verified) > 12
    assert not (config.parent / "store" / "evidence").exists()
