"""IMAP reading (RFC 3501, RFC 9051): messages by UID, without changing anything.

A place in a mailbox is (UIDVALIDITY, UID); flags play no part, so a person who opens the
mailbox hides nothing. Message sizes are asked first, so no message over the limit is fetched;
what is large comes in slices and goes to a file, never whole through memory.
"""

import imaplib
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Any, TypeVar

import structlog
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from connector.email.imap_errors import is_refusal, shut, translated
from connector.email.imap_login import log_in
from connector.email.imap_messages import SEARCH_UIDS, Ask, Limits, Messages, search
from connector.email.imap_place import place_of
from connector.email.imap_search import mentioning, newest_headers
from connector.email.login_pause import LoginPause
from connector.email.security import (
    AccessToken,
    Secret,
    Security,
    require_protection,
    reveal,
    tls_context,
)
from domain.errors import PeerUnavailable
from domain.ids import MessageId
from domain.mail import MailArrival, MailCursor, MailPosition

log = structlog.get_logger(__name__)

T = TypeVar("T")

_INBOX = "INBOX"
"""The one mailbox that every account has (RFC 9051 section 5.1)."""

MESSAGE_OCTETS = 30 * 1024 * 1024
# A line is probed after so much silence, and given up when it stays mute: within a minute in all.
KEEPALIVE_SECONDS = 20
KEEPALIVE_PROBES = 3
KEEPALIVE_INTERVAL = 10


@dataclass(frozen=True, slots=True)
class _Mark:
    """What a mailbox was like when nothing lay above ``last``.

    Nothing has come since if it is the same: a new message takes UIDNEXT and moves it (RFC 9051
    section 2.3.1.1), and moves HIGHESTMODSEQ where the server counts (RFC 7162 section 3.1.2.1).
    """

    last: int
    uid_validity: int
    uid_next: int
    """0 when the server does not say; it need not."""
    mod_sequence: int
    """0 when the server does not count for this mailbox (NOMODSEQ) or not at all."""


class ImapMailbox:
    """Mailbox over one IMAP account; safe to share between threads.

    ``token`` logs in by OAuth 2.0 instead of the password.
    ``timeout`` is in seconds and counts for connecting and for every read.
    ``max_message_octets`` limits one message, ``batch`` the messages of one fetch. ``spool`` is the
    folder that large messages pass through; it should lie on a disk, None is the system's own.
    """

    def __init__(
        self,
        account: str,
        host: str,
        port: int,
        *,
        security: Security = "tls",
        username: str,
        password: Secret = "",
        token: AccessToken | None = None,
        ca_file: Path | None = None,
        timeout: float = 30.0,
        max_message_octets: int = MESSAGE_OCTETS,
        batch: int = 500,
        allow_plaintext: bool = False,
        spool: Path | None = None,
    ) -> None:
        require_protection(host, security, allow_plaintext=allow_plaintext)
        self._account = account
        self._host = host
        self._port = port
        self._security = security
        self._tls = None if security == "none" else tls_context(ca_file)
        self._username = username
        self._password = password
        self._token = token
        self._pause = LoginPause()
        self._timeout = timeout
        self._limits = Limits(max_message_octets, batch)
        self._peer = f"IMAP server {host}:{port}"
        self._lock = RLock()
        # imapclient ships no types.
        self._client: Any = None
        self._mailbox = ""
        self._uid_validity = 0
        self._uid_next = 0
        self._mod_sequence = 0
        self._spool = spool
        self._marks: dict[str, _Mark] = {}
        self._tries: dict[tuple[str, int, int], int] = {}

    def __repr__(self) -> str:
        return f"ImapMailbox({self._account!r}, {self._host!r}, {self._port})"

    def __enter__(self) -> "ImapMailbox":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def account(self) -> str:
        """Name of the account in the configuration; used in event sources and in logs."""
        return self._account

    def arrivals(self, mailbox: str, after: MailCursor | None) -> Iterator[MailArrival]:
        """Yield messages above ``after`` in UID order; everything when UIDVALIDITY has changed.

        The end is fixed at the first step: what arrives meanwhile comes with the next call. A
        message that the server lists and does not give is yielded with its header only, if that.
        """
        validity, uids = self._call(mailbox, lambda _: self._above(mailbox, after), fresh=True)
        yield from self._messages(mailbox, validity).all(uids)

    def message(self, mailbox: str, position: MailPosition) -> MailArrival | None:
        """Return the message at a place, or None when it lies there no more."""
        place = place_of(position)
        if place is None or self.check(mailbox) != place[0]:
            return None
        return self._messages(mailbox, place[0]).alone(place[1])

    def contains(self, mailbox: str, message_id: MessageId) -> bool:
        """Tell whether a message with this Message-ID lies in the mailbox."""
        criteria = ["HEADER", "Message-ID", message_id]
        return bool(self._call(mailbox, lambda client: client.search(criteria), fresh=True))

    def mentioning(self, mailbox: str, word: str) -> list[bytes]:
        """Return the beginnings of the messages in which a word stands; see ``MailSearch``."""
        return self._search(mailbox, lambda client: mentioning(client, word))

    def newest_headers(self, mailbox: str, most: int) -> list[bytes]:
        """Return the headers of the messages that came last; see ``MailSearch``."""
        return self._search(mailbox, lambda client: newest_headers(client, self._uid_next, most))

    def _search(self, mailbox: str, search: Callable[[Any], list[bytes]]) -> list[bytes]:
        if not self._call(_INBOX, lambda client: client.folder_exists(mailbox), fresh=True):
            return []
        return self._call(mailbox, search, fresh=True)

    def check(self, mailbox: str) -> int:
        """Connect, log in and open a mailbox; return its UIDVALIDITY; raises as ``arrivals``."""
        return self._call(mailbox, lambda _: self._uid_validity, fresh=True)

    def close(self) -> None:
        """Log out and release the connection; reading again opens a new one."""
        with self._lock:
            client, self._client = self._client, None
            if client is not None:
                with suppress(IMAPClientError, OSError):
                    client.logout()
                shut(client)

    def _messages(self, mailbox: str, validity: int) -> Messages:
        return Messages(
            partial(self._in, mailbox, validity),
            mailbox,
            validity,
            account=self._account,
            limits=self._limits,
            spool=self._spool,
            tries=self._tries,
        )

    def _above(self, mailbox: str, after: MailCursor | None) -> tuple[int, list[int]]:
        last = self._last_known(mailbox, after)
        mark = _Mark(last, self._uid_validity, self._uid_next, self._mod_sequence)
        counted = self._uid_next or self._mod_sequence
        if self._uid_next == last + 1 or (counted and self._marks.get(mailbox) == mark):
            return self._uid_validity, []
        found = self._search_above(last)
        if not found:
            self._marks[mailbox] = mark
        return self._uid_validity, found

    def _last_known(self, mailbox: str, after: MailCursor | None) -> int:
        """Return the UID up to which nothing is asked for; 0 for everything."""
        place = place_of(after)
        if place is None or place[0] != self._uid_validity:
            return 0
        if 0 < self._uid_next <= place[1]:
            # UIDNEXT never falls while UIDVALIDITY stays: the mailbox was restored or made anew by
            # a server that does not say so, and UIDs that we know stand for other messages now.
            log.warning("mailbox_went_back", account=self._account, mailbox=mailbox)
            return 0
        return place[1]

    def _search_above(self, last: int) -> list[int]:
        found: set[int] = set()
        start = last + 1
        while start + SEARCH_UIDS < self._uid_next:
            found.update(search(self._client, f"{start}:{start + SEARCH_UIDS - 1}"))
            start += SEARCH_UIDS
        # "n:*" also means the last message when its UID is under n (RFC 3501 section 6.4.8).
        found.update(search(self._client, f"{start}:*"))
        return sorted(uid for uid in found if uid > last)

    def _in(self, mailbox: str, validity: int, ask: Ask[T], *, fresh: bool = False) -> T:
        """Ask within a mailbox that must not have been renumbered since the UIDs were learnt."""
        with self._lock:
            answer = self._call(mailbox, ask, fresh=fresh)
            if self._uid_validity != validity:
                raise PeerUnavailable(self._peer, "the mailbox was renumbered while it was read")
            return answer

    def _call(self, mailbox: str, ask: Ask[T], *, fresh: bool = False) -> T:
        """Ask one question with the mailbox open, on a new connection if the old one was cut.

        ``fresh`` opens the mailbox anew, so that the server shows what has arrived.
        """
        with self._lock, translated(self._peer):
            if self._client is not None:
                try:
                    return self._ask(mailbox, ask, fresh=fresh)
                except TimeoutError:
                    # A server that hangs would be waited for twice, and all mail with it.
                    raise
                except (imaplib.IMAP4.abort, OSError):
                    pass
            if self._client is None:
                self._connect()
            return self._ask(mailbox, ask, fresh=fresh)

    def _ask(self, mailbox: str, ask: Ask[T], *, fresh: bool) -> T:
        try:
            self._open(mailbox, fresh=fresh)
            return ask(self._client)
        except BaseException as error:
            if not is_refusal(error):
                self._drop()
            raise

    def _open(self, mailbox: str, *, fresh: bool) -> None:
        """EXAMINE the mailbox: read-only, so that nothing can be marked as seen."""
        if fresh or mailbox != self._mailbox:
            self._mailbox = ""
            answer = self._client.select_folder(mailbox, readonly=True)
            self._uid_validity = int(answer[b"UIDVALIDITY"])
            self._uid_next = int(answer.get(b"UIDNEXT", 0))
            self._mod_sequence = int(answer.get(b"HIGHESTMODSEQ", 0))
            self._mailbox = mailbox

    def connected(self) -> Any:
        """Return a further connection of this account, logged in; raises what imapclient raises.

        After a refused login no server is asked for a while, which grows with every refusal.
        """
        secret = "" if self._token else reveal(self._password)
        self._pause.check(secret)
        client = IMAPClient(
            self._host,
            self._port,
            ssl=self._security == "tls",
            ssl_context=self._tls,
            timeout=self._timeout,
        )
        try:
            _tune(client.socket())
            if self._security == "starttls":
                client.starttls(self._tls)
            with self._pause.trying(secret):
                self._log_in(client)
        except BaseException:
            shut(client)
            raise
        return client

    def _connect(self) -> None:
        self._client = self.connected()
        self._mailbox = ""

    def _log_in(self, client: Any) -> None:
        log_in(client, self._username, self._password, self._token)

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            shut(client)


def _tune(line: socket.socket) -> None:
    # Small commands would wait for delayed ACKs; a dead line would never be noticed.
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", KEEPALIVE_SECONDS),
        ("TCP_KEEPINTVL", KEEPALIVE_INTERVAL),
        ("TCP_KEEPCNT", KEEPALIVE_PROBES),
        # Keepalive is silent while octets of ours wait for an answer (RFC 5482), in milliseconds.
        ("TCP_USER_TIMEOUT", 1000 * (KEEPALIVE_SECONDS + KEEPALIVE_PROBES * KEEPALIVE_INTERVAL)),
    ):
        if hasattr(socket, name):
            line.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
