"""Postfix before a Dovecot: an MX, submission with STARTTLS and with TLS, DSN, real bounces.

Logins are Dovecot's (PLAIN, LOGIN, XOAUTH2). What it sends on goes to that Dovecot (domains
below ``.example``), to ``Remote`` (below ``.test``) or nowhere.
"""

import os
import re
import subprocess
import time
from pathlib import Path

from tests.servers.certificates import AUTHORITY
from tests.servers.dovecot import Dovecot
from tests.servers.needed import POSTFIX_MASTER, as_postfix, needs_postfix
from tests.servers.policy import Behaviour, Policy
from tests.servers.postfix_settings import QUEUES, main, master, tables
from tests.servers.process import (
    HOST,
    Process,
    Server,
    free_ports,
    new_folder,
    remove_folder,
    wait_for,
)
from tests.servers.remote import Remote

SIZE_LIMIT = 30 * 1024 * 1024

# Run where the users of Postfix are, in its folder; `postfix check` takes seconds for as much.
_PREPARE = f"""
mkdir -p data delivered queue && cd queue && mkdir -p {" ".join(QUEUES)}
chown postfix {" ".join(name for name in QUEUES if name != "pid")} ../data
chgrp postdrop maildrop public
chmod 0700 active bounce corrupt defer deferred flush hold incoming private saved trace
chmod 1730 maildrop && chmod 2710 public
chown 65534:65534 ../delivered
"""


class Postfix(Server):
    """A Postfix of its own on loopback ports; a context manager, or ``start`` and ``close``.

    ``impatient`` warns of delays after one second and gives up after three. Without ``asking``
    no policy is asked, as a benchmark wants it. ``size_limit`` is in octets.
    """

    ca_file = AUTHORITY

    def __init__(
        self,
        dovecot: Dovecot,
        *,
        impatient: bool = False,
        asking: bool = True,
        size_limit: int = SIZE_LIMIT,
    ) -> None:
        needs_postfix()
        self._before = as_postfix() or ()
        self.dovecot = dovecot
        self.folder = new_folder()
        self.host = HOST
        self.size_limit = size_limit
        self.smtp_port, self.submission_port, self.submissions_port = free_ports(3)
        self.lmtp_port, self.auth_socket = dovecot.lmtp_port, dovecot.auth_socket
        self.remote = Remote()
        self.remote_port = self.remote.port
        self.policy = Policy(dovecot.has)
        self.policy_port = self.policy.port if asking else 0
        self._write(impatient=impatient)
        self.process = Process(
            [str(POSTFIX_MASTER), "-d", "-c", str(self.folder / "etc")],
            self.folder / "log",
            before=self._before,
        )

    def start(self) -> None:
        """Start, also after ``stop`` or ``kill``: with the same ports and the same queue."""
        self.process.start([self.smtp_port, self.submission_port, self.submissions_port])

    def close(self) -> None:
        """Stop and remove everything."""
        self.process.stop()
        self.policy.close()
        self.remote.close()
        remove_folder(self.folder, self._before)

    def behave(self, address: str, behaviour: Behaviour | None) -> None:
        """Change what happens to mail for one address from now on."""
        self.policy.behave(address, behaviour)

    def waiting(self, *queues: str) -> int:
        """Count the messages in some queues: ``deferred``, or those that are being delivered."""
        # A queue file that was not finished when Postfix was killed has no x bit, and stays.
        where = queues or ("maildrop", "incoming", "active")
        found = self._run("find", *where, "-type", "f", "-perm", "-u=x")
        return len(found.splitlines())

    def settle(self) -> None:
        """Wait until everything is delivered, bounced or put off."""
        wait_for("the queue is empty", lambda: self.waiting() == 0)

    def mail_for(self, address: str) -> list[bytes]:
        """Return what lies in an account's inbox once everything is delivered."""
        self.settle()
        return self.dovecot.messages(address)

    def delivered(self, address: str) -> list[bytes]:
        """Return what Postfix put into files itself for one address below ``delivered.test``."""
        listed = self._run("sh", "-c", "cat ../delivered/all/new/* 2>/dev/null || true")
        found = re.split(r"^(?=Return-Path: )", listed, flags=re.MULTILINE)
        return [raw.encode() for raw in found if f"\nDelivered-To: {address}\n" in raw]

    def _write(self, *, impatient: bool) -> None:
        etc = self.folder / "etc"
        etc.mkdir()
        texts = {"main.cf": main(self, impatient=impatient), "master.cf": master(self)}
        # Postfix waits for files that were changed a moment ago, in case they still change.
        past = time.time() - 60
        for name, text in (texts | tables(self)).items():
            file = etc / name
            file.write_text(text)
            os.utime(file, (past, past))
        self._run("sh", "-ec", _PREPARE, cwd=self.folder)

    def _run(self, *command: str, cwd: Path | None = None) -> str:
        done = subprocess.run(
            [*self._before, *command],
            cwd=cwd or self.folder / "queue",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        # A message may move on while `find` looks.
        if done.returncode and command[0] != "find":
            raise AssertionError(f"{command[0]}: {done.stderr}")
        return done.stdout
