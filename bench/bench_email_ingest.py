"""A full mailbox on a real Dovecot taken in, beside programs that only fetch and file mail.

Ours reads each message over IMAP, stores and records it, takes it apart, reads its files, judges
it, matches it to the letter that it answers and records what follows. Beside it in the same round:
a bare fetch of the same mailbox with imapclient, and mbsync, fdm and getmail6, each of which
fetches into a Maildir. Every side is told the same: all messages of one account, no TLS, nothing is
changed on the server.

`python -m bench.bench_email_ingest 500` does it with fewer messages.
"""

import logging
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import structlog

from bench.arguments import at_least_one, usage
from bench.email_world import ANSWERED, answers, begin, office, own, reading
from bench.measure import Pair, Result, report, scratch, seconds
from connector.email.imap import ImapMailbox
from domain.state import RawState
from dondoc.services.turn import Turn, mail_turn
from tests.servers.dovecot import Dovecot
from tests.servers.process import HOST

MESSAGES = 5_000
ROUNDS = 3
ADDRESS = "nq47@huulung.example"
TOGETHER = 50
OUTCOMES = {"acknowledgement", "report", "directive 512/UBND-VH taken"}
AT = ANSWERED.replace(month=11)

PASS = "benchmark"
NOBODY = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
"""Some of the programs refuse to run as root."""


def fill(dovecot: Dovecot, messages: Sequence[bytes]) -> None:
    """Put the messages into the account's mailbox."""
    with dovecot.imap(ADDRESS, password=PASS) as client:
        for start in range(0, len(messages), 100):
            client.multiappend("INBOX", messages[start : start + 100])


def take_in(dovecot: Dovecot, folder: Path, count: int) -> float:
    """Return how long the daemon's own work on the whole mailbox takes, in seconds."""
    with office(folder) as app:
        box = ImapMailbox(
            own(app).name,
            HOST,
            dovecot.imap_port,
            security="none",
            username=ADDRESS,
            password=PASS,
        )
        daemon = reading(app, box)
        done: list[Turn] = []

        def work() -> None:
            done.append(mail_turn(daemon, AT))

        took = seconds(work)
        box.close()
        odd = {row.outcome for row in app.ledger.select(RawState)} - OUTCOMES
        if done != [Turn(taken=count, read=count, done=0)] or odd:
            sys.exit(f"the messages were not read as what they are: {done}, {odd}")
        return took


def fetch(dovecot: Dovecot, count: int) -> float:
    """Return how long a bare fetch of the same mailbox takes, in seconds."""

    def work() -> None:
        with dovecot.imap(ADDRESS, password=PASS) as client:
            client.select_folder("INBOX", readonly=True)
            uids = client.search()
            for start in range(0, count, TOGETHER):
                client.fetch(uids[start : start + TOGETHER], ["BODY.PEEK[]"])

    return seconds(work)


def run(command: Sequence[str], folder: Path, count: int) -> float:
    """Return how long a program takes to file the mailbox, in seconds; exits if it did not."""
    said: list[str] = []

    def work() -> None:
        done = subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True)
        said.append(done.stderr)

    took = seconds(work)
    filed = sum(path.is_file() and path.parent.name in ("new", "cur") for path in folder.rglob("*"))
    if filed != count:
        sys.exit(f"{' '.join(command)} filed {filed} of {count} messages: {said[0]}")
    return took


def mbsync(dovecot: Dovecot, folder: Path) -> Sequence[str]:
    """Return the command that lets mbsync (isync) fetch everything."""
    (folder / "mbsyncrc").write_text(
        f"""IMAPAccount office
Host {HOST}
Port {dovecot.imap_port}
User {ADDRESS}
Pass {PASS}
SSLType None
AuthMechs LOGIN

IMAPStore remote
Account office

MaildirStore local
Path {folder}/
Inbox {folder}/Inbox
SubFolders Verbatim

Channel all
Far :remote:
Near :local:
Patterns INBOX
Sync PullNew
Create Near
SyncState *
"""
    )
    return ["mbsync", "--config", str(folder / "mbsyncrc"), "--quiet", "all"]


def fdm(dovecot: Dovecot, folder: Path) -> Sequence[str]:
    """Return the command that lets fdm fetch everything and leave it on the server."""
    (folder / "fdm.conf").write_text(
        f"""set lock-file "{folder}/fdm.lock"
account "office" imap server "{HOST}" port {dovecot.imap_port} user "{ADDRESS}" pass "{PASS}" keep
action "file" maildir "{folder}/Inbox"
match all action "file"
"""
    )
    return [*NOBODY, "fdm", "-q", "-f", str(folder / "fdm.conf"), "fetch"]


def getmail(dovecot: Dovecot, folder: Path) -> Sequence[str]:
    """Return the command that lets getmail6 fetch everything and leave it on the server."""
    for name in ("Inbox", "Inbox/new", "Inbox/cur", "Inbox/tmp"):
        (folder / name).mkdir()
    (folder / "getmailrc").write_text(
        f"""[retriever]
type = SimpleIMAPRetriever
server = {HOST}
port = {dovecot.imap_port}
username = {ADDRESS}
password = {PASS}
mailboxes = ("INBOX",)
[destination]
type = Maildir
path = {folder}/Inbox/
[options]
read_all = true
delete = false
verbose = 0
"""
    )
    rc = str(folder / "getmailrc")
    return [*NOBODY, "getmail", "--getmaildir", str(folder), "--rcfile", rc]


PEERS = {"mbsync": mbsync, "fdm": fdm, "getmail6": getmail}


def one_round(dovecot: Dovecot, store: Path, folder: Path, count: int) -> dict[str, float]:
    """Return the seconds that each side takes, one after the other."""
    shutil.copytree(store, folder / "ours")
    took = {"ours": take_in(dovecot, folder / "ours", count), "imapclient": fetch(dovecot, count)}
    for name, prepare in PEERS.items():
        place = folder / name
        place.mkdir()
        command = prepare(dovecot, place)
        if command[0] == NOBODY[0]:
            _give_away(place)
        took[name] = run(command, place, count)
    return took


def _give_away(folder: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    for path in (folder, *folder.rglob("*")):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
        path.chmod(0o700 if path.is_dir() else 0o600)


def measured(count: int) -> Result:
    """Measure all sides in turn, on one mailbox."""
    with Dovecot() as dovecot, scratch() as folder:
        base = Path(folder)
        base.chmod(0o755)
        dovecot.add(ADDRESS, password=PASS)
        with office(base / "store") as app:
            begin(app)
            messages = list(answers(app, count))
        fill(dovecot, messages)
        octets = sum(map(len, messages))
        del messages
        fetch(dovecot, count)
        rounds = []
        for number in range(ROUNDS):
            place = base / str(number)
            place.mkdir()
            rounds.append(one_round(dovecot, base / "store", place, count))
            shutil.rmtree(place)
    return result(rounds, count, octets)


def result(rounds: Sequence[dict[str, float]], count: int, octets: int) -> Result:
    """Return messages per second of each side, and our rate by theirs, round by round."""
    figures = {
        f"{name}: messages taken in" if name == "ours" else f"{name}: messages fetched": (
            count / median(one[name] for one in rounds),
            "per second",
        )
        for name in rounds[0]
    }
    figures["mean size of a message"] = octets / count / 1024, "KB"
    ratios = {}
    for name in rounds[0]:
        if name != "ours":
            each = [one[name] / one["ours"] for one in rounds]
            ratios[f"vs_{name}"] = Pair(
                first=median(one["ours"] for one in rounds),
                second=median(one[name] for one in rounds),
                ratio=median(each),
                lowest=min(each),
                highest=max(each),
            )
    return Result(name="email-ingest", figures=figures, ratios=ratios)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and report."""
    parser = usage("bench.bench_email_ingest", __doc__)
    parser.add_argument(
        "messages", nargs="?", type=at_least_one, default=MESSAGES, help=f"{MESSAGES} unless set"
    )
    messages = parser.parse_args(arguments).messages
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    missing = [name for name in ("mbsync", "fdm", "getmail") if not shutil.which(name)]
    if missing:
        sys.exit(f"install {', '.join(missing)} (Debian packages isync, fdm and getmail6)")
    report(measured(messages))


if __name__ == "__main__":
    main()
