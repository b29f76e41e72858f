"""Notifications: Subscribe, GetEvents, Unsubscribe and the stream of GetStreamingEvents.

Subscriptions live in memory, as those of Exchange end with its process.
"""

import base64
import binascii
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dondoc.simulators.exchange.delivery import xml_time
from dondoc.simulators.exchange.ids import change_key, folder_id, item_id
from dondoc.simulators.exchange.session import Session
from dondoc.simulators.exchange.soap import (
    Element,
    EwsError,
    child,
    children,
    envelope,
    error_message,
    m,
    response,
    response_message,
    t,
    text_of,
)
from dondoc.simulators.exchange.store import ChangeRow, FolderRow

_KINDS = {
    "create": "CreatedEvent",
    "update": "ModifiedEvent",
    "read": "ModifiedEvent",
    "delete": "DeletedEvent",
}


@dataclass(slots=True, kw_only=True)
class Subscription:
    """What one client wants to hear of; ``position`` is how far it heard."""

    identifier: str
    mailbox: int
    folders: frozenset[int] | None
    kinds: frozenset[str]
    position: int


class Subscriptions:
    """All subscriptions of the running server; safe to share between threads."""

    def __init__(self, heartbeat: float) -> None:
        """Start with none; ``heartbeat`` is the longest silence of a stream, in seconds."""
        self._heartbeat = heartbeat
        self._known: dict[str, Subscription] = {}
        self._lock = threading.Lock()

    def clear(self) -> None:
        """Forget all, as a restart does."""
        with self._lock:
            self._known.clear()

    def subscribe(self, session: Session, request: Element) -> list[Element]:
        """Answer Subscribe."""
        asked = next(children(request))
        pull = "Pull" in str(asked.tag)
        try:
            subscription = self._made(session, asked)
        except EwsError as error:
            return [error_message("Subscribe", error)]
        with self._lock:
            self._known[subscription.identifier] = subscription
        content = [m("SubscriptionId", subscription.identifier)]
        if pull:
            content.append(m("Watermark", _watermark(subscription.position)))
        return [response_message("Subscribe", *content)]

    def unsubscribe(self, _: Session, request: Element) -> list[Element]:
        """Answer Unsubscribe."""
        with self._lock:
            gone = self._known.pop(text_of(request, "SubscriptionId"), None)
        if gone is None:
            return [error_message("Unsubscribe", _unknown())]
        return [response_message("Unsubscribe")]

    def get_events(self, session: Session, request: Element) -> list[Element]:
        """Answer GetEvents: what happened since a watermark."""
        try:
            subscription = self._find(session, text_of(request, "SubscriptionId"))
            subscription.position = _position(text_of(request, "Watermark"))
        except EwsError as error:
            return [error_message("GetEvents", error)]
        previous = _watermark(subscription.position)
        events = self._events(session, subscription, watermarks=True)
        if not events:
            events = [t("StatusEvent", t("Watermark", _watermark(subscription.position)))]
        return [
            response_message(
                "GetEvents",
                m(
                    "Notification",
                    t("SubscriptionId", subscription.identifier),
                    t("PreviousWatermark", previous),
                    t("MoreEvents", "false"),
                    *events,
                ),
            )
        ]

    def stream(
        self, session: Session, request: Element, stopped: Callable[[], bool]
    ) -> Iterator[bytes]:
        """Yield whole SOAP documents: one now, one for each event or silence, one at the end."""
        named = child(request, "SubscriptionIds")
        wanted = [] if named is None else [one.text or "" for one in children(named)]
        minutes = float(text_of(request, "ConnectionTimeout", "30"))
        try:
            subscriptions = [self._find(session, one) for one in wanted]
        except EwsError as error:
            failed = m("ErrorSubscriptionIds", *(t("SubscriptionId", one) for one in wanted))
            status = m("ConnectionStatus", "Closed")
            yield _document(error_message("GetStreamingEvents", error, failed, status))
            return
        end = time.monotonic() + minutes * 60
        yield _document(response_message("GetStreamingEvents", m("ConnectionStatus", "OK")))
        while (left := end - time.monotonic()) > 0 and not stopped():
            told = [
                notification
                for one in subscriptions
                if (notification := self._notification(session, one)) is not None
            ]
            if told:
                yield _document(response_message("GetStreamingEvents", m("Notifications", *told)))
                continue
            if not self._wait(session, subscriptions, min(left, self._heartbeat)):
                yield _document(response_message("GetStreamingEvents", m("ConnectionStatus", "OK")))
        yield _document(response_message("GetStreamingEvents", m("ConnectionStatus", "Closed")))

    def _wait(self, session: Session, waiting: list[Subscription], seconds: float) -> bool:
        store = session.store
        with store.changed:
            return store.changed.wait_for(
                lambda: any(store.last_change() > one.position for one in waiting), seconds
            )

    def _made(self, session: Session, asked: Element) -> Subscription:
        named, types = child(asked, "FolderIds"), child(asked, "EventTypes")
        folders = None
        if named is not None:
            folders = frozenset(session.folder(one).id for one in children(named))
        watermark = text_of(asked, "Watermark")
        return Subscription(
            identifier=secrets.token_hex(16),
            mailbox=session.mailbox.id,
            folders=folders,
            kinds=frozenset(one.text or "" for one in children(types))
            if types is not None
            else frozenset(),
            position=_position(watermark) if watermark else session.store.last_change(),
        )

    def _find(self, session: Session, identifier: str) -> Subscription:
        with self._lock:
            found = self._known.get(identifier)
        if found is None:
            raise _unknown()
        if found.mailbox != session.mailbox.id:
            raise EwsError("ErrorSubscriptionAccessDenied", "The subscription is another user's.")
        return found

    def _notification(self, session: Session, subscription: Subscription) -> Element | None:
        events = self._events(session, subscription, watermarks=False)
        if not events:
            return None
        return t("Notification", t("SubscriptionId", subscription.identifier), *events)

    def _events(
        self, session: Session, subscription: Subscription, *, watermarks: bool
    ) -> list[Element]:
        end = session.store.last_change()
        events: list[Element] = []
        for row in self._rows(session, subscription):
            for kind in _kinds(session, row):
                if kind in subscription.kinds:
                    events.append(_event(session, row, kind, watermark=watermarks))
        subscription.position = max(end, subscription.position)
        return events

    def _rows(self, session: Session, subscription: Subscription) -> list[ChangeRow]:
        folders = subscription.folders
        if folders is None:
            folders = frozenset(folder.id for folder in _all_folders(session))
        rows = []
        for number in folders:
            folder = session.store.folder(number)
            if folder is not None:
                rows += session.store.changes(folder, subscription.position)
        return sorted(rows, key=lambda row: row.sequence)


def _all_folders(session: Session) -> list[FolderRow]:
    found = [session.known("root")]
    for folder in found:
        found += session.store.subfolders(folder)
    return found


def _kinds(session: Session, row: ChangeRow) -> list[str]:
    kinds = [_KINDS[row.kind]]
    item = session.store.item(row.item)
    if row.kind == "create" and item is not None and not item.is_draft:
        kinds.append("NewMailEvent")
    return kinds


def _event(session: Session, row: ChangeRow, kind: str, *, watermark: bool) -> Element:
    item = session.store.item(row.item)
    version = item.version if item else 1
    return t(
        kind,
        t("Watermark", _watermark(row.sequence)) if watermark else None,
        t("TimeStamp", xml_time(session.now())),
        t("ItemId", Id=item_id(session.mailbox, row.item), ChangeKey=change_key(version)),
        t("ParentFolderId", Id=folder_id(session.mailbox, row.folder), ChangeKey=change_key(1)),
    )


def _document(message: Element) -> bytes:
    return envelope(response("GetStreamingEvents", [message]))


def _watermark(position: int) -> str:
    return base64.b64encode(f"W:{position}".encode()).decode()


def _position(watermark: str) -> int:
    try:
        kind, _, number = base64.b64decode(watermark, validate=True).decode().partition(":")
        if kind == "W":
            return int(number)
    except (binascii.Error, ValueError):
        pass
    raise EwsError("ErrorInvalidWatermark", "The watermark is invalid.")


def _unknown() -> EwsError:
    return EwsError("ErrorSubscriptionNotFound", "The specified subscription was not found.")
