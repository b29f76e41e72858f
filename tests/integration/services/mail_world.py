"""The services' small district with real mail: our account and the offices' on Dovecot and Postfix.

Time still passes only when told to; what happens between the servers takes its own.
"""

import smtplib
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from types import TracebackType

import pytest

from connector.email.imap import ImapMailbox
from connector.email.smtp import SmtpTransport
from domain.campaign import Campaign, Channel, ChannelChoice, RecipientRule
from domain.ids import Address, OfficeId
from domain.mail import OwnCopy
from domain.office import Directory, Office
from domain.state import DispatchState
from dondoc.app import Inbox, MailDoor
from dondoc.demo.office_mail import OfficeMail, Received, write
from tests.integration.services.service_parts import OFFICES, RULES
from tests.integration.services.service_world import World
from tests.servers.dovecot import PASSWORD
from tests.servers.postfix import Postfix
from tests.servers.wire import Wire

MINUTE = timedelta(minutes=1)
_numbers = count(1)


@dataclass(slots=True)
class MailWorld:
    """A district whose offices are reached by mail only; a context manager.

    ``imap`` and ``smtp`` are the wires that our own connections go through, ``own`` our address.
    """

    world: World
    postfix: Postfix
    targets: dict[OfficeId, Address]
    plus_addressing: bool = True
    own: Address = field(init=False)
    imap: Wire = field(init=False)
    smtp: Wire = field(init=False)
    _open: ExitStack = field(init=False, default_factory=ExitStack)

    def __enter__(self) -> "MailWorld":
        server = self.postfix.dovecot
        self.own = Address(server.add(f"nq47n{next(_numbers)}@huulung.example"))
        self.imap = self._open.enter_context(Wire(server.imaps_port))
        self.smtp = self._open.enter_context(Wire(self.postfix.submission_port))
        self.postfix.policy.cut = self.smtp.cut
        transport = self._open.enter_context(
            SmtpTransport(
                server.host,
                self.smtp.port,
                security="starttls",
                ca_file=server.ca_file,
                username=self.own,
                password=PASSWORD,
                timeout=10,
                final_timeout=10,
            )
        )
        mailbox = self._open.enter_context(
            ImapMailbox(
                "nq47",
                server.host,
                self.imap.port,
                security="tls",
                ca_file=server.ca_file,
                username=self.own,
                password=PASSWORD,
                timeout=10,
                batch=3,
            )
        )
        self.world.change(
            mail=MailDoor(
                name="nq47",
                address=self.own,
                display_name="UBND huyện Hữu Lũng",
                domain="huulung.example",
                transport=transport,
                inbox=Inbox(
                    name="nq47",
                    protocol="imap",
                    mailbox=mailbox,
                    folders=("INBOX",),
                    addresses=(self.own,),
                ),
                plus_addressing=self.plus_addressing,
                own_copy=OwnCopy.ALWAYS,
            ),
            directory=Directory((*self._offices(), *OFFICES[-1:])),
            campaigns={RULES.id: self._rules()},
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def turn(self) -> None:
        """Run one turn, a minute after the one before."""
        self.world.turn(later=MINUTE)

    def turn_until(self, true: Callable[[], bool], what: str, *, seconds: float = 30) -> None:
        """Run turns until something holds; the test fails when it does not in time."""
        end = time.monotonic() + seconds
        while not true():
            if time.monotonic() > end:
                pytest.fail(f"not within {seconds:.0f} s: {what}")
            self.turn()

    def dispatch(self, office: OfficeId) -> DispatchState:
        """Return the dispatch that carries the directive to an office."""
        return self.world.dispatch(office, Channel.EMAIL)

    def letters(self, office: OfficeId) -> list[bytes]:
        """Return what lies in an office's mailbox on Dovecot."""
        return self.postfix.mail_for(self.targets[office])

    def own_mail(self) -> list[bytes]:
        """Return what lies in our own mailbox."""
        return self.postfix.mail_for(self.own)

    def answer(
        self,
        office: OfficeId,
        text: str,
        *,
        files: Sequence[tuple[str, str, bytes]] = (),
        message_id: str | None = None,
    ) -> bytes:
        """Write what an office answers to the letter that it got, and return it; see ``arrive``."""
        received = Received.of(self.letters(office)[0])
        mail = OfficeMail(
            sender=self.targets[office],
            sender_name=office,
            to=received.reply_to,
            subject=f"Re: {received.subject}",
            text=text,
            at=self.world.now,
            answers=received,
            files=files,
        )
        raw = write(mail)
        if message_id is None:
            return raw
        head, _, rest = raw.partition(b"\r\n")
        assert head.startswith(b"Message-ID:")
        return f"Message-ID: {message_id}\r\n".encode() + rest

    def arrive(self, raw: bytes, office: OfficeId) -> None:
        """Let a message from an office lie in our mailbox."""
        self.postfix.dovecot.deliver(raw, self.own, sender=self.targets[office])

    def send_as(self, office: OfficeId, raw: bytes) -> None:
        """Let an office send a message to us through Postfix, as a mail program does."""
        with smtplib.SMTP(self.postfix.host, self.postfix.smtp_port, "localhost") as client:
            client.sendmail(self.targets[office], [self.own], raw)
        self.postfix.settle()

    def _offices(self) -> list[Office]:
        return [
            Office(id=office, name=f"Đơn vị {office}", groups=("xa",), emails=(address,))
            for office, address in self.targets.items()
        ]

    def _rules(self) -> Campaign:
        to_all = RecipientRule(group="xa", channels=ChannelChoice.PREFER_EMAIL)
        return replace(RULES, recipients=(to_all,))
