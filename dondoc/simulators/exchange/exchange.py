"""The simulated Exchange as a whole: mailboxes, their operations, and the socket they are on."""

import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from dondoc.simulators.exchange import reading, writing
from dondoc.simulators.exchange.delivery import deliver
from dondoc.simulators.exchange.events import Subscriptions
from dondoc.simulators.exchange.faults import Fault, Faults, busy, coded
from dondoc.simulators.exchange.login import SCHEMES, Gate, Scheme
from dondoc.simulators.exchange.server import PATH, Server
from dondoc.simulators.exchange.session import Session
from dondoc.simulators.exchange.soap import (
    Element,
    EwsError,
    Request,
    SoapFault,
    envelope,
    error_message,
    m,
    response,
)
from dondoc.simulators.exchange.store import FolderRow, Store

SIZE_LIMIT = 25 * 1024 * 1024
HEARTBEAT_SECONDS = 30.0

Operation = Callable[[Session, Element], list[Element]]

_OPERATIONS: dict[str, Operation] = {
    "ConvertId": reading.convert_id,
    "GetFolder": reading.get_folder,
    "FindFolder": reading.find_folder,
    "FindItem": reading.find_item,
    "GetItem": reading.get_item,
    "SyncFolderItems": reading.sync_folder_items,
    "CreateItem": writing.create_item,
    "CreateAttachment": writing.create_attachment,
    "SendItem": writing.send_item,
    "UpdateItem": writing.update_item,
    "MoveItem": writing.move_item,
    "DeleteItem": writing.delete_item,
}
OPERATIONS = (*_OPERATIONS, "Subscribe", "GetEvents", "Unsubscribe", "GetStreamingEvents")

# What the message of an error must hold by its type.
_REQUIRED = {
    "GetFolder": ("Folders",),
    "GetItem": ("Items",),
    "CreateItem": ("Items",),
    "UpdateItem": ("Items",),
    "MoveItem": ("Items",),
    "CreateAttachment": ("Attachments",),
}


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Exchange:
    """A running Exchange; use it as a context manager or call ``start`` and ``stop``.

    ``accounts`` maps addresses to passwords, ``tokens`` bearer tokens to addresses. ``requests``
    lists the operations that came, ``documents`` requests and answers where ``keep`` is set.
    Port 0 takes a free one, which stays the same when it is started again.
    """

    def __init__(
        self,
        state: Path,
        accounts: Mapping[str, str],
        *,
        port: int = 0,
        host: str = "127.0.0.1",
        now: Callable[[], datetime] = _utc_now,
        tokens: Mapping[str, str] | None = None,
        schemes: tuple[Scheme, ...] = SCHEMES,
        tls: ssl.SSLContext | None = None,
        size_limit: int = SIZE_LIMIT,
        heartbeat: float = HEARTBEAT_SECONDS,
        keep: bool = False,
    ) -> None:
        self.store = Store(state)
        known = {address.lower(): password for address, password in accounts.items()}
        for address in known:
            self.store.open_mailbox(address)
        self.gate = Gate(state, known, tokens=tokens or {}, schemes=schemes)
        self.faults = Faults(OPERATIONS)
        self.requests: list[str] = []
        self.documents: list[bytes] = []
        self._keep = keep
        self._now = now
        self._size_limit = size_limit
        self._subscriptions = Subscriptions(heartbeat)
        self._address = (host, port)
        self._tls = tls
        self._server: Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The address of the service; its port is known once it was started."""
        host, port = self._address
        return f"{'https' if self._tls else 'http'}://{host}:{port}{PATH}"

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.store.close()

    def start(self) -> Self:
        """Listen; raises ``OSError`` when the port is in use."""
        server = Server(self._address, self)
        self._address = (self._address[0], server.server_address[1])
        if self._tls is not None:
            server.secure(self._tls)
        self._server = server
        self._thread = threading.Thread(
            target=server.serve_forever, args=(0.05,), name="exchange", daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening and cut every connection; stopping twice is harmless."""
        server, self._server = self._server, None
        if server is None or self._thread is None:
            return
        server.stopping.set()
        server.shutdown()
        server.cut()
        server.server_close()
        self._thread.join()
        self._subscriptions.clear()

    def deliver(self, address: str, mime: bytes, *, sender: str = "") -> None:
        """Put a message from outside into a mailbox's inbox; raises KeyError without such."""
        if not deliver(self.store, address, mime, self._now(), sender=sender):
            raise KeyError(address)

    def messages(self, address: str, folder: str = "inbox") -> list[bytes]:
        """Return the messages in a folder by its distinguished name, oldest first."""
        return [item.mime for item in self.store.items(self.folder(address, folder))]

    def folder(self, address: str, name: str) -> FolderRow:
        """Return a folder by its distinguished name; raises KeyError without such."""
        mailbox = self.store.mailbox(address)
        found = self.store.distinguished(mailbox, name) if mailbox else None
        if found is None:
            raise KeyError(f"{address} {name}")
        return found

    def note(self, operation: str, request: bytes, answer: bytes) -> None:
        """Hear of a request or of its answer."""
        if request:
            self.requests.append(operation)
        if self._keep:
            self.documents.append(request or answer)

    def answer(self, owner: str, request: Request, fault: Fault | None) -> bytes | Iterator[bytes]:
        """Return the answer to a request of a mailbox's owner; raises ``SoapFault``."""
        if fault is Fault.BUSY:
            raise busy()
        operation = request.operation
        error = coded(fault)
        if error is not None:
            return envelope(response(operation, [_failed(operation, error)]))
        mailbox = self.store.mailbox(owner)
        if mailbox is None:
            raise SoapFault("ErrorNonExistentMailbox", "No mailbox with such a name exists.")
        session = Session(
            store=self.store, mailbox=mailbox, now=self._now, size_limit=self._size_limit
        )
        if operation == "GetStreamingEvents":
            return self._subscriptions.stream(session, request.body, self._is_stopping)
        return envelope(response(operation, self._found(operation)(session, request.body)))

    def _found(self, operation: str) -> Operation:
        here: dict[str, Operation] = {
            "Subscribe": self._subscriptions.subscribe,
            "GetEvents": self._subscriptions.get_events,
            "Unsubscribe": self._subscriptions.unsubscribe,
        }
        found = _OPERATIONS.get(operation) or here.get(operation)
        if found is None:
            raise SoapFault("ErrorInvalidRequest", f"There is no operation {operation} here.")
        return found

    def _is_stopping(self) -> bool:
        return self._server is None or self._server.stopping.is_set()


def serve(
    state: Path,
    accounts: Mapping[str, str],
    port: int,
    *,
    host: str = "127.0.0.1",
    tokens: Mapping[str, str] | None = None,
    schemes: tuple[Scheme, ...] = SCHEMES,
    tls: ssl.SSLContext | None = None,
    faults: Iterable[str] = (),
    started: Callable[[str], None] = lambda _: None,
) -> None:
    """Run an Exchange until it is interrupted; ``started`` is told its address."""
    exchange = Exchange(
        state, accounts, port=port, host=host, tokens=tokens, schemes=schemes, tls=tls
    )
    exchange.faults.arm_all(faults)
    with exchange:
        started(exchange.url)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


def _failed(operation: str, error: EwsError) -> Element:
    content = [m(tag) for tag in _REQUIRED.get(operation, ())]
    if operation == "SyncFolderItems":
        content = [m("SyncState"), m("IncludesLastItemInRange", "true")]
    return error_message(operation, error, *content)
