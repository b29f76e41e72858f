"""IMAP reading (RFC 3501, RFC 9051): messages by UID, without changing anything.

A place in a mailbox is (UIDVALIDITY, UID); flags play no part, so a person who opens the
mailbox hides nothing. Message sizes are asked first, so no message over the limit is fetched.
"""

import imaplib
import re
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Any, TypedDict, TypeVar

import structlog
from imapclient import IMAPClient
from imapclient.exceptions import CapabilityError, IMAPClientError, LoginError

from connector.email.imap_login import log_in
from connector.email.security import (
    AccessToken,
    Secret,
    Security,
    connection_advice,
    require_protection,
    tls_context,
)
from domain.errors import PeerRefused, PeerUnavailable
from domain.ids import MessageId
from domain.mail import MailArrival, MailCursor, MailPosition

log = structlog.get_logger(__name__)

T = TypeVar("T")

MESSAGE_OCTETS = 30 * 1024 * 1024
# Seconds of silence before a dead line is noticed; well under what firewalls allow.
KEEPALIVE_SECONDS = 60
# Reads of a mailbox before the message at which the connection breaks every time is passed over.
TRIES = 5
# imaplib refuses lines over 1,000,000 octets, and a search answers in one line.
SEARCH_UIDS = 80_000
# RFC 5530: the server cannot now; anything else in a NO is a refusal.
_LATER = ("[UNAVAILABLE]", "[INUSE]", "[SERVERBUG]", "[LIMIT]")


_PLACE = re.compile(r"(\d{1,10}):(\d{1,10})", re.ASCII)


class _Placed(TypedDict):
    position: MailPosition
    cursor: MailCursor


class ImapMailbox:
    """Mailbox over one IMAP account; safe to share between threads.

    ``token`` logs in by OAuth 2.0 instead of the password.
    ``timeout`` is in seconds and counts for connecting and for every read.
    ``max_message_octets`` limits one message and also one fetch of ``batch`` messages.
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
        batch: int = 50,
        allow_plaintext: bool = False,
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
        self._timeout = timeout
        self._max_octets = max_message_octets
        self._batch = batch
        self._peer = f"IMAP server {host}:{port}"
        self._lock = RLock()
        # imapclient ships no types.
        self._client: Any = None
        self._mailbox = ""
        self._uid_validity = 0
        self._uid_next = 0
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
        validity, uids = self._call(mailbox, lambda: self._above(after), fresh=True)
        for start in range(0, len(uids), self._batch):
            some = uids[start : start + self._batch]
            sizes = self._together(mailbox, validity, partial(self._sizes, some))
            for group in self._groups(some, sizes):
                yield from self._whole(mailbox, validity, group, sizes)

    def message(self, mailbox: str, position: MailPosition) -> MailArrival | None:
        """Return the message at a place, or None when it lies there no more."""
        place = _place(position)
        if place is None or self.check(mailbox) != place[0]:
            return None
        return self._alone(mailbox, *place)

    def contains(self, mailbox: str, message_id: MessageId) -> bool:
        """Tell whether a message with this Message-ID lies in the mailbox."""
        criteria = ["HEADER", "Message-ID", message_id]
        return bool(self._call(mailbox, lambda: self._client.search(criteria), fresh=True))

    def check(self, mailbox: str) -> int:
        """Connect, log in and open a mailbox; return its UIDVALIDITY; raises as ``arrivals``."""
        return self._call(mailbox, lambda: self._uid_validity, fresh=True)

    def close(self) -> None:
        """Log out and release the connection; reading again opens a new one."""
        with self._lock:
            client, self._client = self._client, None
            if client is not None:
                with suppress(IMAPClientError, OSError):
                    client.logout()
                _shut(client)

    def _above(self, after: MailCursor | None) -> tuple[int, list[int]]:
        validity = self._uid_validity
        place = _place(after)
        last = place[1] if place is not None and place[0] == validity else 0
        found: set[int] = set()
        start = last + 1
        while start + SEARCH_UIDS < self._uid_next:
            found.update(self._search(f"{start}:{start + SEARCH_UIDS - 1}"))
            start += SEARCH_UIDS
        # "n:*" also means the last message when its UID is under n (RFC 3501 section 6.4.8).
        found.update(self._search(f"{start}:*"))
        return validity, sorted(uid for uid in found if uid > last)

    def _search(self, uids: str) -> list[int]:
        return list(self._client.search(["UID", uids]))

    def _sizes(self, uids: Sequence[int]) -> dict[int, int]:
        answer = self._client.fetch(uids, ["RFC822.SIZE"])
        size = b"RFC822.SIZE"
        return {uid: int(item[size]) for uid, item in answer.items() if size in item}

    def _groups(self, uids: Sequence[int], sizes: dict[int, int]) -> Iterator[list[int]]:
        """Split a batch so that one fetch stays under the limit and is all whole or all header.

        What has no size stands by itself.
        """
        group: list[int] = []
        octets = 0
        for uid in uids:
            size = sizes.get(uid, self._max_octets + 1)
            if group and (size > self._max_octets or octets + size > self._max_octets):
                yield group
                group, octets = [], 0
            group.append(uid)
            octets += size
        if group:
            yield group

    def _whole(
        self, mailbox: str, validity: int, uids: list[int], sizes: dict[int, int]
    ) -> Iterator[MailArrival]:
        ask = partial(self._raw, uids, sizes)
        raw = self._together(mailbox, validity, ask) if uids[0] in sizes else {}
        for uid in uids:
            if uid in raw:
                yield self._arrival(mailbox, validity, uid, raw[uid], sizes[uid])
            elif (alone := self._alone(mailbox, validity, uid)) is not None:
                yield alone

    def _together(
        self, mailbox: str, validity: int, ask: Callable[[], dict[int, T]]
    ) -> dict[int, T]:
        """Ask for several messages; where that fails nothing is known, and each is asked alone."""
        try:
            return self._in(mailbox, validity, ask)
        except (PeerRefused, PeerUnavailable):
            return {}

    def _alone(self, mailbox: str, validity: int, uid: int) -> MailArrival | None:
        """Return one message, or None when it was expunged; raises ``PeerUnavailable`` at first.

        Some servers end the connection over a damaged message, so it is given up after a while.
        """
        sizes: dict[int, int] = {}
        raw: dict[int, bytes] = {}
        place = (mailbox, validity, uid)
        try:
            sizes = self._in(mailbox, validity, partial(self._sizes, [uid]))
            if uid in sizes:
                raw = self._in(mailbox, validity, partial(self._raw, [uid], sizes))
        except PeerRefused:
            raw = {}
        except PeerUnavailable:
            self._tries[place] = self._tries.get(place, 0) + 1
            if self._tries[place] < TRIES:
                raise
        if uid not in raw:
            return self._withheld(mailbox, validity, uid, sizes.get(uid, 0))
        self._tries.pop(place, None)
        return self._arrival(mailbox, validity, uid, raw[uid], sizes[uid])

    def _withheld(self, mailbox: str, validity: int, uid: int, size: int) -> MailArrival | None:
        """Return what there is of a message that is listed and not given; None if not listed."""
        listed = partial(self._search, f"{uid}")
        if uid not in self._in(mailbox, validity, listed, fresh=True):
            return None
        log.warning("message_not_given", account=self._account, mailbox=mailbox, uid=uid)
        header = partial(self._raw, [uid], {uid: self._max_octets + 1})
        raw = self._together(mailbox, validity, header).get(uid, b"")
        return MailArrival(
            mailbox=mailbox,
            **_placed(validity, uid),
            raw=raw,
            oversize=max(size, len(raw) + 1),
        )

    def _raw(self, uids: Sequence[int], sizes: dict[int, int]) -> dict[int, bytes]:
        part = "BODY[HEADER]" if sizes[uids[0]] > self._max_octets else "BODY[]"
        answer = self._client.fetch(uids, [part.replace("BODY", "BODY.PEEK")])
        key = part.encode()
        # A message may vanish after its size was asked, and stray FETCH lines carry flags only.
        return {uid: item[key] for uid, item in answer.items() if isinstance(item.get(key), bytes)}

    def _arrival(self, mailbox: str, validity: int, uid: int, raw: bytes, size: int) -> MailArrival:
        return MailArrival(
            mailbox=mailbox,
            **_placed(validity, uid),
            raw=raw,
            oversize=size if size > self._max_octets else None,
        )

    def _in(self, mailbox: str, validity: int, ask: Callable[[], T], *, fresh: bool = False) -> T:
        """Ask within a mailbox that must not have been renumbered since the UIDs were learnt."""
        with self._lock:
            answer = self._call(mailbox, ask, fresh=fresh)
            if self._uid_validity != validity:
                raise PeerUnavailable(self._peer, "the mailbox was renumbered while it was read")
            return answer

    def _call(self, mailbox: str, ask: Callable[[], T], *, fresh: bool = False) -> T:
        """Ask one question with the mailbox open, on a new connection if the old one was cut.

        ``fresh`` opens the mailbox anew, so that the server shows what has arrived.
        """
        with self._lock, self._translated():
            if self._client is not None:
                with suppress(imaplib.IMAP4.abort, OSError):
                    return self._ask(mailbox, ask, fresh=fresh)
            if self._client is None:
                self._connect()
            return self._ask(mailbox, ask, fresh=fresh)

    def _ask(self, mailbox: str, ask: Callable[[], T], *, fresh: bool) -> T:
        try:
            self._open(mailbox, fresh=fresh)
            return ask()
        except BaseException as error:
            if not _is_refusal(error):
                self._drop()
            raise

    def _open(self, mailbox: str, *, fresh: bool) -> None:
        """EXAMINE the mailbox: read-only, so that nothing can be marked as seen."""
        if fresh or mailbox != self._mailbox:
            self._mailbox = ""
            answer = self._client.select_folder(mailbox, readonly=True)
            self._uid_validity = int(answer[b"UIDVALIDITY"])
            self._uid_next = int(answer.get(b"UIDNEXT", 0))
            self._mailbox = mailbox

    def _connect(self) -> None:
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
            self._log_in(client)
        except BaseException:
            _shut(client)
            raise
        self._client = client
        self._mailbox = ""

    def _log_in(self, client: Any) -> None:
        log_in(client, self._username, self._password, self._token)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except imaplib.IMAP4.abort as error:
            raise PeerUnavailable(self._peer, str(error)) from error
        except CapabilityError as error:
            raise PeerUnavailable(self._peer, f"{error}; check port and security") from error
        except LoginError as error:
            if _is_for_later(error):
                raise PeerUnavailable(self._peer, str(error)) from error
            raise PeerRefused(
                self._peer, "NO", "login refused; check user name and password of the account"
            ) from error
        except IMAPClientError as error:
            if not _is_refusal(error):
                raise PeerUnavailable(self._peer, str(error)) from error
            raise PeerRefused(
                self._peer, "NO", f"{error}; check the mailbox name and the account's rights"
            ) from error
        except OSError as error:
            raise PeerUnavailable(self._peer, connection_advice(error)) from error
        except (KeyError, ValueError, TypeError) as error:
            # What imapclient raises for an answer that is no IMAP.
            raise PeerUnavailable(self._peer, "its answer cannot be understood") from error

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            _shut(client)


def _placed(validity: int, uid: int) -> _Placed:
    text = f"{validity}:{uid}"
    return _Placed(position=MailPosition(text), cursor=MailCursor(text))


def _place(text: str | None) -> tuple[int, int] | None:
    """Return UIDVALIDITY and UID; None for what this adapter did not write."""
    found = _PLACE.fullmatch(text or "")
    return (int(found[1]), int(found[2])) if found else None


def _is_for_later(error: BaseException) -> bool:
    return any(code in str(error).upper() for code in _LATER)


def _is_refusal(error: BaseException) -> bool:
    """Tell a tagged NO, which is an answer, from a connection that cannot be trusted any more."""
    return (
        type(error) is imaplib.IMAP4.error and "failed: " in str(error) and not _is_for_later(error)
    )


def _tune(line: socket.socket) -> None:
    # Small commands would wait for delayed ACKs; a dead line would never be noticed.
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_KEEPIDLE"):
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEPALIVE_SECONDS)


def _shut(client: Any) -> None:
    with suppress(OSError, IMAPClientError, AttributeError):
        client.shutdown()
