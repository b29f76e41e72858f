"""Mail in memory: a transport and mailboxes that share a hub, so that what is sent arrives.

They run the contracts of the real adapters. Sub-addresses (``box+token@domain``, RFC 5233)
arrive in their box, and every copy carries the Return-Path and Delivered-To of its envelope.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from email import policy
from email.parser import BytesHeaderParser
from threading import Lock
from typing import Literal

from connector.email.esmtp import check_address, data_form
from domain.content import Content, whole
from domain.errors import DeliveryUnknown, PeerRefused, PeerUnavailable
from domain.ids import Address, MessageId
from domain.mail import Acceptance, Envelope, MailArrival, MailCursor, MailPosition

Behaviour = Literal["refuse", "tempfail", "drop_after_data", "lose_after_data"]
"""What the hub does for one recipient: 550, 450, or no answer with the mail kept or lost."""

INBOX = "INBOX"
PEER = "mail in memory"


@dataclass(slots=True)
class Folder:
    """One box: its messages in order of arrival, numbered from 1."""

    uid_validity: int = 1
    messages: list[bytes] = field(default_factory=list)


class MemoryHub:
    """Boxes by address; addresses that are not listed are refused as unknown."""

    def __init__(
        self,
        boxes: Iterable[Address],
        behaviours: Mapping[Address, Behaviour] | None = None,
        *,
        size_limit: int = 30 * 1024 * 1024,
    ) -> None:
        self._folders = {box: Folder() for box in boxes}
        self._behaviours = dict(behaviours or {})
        self._size_limit = size_limit
        self._lock = Lock()
        self.available = True

    def behave(self, address: Address, behaviour: Behaviour | None) -> None:
        """Change what happens to mail for one address from now on."""
        if behaviour is None:
            self._behaviours.pop(address, None)
        else:
            self._behaviours[address] = behaviour

    def renumber(self, address: Address) -> None:
        """Change a box's UIDVALIDITY, as a server does after restoring it from a backup."""
        self.folder(address).uid_validity += 1

    def mail_for(self, address: Address) -> list[bytes]:
        """Return the messages in a box, oldest first."""
        return list(self.folder(address).messages)

    def folder(self, address: Address) -> Folder:
        """Return the box that an address or sub-address belongs to."""
        if not self.available:
            raise PeerUnavailable(PEER, "it is switched off")
        folder = self._folders.get(_box(address))
        if folder is None:
            raise PeerRefused(PEER, "550", "5.1.1 no such mailbox")
        return folder

    def accept(self, envelope: Envelope, message: bytes) -> Acceptance:
        """Take one transaction as an SMTP server does; raises as ``MailTransport.send``."""
        for address in (envelope.sender, envelope.recipient, *envelope.blind_copies):
            check_address(PEER, address)
        if len(data_form(PEER, message)) > self._size_limit:
            raise PeerRefused(PEER, "552", f"the message has over {self._size_limit} octets")
        with self._lock:
            self._take(envelope.recipient)
            refused = tuple(copy for copy in envelope.blind_copies if not self._takes(copy))
            taken = dict.fromkeys((envelope.recipient, *envelope.blind_copies))
            behaviour = self._behaviours.get(envelope.recipient)
            if behaviour != "lose_after_data":
                for address in taken:
                    if address not in refused:
                        trace = f"Return-Path: <{envelope.sender}>\r\nDelivered-To: {address}\r\n"
                        self.folder(address).messages.append(trace.encode() + message)
        if behaviour in ("drop_after_data", "lose_after_data"):
            raise DeliveryUnknown(PEER, "no answer to the final dot")
        return Acceptance(answer="250 2.0.0 kept in memory", refused=refused)

    def _take(self, address: Address) -> None:
        self.folder(address)
        match self._behaviours.get(address):
            case "refuse":
                raise PeerRefused(PEER, "550", "5.1.1 mailbox refused")
            case "tempfail":
                raise PeerUnavailable(PEER, "it answered 450 4.2.1 try again later")
            case _:
                return

    def _takes(self, address: Address) -> bool:
        try:
            self._take(address)
        except (PeerRefused, PeerUnavailable):
            return False
        return True


class MemoryTransport:
    """MailTransport into a hub; ``sent`` keeps what was accepted, in order."""

    def __init__(self, hub: MemoryHub) -> None:
        self._hub = hub
        self.sent: list[tuple[Envelope, bytes]] = []

    def send(self, envelope: Envelope, message: Content) -> Acceptance:
        """Hand over one whole message to the hub; raises as the port says."""
        octets = whole(message)
        acceptance = self._hub.accept(envelope, octets)
        self.sent.append((envelope, octets))
        return acceptance


class MemoryMailbox:
    """Mailbox over one box of a hub; only ``INBOX`` exists."""

    def __init__(
        self,
        account: str,
        hub: MemoryHub,
        address: Address,
        *,
        max_message_octets: int = 30 * 1024 * 1024,
    ) -> None:
        self._account = account
        self._hub = hub
        self._address = address
        self._max_octets = max_message_octets

    @property
    def account(self) -> str:
        """Name of the account in the configuration; used in event sources and in logs."""
        return self._account

    def arrivals(self, mailbox: str, after: MailCursor | None) -> Iterator[MailArrival]:
        """Yield messages above ``after`` in UID order; everything when UIDVALIDITY has changed.

        So it is when there are fewer than were seen, as after a restoring that does not say so.
        """
        folder = self._open(mailbox)
        validity = folder.uid_validity
        last, _, known = (after or "").partition(":")
        start = int(known) if last == str(validity) and known.isdecimal() else 0
        start = start if start <= len(folder.messages) else 0
        for uid, message in list(enumerate(folder.messages, start=1))[start:]:
            yield self._arrival(mailbox, MailPosition(f"{validity}:{uid}"), message)

    def message(self, mailbox: str, position: MailPosition) -> MailArrival | None:
        """Return the message at a place, or None when it lies there no more."""
        folder = self._open(mailbox)
        validity, _, uid = position.partition(":")
        if validity != str(folder.uid_validity) or not uid.isdecimal():
            return None
        kept = folder.messages[int(uid) - 1 : int(uid)]
        return self._arrival(mailbox, position, kept[0]) if kept else None

    def _arrival(self, mailbox: str, position: MailPosition, message: bytes) -> MailArrival:
        over = len(message) > self._max_octets
        return MailArrival(
            mailbox=mailbox,
            position=position,
            cursor=MailCursor(position),
            raw=_header(message) if over else message,
            oversize=len(message) if over else None,
        )

    def contains(self, mailbox: str, message_id: MessageId) -> bool:
        """Tell whether a message with this Message-ID lies in the mailbox."""
        parser = BytesHeaderParser(policy=policy.compat32)
        return any(
            str(parser.parsebytes(_header(message)).get("Message-ID", "")).strip() == message_id
            for message in self._open(mailbox).messages
        )

    def mentioning(self, mailbox: str, word: str) -> list[bytes]:
        """Return the messages in which a word stands; see ``MailSearch``."""
        return [message for message in self._searched(mailbox) if word.encode() in message]

    def newest_headers(self, mailbox: str, most: int) -> list[bytes]:
        """Return the headers that came last; see ``MailSearch``."""
        return [_header(message) for message in self._searched(mailbox)[-most:]]

    def _searched(self, mailbox: str) -> list[bytes]:
        folder = self._hub.folder(self._address)
        return folder.messages if mailbox == INBOX else []

    def _open(self, mailbox: str) -> Folder:
        if mailbox != INBOX:
            raise PeerRefused(PEER, "NO", "no such mailbox; check the mailbox name")
        return self._hub.folder(self._address)


def _box(address: Address) -> Address:
    local, at, domain = address.lower().rpartition("@")
    return Address(local.partition("+")[0] + at + domain)


def _header(message: bytes) -> bytes:
    head, blank, _ = message.partition(b"\r\n\r\n")
    return head + blank
