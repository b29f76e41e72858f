"""Reading an Exchange mailbox by Exchange Web Services, without changing anything.

SyncFolderItems with the stored SyncState is the truth: it tells what came into a folder since,
whatever was read, moved or deleted meanwhile. A place in a mailbox is an ItemId, which changes
when the item is moved. Sizes come with the list, so no message over the limit is fetched; Exchange
counts the stored item, which is about as large as its MIME content.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from threading import RLock
from types import TracebackType
from typing import Any

import structlog
from exchangelib import ExtendedProperty, ItemId, Message
from exchangelib.errors import ErrorInvalidSyncStateData
from exchangelib.fields import FieldPath
from exchangelib.services import GetItem, SyncFolderItems
from exchangelib.services.common import EWSService

from connector.email.exchange_client import ExchangeClient, ExchangeServer
from connector.email.exchange_folders import folder_named
from domain.errors import PeerRefused, PeerUnavailable
from domain.ids import MessageId
from domain.mail import MailArrival, MailCursor, MailPosition

log = structlog.get_logger(__name__)

MESSAGE_OCTETS = 30 * 1024 * 1024
BATCH = 250
"""Changes in one answer; Exchange gives 512 at most."""
# Messages that are fetched with one request.
_TOGETHER = 50
# Reads of a folder before a message whose request fails every time is passed over.
TRIES = 5

_NO_SUCH = frozenset(
    {
        "ErrorItemNotFound",
        "ErrorInvalidId",
        "ErrorInvalidIdEmpty",
        "ErrorInvalidIdMalformed",
        "ErrorInvalidIdStoreObjectIdTooLong",
    }
)
_CREATED = "create"


class _TransportHeaders(ExtendedProperty):  # type: ignore[misc]  # the library ships no types
    """PidTagTransportMessageHeaders: the header as it came (MS-OXOMSG section 2.2.3.2)."""

    property_tag = 0x007D
    property_type = "String"


# Names a property for every account of the process; it holds nothing of any of them.
Message.register("dondoc_transport_headers", _TransportHeaders)


class _Sync(SyncFolderItems):  # type: ignore[misc]  # the library ships no types
    """Reads an error first: it may come without the SyncState that the library looks for."""

    def _get_element_container(self, message: Any, name: Any = None) -> Any:
        if message.get("ResponseClass") != "Success":
            return EWSService._get_element_container(self, message, name)
        return super()._get_element_container(message, name)


@dataclass(frozen=True, slots=True)
class _Listed:
    """A message as the list has it: its ItemId and its size in octets, 0 when it is not told."""

    id: str
    size: int = 0


@dataclass(frozen=True, slots=True)
class _Batch:
    """What came with one answer, and the SyncState after it."""

    messages: tuple[_Listed, ...]
    state: MailCursor


class ExchangeMailbox:
    """Mailbox over one account of an Exchange server; safe to share between threads.

    ``max_message_octets`` limits one message and also one fetch of several.
    """

    def __init__(
        self,
        account: str,
        server: ExchangeServer,
        *,
        max_message_octets: int = MESSAGE_OCTETS,
        batch: int = BATCH,
    ) -> None:
        self._account = account
        self._client = ExchangeClient(server)
        self._max_octets = max_message_octets
        self._batch = batch
        self._lock = RLock()
        self._ahead: dict[str, tuple[MailCursor | None, MailCursor]] = {}
        self._tries: dict[str, int] = {}

    def __enter__(self) -> "ExchangeMailbox":
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
        """Yield what came into a folder since a SyncState; all when the server refuses that.

        The end is fixed at the first step: what arrives meanwhile comes with the next call. The
        last message of each answer carries the SyncState after it.
        """
        for batch in self._listed(mailbox, after):
            yield from _with_cursor(self._whole(mailbox, batch.messages), batch.state)

    def message(self, mailbox: str, position: MailPosition) -> MailArrival | None:
        """Return the message with an ItemId, or None when there is none any more."""
        if not position:
            return None
        try:
            found = self._get([position], "size")[0]
        except PeerRefused as error:
            if error.code in _NO_SUCH:
                return None
            raise
        if isinstance(found, Exception):
            return None
        return next(self._whole(mailbox, [_Listed(position, found.size or 0)]), None)

    def contains(self, mailbox: str, message_id: MessageId) -> bool:
        """Tell whether a message with this Message-ID lies in the folder."""

        def look(account: Any) -> bool:
            found = folder_named(account, mailbox).filter(message_id=message_id)
            return any(True for _ in found.only("message_id"))

        return self._client.ask(look)

    def check(self, mailbox: str) -> str:
        """Connect, log in and find a folder; return its displayed name; raises as ``arrivals``."""
        return self._client.ask(lambda account: str(folder_named(account, mailbox).name))

    def close(self) -> None:
        """Release the connection; reading again opens a new one."""
        self._client.close()

    def _listed(self, mailbox: str, after: MailCursor | None) -> list[_Batch]:
        """List all that is new; what brought no message is skipped by this process from now on."""
        with self._lock:
            known, ahead = self._ahead.get(mailbox, (None, None))
        start = ahead if ahead and known == after else after
        batches = self._client.ask(lambda account: self._batches(account, mailbox, start))
        new = [batch for batch in batches if batch.messages]
        if not new:
            with self._lock:
                self._ahead[mailbox] = (after, batches[-1].state)
        return new

    def _batches(self, account: Any, mailbox: str, start: MailCursor | None) -> list[_Batch]:
        folder = folder_named(account, mailbox)
        batches: list[_Batch] = []
        state, anew = start, False
        while True:
            service = _Sync(account=account)
            try:
                changes = self._changes(service, folder, state)
            except ErrorInvalidSyncStateData:
                if state is None or anew:
                    raise
                log.warning("mailbox_read_anew", account=self._account, mailbox=mailbox)
                batches, state, anew = [], None, True
                continue
            reached = MailCursor(service.sync_state)
            batches.append(_Batch(changes, reached))
            # Some servers say there is more and give the same state again.
            if service.includes_last_item_in_range or reached == state:
                return batches
            state = reached

    def _changes(self, service: Any, folder: Any, state: MailCursor | None) -> tuple[_Listed, ...]:
        changes = service.call(
            folder=folder,
            shape="IdOnly",
            additional_fields=_fields("size", "datetime_received"),
            sync_state=state,
            ignore=None,
            max_changes_returned=self._batch,
            sync_scope="NormalItems",
        )
        items = [item for kind, item in changes if kind == _CREATED]
        # The server's order is not documented; among equal times it stays.
        items.sort(key=lambda item: str(item.datetime_received or ""))
        return tuple(_Listed(item.id, item.size or 0) for item in items)

    def _whole(self, mailbox: str, listed: Sequence[_Listed]) -> Iterator[MailArrival]:
        for group in self._groups(listed):
            raw = self._together(group) if group[0].size <= self._max_octets else {}
            for one in group:
                if one.id in raw:
                    yield self._arrival(mailbox, one, raw[one.id])
                elif (alone := self._alone(mailbox, one)) is not None:
                    yield alone

    def _groups(self, listed: Iterable[_Listed]) -> Iterator[list[_Listed]]:
        """Split a batch so that one fetch stays under the limit; what is over it stands alone."""
        group: list[_Listed] = []
        octets = 0
        for one in listed:
            if group and (octets + one.size > self._max_octets or len(group) == _TOGETHER):
                yield group
                group, octets = [], 0
            group.append(one)
            octets += one.size
        if group:
            yield group

    def _together(self, group: Sequence[_Listed]) -> dict[str, bytes]:
        """Fetch several messages; what is not given whole is asked for alone."""
        try:
            items = self._get([one.id for one in group], "mime_content")
        except (PeerRefused, PeerUnavailable):
            return {}
        return {
            one.id: item.mime_content
            for one, item in zip(group, items, strict=True)
            if not isinstance(item, Exception) and item.mime_content
        }

    def _alone(self, mailbox: str, one: _Listed) -> MailArrival | None:
        """Return one message, or None when it is gone; raises ``PeerUnavailable`` at first.

        A server may fail at a damaged message each time, so it is given up after a while.
        """
        if one.size > self._max_octets:
            return self._header_only(mailbox, one)
        try:
            (item,) = self._get([one.id], "mime_content")
        except PeerRefused as error:
            item = error
        except PeerUnavailable as error:
            self._tries[one.id] = self._tries.get(one.id, 0) + 1
            if self._tries[one.id] < TRIES:
                raise
            item = error
        if _is_gone(item):
            return None
        if isinstance(item, Exception) or not item.mime_content:
            log.warning("message_not_given", account=self._account, mailbox=mailbox)
            return self._header_only(mailbox, one)
        self._tries.pop(one.id, None)
        return self._arrival(mailbox, one, item.mime_content)

    def _header_only(self, mailbox: str, one: _Listed) -> MailArrival | None:
        header = b""
        with suppress(PeerRefused, PeerUnavailable):
            (item,) = self._get([one.id], "dondoc_transport_headers")
            if _is_gone(item):
                return None
            text = getattr(item, "dondoc_transport_headers", None) or ""
            header = _header_block(text.encode())
        size = max(one.size, len(header) + 1)
        return MailArrival(
            mailbox=mailbox, position=MailPosition(one.id), cursor=None, raw=header, oversize=size
        )

    def _arrival(self, mailbox: str, one: _Listed, raw: bytes) -> MailArrival:
        over = len(raw) > self._max_octets
        return MailArrival(
            mailbox=mailbox,
            position=MailPosition(one.id),
            cursor=None,
            raw=_header_block(raw) if over else raw,
            oversize=len(raw) if over else None,
        )

    def _get(self, ids: Sequence[str], field: str) -> list[Any]:
        """Return each item, or the error that stands in its place."""

        def get(account: Any) -> list[Any]:
            service = GetItem(account=account)
            wanted = [ItemId(id=one) for one in ids]
            return list(
                service.call(items=wanted, additional_fields=_fields(field), shape="IdOnly")
            )

        return self._client.ask(get)


def _fields(*names: str) -> set[Any]:
    return {FieldPath(field=Message.get_field_by_fieldname(name)) for name in names}


def _is_gone(found: object) -> bool:
    code = found.code if isinstance(found, PeerRefused) else type(found).__name__
    return code in _NO_SUCH


def _with_cursor(arrivals: Iterable[MailArrival], state: MailCursor) -> Iterator[MailArrival]:
    """Give the last of the messages that are still there the SyncState after all of them."""
    held: MailArrival | None = None
    for arrival in arrivals:
        if held is not None:
            yield held
        held = arrival
    if held is not None:
        yield replace(held, cursor=state)


def _header_block(octets: bytes) -> bytes:
    """Return a header with the empty line that ends it; XML has made its line ends LF."""
    head = octets.partition(b"\r\n\r\n")[0].partition(b"\n\n")[0].strip()
    return b"\r\n".join([*head.splitlines(), b"", b""]) if head else b""
