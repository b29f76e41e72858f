"""MailHub: a whole mail system on loopback for the demo, for trials and for tests.

Runs SMTP and IMAP in one thread of its own over a journal on disk. What SMTP answered with 250
survives SIGKILL; delivery reports that were still due are made at the next start. Use it as a
context manager or call ``start`` and ``stop``; the journal can be read in either state.
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from secrets import compare_digest
from threading import Lock, Thread
from types import TracebackType

from domain.ids import Address
from dondoc.simulators.mail.behaviour import Behaviour, Treatment
from dondoc.simulators.mail.imap_server import ImapSide
from dondoc.simulators.mail.journal import Journal, Outcome, Recipient, Transaction, box_of
from dondoc.simulators.mail.reports import is_wanted, report
from dondoc.simulators.mail.smtp_server import Envelope, ReportingSmtp, sender_of

HOST = "127.0.0.1"
SIZE_LIMIT = 50 * 1024 * 1024

_OUTCOMES: dict[Treatment, Outcome] = {Treatment.BOUNCE: "failed", Treatment.RELAY: "relayed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One accepted recipient of one message; ``is_report`` marks the hub's own reports."""

    recipient: Address
    sender: str
    message_id: str
    at: datetime
    outcome: Outcome
    is_report: bool


class MailHub:
    """Embedded SMTP and IMAP servers for the given accounts (address -> password).

    ``now`` gives the time written into envelopes and reports. ``behaviours`` maps an address to
    a treatment as ``behaviour.py`` reads it; mail for addresses without an account is refused.
    ``tls`` makes SMTP offer STARTTLS and IMAP speak TLS from the first octet.
    """

    def __init__(
        self,
        state: Path,
        accounts: Mapping[Address, str],
        *,
        now: Callable[[], datetime],
        smtp_port: int = 0,
        imap_port: int = 0,
        dsn: bool = True,
        behaviours: Mapping[Address, str] | None = None,
        hostname: str = "mx.simulated.example",
        tls: ssl.SSLContext | None = None,
        size_limit: int = SIZE_LIMIT,
    ) -> None:
        self._accounts = {box_of(address): password for address, password in accounts.items()}
        self._now = now
        self._dsn = dsn
        self._hostname = hostname
        self._tls = tls
        self._size_limit = size_limit
        self._behaviours = {
            box_of(address): Behaviour.parse(text) for address, text in (behaviours or {}).items()
        }
        self._attempts: dict[Address, int] = {}
        self._journal = Journal(state, now=now())
        self._reported = {entry.reports_on for entry in self._journal if entry.reports_on}
        self._settled = 0
        self._settling = Lock()
        self._thread: Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._imap: ImapSide | None = None
        self._lines: set[asyncio.BaseTransport] = set()
        self._stopping: asyncio.Event | None = None
        self.smtp_port = smtp_port
        self.imap_port = imap_port

    def __enter__(self) -> "MailHub":
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> "MailHub":
        """Listen; ports that were 0 are chosen and kept for later starts.

        Raises ``OSError`` when a port is in use.
        """
        ready: Future[None] = Future()
        self._thread = Thread(target=self._main, args=(ready,), name="mail-hub", daemon=True)
        self._thread.start()
        try:
            ready.result()
        except BaseException:
            self._thread.join()
            self._thread = None
            raise
        return self

    def stop(self) -> None:
        """Stop listening and cut every connection; stopping twice is harmless."""
        thread, self._thread = self._thread, None
        if thread is not None and self._loop is not None and self._stopping is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)
            thread.join()

    def behave(self, address: Address, behaviour: str | None) -> None:
        """Change how mail for an address is treated from now on; None means normally."""
        self._attempts.pop(box_of(address), None)
        if behaviour is None:
            self._behaviours.pop(box_of(address), None)
        else:
            self._behaviours[box_of(address)] = Behaviour.parse(behaviour)

    def submit(self, sender: str, recipients: Sequence[Address], message: bytes) -> None:
        """Accept a message without SMTP, as if it had come in; unknown recipients are left out."""
        known = [address for address in recipients if box_of(address) in self._accounts]
        if known:
            self._keep(message, sender, [Recipient(address=address) for address in known])
        self.flush()

    def flush(self) -> None:
        """Make every delivery report that is due before returning."""
        self._settle()

    def mail_for(self, address: Address, *, skip: int = 0) -> list[bytes]:
        """Return the letters in a mailbox, oldest first, without the first ``skip`` ones."""
        return [raw for _, _, raw in self._journal.letters(box_of(address), skip)]

    def deliveries(self) -> list[Delivery]:
        """Return every accepted recipient of every message, in order of acceptance."""
        return [
            Delivery(
                recipient=recipient.address,
                sender=entry.sender,
                message_id=entry.message_id,
                at=entry.at,
                outcome=recipient.outcome,
                is_report=bool(entry.reports_on),
            )
            for entry in self._journal
            for recipient in entry.recipients
        ]

    def treatment(self, address: Address) -> Treatment | None:
        """Return how this attempt is treated, or None when the mailbox does not exist."""
        box = box_of(address)
        if box not in self._accounts:
            return None
        behaviour = self._behaviours.get(box)
        if behaviour is None:
            return Treatment.DELIVER
        self._attempts[box] = self._attempts.get(box, 0) + 1
        return behaviour.at(self._attempts[box])

    def password_is(self, user: str, password: str) -> bool:
        """Tell whether these credentials are right."""
        known = self._accounts.get(box_of(user))
        return known is not None and compare_digest(known.encode(), password.encode())

    def accept(self, envelope: Envelope) -> str:
        """Store the message durably and return the text of the positive answer."""
        content = envelope.original_content or b""
        recipients = [
            Recipient(
                address=address,
                outcome=_OUTCOMES.get(treatment, "stored"),
                notify=asked.get("NOTIFY", ""),
                original=asked.get("ORCPT", ""),
            )
            for address, treatment, asked in envelope.recipients
        ]
        entry = self._keep(
            content,
            sender_of(envelope),
            recipients,
            envelope_id=envelope.asked.get("ENVID", ""),
            returns=envelope.asked.get("RET", "").upper(),
        )
        # After the answer: a report must not overtake the 250 that it follows.
        asyncio.get_running_loop().call_soon(self._settle)
        return f"queued as {entry.sequence:010d}"

    def _keep(
        self,
        content: bytes,
        sender: str,
        recipients: Sequence[Recipient],
        *,
        envelope_id: str = "",
        returns: str = "",
        reports_on: str = "",
    ) -> Transaction:
        entry = self._journal.append(
            content,
            at=self._now(),
            sender=sender,
            recipients=recipients,
            envelope_id=envelope_id,
            returns=returns,
            reports_on=reports_on,
        )
        if self._loop is not None and self._imap is not None and self._thread is not None:
            for recipient in recipients:
                self._loop.call_soon_threadsafe(self._imap.announce, box_of(recipient.address))
        return entry

    def _settle(self) -> None:
        """Make the reports that are due and not in the journal yet."""
        with self._settling:
            for entry in self._journal.since(self._settled):
                for index, recipient in enumerate(entry.recipients):
                    self._report(entry, index, recipient)
                self._settled = entry.sequence

    def _report(self, entry: Transaction, index: int, recipient: Recipient) -> None:
        key = f"{entry.sequence}/{index}"
        sender = Address(entry.sender.lower())
        if key in self._reported or not is_wanted(entry, recipient):
            return
        if not self._dsn and recipient.outcome != "failed":
            return
        if box_of(sender) in self._accounts:
            message = report(
                entry,
                recipient,
                self._journal.content(entry.sequence),
                hostname=self._hostname,
                message_id=f"<report.{entry.sequence}.{index}@{self._hostname}>",
                now=self._now(),
            )
            self._keep(message, "", [Recipient(address=sender)], reports_on=key)
        self._reported.add(key)

    def _main(self, ready: "Future[None]") -> None:
        try:
            asyncio.run(self._run(ready))
        finally:
            # Nobody may wait for ever for a server that could not come up.
            ready.cancel()

    async def _run(self, ready: "Future[None]") -> None:
        try:
            servers = await self._listen()
        except OSError as error:
            ready.set_exception(error)
            return
        ready.set_result(None)
        assert self._stopping is not None
        await self._stopping.wait()
        for server in servers:
            server.close()
        self._hang_up()
        # Lets the connections' own clean-up run before asyncio cancels what is left.
        await asyncio.sleep(0)

    async def _listen(self) -> list[asyncio.Server]:
        loop = self._loop = asyncio.get_running_loop()
        loop.set_exception_handler(_report_unless_cut)
        self._stopping = asyncio.Event()
        self._imap = ImapSide(self._journal, self._accounts)
        smtp = await loop.create_server(self._smtp_line, HOST, self.smtp_port)
        try:
            imap = await asyncio.start_server(self._imap.serve, HOST, self.imap_port, ssl=self._tls)
        except OSError:
            smtp.close()
            raise
        self.smtp_port = smtp.sockets[0].getsockname()[1]
        self.imap_port = imap.sockets[0].getsockname()[1]
        self._settle()
        return [smtp, imap]

    def _smtp_line(self) -> ReportingSmtp:
        return ReportingSmtp(
            self,
            self._lines,
            hostname=self._hostname,
            dsn=self._dsn,
            tls=self._tls,
            size_limit=self._size_limit,
            loop=asyncio.get_running_loop(),
        )

    def _hang_up(self) -> None:
        if self._imap is not None:
            self._imap.hang_up()
        for line in list(self._lines):
            if isinstance(line, asyncio.Transport) and not line.is_closing():
                line.abort()
        self._lines.clear()


def _report_unless_cut(loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    """Keep quiet about clients that hang up, which is what tests and crashes do."""
    if not isinstance(context.get("exception"), ConnectionError):
        loop.default_exception_handler(context)
