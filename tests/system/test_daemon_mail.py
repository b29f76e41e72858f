"""`dondoc run` beside a real Dovecot: woken by IDLE, several mailboxes, mail put away, figures."""

import json
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.checkout import clean_environment
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.process import wait_for
from tests.system.started import DONDOC, start_daemon
from tests.system.test_daemon_alive import CAMPAIGN, DIRECTORY

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]

MAIN = """\
store: {{database: store/ledger.sqlite, evidence: store/evidence, output: result}}
unit: {{organ_id: H37.99, name: UBND huyện Hữu Lũng, place: Hữu Lũng}}
mail:
  address: nq47@huulung.example
  smtp: {{host: 127.0.0.1, port: 9, security: none}}
  imap:
    host: 127.0.0.1
    port: {port}
    username: {own}
    password: {{file: password}}
    ca_file: {ca_file}
    folders: [INBOX, Junk]
    after_reading: {{move: Processed}}
mailboxes:
  - name: vanthu
    address: vanthu@huulung.example
    imap:
      host: 127.0.0.1
      port: {port}
      username: {further}
      password: {{file: password}}
      ca_file: {ca_file}
      after_reading: {{flag: DaDoc}}
token_key: {{file: secret}}
schedule: {{poll_seconds: 3600}}
directory: directory.yaml
campaigns: campaign.yaml
"""
# The pause is so long that only a wake-up can be what finds a message.


def letter(number: int) -> bytes:
    return (
        f"From: vanphong{number}@yenson.example\r\nTo: nq47@huulung.example\r\n"
        f"Message-ID: <{number}@yenson.example>\r\nSubject: {number}\r\n\r\nx\r\n"
    ).encode()


@pytest.fixture
def addresses(new_account: Callable[[], str]) -> tuple[str, str]:
    return new_account(), new_account()


@pytest.fixture
def folder(tmp_path: Path, dovecot: Dovecot, addresses: tuple[str, str]) -> Path:
    own, further = addresses
    main = MAIN.format(port=dovecot.imaps_port, own=own, further=further, ca_file=dovecot.ca_file)
    files = {"dondoc.yaml": main, "directory.yaml": DIRECTORY, "campaign.yaml": CAMPAIGN}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    for name, secret in {"secret": "k" * 32, "password": PASSWORD}.items():
        (tmp_path / name).touch(mode=0o600)
        (tmp_path / name).write_text(secret, encoding="utf-8")
    return tmp_path


@pytest.fixture
def daemon(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = start_daemon(folder / "dondoc.yaml", folder / "log")
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def read(folder: Path) -> list[str]:
    """Return the mailbox and folder of each message that was read."""
    place = folder / "store" / "ledger.sqlite"
    if not place.exists():
        return []
    with closing(sqlite3.connect(f"file:{place}?mode=ro", uri=True)) as ledger:
        rows = ledger.execute("SELECT source FROM events WHERE fact = 'RawArrived'").fetchall()
        done = ledger.execute("SELECT count(*) FROM events WHERE fact = 'RawRead'").fetchone()
    return sorted(source for (source,) in rows) if done[0] == len(rows) else []


def test_the_daemon_is_woken_reads_every_mailbox_and_puts_mail_away(
    folder: Path,
    dovecot: Dovecot,
    addresses: tuple[str, str],
    daemon: subprocess.Popen[bytes],
) -> None:
    own, further = addresses
    figures = folder / "store" / "metrics.prom"
    wait_for("the first turn", figures.exists, seconds=60)
    with dovecot.imap(own) as client:
        client.append("Junk", letter(1))
    dovecot.deliver(letter(2), own)
    wait_for("our own mail", lambda: len(read(folder)) == 2, seconds=60)
    dovecot.deliver(letter(3), further)
    wait_for("the other mailbox", lambda: len(read(folder)) == 3, seconds=60)
    assert read(folder) == ["imap:mail/INBOX", "imap:mail/Junk", "imap:vanthu/INBOX"]

    wait_for("moving", lambda: len(dovecot.messages(own, "Processed")) == 2)
    assert dovecot.messages(own) == dovecot.messages(own, "Junk") == []
    with dovecot.imap(further) as client:
        client.select_folder("INBOX", readonly=True)
        wait_for("flagging", lambda: client.noop() and client.search(["KEYWORD", "DaDoc"]) == [1])

    # What a person moves back is known by its content.
    with dovecot.imap(own) as client:
        client.select_folder("Processed")
        client.move([1, 2], "INBOX")
    wait_for("moving again", lambda: len(dovecot.messages(own, "Processed")) == 2)
    assert 'folder="Junk"' in figures.read_text(encoding="utf-8")
    assert daemon.poll() is None


def _heard(folder: Path) -> list[tuple[str, str, bool]]:
    """Return what the daemon says of each account and folder: whether it has read it."""
    sign = folder / "store" / "daemon.alive"
    told = json.loads(sign.read_text())["mail"] if sign.exists() else []
    return [(account, name, heard) for account, name, _, heard, _ in told]


def test_the_doctor_sees_that_mail_is_read(folder: Path, daemon: subprocess.Popen[bytes]) -> None:
    folders = [("mail", "INBOX", True), ("mail", "Junk", True), ("vanthu", "INBOX", True)]
    wait_for("every folder is read", lambda: _heard(folder) == folders, seconds=60)
    done = subprocess.run(
        [str(DONDOC), "doctor", "--config", str(folder / "dondoc.yaml"), "--quick", "--alive"],
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "mailbox" not in done.stdout
    assert daemon.poll() is None
