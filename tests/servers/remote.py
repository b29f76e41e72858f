"""Another office's mail server: takes mail, without DSN, or answers what a test wants."""

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers.process import HOST, free_ports


class Remote:
    """An SMTP server that keeps what it takes; ``behave`` sets its answer for one recipient."""

    def __init__(self) -> None:
        self._answers: dict[str, str] = {}
        self.taken: list[tuple[str, bytes]] = []
        (self.port,) = free_ports(1)
        self._controller = Controller(self, hostname=HOST, port=self.port)
        self._controller.start()

    def behave(self, address: str, answer: str | None) -> None:
        """Answer RCPT of one address with this line (``450 4.3.0 later``); None takes mail."""
        if answer is None:
            self._answers.pop(address.lower(), None)
        else:
            self._answers[address.lower()] = answer

    async def handle_RCPT(  # the name that aiosmtpd looks up
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer one recipient."""
        answer = self._answers.get(address.lower(), "250 2.1.5 taken")
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep one message for each of its recipients."""
        content = envelope.content
        raw = content.encode() if isinstance(content, str) else content or b""
        self.taken += [(address, raw) for address in envelope.rcpt_tos]
        return "250 2.0.0 kept"

    def close(self) -> None:
        """Stop listening."""
        self._controller.stop()
