"""A name server on loopback that answers TXT questions, or does not (RFC 1035, over UDP)."""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rcode
import dns.rrset


@dataclass(slots=True)
class NameServer:
    """What it knows by name, each as the texts of one record; ``silent`` names get no answer."""

    records: Mapping[str, list[str]]
    silent: frozenset[str] = frozenset()
    ttl: int = 300
    port: int = 0
    asked: list[str] = field(default_factory=list)

    @property
    def place(self) -> str:
        """Address and port, as the configuration writes it."""
        return f"127.0.0.1:{self.port}"

    def answer(self, question: bytes) -> bytes | None:
        """Return the answer to one question."""
        query = dns.message.from_wire(question)
        name = query.question[0].name.to_text(omit_final_dot=True)
        self.asked.append(name)
        if name in self.silent:
            return None
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        if name not in self.records:
            response.set_rcode(dns.rcode.NXDOMAIN)
        elif self.records[name]:
            response.answer.append(
                dns.rrset.from_text_list(f"{name}.", self.ttl, "IN", "TXT", self.records[name])
            )
        return response.to_wire()


@contextmanager
def serving(server: NameServer) -> Iterator[NameServer]:
    """Run a name server for as long as the block lasts."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind(("127.0.0.1", 0))
        line.settimeout(0.1)
        server.port = line.getsockname()[1]
        stop = threading.Event()

        def loop() -> None:
            while not stop.is_set():
                try:
                    question, sender = line.recvfrom(4_096)
                except TimeoutError:
                    continue
                answer = server.answer(question)
                if answer is not None:
                    line.sendto(answer, sender)

        thread = threading.Thread(target=loop)
        thread.start()
        try:
            yield server
        finally:
            stop.set()
            thread.join()
