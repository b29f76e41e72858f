"""Sending through an Exchange mailbox: a draft under our own id is saved, then that draft is sent.

So it can always be found out what became of a letter: a draft that is still there was not sent,
one that has gone and lies among the sent items was. The own copy is the one among the sent items.
A draft that is saved late, when its letter has gone out as another one, is deleted: no person is to
send it once more.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from threading import Lock
from time import monotonic
from types import TracebackType
from typing import Any

import structlog
from exchangelib import ExtendedProperty, FolderCollection, Mailbox, Message

from connector.email.exchange_client import AnswerLost, ExchangeClient, ExchangeServer
from connector.email.exchange_letter import Letter, to_letter
from domain.content import Content, whole
from domain.errors import ConfigError, DeliveryUnknown, PeerRefused, PeerUnavailable
from domain.ids import Address, MessageId
from domain.mail import Acceptance, Envelope, Trace

log = structlog.get_logger(__name__)

_DRAFT_ANSWER = "sent by Exchange; its copy is among the sent items"
LATE_SECONDS = 600.0
"""After which a server has carried out, or dropped, a request that it never answered."""

_SENT_BEFORE = "an earlier attempt sent it: its copy is among the sent items"

# They blame our own account, the server's state or our draft: no letter's fault, so it waits.
_NO_LETTER = frozenset(
    {
        "401",
        "ErrorAccessDenied",
        "ErrorSendAsDenied",
        "ErrorNonExistentMailbox",
        "ErrorFolderNotFound",
        "ErrorStaleObject",
        "ErrorIrresolvableConflict",
    }
)


class _LetterDigest(ExtendedProperty):  # type: ignore[misc]  # the library ships no types
    """Which letter and receivers a draft was made for."""

    distinguished_property_set_id = "PublicStrings"
    property_name = "DondocLetter"
    property_type = "String"


# Names a property for every account of the process; it holds nothing of any of them.
Message.register("dondoc_letter", _LetterDigest)


@dataclass(frozen=True, slots=True)
class _Found:
    """What a mailbox holds under one Message-ID."""

    drafts: Sequence[Any]
    sent: bool


_NOTHING = _Found((), sent=False)


class ExchangeTransport:
    """MailTransport over one Exchange mailbox; safe to share between threads, one letter at a time.

    ``redirect_all`` sends everything to one address instead (rehearsal). ``late`` is in seconds:
    how long after an unanswered saving a second draft is looked for.
    """

    def __init__(
        self,
        server: ExchangeServer,
        *,
        redirect_all: Address | None = None,
        late: float = LATE_SECONDS,
    ) -> None:
        self._client = ExchangeClient(server)
        self._peer = server.peer
        self._redirect_all = redirect_all
        self._late = late
        self._lock = Lock()
        self._unanswered: dict[MessageId, float] = {}
        """Letters of which a draft may be saved late, by when that was asked for."""

    def __enter__(self) -> "ExchangeTransport":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def send(self, envelope: Envelope, message: Content | bytes) -> Acceptance:
        """Hand over one whole RFC 5322 message to the mailbox's server.

        Nothing of the envelope travels but its recipients: its sender is the mailbox, and there is
        no envelope id. A Message-ID that lies among the sent items is not sent again. Raises
        ``PeerRefused`` when the message is refused for good, ``PeerUnavailable`` when it was not
        sent and may be tried later, ``DeliveryUnknown`` when no answer to the sending came.
        """
        octets = message if isinstance(message, bytes) else whole(message)
        letter = to_letter(self._peer, envelope, octets, redirect_all=self._redirect_all)
        with self._lock:
            # Without a Message-ID nothing can be found again; every letter of ours has one.
            named = bool(letter.message_id)
            found = self._later(lambda: self._find(letter.message_id)) if named else _NOTHING
            if found.sent:
                self._forget(found.drafts)
                return Acceptance(answer=_SENT_BEFORE)
            draft = self._later(lambda: self._draft(letter, found.drafts))
            self._send(draft)
            self._forget_late()
        return Acceptance(answer=_DRAFT_ANSWER)

    def trace(self, message_id: MessageId) -> Trace:
        """Tell what became of the letter with this Message-ID; raises as a look at a mailbox."""
        with self._lock:
            found = self._find(message_id)
        if found.sent:
            return Trace.SENT
        return Trace.NOT_SENT if found.drafts else Trace.UNKNOWN

    def check(self) -> None:
        """Connect, log in and find the folders of drafts and of sent items."""
        with self._lock:
            self._client.ask(_folders)

    def close(self) -> None:
        """Release the connection; sending again opens a new one."""
        self._client.close()

    def _find(self, message_id: MessageId) -> _Found:
        """Look among drafts, sent items and what waits to go out, by one request."""

        def look(account: Any) -> _Found:
            folders = _folders(account)
            found = FolderCollection(account=account, folders=folders).filter(message_id=message_id)
            items = list(found.only("changekey", "parent_folder_id", "dondoc_letter"))
            drafts = [item for item in items if item.parent_folder_id.id == account.drafts.id]
            return _Found(drafts, sent=len(drafts) < len(items))

        return self._client.ask(look)

    def _draft(self, letter: Letter, there: Sequence[Any]) -> Any:
        """Return the draft of this letter: the one that is there, or a new one.

        Other drafts under the Message-ID are of another form of the letter and were never sent.
        """
        same = [draft for draft in there if draft.dondoc_letter == letter.digest]
        for draft in there:
            if draft not in same[:1]:
                self._client.ask(partial(_discard, draft=draft))
        if same:
            return same[0]
        try:
            return self._client.ask(lambda account: _save(account, letter), again=False)
        except AnswerLost:
            saved = self._saved_unanswered(letter)
            if saved is None:
                raise
            return saved

    def _saved_unanswered(self, letter: Letter) -> Any:
        """Return the draft that was saved although no answer said so; None where it is not there.

        It may still come, after the next attempt has looked for it and saved another one.
        """
        if not letter.message_id:
            return None
        try:
            drafts = self._find(letter.message_id).drafts
        except (PeerRefused, PeerUnavailable):
            drafts = ()
        saved = next((one for one in drafts if one.dondoc_letter == letter.digest), None)
        if saved is None:
            self._unanswered[letter.message_id] = monotonic()
        return saved

    def _forget_late(self) -> None:
        """Delete the drafts of one letter that were saved after it had gone out as another one.

        It is one letter for each that is sent, so that this never takes long. A letter that was not
        sent keeps its draft: its next attempt uses it.
        """
        if not self._unanswered:
            return
        message_id, asked = next(iter(self._unanswered.items()))
        if monotonic() - asked < self._late:
            return
        del self._unanswered[message_id]
        try:
            found = self._find(message_id)
        except (PeerRefused, PeerUnavailable, ConfigError):
            self._unanswered[message_id] = asked
            return
        if found.sent and found.drafts:
            log.info("late_draft_deleted", message_id=message_id, drafts=len(found.drafts))
            self._forget(found.drafts)

    def _send(self, draft: Any) -> None:
        try:
            self._client.ask(lambda account: _submit(account, draft), again=False)
        except AnswerLost as error:
            raise DeliveryUnknown(
                self._peer, f"no answer to the sending: {error.detail}"
            ) from error
        except PeerRefused as error:
            if error.code == "ErrorItemNotFound":
                # Somebody sent or deleted it meanwhile, perhaps an attempt that was cut off.
                raise DeliveryUnknown(self._peer, "its draft is gone") from error
            if error.code in _NO_LETTER:
                raise PeerUnavailable(self._peer, f"{error.code}: {error.detail}") from error
            self._forget([draft])
            raise

    def _forget(self, drafts: Sequence[Any]) -> None:
        """Delete drafts of a letter that was sent or refused, so that no person sends them."""
        with suppress(PeerRefused, PeerUnavailable, ConfigError):
            for draft in drafts:
                self._client.ask(partial(_discard, draft=draft))

    def _later(self, work: Callable[[], Any]) -> Any:
        """Put a letter off for what is not its own fault; nothing of it was sent so far."""
        try:
            return work()
        except PeerRefused as error:
            if error.code in _NO_LETTER:
                raise PeerUnavailable(self._peer, f"{error.code}: {error.detail}") from error
            raise


def _folders(account: Any) -> list[Any]:
    return [account.drafts, account.sent, account.outbox]


def _save(account: Any, letter: Letter) -> Any:
    draft = Message(
        account=account,
        folder=account.drafts,
        mime_content=letter.mime,
        to_recipients=[Mailbox(email_address=address) for address in letter.to] or None,
        bcc_recipients=[Mailbox(email_address=address) for address in letter.blind] or None,
        is_read_receipt_requested=letter.read_receipt,
        is_delivery_receipt_requested=True,
        dondoc_letter=letter.digest,
    )
    return draft.save()


def _submit(account: Any, draft: Any) -> None:
    draft.account = account
    draft.send(copy_to_folder=account.sent)


def _discard(account: Any, draft: Any) -> None:
    draft.account = account
    draft.delete()
