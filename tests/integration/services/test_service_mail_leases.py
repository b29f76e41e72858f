"""Two daemons and one mailbox, which is collected by whoever reaches it."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
import structlog

from connector.email.memory import INBOX
from connector.store.ledger import SqlLedger
from connector.store.workers import DatabaseWorkers
from domain.errors import PeerUnavailable
from dondoc.app import App, Inbox
from dondoc.services.collect_mail import collect_mail
from tests.integration.services.service_parts import MAILBOX, YEN_SON, Reader
from tests.integration.services.service_world import World
from tests.servers.postgresql import Postgresql

CUT = PeerUnavailable("the mail server", "no route to host")
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Daemon:
    """One of them, with its own way to the mailbox."""

    app: App
    box: Reader
    inbox: Inbox

    def collect(self, now: datetime) -> int:
        return collect_mail(self.app, now)


def daemon(world: World, workers: DatabaseWorkers) -> Daemon:
    assert world.app.mail is not None
    box = Reader("nq47", world.mail, MAILBOX)
    of = world.app.mail.inbox
    inbox = Inbox(
        name=of.name,
        protocol=of.protocol,
        mailbox=box,
        folders=of.folders,
        addresses=of.addresses,
    )
    mail = replace(world.app.mail, inbox=inbox)
    return Daemon(replace(world.app, mail=mail, workers=workers), box, inbox)


@pytest.fixture
def crew(postgresql: Postgresql) -> Iterator[tuple[DatabaseWorkers, DatabaseWorkers]]:
    place = postgresql.new_database()
    SqlLedger.connect(place).close()
    with ExitStack() as stack:
        yield (
            stack.enter_context(DatabaseWorkers(place, "mot")),
            stack.enter_context(DatabaseWorkers(place, "hai")),
        )


@pytest.fixture
def both(begun: World, crew: tuple[DatabaseWorkers, DatabaseWorkers]) -> tuple[Daemon, Daemon]:
    """Two daemons of which the first one collects, and a mail that has arrived."""
    first, second = (daemon(begun, workers) for workers in crew)
    first.collect(begun.now)
    begun.answer(YEN_SON, "Đã nhận được công văn.")
    return first, second


def test_a_mailbox_that_one_daemon_does_not_reach_is_read_by_the_other(
    begun: World, both: tuple[Daemon, Daemon]
) -> None:
    first, second = both
    first.box.cut = CUT
    first.inbox.unanswered[INBOX] = begun.now
    with structlog.testing.capture_logs() as logs:
        for _ in range(2):
            assert (first.collect(begun.now), second.collect(begun.now)) == (0, 0)
        assert first.inbox.unanswered, "it is its own to watch still"
        first.collect(begun.now)
    assert "mailbox_left_to_others" in {line["event"] for line in logs}
    assert first.inbox.unanswered == {}
    # Its next turn may come before that of the other one.
    first.box.cut = None
    assert first.collect(begun.now + MINUTE) == 0
    assert second.collect(begun.now + MINUTE) == 1
    begun.answer(YEN_SON, "Đã nhận được, lần hai.")
    assert first.collect(begun.now + 6 * MINUTE) == 0, "one collects it at a time"
    assert second.collect(begun.now + 6 * MINUTE) == 1


def test_an_answer_in_between_begins_the_count_anew(
    begun: World, both: tuple[Daemon, Daemon]
) -> None:
    first, second = both
    for cut in (CUT, CUT, None, CUT, CUT):
        first.box.cut = cut
        first.collect(begun.now)
        assert second.collect(begun.now) == 0
    assert first.inbox.reach.failures == 2


def test_a_mailbox_that_nobody_reaches_goes_round_and_is_always_tried(
    begun: World, both: tuple[Daemon, Daemon]
) -> None:
    first, second = both
    first.box.cut = second.box.cut = CUT
    now, tried = begun.now, list[str]()
    with structlog.testing.capture_logs() as logs:
        for _ in range(20):
            for one in both:
                before = len(logs)
                one.collect(now)
                if any(line["event"] == "mailbox_unavailable" for line in logs[before:]):
                    tried.append(one.app.workers.own)
            now += MINUTE
    assert len(tried) >= 19, "hardly a minute without a try"
    handed = [line for line in logs if line["event"] == "mailbox_left_to_others"]
    assert 2 <= len(handed) <= len(tried) / 3, "and nobody leaves it at the first failure"
    first.box.cut = second.box.cut = None
    assert first.collect(now) + second.collect(now) == 1


def test_the_only_one_alive_keeps_it(
    begun: World, both: tuple[Daemon, Daemon], crew: tuple[DatabaseWorkers, DatabaseWorkers]
) -> None:
    first, _ = both
    first.box.cut = CUT
    for _ in range(3):
        first.collect(begun.now)
    assert first.inbox.reach.left == begun.now
    crew[1].__exit__()
    first.box.cut = None
    assert first.collect(begun.now + MINUTE) == 1, "nobody is left to leave it to"
    first.box.cut = CUT
    for _ in range(5):
        first.collect(begun.now + MINUTE)
    assert first.inbox.reach.left is None
