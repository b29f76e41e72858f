"""Mail that was read is moved to a folder or flagged, on a connection of its own.

It opens mailboxes for writing, which reading never does. MOVE (RFC 6851) where it is offered; else
COPY, ``\\Deleted`` and UID EXPUNGE of just these messages (RFC 4315); a plain EXPUNGE would remove
what others have marked, so where neither is offered messages are flagged only.
"""

import imaplib
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Lock
from typing import Any, TypeVar

from imapclient.exceptions import IMAPClientError

from connector.email.imap_errors import is_refusal, shut, translated
from connector.email.imap_messages import SEARCH_UIDS
from connector.email.imap_place import place_of, placed
from domain.errors import PeerRefused
from domain.mail import MailCursor, MailPosition

T = TypeVar("T")

KEYWORD = "DondocRead"
"""Marks what should have been moved where the server can neither move nor expunge singly."""

_UNSET = {"\\seen": ["UNSEEN"], "\\flagged": ["UNFLAGGED"]}


class ImapFiling:
    """MailFiling over one IMAP account, by ``move`` to a folder or by ``flag``; exactly one.

    ``connect`` gives a connection that is logged in, as ``ImapMailbox.connected``. A folder that is
    not there is made.
    """

    def __init__(
        self,
        account: str,
        connect: Callable[[], Any],
        *,
        move: str | None = None,
        flag: str | None = None,
    ) -> None:
        self._peer = f"IMAP account {account}"
        self._connect = connect
        self._folder = move
        self._flag = flag or KEYWORD
        self._lock = Lock()
        # imapclient ships no types.
        self._client: Any = None

    def unfiled(self, mailbox: str, upto: MailCursor) -> list[MailPosition]:
        """Return what is not filed yet; see ``MailFiling``. Nothing after a renumbering."""
        place = place_of(upto)
        if place is None:
            return []
        validity, last = place

        def ask(client: Any, found: int) -> list[int]:
            return self._left(client, last) if found == validity else []

        return [placed(validity, uid)["position"] for uid in self._ask(mailbox, ask)]

    def headers(self, mailbox: str, positions: Sequence[MailPosition]) -> dict[MailPosition, bytes]:
        """Return headers by place; see ``MailFiling``. None of another numbering."""
        places = {place: position for position in positions if (place := place_of(position))}

        def ask(client: Any, validity: int) -> dict[MailPosition, bytes]:
            uids = [uid for known, uid in places if known == validity]
            answer = client.fetch(uids, ["BODY.PEEK[HEADER]"]) if uids else {}
            return {
                places[validity, uid]: data[b"BODY[HEADER]"] or b""
                for uid, data in answer.items()
                if (validity, uid) in places and b"BODY[HEADER]" in data
            }

        return self._ask(mailbox, ask)

    def file(self, mailbox: str, positions: Sequence[MailPosition]) -> None:
        """Move or flag messages; see ``MailFiling``. Those of another numbering are left alone."""
        places = [place for position in positions if (place := place_of(position))]

        def ask(client: Any, validity: int) -> None:
            if uids := [uid for known, uid in places if known == validity]:
                self._file(client, uids)

        self._ask(mailbox, ask)

    def close(self) -> None:
        """Log out and release the connection; filing again opens a new one."""
        with self._lock:
            client, self._client = self._client, None
            if client is not None:
                with suppress(IMAPClientError, OSError):
                    client.logout()
                shut(client)

    def _left(self, client: Any, last: int) -> list[int]:
        unset = ["UNDELETED"] if self._moves(client) else self._unset()
        found: set[int] = set()
        for start in range(1, last + 1, SEARCH_UIDS):
            end = min(last, start + SEARCH_UIDS - 1)
            found.update(client.search(["UID", f"{start}:{end}", *unset]))
        return sorted(found)

    def _unset(self) -> list[str]:
        return _UNSET.get(self._flag.lower(), ["UNKEYWORD", self._flag])

    def _file(self, client: Any, uids: list[int]) -> None:
        if not self._moves(client):
            client.add_flags(uids, [self._flag], silent=True)
            return
        if not client.folder_exists(self._folder):
            client.create_folder(self._folder)
        if client.has_capability("MOVE"):
            client.move(uids, self._folder)
        else:
            client.copy(uids, self._folder)
            client.add_flags(uids, ["\\Deleted"], silent=True)
            client.uid_expunge(uids)

    def _moves(self, client: Any) -> bool:
        able = client.has_capability("MOVE") or client.has_capability("UIDPLUS")
        return self._folder is not None and bool(able)

    def _ask(self, mailbox: str, ask: Callable[[Any, int], T]) -> T:
        """Ask with the mailbox open for writing, on a new connection if the old one was cut."""
        with self._lock, translated(self._peer):
            if self._client is not None:
                with suppress(imaplib.IMAP4.abort, OSError):
                    return self._tried(mailbox, ask)
            if self._client is None:
                self._client = self._connect()
            return self._tried(mailbox, ask)

    def _tried(self, mailbox: str, ask: Callable[[Any, int], T]) -> T:
        try:
            opened = self._client.select_folder(mailbox)
            self._check(mailbox, opened)
            return ask(self._client, int(opened[b"UIDVALIDITY"]))
        except BaseException as error:
            if not is_refusal(error) and not isinstance(error, PeerRefused):
                client, self._client = self._client, None
                shut(client)
            raise

    def _check(self, mailbox: str, opened: dict[bytes, Any]) -> None:
        """Refuse to flag where flags are forgotten: every message would be flagged every time."""
        if b"READ-ONLY" in opened:
            raise PeerRefused(
                self._peer,
                "READ-ONLY",
                f"{mailbox} may not be changed; give the account the right to, or take "
                "after_reading out",
            )
        # Without the answer all flags are kept (RFC 9051 section 6.3.2).
        kept = opened.get(b"PERMANENTFLAGS", (b"\\*",))
        known = {flag.lower() for flag in kept}
        flags_only = not self._moves(self._client)
        if flags_only and b"\\*" not in known and self._flag.lower().encode() not in known:
            raise PeerRefused(
                self._peer,
                "PERMANENTFLAGS",
                f"{mailbox} does not keep the flag {self._flag}; choose \\Seen or \\Flagged, or "
                "after_reading: {move: FOLDER}",
            )
