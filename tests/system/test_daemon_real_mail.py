"""`dondoc run` as a process on a real Dovecot and Postfix, its ledger in a file or in PostgreSQL:
killed, started again, counted.
"""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connector.eoffice.vxp import VxpExchange
from connector.store.postgresql import Server as Database
from domain.content import Inline
from domain.exchange import PacketKind
from domain.ids import OfficeId
from domain.state import AssignmentState, DispatchState, ReplyState
from domain.status import AssignmentStatus, DispatchStatus
from dondoc.app import App
from dondoc.bootstrap import open_app
from dondoc.demo.office_mail import OfficeMail, Received, write
from dondoc.services.transmit import recover
from dondoc.services.turn import turn
from dondoc.settings.load import load_settings
from dondoc.simulators.eoffice import Exchange
from tests.integration.configured_folder import Clock
from tests.integration.services.service_parts import UNIT, short_letter
from tests.servers.postfix import Postfix
from tests.servers.postgresql import Postgresql
from tests.servers.process import Server, ServerFailed, wait_for
from tests.servers.wire import Wire
from tests.system.configured import SECRET, Peers, configure
from tests.system.started import start_daemon

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

HOUR = timedelta(hours=1)
NAMES = ("mot", "hai", "ba", "bon")
OFFICE = "{{id: {name}, name: UBND xã {name}, groups: [các xã], emails: [{address}]}}"
CAMPAIGN = """\
id: nq47
title: Nghị quyết 47
intake: {number: "512"}
recipients: [{group: các xã, expected: acknowledgement, channels: prefer_email}]
rounds: {yearly: 11-10}
"""


@dataclass
class Place:
    """A configuration folder, the servers beside it, and the daemons that work in it."""

    folder: Path
    postfix: Postfix
    wire: Wire
    domain: str
    database: Postgresql | None
    daemon: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def own(self) -> str:
        return self.address("nq47")

    def address(self, name: str) -> str:
        return f"{name}@{self.domain}"

    @property
    def config(self) -> Path:
        return self.folder / "dondoc.yaml"

    def start(self) -> None:
        self.daemon = start_daemon(self.config, self.folder / "log")

    def kill(self) -> None:
        if self.daemon is not None:
            self.daemon.kill()
            self.daemon.wait()

    def cut(self) -> None:
        """Kill the servers under the daemon, and start them again."""
        servers: list[Server] = [self.postfix.dovecot]
        if self.database is not None:
            servers.append(self.database)
        for server in servers:
            server.kill()
            server.start()

    @contextmanager
    def opened(self, *, later: timedelta = timedelta(), write: bool = False) -> Iterator[App]:
        clock = Clock(datetime.now(UTC) + later)
        with open_app(load_settings(self.config), clock, read_only=not write) as app:
            yield app

    def dispatches(self) -> dict[str, DispatchStatus]:
        with self.opened() as app:
            return {one.office: one.status for one in app.ledger.select(DispatchState)}

    def standing(self) -> dict[str, AssignmentStatus]:
        with self.opened() as app:
            return {one.office: one.status for one in app.ledger.select(AssignmentState)}

    def letters(self, name: str) -> list[bytes]:
        return self.postfix.mail_for(self.address(name))

    def until(self, true: Callable[[], bool], what: str) -> None:
        try:
            wait_for(what, true, seconds=60, pause=0.2)
        except ServerFailed as error:
            raise AssertionError(f"{error}\n{(self.folder / 'log').read_text()[-4000:]}") from None


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, postfix: Postfix, tmp_path: Path) -> Iterator[Place]:
    """A place whose exchange holds the directive already; no daemon was started."""
    database: Postgresql | None = None
    made_there: Database | None = None
    if request.param == "postgresql":
        database = request.getfixturevalue("postgresql")
        made_there = database.new_database()
    # The servers are shared, and the same letters have the same identifiers: so other boxes.
    domain = f"{request.param}.example"
    boxes = {name: f"{name}@{domain}" for name in ("nq47", *NAMES)}
    for box in boxes.values():
        postfix.dovecot.add(box)
    with (
        Wire(postfix.submission_port) as wire,
        Exchange(tmp_path / "exchange", {UNIT: SECRET}) as exchange,
    ):
        peers = Peers(
            postfix=postfix,
            exchange_url=exchange.url,
            smtp=wire.port,
            imap=postfix.dovecot.imaps_port,
            database=made_there,
        )
        configure(
            tmp_path,
            peers,
            own=boxes["nq47"],
            offices=[OFFICE.format(name=name, address=boxes[name]) for name in NAMES],
            campaign=CAMPAIGN,
            schedule="poll_seconds: 5",
            connections=1,
        )
        with VxpExchange(
            exchange.url, system_id=UNIT, secret=SECRET, now=lambda: datetime.now(UTC)
        ) as client:
            client.send(
                Inline(short_letter()), kind=PacketKind.DOCUMENT, sender=UNIT, receivers=[UNIT]
            )
        made = Place(tmp_path, postfix, wire, domain, database)
        try:
            yield made
        finally:
            made.kill()


def test_a_daemon_killed_at_the_dot_and_servers_killed_under_it_mail_nobody_twice(
    place: Place,
) -> None:
    place.postfix.policy.cut = place.kill
    place.postfix.behave(place.address("hai"), "drop_after_data")
    place.start()
    place.until(
        lambda: place.daemon is not None and place.daemon.poll() is not None,
        "the daemon is killed while it waits for the answer to the dot",
    )
    place.postfix.policy.forget()
    assert place.dispatches()["hai"] is DispatchStatus.SENDING

    place.start()
    place.until(
        lambda: (
            not {DispatchStatus.SENDING, DispatchStatus.PLANNED} & set(place.dispatches().values())
        ),
        "the others are sent too",
    )

    for name in NAMES:
        received = Received.of(place.letters(name)[0])
        raw = write(
            OfficeMail(
                sender=place.address(name),
                sender_name=name,
                to=received.reply_to,
                subject=f"Re: {received.subject}",
                text="Đã nhận được văn bản.",
                at=datetime.now(UTC),
                answers=received,
            )
        )
        place.postfix.dovecot.deliver(raw, place.own, sender=place.address(name))
        place.cut()
    place.kill()
    place.start()
    place.until(
        lambda: set(place.standing().values()) == {AssignmentStatus.ACKNOWLEDGED},
        "every answer is read",
    )
    place.kill()

    # What the next daemon does once the wait for evidence is over.
    with place.opened(later=HOUR, write=True) as app:
        recover(app, datetime.now(UTC) + HOUR)
        turn(app, datetime.now(UTC) + HOUR)
        assert app.ledger.differences() == []
        replies = [reply.office for reply in app.ledger.select(ReplyState)]
        sent = {one.office: one.message_id for one in app.ledger.select(DispatchState)}
    assert sorted(replies) == sorted(NAMES)
    assert {
        name: [Received.of(raw).message_id for raw in place.letters(name)] for name in NAMES
    } == {name: [sent[OfficeId(name)]] for name in NAMES}
    assert set(place.dispatches().values()) <= {DispatchStatus.ACCEPTED, DispatchStatus.RELAYED}
