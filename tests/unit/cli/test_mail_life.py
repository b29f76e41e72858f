"""Whether mail is still read: figures for Prometheus, and when the doctor is worried."""

from datetime import timedelta
from pathlib import Path

from structlog.testing import capture_logs

from connector.email.memory import MemoryHub, MemoryMailbox
from domain.ids import Address
from dondoc.app import Inbox
from dondoc.services.mail_life import (
    MailMetrics,
    examine_mail_life,
    mail_lives,
    metrics_text,
    watching,
)
from dondoc.services.sign_of_life import SignOfLife, read_sign
from tests.unit.cli.memory_apps import NOW

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
    metrics = MailMetrics(path, [box])
    metrics.write()
    first = path.read_text(encoding="utf-8")
    box.taken["INBOX"] = 6
    metrics.write()
    assert path.read_text(encoding="utf-8") == first == metrics_text([inbox()])
    MailMetrics(path, [box]).write()
    assert "} 6\n" in path.read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    with capture_logs() as logs:
        MailMetrics(tmp_path / "nowhere" / "metrics.prom", [inbox()]).write()
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


def test_watches_end_with_the_work() -> None:
    watch = Watched()
    with watching([inbox(watch), inbox()], lambda: None):
        assert watch.said == ["start"]
    assert watch.said == ["start", "stop"]
