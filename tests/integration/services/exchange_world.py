"""The services' small district with its mail on an Exchange server, kept on disk.

Run as a program it takes the directive and sends it, so that it can be killed on the way; given a
boundary of the crash suite, it runs a turn a day later and kills itself there.
"""

import os
import signal
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from connector.email.exchange import ExchangeMailbox
from connector.email.exchange_client import ExchangeServer
from connector.email.exchange_login import Basic
from connector.email.exchange_transport import ExchangeTransport
from connector.store.evidence import FolderEvidence
from connector.store.ledger import SqlLedger
from domain.mail import OwnCopy
from dondoc.app import Inbox
from tests.integration.services.service_parts import MAILBOX, START, issued
from tests.integration.services.service_world import World
from tests.system.crash.steps import stepped

PASSWORD = "secret"


def world_on(state: Path, url: str, now: datetime = START) -> World:
    """Return a world over the store in a folder and the Exchange server at an address."""
    world = World(output=state / "result", now=now)
    server = ExchangeServer(
        url=url, address=MAILBOX, login=lambda: Basic(MAILBOX, PASSWORD), timeout=30
    )
    inbox = Inbox(
        name="nq47",
        protocol="ews",
        mailbox=ExchangeMailbox("nq47", server),
        folders=("inbox",),
        addresses=(MAILBOX,),
    )
    assert world.app.mail is not None
    transport = ExchangeTransport(server)
    mail = replace(world.app.mail, transport=transport, inbox=inbox, own_copy=OwnCopy.NEVER)
    world.change(
        ledger=SqlLedger.open(state / "ledger.sqlite"),
        evidence=FolderEvidence(state / "evidence"),
        mail=mail,
    )
    return world


def main(state: str, url: str, boundary: str = "") -> None:
    """Begin the campaign, or run a turn until the boundary."""
    if not boundary:
        world_on(Path(state), url).began(issued())
        return

    def reached(one: str) -> None:
        if one == boundary:
            os.kill(os.getpid(), signal.SIGKILL)

    world = world_on(Path(state), url, START + timedelta(days=1))
    world.app = stepped(world.app, reached)
    world.turn()


if __name__ == "__main__":
    main(*sys.argv[1:])
