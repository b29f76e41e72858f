"""A store of the evidence that goes away while letters leave: each leaves once all the same."""

from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from connector.store.s3.account import Limits
from connector.store.s3.evidence import S3Evidence
from domain.errors import StoreFailed
from domain.state import DispatchState
from domain.status import DispatchStatus
from dondoc.services.turn import turn
from tests.sending_office import IN_THE_MORNING, address, opened, serving, write_letters
from tests.servers.s3 import S3
from tests.servers.s3_account import account_in

COUNT, AWAY_AFTER = 12, 5
QUICK = Limits(connect=1.0, read=1.0, whole=1.0, tries=2)


class Relay:
    """Takes letters; the store is killed when so many have come."""

    def __init__(self, store: S3) -> None:
        self.store = store
        self.got: Counter[str] = Counter()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.got.update(envelope.rcpt_tos)
        if self.got.total() == AWAY_AFTER:
            self.store.kill()
        return "250 kept"


@pytest.mark.parametrize("connections", [1, 2])
def test_each_letter_leaves_once_though_the_store_goes_away(
    s3: S3, tmp_path: Path, connections: int
) -> None:
    relay = Relay(s3)
    with (
        closing(S3Evidence(account_in(s3), local=tmp_path / "local", limits=QUICK)) as evidence,
        serving(relay) as port,
        opened(tmp_path, COUNT, port, connections=connections, evidence=evidence) as app,
    ):
        write_letters(app, b"%PDF-1.7\n" * 20_000)
        with pytest.raises(StoreFailed, match="it cannot be reached"):
            turn(app, IN_THE_MORNING)
        assert AWAY_AFTER <= relay.got.total() < COUNT
        s3.start()
        turn(app, IN_THE_MORNING)
        rows = app.ledger.select(DispatchState)
        assert app.ledger.differences() == []
    assert {row.status for row in rows} == {DispatchStatus.ACCEPTED}
    assert not any(row.marked for row in rows)
    assert relay.got == Counter({address(number): 1 for number in range(1, COUNT + 1)})
