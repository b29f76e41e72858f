"""Dovecot: IMAP (plain, STARTTLS and TLS), LMTP, and the logins of Postfix as well.

IDLE, CONDSTORE, QRESYNC, UIDPLUS, MOVE, SPECIAL-USE, sub-addresses (RFC 5233), quota, PLAIN and
LOGIN, and XOAUTH2 and OAUTHBEARER against ``Tokens``. Dovecot holds each IDLE notification for
half a second; that is its own, and cannot be set.
"""

import os
import smtplib
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from imapclient import IMAPClient

from tests.servers.certificates import AUTHORITY
from tests.servers.dovecot_settings import settings
from tests.servers.needed import needs_dovecot, program
from tests.servers.process import (
    HOST,
    Process,
    Server,
    free_ports,
    new_folder,
    remove_folder,
    wait_for,
)
from tests.servers.tokens import Tokens

PASSWORD = "mật khẩu"
FOLDERS = ("Drafts", "Sent", "Junk", "Processed")


class Dovecot(Server):
    """A Dovecot of its own on loopback ports; a context manager, or ``start`` and ``close``.

    Accounts may be added at any time. ``store`` is Dovecot's mailbox format (``sdbox``,
    ``maildir`` or ``mdbox``). ``ca_file`` is the authority that its certificate comes from.
    """

    ca_file = AUTHORITY

    def __init__(self, *addresses: str, store: str = "sdbox") -> None:
        needs_dovecot()
        self.folder = new_folder()
        self.imap_port, self.imaps_port, self.lmtp_port = free_ports(3)
        self.host = HOST
        self.tokens = Tokens()
        self.auth_socket = self.folder / "run" / "auth-client-of-postfix"
        self._users = self.folder / "users"
        self._root = os.geteuid() == 0
        self._configuration = self.folder / "dovecot.conf"
        self._configuration.write_text(settings(self, store=store, root=self._root))
        (self.folder / "oauth2.conf").write_text(self.tokens.dovecot_settings())
        (self.folder / "mail").mkdir()
        (self.folder / "mail").chmod(0o777)
        self.process = Process(
            [program("dovecot"), "-F", "-c", str(self._configuration)], self.folder / "log"
        )
        for address in addresses:
            self.add(address)

    def start(self) -> None:
        """Start, also after ``stop`` or ``kill``: with the same ports and the same mail."""
        self.process.start([self.imap_port, self.imaps_port, self.lmtp_port])

    def close(self) -> None:
        """Stop and remove everything."""
        self.process.stop()
        self.tokens.close()
        remove_folder(self.folder)

    def add(self, address: str, *, password: str = PASSWORD, quota_octets: int = 0) -> str:
        """Make an account, and return its address; a quota of 0 is none."""
        quota = f"userdb_quota_rule=*:bytes={quota_octets}" if quota_octets else ""
        file = self._account_file(address)
        file.parent.mkdir(exist_ok=True, parents=True)
        file.write_text(f"{address}:{{PLAIN}}{password}::::::{quota}\n", encoding="utf-8")
        return address

    def limit(self, address: str, quota_octets: int) -> None:
        """Change an account's quota (0 is none), and wait until the running server knows it."""
        self.add(address, quota_octets=quota_octets)
        rule = f"*:bytes={quota_octets}" if quota_octets else ""
        wait_for("the quota counts", lambda: self._field("quota_rule", address) == rule)

    def _field(self, name: str, address: str) -> str:
        lines = self.doveadm("user", of=address).splitlines()
        found = dict(line.split("\t")[:2] for line in lines if line.count("\t"))
        return found.get(name, "")

    def has(self, address: str) -> bool:
        """Tell whether an address or sub-address belongs to an account."""
        return self._account_file(address).exists()

    def _account_file(self, address: str) -> Path:
        # One file for each: Dovecot looks at a file once in a second, and tests are faster.
        local, _, domain = address.lower().rpartition("@")
        return self._users / domain / local.partition("+")[0]

    def deliver(self, message: bytes, to: str, *, sender: str = "") -> None:
        """Deliver a message (CRLF line ends) to one address by LMTP (RFC 2033)."""
        with smtplib.LMTP(HOST, self.lmtp_port) as client:
            client.sendmail(sender, [to], message)

    @contextmanager
    def imap(self, address: str, *, password: str = PASSWORD) -> Iterator[IMAPClient]:
        """Open a plain connection that is logged in, for a test's own looks and changes."""
        client = IMAPClient(HOST, self.imap_port, ssl=False, timeout=10)
        try:
            client.plain_login(address, password)
            yield client
        finally:
            client.shutdown()

    def messages(self, address: str, folder: str = "INBOX") -> list[bytes]:
        """Return what lies in a folder, whole and in UID order."""
        with self.imap(address) as client:
            client.select_folder(folder, readonly=True)
            found = client.fetch(client.search(), ["BODY.PEEK[]"])
            return [item[b"BODY[]"] for _, item in sorted(found.items())]

    def empty(self, address: str, folder: str = "INBOX") -> None:
        """Delete what lies in a folder."""
        self.doveadm("expunge", "mailbox", folder, "all", of=address)

    def wait_for_messages(self, address: str, count: int, folder: str = "INBOX") -> list[bytes]:
        """Wait until a folder holds at least so many messages, and return them."""
        wait_for(
            f"{count} messages in {folder}", lambda: len(self.messages(address, folder)) >= count
        )
        return self.messages(address, folder)

    def uid_validity(self, address: str, folder: str = "INBOX") -> int:
        """Return a folder's UIDVALIDITY."""
        with self.imap(address) as client:
            return int(client.folder_status(folder, ["UIDVALIDITY"])[b"UIDVALIDITY"])

    def renumber(self, address: str, folder: str = "INBOX") -> None:
        """Give a folder another UIDVALIDITY, as a restored backup has; its messages stay."""
        self._set_validity(address, folder, self.uid_validity(address, folder) + 1)

    def recreate(self, address: str, folder: str = "INBOX") -> None:
        """Delete a folder with all that lies in it, and make it anew, with another UIDVALIDITY."""
        before = self.uid_validity(address, folder)
        self.doveadm("mailbox", "delete", "-Z", folder, of=address)
        self.doveadm("mailbox", "create", folder, of=address)
        # Dovecot takes the clock's seconds, and no second may have passed.
        self._set_validity(address, folder, max(before + 1, self.uid_validity(address, folder)))

    def _set_validity(self, address: str, folder: str, validity: int) -> None:
        self.doveadm("mailbox", "update", "--uid-validity", str(validity), folder, of=address)

    def doveadm(self, *command: str, of: str) -> str:
        """Run an administrator's command for one account, and return what it printed."""
        words = 2 if command[0] == "mailbox" else 1
        account = [of] if command[0] == "user" else ["-u", of]
        done = subprocess.run(
            [
                program("doveadm"),
                *("-c", str(self._configuration), *command[:words], *account, *command[words:]),
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise AssertionError(f"doveadm {command[0]}: {done.stderr}{self.process.log_end()}")
        return done.stdout
