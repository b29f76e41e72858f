"""A wire to a server that can be cut: a TCP forwarder, which also carries TLS unread."""

import socket
import struct
from contextlib import suppress
from threading import Event, Lock, Thread
from types import TracebackType

from tests.servers.packets import lose_packets, take_packets
from tests.servers.process import HOST

_BLOCK = 65_536
# Closing sends RST at once, as a line that fails does, and not an orderly end.
_AT_ONCE = struct.pack("ii", 1, 0)


class Wire:
    """Forwards one loopback port to another; a context manager.

    ``connections`` counts those that were opened, ``cuts`` those that were cut.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._lock = Lock()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._threads: list[Thread] = []
        self._answer_octets: int | None = None
        self._again: int | None = None
        self._silent_after: int | None = None
        self._broken: list[socket.socket] = []
        self._flowing = Event()
        self._flowing.set()
        self.connections = 0
        self.cuts = 0
        self._listener = socket.create_server((HOST, 0), backlog=50)
        self.port: int = self._listener.getsockname()[1]
        self._accepting = Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def __enter__(self) -> "Wire":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def cut(self) -> None:
        """Cut every open connection; the client hears nothing more, and the server goes on.

        What the server still answers is lost. New connections are forwarded.
        """
        with self._lock:
            pairs, self._pairs = self._pairs, []
            self.cuts += len(pairs)
        for client, server in pairs:
            _end(client)
            with suppress(OSError):
                server.shutdown(socket.SHUT_WR)

    def cut_after(self, octets: int | None, *, again: bool = False) -> None:
        """Cut once the server has answered so many octets more, counted over all connections.

        With ``again`` it is cut each time that so many have passed; None ends that.
        """
        with self._lock:
            self._answer_octets = octets
            self._again = octets if again else None

    @property
    def silent(self) -> bool:
        """Tell whether nothing passes in either direction."""
        return not self._flowing.is_set()

    def hold(self) -> None:
        """Let nothing pass any more in either direction; nobody is told, and nothing is lost."""
        self._flowing.clear()

    def break_after(self, octets: int) -> None:
        """Break once the server has answered so many octets more, over all connections.

        A wire that is broken loses what the client sends, so that nothing of it is acknowledged,
        and nobody can connect.
        """
        with self._lock:
            self._silent_after = octets

    def release(self) -> None:
        """Let pass again what was held, and what comes."""
        with self._lock:
            broken, self._broken = self._broken, []
        for line in broken:
            with suppress(OSError):
                take_packets(line)
        self._flowing.set()

    def close(self) -> None:
        """Stop forwarding and end every connection."""
        self.release()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join()
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for line in pair:
                _end(line)
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._connect(client)

    def _connect(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection((HOST, self._target), timeout=10)
        except OSError:
            _end(client)
            return
        server.settimeout(None)
        for line in (client, server):
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self.connections += 1
            self._pairs.append((client, server))
        for pump in (self._ask, self._answer):
            thread = Thread(target=pump, args=(client, server), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _ask(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while block := client.recv(_BLOCK):
                self._flowing.wait()
                server.sendall(block)
        with suppress(OSError):
            server.shutdown(socket.SHUT_WR)

    def _answer(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while block := server.recv(_BLOCK):
                self._count(len(block))
                self._flowing.wait()
                passed = self._may_pass(len(block))
                # A client that is cut off does not stop the server from finishing its work.
                with suppress(OSError):
                    client.sendall(block[:passed])
                if passed < len(block):
                    self.cut()
        with self._lock:
            if (client, server) in self._pairs:
                self._pairs.remove((client, server))
        for line in (client, server):
            # Closing alone would not wake the other thread, which may be reading from it.
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()

    def _count(self, octets: int) -> None:
        with self._lock:
            if self._silent_after is None:
                return
            self._silent_after -= octets
            if self._silent_after <= 0:
                self._silent_after = None
                self._flowing.clear()
                self._broken = [self._listener, *(client for client, _ in self._pairs)]
                for line in self._broken:
                    # One may have ended by itself.
                    with suppress(OSError):
                        lose_packets(line)

    def _may_pass(self, octets: int) -> int:
        with self._lock:
            if self._answer_octets is None:
                return octets
            passed = min(octets, self._answer_octets)
            whole = passed == octets
            self._answer_octets = self._answer_octets - passed if whole else self._again
            return passed


def _end(line: socket.socket) -> None:
    with suppress(OSError):
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        # Wakes the thread that reads from it.
        line.shutdown(socket.SHUT_RDWR)
    line.close()
