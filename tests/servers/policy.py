"""What Postfix asks before it takes a recipient and a message: a test's wishes, while it runs.

Speaks Postfix's access policy delegation protocol (SMTPD_POLICY_README). A server that answers
from here refuses, puts off or loses mail for one address exactly when a test wants it.
"""

from collections.abc import Callable
from contextlib import suppress
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Literal

from tests.servers.process import HOST

Behaviour = Literal["refuse", "tempfail", "drop_after_data", "lose_after_data"]
"""550, 450, or a connection that is cut after the final dot, with the mail kept or lost."""

_RECIPIENT: dict[str, str] = {
    "refuse": "550 5.1.1 mailbox refused",
    "tempfail": "450 4.2.1 try again later",
}
_PASS = "DUNNO"


class _Server(ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


class Policy:
    """Behaviours by address; ``known`` tells which addresses exist.

    With ``refuse_unknown`` an unknown address is refused at RCPT; otherwise it is taken and comes
    back as a bounce. ``cut`` is called at the final dot of mail for an address that asks for it,
    before Postfix may answer.
    """

    def __init__(self, known: Callable[[str], bool]) -> None:
        self._known = known
        self._behaviours: dict[str, Behaviour] = {}
        self._transactions: dict[str, list[str]] = {}
        self.refuse_unknown = False
        self.cut: Callable[[], None] = _nothing_to_cut
        answer = self._answer

        class Handler(StreamRequestHandler):
            def handle(self) -> None:
                asked: dict[str, str] = {}
                with suppress(ConnectionError):
                    for line in self.rfile:
                        name, equals, value = line.decode("utf-8", "replace").strip().partition("=")
                        if equals:
                            asked[name] = value
                        else:
                            self.wfile.write(f"action={answer(asked)}\n\n".encode())
                            asked = {}

        self._server = _Server((HOST, 0), Handler)
        self.port: int = self._server.server_address[1]
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def behave(self, address: str, behaviour: Behaviour | None) -> None:
        """Change what happens to mail for one address from now on."""
        if behaviour is None:
            self._behaviours.pop(address.lower(), None)
        else:
            self._behaviours[address.lower()] = behaviour

    def forget(self) -> None:
        """Treat every address as usual again."""
        self._behaviours.clear()
        self.refuse_unknown = False
        self.cut = _nothing_to_cut

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, asked: dict[str, str]) -> str:
        recipients = self._transactions.setdefault(asked.get("instance", ""), [])
        if asked.get("protocol_state") == "RCPT":
            recipient = asked["recipient"].lower()
            recipients.append(recipient)
            return self._at_recipient(recipient)
        self._transactions.pop(asked.get("instance", ""), None)
        wished = {self._behaviours.get(recipient) for recipient in recipients}
        if wished & {"drop_after_data", "lose_after_data"}:
            self.cut()
        return "451 4.3.0 lost" if "lose_after_data" in wished else _PASS

    def _at_recipient(self, recipient: str) -> str:
        if self.refuse_unknown and not self._known(recipient):
            return "550 5.1.1 no such mailbox"
        return _RECIPIENT.get(self._behaviours.get(recipient, ""), _PASS)


def _nothing_to_cut() -> None:
    raise AssertionError("the mail goes through no wire that could be cut")
