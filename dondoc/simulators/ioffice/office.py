"""The simulated e-office as a whole: the interface and the file host on sockets of their own."""

import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Self

from starlette.types import Scope

from dondoc.simulators.eoffice.server import Server, listen
from dondoc.simulators.ioffice.app import Application
from dondoc.simulators.ioffice.documents import Documents, Incoming, Outgoing
from dondoc.simulators.ioffice.faults import Faults

USERNAME = "vanthu"
PASSWORD = "made-up-password"


class IOffice:
    """A running e-office; use it as a context manager. Port 0 takes a free one.

    ``faults`` befall the requests that come; ``requests`` lists the operations that were asked.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        file_port: int = 0,
        host: str = "127.0.0.1",
        username: str = USERNAME,
        password: str = PASSWORD,
    ) -> None:
        self.documents = Documents()
        self.faults = Faults()
        self._application = Application(
            documents=self.documents,
            username=username,
            password=password,
            faults=self.faults,
            disconnect=self._disconnect,
        )
        listeners = [listen((host, wanted)) for wanted in (port, file_port)]
        self.url, self.file_url = (
            f"http://{host}:{listener.getsockname()[1]}" for listener in listeners
        )
        self._servers = [Server(self._application, listener) for listener in listeners]

    def __enter__(self) -> Self:
        for server in self._servers:
            server.start()
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.stop()

    def _disconnect(self, scope: Scope) -> None:
        for server in self._servers:
            server.disconnect(scope)

    @property
    def requests(self) -> list[str]:
        """The operations that were asked, in order; an operation is the last part of its path."""
        return self._application.requests

    def receive(self, document: Incoming) -> str:
        """Let a document come in; return its key."""
        return self.documents.receive(document)

    def send(self, document: Outgoing) -> str:
        """Record a document as sent; return its key."""
        return self.documents.send(document)

    def set_state(self, key: str, receiver: str, state: str, at: datetime) -> None:
        """Record what a receiver, by code or name, made of an outgoing document."""
        self.documents.set_state(key, receiver, state, at)

    def expire_tokens(self) -> None:
        """End all access tokens."""
        self._application.tokens.expire()

    def end_sessions(self) -> None:
        """End all access and refresh tokens, so that everybody must sign in again."""
        self._application.tokens.end()

    def give_refresh_token(self) -> str:
        """Return a refresh token as a person gets it from the e-office's own pages."""
        return self._application.tokens.give_refresh()

    def start_over(self) -> None:
        """Forget documents, tokens, faults and what was asked, as if just started."""
        self.documents.clear()
        self.faults.clear()
        self._application.tokens.end()
        self.requests.clear()


def serve(
    documents: Iterable[Incoming],
    port: int,
    file_port: int,
    *,
    host: str = "127.0.0.1",
    username: str = USERNAME,
    password: str = PASSWORD,
    faults: Iterable[str] = (),
    started: Callable[[str, str], None] = lambda _url, _files: None,
) -> None:
    """Run an e-office until it is interrupted; ``started`` is told both addresses."""
    office = IOffice(
        port=port, file_port=file_port, host=host, username=username, password=password
    )
    office.faults.arm_all(faults)
    for document in documents:
        office.receive(document)
    with office:
        started(office.url, office.file_url)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return
