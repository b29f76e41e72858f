"""What becomes of a submitted message: copies in the receivers' mailboxes, reports back."""

from datetime import datetime
from email.utils import format_datetime
from hashlib import sha256

from domain.ids import Address
from dondoc.simulators.exchange.mime import parsed, with_receivers, without
from dondoc.simulators.exchange.shapes import receivers_of
from dondoc.simulators.exchange.soap import EwsError
from dondoc.simulators.exchange.store import ItemRow, MailboxRow, Store
from dondoc.simulators.mail.journal import Outcome, Recipient, Transaction, message_id_of
from dondoc.simulators.mail.reports import report

HOST = "exchange.simulated.example"


def xml_time(now: datetime) -> str:
    """Return an instant as Exchange writes it: UTC, whole seconds."""
    return now.strftime("%Y-%m-%dT%H:%M:%SZ")


def submit(store: Store, sender: MailboxRow, item: ItemRow, now: datetime) -> bytes:
    """Deliver a message to all its receivers and return it as it was sent, without Bcc.

    A receiver without a mailbox causes a report of failure, one that has one a report of delivery
    where that was asked for. Raises ``EwsError`` when nobody would receive it.
    """
    message = parsed(item.mime)
    lists = [receivers_of(item, message, kind) for kind in ("to", "cc", "bcc")]
    addresses = list(dict.fromkeys(address for people in lists for _, address in people))
    if not addresses or not all("@" in address for address in addresses):
        raise EwsError("ErrorInvalidRecipients", "At least one recipient isn't valid.")
    sent = without(with_receivers(item.mime, item.receivers), ["Bcc"])
    reports = []
    for address in addresses:
        taken = deliver(store, address, sent, now, sender=sender.address)
        if not taken or item.delivery_receipt:
            reports.append(_report(sender, address, sent, now, failed=not taken))
    for made in reports:
        _put(store, sender, made, now)
    return sent


def deliver(store: Store, address: str, mime: bytes, now: datetime, *, sender: str = "") -> bool:
    """Put a message from outside into a mailbox's inbox; false when there is no such mailbox."""
    mailbox = store.mailbox(box(address))
    if mailbox is None:
        return False
    trace = (
        f"Return-Path: <{sender}>\r\nDelivered-To: {address}\r\n"
        f"Received: by {HOST} with ESMTP;\r\n\t{format_datetime(now)}\r\n"
    )
    _put(store, mailbox, trace.encode() + mime, now)
    return True


def box(address: str) -> str:
    """Return the mailbox of an address: lower case, without its ``+detail`` (RFC 5233)."""
    local, at, domain = address.lower().rpartition("@")
    return local.partition("+")[0] + at + domain


def _put(store: Store, mailbox: MailboxRow, mime: bytes, now: datetime) -> None:
    inbox = store.distinguished(mailbox, "inbox")
    assert inbox is not None
    store.add(inbox, ItemRow(mime=mime, received=xml_time(now)))


def _report(sender: MailboxRow, address: str, sent: bytes, now: datetime, *, failed: bool) -> bytes:
    sequence = int(sha256(address.encode() + sent).hexdigest()[:8], 16)
    outcome: Outcome = "failed" if failed else "stored"
    recipient = Recipient(address=Address(box(address)), outcome=outcome)
    transaction = Transaction(
        sequence=sequence,
        at=now,
        sender=sender.address,
        recipients=(recipient,),
        message_id=message_id_of(sent),
    )
    return report(
        transaction,
        recipient,
        sent,
        hostname=HOST,
        message_id=f"<report.{sequence}@{HOST}>",
        now=now,
    )
