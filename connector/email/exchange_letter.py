"""A letter as an Exchange draft: its MIME content, and who receives it.

Exchange takes no envelope: it sends to the receivers of the item. Where the header names nobody
but the recipient, the letter goes in as it is; else the header's receivers are taken out and those
of the envelope are given beside it, so that nobody else can get it.
"""

import hashlib
from dataclasses import dataclass
from email import policy
from email.parser import BytesHeaderParser
from email.utils import getaddresses

from connector.email.esmtp import check_address, data_form
from domain.ids import Address, MessageId
from domain.mail import Envelope

_RECEIVERS = ("To", "Cc", "Bcc")
_RECEIPT = "Disposition-Notification-To"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a draft is made from.

    ``to`` and ``blind`` are given beside the MIME content; both are empty where its own header
    says all. ``digest`` stands for the whole: a draft with the same one is the same letter.
    """

    message_id: MessageId
    mime: bytes
    to: tuple[Address, ...]
    blind: tuple[Address, ...]
    read_receipt: bool
    digest: str


def to_letter(
    peer: str, envelope: Envelope, message: bytes, *, redirect_all: Address | None
) -> Letter:
    """Make a letter of a whole RFC 5322 message.

    Raises ``PeerRefused`` for what no mail server would pass on unchanged.
    """
    for address in (envelope.recipient, *envelope.blind_copies):
        check_address(peer, address)
    data_form(peer, message)
    head = BytesHeaderParser(policy=policy.compat32).parsebytes(_head(message))
    message_id = MessageId(str(head.get("Message-ID", "")).strip())
    recipient = redirect_all or envelope.recipient
    copies = () if redirect_all else envelope.blind_copies
    blind = tuple(dict.fromkeys(copy for copy in copies if copy != recipient))
    fields = [str(value) for name in _RECEIVERS for value in head.get_all(name, [])]
    named = {address.lower() for _, address in getaddresses(fields)}
    foreign = named != {recipient.lower()} or "Bcc" in head
    receivers = "\n".join((recipient, *blind)).encode()
    return Letter(
        message_id=message_id,
        mime=_without_receivers(message) if foreign else message,
        to=(recipient,) if foreign or blind else (),
        blind=blind,
        read_receipt=_RECEIPT in head,
        digest=hashlib.sha256(receivers + b"\n\n" + message).hexdigest(),
    )


def _head(message: bytes) -> bytes:
    return message.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"


def _without_receivers(message: bytes) -> bytes:
    head, blank, body = message.partition(b"\r\n\r\n")
    dropped = tuple(f"{name.lower()}:".encode() for name in _RECEIVERS)
    kept: list[bytes] = []
    keeping = True
    for line in head.split(b"\r\n"):
        if not line.startswith((b" ", b"\t")):
            keeping = not line.lower().startswith(dropped)
        if keeping:
            kept.append(line)
    return b"\r\n".join(kept) + blank + body
