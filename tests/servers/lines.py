"""A wire to each server of a daemon, so that each line can be cut or fall silent by itself."""

from dataclasses import replace
from types import TracebackType
from urllib.parse import urlsplit

from connector.store.postgresql import Server as Database
from tests.servers.wire import Wire


class Lines:
    """Wires by name; a context manager. Without ``wired`` every port is the server's own."""

    def __init__(self, *, wired: bool) -> None:
        self._wired = wired
        self.wires: dict[str, Wire] = {}

    def __enter__(self) -> "Lines":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for wire in self.wires.values():
            wire.close()

    def to(self, name: str, port: int) -> int:
        """Return the port at which a server is to be reached."""
        if not self._wired:
            return port
        wire = self.wires[name] = Wire(port)
        return wire.port

    def url(self, name: str, url: str) -> str:
        """Return the address at which a server on the loopback address is to be reached."""
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.hostname}:{self.to(name, parts.port or 80)}"

    def database(self, name: str, database: Database | None) -> Database | None:
        """Return how a database is to be reached; None where there is none."""
        if database is None or database.port is None:
            return database
        return replace(database, port=self.to(name, database.port))
