"""One outgoing message as octets: the same octets for the same letter, always.

Fields are encoded here with the Header class instead of the standard library's policies: with
``policy.SMTP`` a quarter of all Vietnamese subjects came out as another text (CPython issues
92081 and 144156), and long identifiers were encoded so that threads broke. Every text goes in
base64, so no line can be too long and no relay can change it. Before a message leaves this module
it is read back by the standard library's parser, and refused when anything reads differently.
"""

import base64
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.header import Header
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import quote

from domain.errors import InvariantViolation, MalformedDocument
from domain.ids import Address, MessageId
from domain.reading import MailAttachment
from mappings.mail.conversation import Conversation, thread_index
from mappings.mail.text import clean

LOCAL_TIME = timezone(timedelta(hours=7))
"""Asia/Ho_Chi_Minh, which knows no daylight saving time."""

LINE_OCTETS = 998
"""RFC 5322 section 2.1.1, without CRLF."""

_WHAT = "mail to be sent"
_FILE_NAME_OCTETS = 255

_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,255}")
_IDENTIFIER = re.compile(r"<[!-;=?-~]{1,200}>")
_TOKEN = re.compile(r"[!-~]{1,200}")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMail:
    """Everything that one message says. ``date`` is aware; it and ``message_id`` never change.

    ``thread`` lists the messages that this one follows, oldest first, ``conversation`` says so to
    Outlook. ``automatic`` marks what no
    person wrote, such as a reminder (RFC 3834). ``receipt_to`` asks for a receipt (RFC 8098).
    ``dondoc_id`` names the dispatch, so that our own mail coming back is recognised.
    """

    message_id: MessageId
    date: datetime
    sender: Address
    sender_name: str
    recipient: Address
    recipient_name: str = ""
    reply_to: Address | None = None
    subject: str
    text: str
    html: str
    attachments: tuple[MailAttachment, ...] = ()
    thread: tuple[MessageId, ...] = ()
    conversation: Conversation | None = None
    dondoc_id: str
    automatic: bool = False
    receipt_to: Address | None = None


def compose(letter: OutgoingMail) -> bytes:
    """Return the whole RFC 5322 message with CRLF line ends, no line over 998 octets.

    Raises ``MalformedDocument`` when a text would break the header (line ends, controls, a name
    that is too long, an address that is not plain ASCII) and ``InvariantViolation`` when the
    message does not read back as it was meant.
    """
    mark = hashlib.sha256(letter.message_id.encode()).hexdigest()[:32]
    texts = _multipart(
        "alternative",
        f"=_{mark}_a",
        [_text_part("plain", letter.text), _text_part("html", letter.html)],
    )
    if letter.attachments:
        files = [_file_part(file) for file in letter.attachments]
        texts = _multipart("mixed", f"=_{mark}_m", [texts, *files])
    raw = "\r\n".join([*_header(letter), texts, ""]).encode("ascii")
    _check(raw, letter)
    return raw


def _header(letter: OutgoingMail) -> list[str]:
    if letter.date.tzinfo is None:
        raise InvariantViolation(f"{letter.message_id}: its date has no time zone")
    return [
        f"From: {_mailbox(letter.sender_name, letter.sender)}",
        f"To: {_mailbox(letter.recipient_name, letter.recipient)}",
        *_optional("Reply-To", letter.reply_to and _mailbox("", letter.reply_to)),
        f"Subject: {_encoded(letter.subject, 'Subject')}",
        f"Message-ID: {_identifier(letter.message_id)}",
        f"Date: {format_datetime(letter.date.astimezone(LOCAL_TIME))}",
        *_optional("In-Reply-To", letter.thread and _identifier(letter.thread[-1])),
        *_optional("References", "\r\n ".join(map(_identifier, letter.thread))),
        *_conversation(letter),
        f"X-Dondoc-Id: {_plain(letter.dondoc_id, _TOKEN, 'dispatch identifier')}",
        *_optional("Auto-Submitted", letter.automatic and "auto-generated"),
        # "All" would stop the delivery reports and receipts that are wanted.
        *_optional("X-Auto-Response-Suppress", letter.automatic and "OOF, AutoReply"),
        *_optional(
            "Disposition-Notification-To", letter.receipt_to and _mailbox("", letter.receipt_to)
        ),
        "Content-Language: vi",
        "MIME-Version: 1.0",
    ]


def _conversation(letter: OutgoingMail) -> list[str]:
    talk = letter.conversation
    if talk is None:
        return []
    return [
        f"Thread-Topic: {_encoded(talk.topic, 'Thread-Topic')}",
        f"Thread-Index: {thread_index(talk, letter.message_id, letter.date)}",
    ]


def _optional(name: str, value: object) -> list[str]:
    return [f"{name}: {value}"] if value else []


def _plain(text: str, pattern: re.Pattern[str], what: str) -> str:
    if not pattern.fullmatch(text):
        raise MalformedDocument(_WHAT, f"{what} {text[:80]!r} has characters that it may not have")
    return text


def _identifier(identifier: str) -> str:
    return _plain(identifier, _IDENTIFIER, "Message-ID")


def _mailbox(name: str, address: Address) -> str:
    plain = f"<{_plain(address, _ADDRESS, 'address')}>"
    return f"{_encoded(name, 'Reply-To')}\r\n {plain}" if name else plain


def _encoded(text: str, field: str) -> str:
    """Return text as encoded words of RFC 2047, always: one way for every text, spaces kept."""
    if _CONTROL.search(text):
        raise MalformedDocument(_WHAT, f"{field} has a line end or control character")
    return Header(_nfc(text), "utf-8", header_name=field).encode(linesep="\r\n")


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _base64(content: bytes) -> str:
    return base64.encodebytes(content).decode("ascii").replace("\n", "\r\n")


def _part(lines: list[str], content: bytes) -> str:
    return "\r\n".join([*lines, "Content-Transfer-Encoding: base64", "", _base64(content)])


def _text_part(subtype: str, text: str) -> str:
    canonical = clean(text).strip("\n").replace("\n", "\r\n") + "\r\n"
    return _part([f"Content-Type: text/{subtype}; charset=utf-8"], canonical.encode())


def _multipart(subtype: str, boundary: str, parts: list[str]) -> str:
    # "=_" occurs in no base64 text, so the boundary is in no part.
    body = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
    return f'Content-Type: multipart/{subtype}; boundary="{boundary}"\r\n\r\n{body}--{boundary}--'


def _file_part(file: MailAttachment) -> str:
    """Return an attachment whose name every usual program shows.

    RFC 2231 for those that follow the standard; encoded words in ``name`` for older Outlook and
    webmail, which read nothing else. A second, plain ``filename`` would win over the true one in
    some programs, so there is none.
    """
    name = _nfc(file.name)
    octets = name.encode("utf-8", "replace")
    if not name or "/" in name or "\\" in name or len(octets) > _FILE_NAME_OCTETS:
        raise MalformedDocument(
            _WHAT, f"file name of {len(octets)} octets is empty, a path or long"
        )
    words = _encoded(name, "Content-Type")
    media_type = _plain(file.media_type, _MEDIA_TYPE, "media type")
    if media_type.startswith(("message/", "multipart/")):
        media_type = "application/octet-stream"  # these may not be in base64 (RFC 2046 5.2.1)
    lines = [
        f'Content-Type: {media_type};\r\n name="{words}"',
        f"Content-Disposition: attachment;\r\n filename*=utf-8''{quote(name, safe='')}",
    ]
    return _part(lines, file.content)


def _check(raw: bytes, letter: OutgoingMail) -> None:
    if any(len(line) > LINE_OCTETS for line in raw.split(b"\r\n")):
        raise InvariantViolation(f"{letter.message_id}: a line has over {LINE_OCTETS} octets")
    read = message_from_bytes(raw, policy=policy.default)
    wanted = {
        "subject": _nfc(letter.subject),
        "message-id": letter.message_id,
        "files": [_nfc(file.name) for file in letter.attachments],
        "contents": [file.content for file in letter.attachments],
    }
    for what, value in wanted.items():
        if _read_back(read, what) != value:
            raise InvariantViolation(f"{letter.message_id}: {what} would arrive changed")


def _read_back(read: EmailMessage, what: str) -> object:
    if what == "files":
        return [part.get_filename() for part in read.iter_attachments()]
    if what == "contents":
        return [part.get_payload(decode=True) for part in read.iter_attachments()]
    return str(read[what])
