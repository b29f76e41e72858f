"""`dondoc doctor` in front of an exchange that trickles: a line about it, and an end."""

from pathlib import Path

import pytest

from dondoc.cli import doctor as doctoring
from tests.integration.test_exchange_commands import configured, folder
from tests.integration.vxp_peer import serving, trickling
from tests.unit.cli.command_runs import ran

__all__ = ["folder"]


@pytest.mark.parametrize("start", ["head", "body"])
def test_the_doctor_comes_to_an_end(
    folder: Path,
    start: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(doctoring, "_HURRY", 0.3)
    with serving() as server:
        server.behaviour = trickling(start)
        entry = f"url: {server.url}, system_id: X.1, secret: {{env: DONDOC_TEST_SECRET}}"
        done = ran(capsys, "doctor", "--config", configured(folder, f"exchange: {{{entry}}}\n"))
    assert len(server.requests) == doctoring._TRIES
    assert done.code == 1
    assert "WRONG  exchange: " in done.out
    assert "not whole in the time that it was given" in done.out
