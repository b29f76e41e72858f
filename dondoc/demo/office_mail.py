"""Messages as the mail programs of simulated offices write them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime, formataddr

_POLICY = policy.SMTP.clone(max_line_length=998)
_LOCAL = timezone(timedelta(hours=7))
_QUOTED_LINES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What an office needs of a message that it got in order to answer it."""

    message_id: str
    sender: str
    reply_to: str
    subject: str
    text: str
    automatic: bool
    report: bool

    @classmethod
    def of(cls, raw: bytes) -> "Received":
        """Read one message as a mail program does."""
        message = message_from_bytes(raw, policy=policy.default)
        body = message.get_body(("plain",))
        return cls(
            message_id=str(message["Message-ID"] or ""),
            sender=str(message["From"] or ""),
            reply_to=str(message["Reply-To"] or message["From"] or ""),
            subject=str(message["Subject"] or ""),
            text=body.get_content() if body is not None else "",
            automatic=message["Auto-Submitted"] is not None,
            report=message.get_content_type() == "multipart/report",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeMail:
    """A message that an office is about to send; ``files`` are (name, media type, octets).

    ``answers`` makes it a reply in the thread that quotes the letter. ``headers`` come on top.
    """

    sender: str
    sender_name: str
    to: str
    subject: str
    text: str
    at: datetime
    answers: Received | None = None
    files: Sequence[tuple[str, str, bytes]] = ()
    headers: Sequence[tuple[str, str]] = ()


def write(mail: OfficeMail) -> bytes:
    """Return the whole message; equal input gives equal octets, its Message-ID included."""
    message = EmailMessage(policy=_POLICY)
    seed = f"{mail.sender}\n{mail.at.isoformat()}\n{mail.subject}\n{mail.text}"
    mark = hashlib.sha256(seed.encode()).hexdigest()
    message["Message-ID"] = f"<{mark[:24]}@{mail.sender.rpartition('@')[2]}>"
    message["Date"] = format_datetime(mail.at.astimezone(_LOCAL))
    message["From"] = formataddr((mail.sender_name, mail.sender))
    message["To"] = mail.to
    message["Subject"] = mail.subject
    for name, value in mail.headers:
        message[name] = value
    if mail.answers is not None:
        message["In-Reply-To"] = mail.answers.message_id
        message["References"] = mail.answers.message_id
    message.set_content(mail.text + _quoted(mail))
    for name, media_type, content in mail.files:
        main, _, sub = media_type.partition("/")
        message.add_attachment(content, maintype=main, subtype=sub, filename=name)
    if message.is_multipart():
        message.set_boundary(f"----={mark[24:48]}")
    return message.as_bytes()


def _quoted(mail: OfficeMail) -> str:
    if mail.answers is None:
        return ""
    lines = mail.answers.text.splitlines()[:_QUOTED_LINES]
    quoted = "\n".join(f"> {line}" for line in lines)
    written = mail.at.astimezone(_LOCAL)
    head = f"Vào {written:%d/%m/%Y} lúc {written:%H:%M} {mail.answers.sender} đã viết:"
    return f"\n\n{head}\n\n{quoted}\n"


def read_receipt(received: Received, reader: str, at: datetime) -> bytes:
    """Return the receipt that a mail program sends when a letter is opened (RFC 8098)."""
    boundary = hashlib.sha256(f"{reader}{received.message_id}".encode()).hexdigest()[:24]
    lines = [
        f"From: {reader}",
        f"To: {received.reply_to}",
        "Subject: =?utf-8?b?xJDDoyDEkeG7jWM6IFBo4bqjbiBo4buTaQ==?=",
        f"Message-ID: <mdn.{boundary}@{reader.rpartition('@')[2]}>",
        f"Date: {format_datetime(at.astimezone(_LOCAL))}",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        "Content-Type: multipart/report; report-type=disposition-notification;",
        f' boundary="{boundary}"',
        "",
        f"--{boundary}",
        "Content-Type: text/plain; charset=us-ascii",
        "",
        "Thu da duoc mo.",
        f"--{boundary}",
        "Content-Type: message/disposition-notification",
        "",
        "Reporting-UA: simulated.example; Dondoc demo",
        f"Final-Recipient: rfc822;{reader}",
        f"Original-Message-ID: {received.message_id}",
        "Disposition: manual-action/MDN-sent-manually; displayed",
        "",
        f"--{boundary}--",
        "",
    ]
    return "\r\n".join(lines).encode("ascii")
