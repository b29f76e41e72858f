"""Whether mail is still read: figures for Prometheus, and when the doctor is worried."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from inspect import signature
from pathlib import Path

import pytest
from requests.auth import AuthBase
from structlog.testing import capture_logs

from connector.email.exchange_client import ExchangeServer
from connector.email.imap import ImapMailbox
from connector.email.memory import MemoryHub, MemoryMailbox
from domain.errors import PeerRefused, PeerUnavailable
from domain.ids import Address, MessageId
from domain.mail import MailArrival, MailCursor, MailPosition
from dondoc.app import Inbox
from dondoc.services.asked_mailbox import AskedMailbox, asked
from dondoc.services.doctor_check import Check
from dondoc.services.mail_life import (
    MailMetrics,
    Watches,
    examine_mail_life,
    mail_lives,
    metrics_text,
)
from dondoc.services.sign_of_life import SignOfLife, read_sign
from tests.unit.cli.memory_apps import MAILBOX, NOW, memory_app

MINUTE = timedelta(minutes=1)


class Watched:
    """A watch that was heard once and lost its server twice."""

    heard_at = NOW
    reconnects = 2

    def __init__(self) -> None:
        self.said: list[str] = []

    def start(self, wake: object) -> None:
        assert callable(wake)
        self.said.append("start")

    def stop(self) -> None:
        self.said.append("stop")


def inbox(watch: Watched | None = None) -> Inbox:
    address = Address("nq47@huulung.example")
    return Inbox(
        name="nq47",
        protocol="imap",
        mailbox=MemoryMailbox("nq47", MemoryHub([address]), address),
        folders=("INBOX", 'Thư "rác"'),
        addresses=(address,),
        watch=watch,
        heard={"INBOX": NOW},
        taken={"INBOX": 5},
    )


def test_the_figures_name_each_folder() -> None:
    text = metrics_text([inbox(Watched())])
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    seconds = f"{NOW.timestamp():.3f}"
    assert lines == [
        "dondoc_configuration_problems 0",
        f'dondoc_mail_read_timestamp_seconds{{account="nq47",folder="INBOX"}} {seconds}',
        'dondoc_mail_taken_total{account="nq47",folder="INBOX"} 5',
        'dondoc_mail_taken_total{account="nq47",folder="Thư \\"rác\\""} 0',
        f'dondoc_mail_watch_timestamp_seconds{{account="nq47"}} {seconds}',
        'dondoc_mail_watch_reconnects_total{account="nq47"} 2',
    ]
    assert text.endswith("\n")
    assert "@" not in text


def test_the_file_is_replaced_whole_and_not_with_every_message(tmp_path: Path) -> None:
    box = inbox()
    path = tmp_path / "metrics.prom"
    metrics = MailMetrics(path, lambda: [box])
    metrics.write()
    first = path.read_text(encoding="utf-8")
    box.taken["INBOX"] = 6
    metrics.write()
    assert path.read_text(encoding="utf-8") == first == metrics_text([inbox()])
    MailMetrics(path, lambda: [box]).write()
    assert "} 6\n" in path.read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("umask", [0, 0o077])
def test_the_file_is_for_its_group_and_the_sign_of_life_for_its_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, umask: int
) -> None:
    made: list[int] = []
    fchmod = os.fchmod

    def seen(descriptor: int, mode: int) -> None:
        made.append(os.fstat(descriptor).st_mode & 0o777)
        fchmod(descriptor, mode)

    monkeypatch.setattr(os, "fchmod", seen)
    figures, alive = tmp_path / "metrics.prom", tmp_path / "daemon.alive"
    before = os.umask(umask)
    try:
        MailMetrics(figures, lambda: [inbox()]).write()
        with SignOfLife(alive, lambda: NOW, timedelta(minutes=1)):
            modes = [path.stat().st_mode & 0o777 for path in (figures, alive)]
    finally:
        os.umask(before)
    assert modes == [0o640, 0o600]
    assert set(made) == {0o600}, "nobody else could open it before"


def test_a_file_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    with capture_logs() as logs:
        MailMetrics(tmp_path / "nowhere" / "metrics.prom", lambda: [inbox()]).write()
    assert [logged["event"] for logged in logs] == ["metrics_not_written"]


def test_the_sign_of_life_tells_when_mail_was_read(tmp_path: Path) -> None:
    path = tmp_path / "daemon.alive"
    with SignOfLife(path, lambda: NOW, MINUTE) as sign:
        sign.tell_of(lambda: mail_lives([inbox()], NOW - MINUTE))
        with sign.turn():
            pass
        read = read_sign(path)
        with sign.between():
            pass
        between = read_sign(path)
    assert read is not None
    assert read.mail == tuple(mail_lives([inbox()], NOW - MINUTE))
    # What happens between two turns does not put the next one off.
    assert read == between


def test_a_folder_that_is_not_read_for_long_is_told() -> None:
    lives = mail_lives([inbox()], NOW - 10 * MINUTE)
    assert examine_mail_life(lives, 10 * MINUTE, NOW) == []
    (never,) = examine_mail_life(lives, 9 * MINUTE, NOW)
    assert not never.ok
    assert 'folder Thư "rác" of nq47 could not be read since' in never.what
    late = examine_mail_life(lives, 9 * MINUTE, NOW + 10 * MINUTE)
    assert "folder INBOX of nq47 was last read at" in late[0].what
    assert len(late) == 2


class Slow(MemoryMailbox):
    """A mailbox of which a test sees what is said while it is asked."""

    during: Callable[[], object] = staticmethod(lambda: None)

    def arrivals(self, mailbox: str, after: MailCursor | None) -> Iterator[MailArrival]:
        self.during()
        yield from super().arrivals(mailbox, after)
        self.during()


def test_while_a_mailbox_is_asked_the_sign_of_life_says_since_when(tmp_path: Path) -> None:
    path, hub = tmp_path / "daemon.alive", MemoryHub([MAILBOX])
    box = Slow("nq47", hub, MAILBOX)
    app = memory_app(tmp_path, mail=hub)
    assert app.mail is not None
    door = replace(app.mail, inbox=replace(app.mail.inbox, mailbox=box))
    plain = replace(app, mail=door, further_inboxes=(inbox(),))
    said: list[list[Check]] = []

    def seen() -> list[Check]:
        sign = read_sign(path)
        assert sign is not None
        return examine_mail_life(sign.mail, 10 * MINUTE, NOW + MINUTE)

    box.during = lambda: said.append(seen())
    with SignOfLife(path, lambda: NOW, MINUTE) as sign:
        sign.tell_of(lambda: mail_lives(plain.inboxes, NOW))
        watched = asked(plain, lambda: NOW, sign.say)
        assert watched.mail is not None
        mailbox = watched.mail.inbox.mailbox
        assert list(mailbox.arrivals("INBOX", None)) == []
        assert [[check.name for check in checks] for checks in said] == [["mailbox"], ["mailbox"]]
        assert "INBOX of nq47 was asked at 2024" in said[0][0].what
        assert seen() == []
        hub.available = False
        with pytest.raises(PeerUnavailable):
            mailbox.contains("INBOX", MessageId("<a@x.example>"))
        assert len(seen()) == 1
        assert "dondoc_mail_unanswered_since_timestamp_seconds{" in metrics_text(plain.inboxes)
        hub.available = True
        with pytest.raises(PeerRefused):
            mailbox.message("nowhere", MailPosition("1:1"))
        assert mailbox.message("INBOX", MailPosition("1:1")) is None
        assert seen() == []
        assert mailbox.account == "nq47"


def test_what_an_arrival_takes_here_is_not_its_server_s_fault() -> None:
    hub = MemoryHub([MAILBOX])
    hub.folder(MAILBOX).messages.append(b"Subject: x\r\n\r\n")
    unanswered: dict[str, datetime] = {}
    box = AskedMailbox(MemoryMailbox("nq47", hub, MAILBOX), unanswered, lambda: NOW, lambda: None)
    arrivals = box.arrivals("INBOX", None)
    next(arrivals)
    assert unanswered == {}


def test_no_wait_for_a_server_takes_a_minute() -> None:
    assert signature(ImapMailbox).parameters["timeout"].default < 60
    assert ExchangeServer(url="https://mx.example", address=MAILBOX, login=AuthBase).timeout < 60


def test_watches_end_with_the_work() -> None:
    watch = Watched()
    with Watches(lambda: None) as watches:
        watches.watch([inbox(watch), inbox()])
        assert watch.said == ["start"]
    assert watch.said == ["start", "stop"]
