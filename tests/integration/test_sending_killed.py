"""A kill in the middle of several sendings: nobody gets nothing, nobody gets two."""

import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from connector.email.memory import MemoryHub
from domain.state import DispatchState
from domain.status import DispatchStatus
from dondoc.services.turn import turn
from tests.checkout import ROOT
from tests.sending_office import (
    IN_THE_MORNING,
    OWN,
    address,
    opened,
    serving,
    write_letters,
)

COUNT = 30
CONNECTIONS = 4


class Relay:
    """Takes letters and keeps them; at the one that ``deadly`` counts it kills their sender."""

    def __init__(self, box: MemoryHub, deadly: int, *, keeps: bool) -> None:
        self.box = box
        self.got: Counter[str] = Counter()
        self.sender: subprocess.Popen[bytes] | None = None
        self._deadly = deadly
        self._keeps = keeps

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        deadly = self.sender is not None and sum(self.got.values()) + 1 >= self._deadly
        if deadly and self.sender is not None:
            self.sender.kill()
            self.sender.wait()
        if not deadly or self._keeps:
            content: Any = envelope.content  # bytes, as the controller was not told to decode
            for receiver in envelope.rcpt_tos:
                if receiver == OWN:
                    self.box.folder(OWN).messages.append(content)
                else:
                    self.got[receiver] += 1
        return "250 kept"


@pytest.mark.parametrize("keeps", [True, False], ids=["last taken", "last lost"])
def test_a_kill_in_the_middle_of_several_sendings(tmp_path: Path, keeps: bool) -> None:
    box = MemoryHub([OWN])
    relay = Relay(box, COUNT // 2, keeps=keeps)
    with serving(relay) as port:
        with opened(tmp_path, COUNT, port, box=box) as app:
            write_letters(app, b"%PDF-1.7\n" * 50_000)
        module = "tests.integration.sending_process"
        relay.sender = subprocess.Popen(
            [sys.executable, "-m", module, str(tmp_path), str(COUNT), str(port), str(CONNECTIONS)],
            cwd=ROOT,
        )
        assert relay.sender.wait() == -9
        relay.sender = None
        with opened(tmp_path, COUNT, port, connections=CONNECTIONS, box=box) as app:
            left = Counter(row.status for row in app.ledger.select(DispatchState))
            # Those on their way, and those that were to be next.
            assert 1 <= left[DispatchStatus.SENDING] <= 2 * CONNECTIONS
            turn(app, IN_THE_MORNING)
            turn(app, IN_THE_MORNING + timedelta(minutes=11))
            rows = app.ledger.select(DispatchState)
            assert {row.status for row in rows} == {DispatchStatus.ACCEPTED}
            assert app.ledger.differences() == []
    assert relay.got == dict.fromkeys([address(n) for n in range(1, COUNT + 1)], 1)
