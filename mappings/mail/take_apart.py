"""One raw message to a ``MailContent``: nothing is judged, nothing is lost, nothing else is raised.

Damage is repaired where the meaning stays clear, and each repair is a warning in the record.
"""

import hashlib

from domain.errors import MalformedDocument
from domain.ids import Address, MessageId
from domain.reading import MailContent
from mappings.mail.attachments import attachments
from mappings.mail.body import body_text
from mappings.mail.delivery_report import delivery_reports, returned_fields
from mappings.mail.headers import Fields, identifiers, instant, mailboxes
from mappings.mail.parts import WHAT, Budget, Limits, read_parts
from mappings.mail.quoting import split_quoted
from mappings.mail.text import decode_words
from mappings.mail.tokens import find_subject_tokens, find_tokens
from mappings.mail.unwrap import unwrap

DEFAULT_LIMITS = Limits()

# Where the mail systems on the way write for whom a message was.
_RECIPIENT_FIELDS = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to")
_RETURNED_TOKEN_FIELDS = ("reply-to", "return-path")
_AUTHORS = "from"
_FIELDS_KEPT = 300
_VALUE_KEPT = 2_000
_THREAD_KEPT = 200


def take_apart(raw: bytes, *, limits: Limits = DEFAULT_LIMITS) -> MailContent:
    """Read one whole RFC 5322 message.

    ``thread`` begins with the nearest message: In-Reply-To, then References from the last one
    on, then the identifiers of messages held or returned inside. ``body_digest`` is the SHA-256
    of all octets after the header, so the traces of two deliveries do not matter. A message
    without identifier gets one made of its digest. Texts and names are NFC.

    Raises ``MalformedDocument`` when there is no header at all, ``TooLarge`` beyond ``limits``.
    """
    budget = Budget(limits)
    root, body_start, warnings = read_parts(raw, budget)
    if not root.fields.items:
        raise MalformedDocument(WHAT, "it does not begin with a header")
    fields = root.fields
    root = unwrap(root, budget, warnings)
    text = body_text(root, limits, warnings)
    new_text, quoted_text = split_quoted(text)
    digest = hashlib.sha256(raw[body_start:]).hexdigest()
    returned = returned_fields(root)
    sender_name, sender = _sender(fields)
    to = [address for _, address in mailboxes(fields.all(*_RECIPIENT_FIELDS))]
    subject = _subject(fields, warnings)
    reports = delivery_reports(root, text)
    return MailContent(
        message_id=_identifier(fields, digest),
        body_digest=digest,
        sender=sender,
        sender_name=sender_name,
        recipients=tuple(dict.fromkeys(to)),
        subject=subject,
        date=instant(fields.first("date")),
        thread=_thread(fields, returned),
        tokens=find_tokens([*to, *_token_places(fields, returned, bool(reports))]),
        subject_tokens=find_subject_tokens(subject),
        headers=_kept(fields),
        new_text=new_text,
        quoted_text=quoted_text,
        attachments=attachments(root, limits),
        reports=reports,
        warnings=tuple(dict.fromkeys(warnings)),
    )


def _sender(fields: Fields) -> tuple[str, Address | None]:
    """Return name and address of the author; of the sender only where nobody is the author."""
    authors = fields.all("from")
    named = any("@" in value for value in authors)
    others = [] if named else fields.all("sender", "return-path")
    return next(iter(mailboxes([*authors, *others])), ("", None))


def _subject(fields: Fields, warnings: list[str]) -> str:
    repaired: list[str] = []
    subject = decode_words(fields.first("subject"), repaired)
    warnings += [f"the subject: {warning}" for warning in repaired]
    return " ".join(subject.split())


def _identifier(fields: Fields, body_digest: str) -> MessageId:
    given = identifiers(fields.first("message-id"))
    if given:
        return given[0]
    # Fields that every copy of the message shares keep messages with an empty body apart.
    parts = [body_digest, *(fields.first(name) for name in ("from", "date", "subject"))]
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    return MessageId(f"<{digest[:32]}@no-message-id.invalid>")


def _thread(fields: Fields, returned: list[Fields]) -> tuple[MessageId, ...]:
    near = identifiers(fields.first("in-reply-to"))
    earlier = identifiers(fields.first("references"))[::-1]
    inside = [
        identifier
        for inner in returned
        for name in ("message-id", "in-reply-to", "references")
        for identifier in identifiers(inner.first(name))
    ]
    return tuple(dict.fromkeys([*near, *earlier, *inside]))[:_THREAD_KEPT]


def _token_places(fields: Fields, returned: list[Fields], report: bool) -> list[str]:
    """Return further addresses that may carry our token.

    A report returns the header of our own message. A message that a person attached may have
    been meant for somebody else, so its addresses say nothing about the person.
    """
    inside = returned if report else []
    return [
        *fields.all("return-path"),
        *(value for inner in inside for value in inner.all(*_RETURNED_TOKEN_FIELDS)),
    ]


def _kept(fields: Fields) -> tuple[tuple[str, str], ...]:
    """Return the fields that the classification reads; authors come whole and undecoded.

    An encoded word must never become an address, nor hide one.
    """
    authors = [(_AUTHORS, value) for value in fields.all(_AUTHORS)]
    others = [item for item in fields.items if item[0] != _AUTHORS]
    return (
        *authors,
        *((name, decode_words(value[:_VALUE_KEPT])) for name, value in others[:_FIELDS_KEPT]),
    )
