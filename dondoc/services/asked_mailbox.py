"""A mailbox that notes since when its server owes an answer, for the sign of life.

The daemon waits in the call itself: only what was said before it began can tell of a server that
hangs. Being refused is an answer.
"""

from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from domain.errors import PeerUnavailable
from domain.ids import MessageId
from domain.mail import MailArrival, MailCursor, MailPosition
from domain.ports import Mailbox, MailSearch
from dondoc.app import App, Inbox


class AskedMailbox:
    """Implements ``domain.ports.Mailbox`` over another one.

    ``unanswered`` has the folders that did not answer, each with the instant at which it was first
    asked; ``told`` is called when one is asked or has answered.
    """

    def __init__(
        self,
        mailbox: Mailbox,
        unanswered: MutableMapping[str, datetime],
        now: Callable[[], datetime],
        told: Callable[[], object],
    ) -> None:
        self._mailbox = mailbox
        self._unanswered = unanswered
        self._now = now
        self._told = told

    @property
    def account(self) -> str:
        """Return the name of the account."""
        return self._mailbox.account

    def arrivals(self, mailbox: str, after: MailCursor | None) -> Iterator[MailArrival]:
        """Yield what arrived; see ``Mailbox``."""
        arrivals = iter(self._mailbox.arrivals(mailbox, after))
        with self._asking(mailbox):
            arrival = next(arrivals, None)
        while arrival is not None:
            yield arrival
            with self._waiting(mailbox):
                arrival = next(arrivals, None)

    def message(self, mailbox: str, position: MailPosition) -> MailArrival | None:
        """Return the message at a place; see ``Mailbox``."""
        with self._asking(mailbox):
            return self._mailbox.message(mailbox, position)

    def contains(self, mailbox: str, message_id: MessageId) -> bool:
        """Tell whether a message lies there; see ``Mailbox``."""
        with self._asking(mailbox):
            return self._mailbox.contains(mailbox, message_id)

    def mentioning(self, mailbox: str, word: str) -> list[bytes]:
        """Return the messages with a word; none where a mailbox cannot be searched."""
        if not isinstance(self._mailbox, MailSearch):
            return []
        with self._asking(mailbox):
            return self._mailbox.mentioning(mailbox, word)

    def newest_headers(self, mailbox: str, most: int) -> list[bytes]:
        """Return the headers that came last; none where a mailbox cannot be searched."""
        if not isinstance(self._mailbox, MailSearch):
            return []
        with self._asking(mailbox):
            return self._mailbox.newest_headers(mailbox, most)

    @contextmanager
    def _asking(self, mailbox: str) -> Iterator[None]:
        try:
            with self._waiting(mailbox):
                yield
        finally:
            self._told()

    @contextmanager
    def _waiting(self, mailbox: str) -> Iterator[None]:
        self._unanswered.setdefault(mailbox, self._now())
        self._told()
        try:
            yield
        except PeerUnavailable:
            raise
        except BaseException:
            self._unanswered.pop(mailbox, None)
            raise
        self._unanswered.pop(mailbox, None)


def asked(app: App, now: Callable[[], datetime], told: Callable[[], object]) -> App:
    """Return an application whose mailboxes note what they are asked."""

    def noting(inbox: Inbox) -> Inbox:
        return replace(inbox, mailbox=AskedMailbox(inbox.mailbox, inbox.unanswered, now, told))

    mail = app.mail and replace(app.mail, inbox=noting(app.mail.inbox))
    return replace(app, mail=mail, further_inboxes=tuple(map(noting, app.further_inboxes)))
