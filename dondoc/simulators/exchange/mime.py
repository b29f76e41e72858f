"""What Exchange reads out of a message's MIME content, and what it writes into it."""

from collections.abc import Iterable
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.utils import getaddresses

Person = tuple[str, str]
"""Display name and address."""

RECEIVERS = {"to": "To", "cc": "Cc", "bcc": "Bcc"}


def parsed(mime: bytes) -> Message:
    """Return a message as a tree; broken ones too."""
    return BytesParser(policy=policy.compat32).parsebytes(mime)


def header(message: Message, name: str) -> str:
    """Return a header decoded and on one line, empty when it is not there."""
    raw = message.get(name)
    if raw is None:
        return ""
    try:
        text = str(make_header(decode_header(str(raw))))
    except (LookupError, ValueError):
        text = str(raw)
    return " ".join(text.split())


def people(message: Message, name: str) -> list[Person]:
    """Return the persons that a header names."""
    found = getaddresses([str(value) for value in message.get_all(name, [])])
    return [(shown, address) for shown, address in found if address]


def header_block(mime: bytes) -> bytes:
    """Return everything before the first empty line, with its line ends."""
    head, blank, _ = mime.partition(b"\r\n\r\n")
    return head + b"\r\n" if blank else head


def without(mime: bytes, names: Iterable[str]) -> bytes:
    """Return a message without some of its header fields; nothing else changes."""
    dropped = tuple(f"{name.lower()}:".encode() for name in names)
    head, blank, body = mime.partition(b"\r\n\r\n")
    kept, keeping = [], True
    for line in head.split(b"\r\n"):
        if line[:1] not in (b" ", b"\t"):
            keeping = not line.lower().startswith(dropped)
        if keeping:
            kept.append(line)
    return b"\r\n".join(kept) + blank + body


def with_receivers(mime: bytes, receivers: dict[str, list[str]]) -> bytes:
    """Return a message that names the given receivers where its header names none."""
    message = parsed(mime)
    fields = [
        f"{RECEIVERS[kind]}: {', '.join(addresses)}\r\n".encode()
        for kind, addresses in receivers.items()
        if kind != "bcc" and addresses and RECEIVERS[kind] not in message
    ]
    return b"".join(fields) + mime


def composed(
    *,
    sender: str,
    receivers: dict[str, list[str]],
    subject: str,
    text: str,
    kind: str,
    message_id: str,
    date: str,
) -> bytes:
    """Return the MIME content of a message that was made from single properties."""
    made = EmailMessage(policy=policy.SMTP.clone(max_line_length=998))
    made["From"] = sender
    for name, field in RECEIVERS.items():
        if name != "bcc" and receivers.get(name):
            made[field] = ", ".join(receivers[name])
    made["Subject"], made["Message-ID"], made["Date"] = subject, message_id, date
    made.set_content(text, subtype="html" if kind == "HTML" else "plain", cte="base64")
    return made.as_bytes()


def with_attachment(mime: bytes, name: str, media_type: str, content: bytes) -> bytes:
    """Return a message with one more file."""
    message = BytesParser(EmailMessage, policy=policy.SMTP).parsebytes(mime)
    main, _, sub = (media_type or "application/octet-stream").partition("/")
    message.add_attachment(content, maintype=main, subtype=sub or "octet-stream", filename=name)
    return message.as_bytes()


def body_of(message: Message) -> tuple[str, str]:
    """Return kind (``Text`` or ``HTML``) and text of the first part that a person reads."""
    for part in message.walk():
        if part.get_content_maintype() == "text" and part.get_filename() is None:
            octets = part.get_payload(decode=True)
            text = octets.decode("utf-8", "replace") if isinstance(octets, bytes) else ""
            return ("HTML" if part.get_content_subtype() == "html" else "Text"), text
    return "Text", ""


def has_attachments(message: Message) -> bool:
    """Tell whether a message carries files."""
    return any(part.get_filename() for part in message.walk())
