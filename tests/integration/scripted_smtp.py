"""An SMTP server that fails on cue, over real sockets."""

import socket
import struct
import time
from collections.abc import Mapping
from contextlib import suppress
from io import BufferedReader
from threading import Thread
from types import MappingProxyType

from connector.email.smtp import SmtpTransport
from domain.content import Inline
from domain.ids import Address
from domain.mail import Acceptance, Envelope

COMMUNE = Address("vanphong@yenson.example")
OWN = Address("nq47@huulung.example")
LETTER = b"Message-ID: <1@huulung.example>\r\n\r\nx\r\n"
DOT = "\r\n.\r\n"
DROP = "drop"
HANG = "hang"
EHLO = "250-mx.example\r\n250-DSN\r\n250-SIZE 100000\r\n250 AUTH PLAIN"
PIPELINING = {"EHLO": "250-mx.example\r\n250-PIPELINING\r\n250-DSN\r\n250 SIZE 100000"}
HELD = "held"
CRUMBS = "crumbs"


class ScriptedServer:
    """Answers commands by their first word; ``sessions`` has one script per connection.

    The last script serves every further connection. An answer may be ``drop`` (close), ``hang``
    (never answer); ``.`` is the answer to the final dot. What was said is kept in ``heard``. With
    ``held`` the replies to MAIL and RCPT are kept back until DATA has come, as RFC 2920 allows;
    with ``crumbs`` a reply comes octet by octet.
    """

    def __init__(self, *sessions: dict[str, str]) -> None:
        self._sessions = sessions or ({},)
        self.heard: list[str] = []
        self.bodies: list[bytes] = []
        self.connections = 0
        self._lines: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for line in self._lines:
            line.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                self._lines.append(line)
                script = self._sessions[min(self.connections, len(self._sessions) - 1)]
                self.connections += 1
                with suppress(OSError):
                    self._talk(line, script)

    def _talk(self, line: socket.socket, script: dict[str, str]) -> None:
        if not self._say(line, script.get("", "220 mx.example ESMTP")):
            return
        held = ""
        with line.makefile("rb") as stream:
            while command := stream.readline():
                verb, *rest = command.decode().split() or ["nothing"]
                verb = verb if verb in script else verb.upper()
                words = " ".join([verb, *rest])
                self.heard.append(words)
                answer = script.get(words, script.get(verb, _normal(verb)))
                if HELD in script and verb in ("MAIL", "RCPT") and answer != DROP:
                    held += answer + "\r\n"
                    continue
                if not self._say(line, answer if answer == DROP else held + answer, script):
                    return
                held = ""
                if verb == "QUIT":
                    line.close()
                    return
                if verb == "DATA" and answer.startswith("354"):
                    if "while data" in script:
                        stream.read(1000)
                        # A reset, as from a server that crashed.
                        line.setsockopt(
                            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                        )
                        line.close()
                        return
                    if not (body := _body(stream)):
                        return
                    self.bodies.append(body)
                    if not self._say(line, script.get(".", "250 2.0.0 queued as 7")):
                        return

    def _say(
        self, line: socket.socket, answer: str, script: Mapping[str, str] = MappingProxyType({})
    ) -> bool:
        if answer == DROP:
            line.shutdown(socket.SHUT_RDWR)
            return False
        if answer == HANG:
            return False
        octets = answer.encode() + b"\r\n"
        if CRUMBS in script:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for octet in octets:
                line.sendall(bytes([octet]))
                time.sleep(0.0002)
            return True
        line.sendall(octets)
        return True


def _body(stream: BufferedReader) -> bytes:
    """Return a message with its dot; nothing when the client goes before that."""
    body = b""
    while not (b"\r\n" + body).endswith(DOT.encode()):
        if not (piece := stream.readline()):
            return b""
        body += piece
    return body


def _normal(verb: str) -> str:
    return {"EHLO": EHLO, "DATA": "354 go", "QUIT": "221 bye", "AUTH": "235 ok"}.get(verb, "250 ok")


def to(*copies: Address, envelope_id: str = "") -> Envelope:
    return Envelope(sender=OWN, recipient=COMMUNE, blind_copies=copies, envelope_id=envelope_id)


def transport(server: ScriptedServer, **options: object) -> SmtpTransport:
    settings = {"security": "none", "timeout": 5.0, "final_timeout": 5.0, **options}
    return SmtpTransport("127.0.0.1", server.port, **settings)  # type: ignore[arg-type]


def send(script: dict[str, str], message: bytes = LETTER, *copies: Address) -> Acceptance:
    server = ScriptedServer(script)
    try:
        with transport(server, final_timeout=0.2) as client:
            return client.send(to(*copies), Inline(message))
    finally:
        server.close()
