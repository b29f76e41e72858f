"""Delivery status notifications as a mail server writes them (RFC 3461, RFC 3464)."""

import re
from datetime import datetime
from email.utils import format_datetime

from dondoc.simulators.mail.journal import Outcome, Recipient, Transaction

# Action, Status (RFC 3463), what the other side is supposed to have said, and the subject.
_WORDING: dict[Outcome, tuple[str, str, str, str]] = {
    "stored": (
        "delivered",
        "2.0.0",
        "250 2.0.0 delivered to mailbox",
        "Successful Mail Delivery Report",
    ),
    "relayed": (
        "relayed",
        "2.0.0",
        "250 2.0.0 passed on; no further reports will come",
        "Successful Mail Delivery Report",
    ),
    "failed": (
        "failed",
        "5.1.1",
        "550 5.1.1 mailbox does not exist",
        "Undelivered Mail Returned to Sender",
    ),
}


def is_wanted(transaction: Transaction, recipient: Recipient) -> bool:
    """Tell whether the sender gets a report (RFC 3461 section 4.1); a null sender never does."""
    if not transaction.sender:
        return False
    wishes = recipient.notify.upper().split(",") if recipient.notify else ["FAILURE"]
    return ("FAILURE" if recipient.outcome == "failed" else "SUCCESS") in wishes


def report(
    transaction: Transaction,
    recipient: Recipient,
    original: bytes,
    *,
    hostname: str,
    message_id: str,
    now: datetime,
) -> bytes:
    """Return the report on one recipient as a whole message; its envelope sender is empty.

    The original comes back whole only for a failure that asked for RET=FULL (RFC 3461
    section 4.3), else its header only.
    """
    action, _, _, subject = _WORDING[recipient.outcome]
    boundary = f"=_report_{transaction.sequence}"
    head, blank, _ = original.partition(b"\r\n\r\n")
    whole = transaction.returns == "FULL" and action == "failed"
    returned = original if whole else head + blank
    lines = [
        f"From: Mail Delivery System <MAILER-DAEMON@{hostname}>",
        f"To: {transaction.sender}",
        f"Subject: {subject}",
        f"Date: {format_datetime(now)}",
        f"Message-ID: {message_id}",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type="delivery-status";',
        f' boundary="{boundary}"',
        "",
        f"--{boundary}",
        "Content-Type: text/plain; charset=us-ascii",
        "",
        *_explanation(recipient, hostname),
        "",
        f"--{boundary}",
        "Content-Type: message/delivery-status",
        "",
        *_fields(transaction, recipient, hostname, now),
        "",
        f"--{boundary}",
        f"Content-Type: {'message/rfc822' if whole else 'text/rfc822-headers'}",
        f"Content-Transfer-Encoding: {'7bit' if returned.isascii() else '8bit'}",
        "",
        "",
    ]
    end = f"\r\n--{boundary}--\r\n"
    return "\r\n".join(lines).encode() + returned + end.encode()


def _explanation(recipient: Recipient, hostname: str) -> list[str]:
    action, _, diagnostic, _ = _WORDING[recipient.outcome]
    return [
        f"This is the mail system at host {hostname}.",
        "",
        f"<{recipient.address}>: {action} ({diagnostic})",
    ]


def _fields(
    transaction: Transaction, recipient: Recipient, hostname: str, now: datetime
) -> list[str]:
    action, status, diagnostic, _ = _WORDING[recipient.outcome]
    fields = [f"Reporting-MTA: dns; {hostname}"]
    if transaction.envelope_id:
        fields.append(f"Original-Envelope-Id: {_plain(transaction.envelope_id)}")
    fields += [f"Arrival-Date: {format_datetime(transaction.at)}", ""]
    if recipient.original:
        kind, _, address = recipient.original.partition(";")
        fields.append(f"Original-Recipient: {kind};{_plain(address)}")
    return [
        *fields,
        f"Final-Recipient: rfc822;{recipient.address}",
        f"Action: {action}",
        f"Status: {status}",
        f"Diagnostic-Code: smtp; {diagnostic}",
        f"Last-Attempt-Date: {format_datetime(now)}",
    ]


def _plain(xtext: str) -> str:
    """Decode xtext (RFC 3461 section 4)."""
    decoded = re.sub(r"\+([0-9A-F]{2})", lambda code: chr(int(code[1], 16)), xtext)
    return decoded.encode("latin-1", "replace").decode("utf-8", "replace")
