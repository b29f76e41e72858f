"""The ways by which simulated offices send: SMTP and the exchange, over real sockets."""

import smtplib
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial

from domain.content import Inline, gathered
from domain.exchange import PacketKind, Settlement
from domain.ids import Address, OrganId
from domain.ports import DocumentExchange
from dondoc.simulators.mail.hub import MailHub


class OfficePost:
    """Post office of all simulated offices. ``exchange`` is their common connected system."""

    def __init__(
        self, hub: MailHub, exchange: DocumentExchange, now: Callable[[], datetime]
    ) -> None:
        self._hub = hub
        self._exchange = exchange
        self._line: smtplib.SMTP | None = None
        self.now = now

    def mail(self, sender: str, recipient: str, message: bytes) -> None:
        """Hand a message to the relay; an empty sender is the null return path."""
        try:
            self._connected().sendmail(sender, [recipient], message)
        except smtplib.SMTPServerDisconnected:
            self._line = None
            self._connected().sendmail(sender, [recipient], message)

    def packet(self, content: bytes, kind: PacketKind, sender: OrganId, to: OrganId) -> None:
        """Put a packet on the exchange."""
        self._exchange.send(Inline(content), kind=kind, sender=sender, receivers=[to])

    def arrived(self, address: Address, skip: int) -> list[bytes]:
        """Return the letters of a mailbox after the first ``skip``."""
        return self._hub.mail_for(address, skip=skip)

    def packets(self, kind: PacketKind) -> list[tuple[str, bytes]]:
        """Return the packets that wait for any of the offices, as (docId, edXML file)."""
        waiting = self._exchange.waiting(kind)
        return [
            (packet.doc_id, gathered(partial(self._exchange.fetch, packet.doc_id)))
            for packet in waiting
        ]

    def settled(self, doc_id: str) -> None:
        """Tell the exchange that a packet was taken in."""
        self._exchange.settle(doc_id, Settlement.DONE)

    def close(self) -> None:
        """Hang up."""
        if self._line is not None:
            with suppress(smtplib.SMTPException, OSError):
                self._line.quit()

    def _connected(self) -> smtplib.SMTP:
        if self._line is None:
            self._line = smtplib.SMTP(
                "127.0.0.1", self._hub.smtp_port, local_hostname="localhost", timeout=30
            )
        return self._line
