"""Machine reports about our own mail: delivery status (RFC 3464, 6533) and receipts (RFC 8098).

Anyone can forge such a report; what it is worth is decided where it is matched to a dispatch.
"""

import re
from collections.abc import Iterator
from itertools import islice

from domain.ids import Address, MessageId
from domain.reading import DeliveryReport
from domain.status import DispatchEvent
from mappings.mail.bounce_text import bounces_in_words
from mappings.mail.disposition import BY_PROGRAM, automatic, event_of
from mappings.mail.headers import Fields, addresses, identifiers, split_header
from mappings.mail.parts import Part

_DETAIL = 500
_RECIPIENTS = 200
_REPORT_OCTETS = 256 * 1024
_RETURNED_OCTETS = 64 * 1024
_PARTS_READ = 10
"""Reports have one such part each; 50 MB of header fields in a part took a minute to read."""

_STATUS_PARTS = frozenset({"message/delivery-status", "message/global-delivery-status"})
_RECEIPT_PARTS = frozenset(
    {"message/disposition-notification", "message/global-disposition-notification"}
)
_HEADER_PARTS = frozenset({"text/rfc822-headers", "message/global-headers"})

ACTIONS = {
    "failed": DispatchEvent.BOUNCED,
    "delayed": DispatchEvent.DELAYED,
    "delivered": DispatchEvent.DELIVERED,
    "relayed": DispatchEvent.RELAYED,
    # Delivered to a list and passed on from there: no more will be heard of it.
    "expanded": DispatchEvent.RELAYED,
}
"""RFC 3464 section 2.3.3."""

_STATUS_CLASSES = {"4": DispatchEvent.DELAYED, "5": DispatchEvent.BOUNCED}
"""RFC 3463 section 3.1, for reports whose action is missing; 2 may mean two actions."""

_UTF8_ESCAPE = re.compile(r"\\x\{([0-9A-Fa-f]{1,6})\}")
_BLANK_LINES = re.compile(rb"(?:\r?\n[ \t]*){2,}")


def returned_fields(root: Part) -> list[Fields]:
    """Return the headers of messages that this one holds or returns, whole or headers only."""
    found: list[Fields] = []
    read = 0
    for part in root.walk():
        if part.is_message:
            found.append(part.children[0].fields)
        elif part.media_type in _HEADER_PARTS and read < _PARTS_READ:
            read += 1
            end = min(len(part.content), _RETURNED_OCTETS)
            found.append(split_header(part.content, 0, end)[0])
    return found


def delivery_reports(root: Part, body: str) -> tuple[DeliveryReport, ...]:
    """Return what a message reports about delivery or display, one entry per recipient.

    ``body`` is the message's own text; it is read only where a mail system writes plainly, and
    where a notice ``deleted`` says there that the letter was refused.
    """
    parts = ((part, top) for top in _own(root) for part in _reporting(top))
    found: list[DeliveryReport] = []
    for part, top in islice(parts, _PARTS_READ):
        found += (
            _status(part, top) if part.media_type in _STATUS_PARTS else _receipt(part, top, body)
        )
    return tuple(found[:_RECIPIENTS] or bounces_in_words(root, body, _original(root)))


def _own(part: Part) -> Iterator[Part]:
    """Yield the parts that this message's sender wrote: a report that a person encloses is none."""
    yield part
    if not part.is_message:
        for child in part.children:
            yield from _own(child)


def _reporting(top: Part) -> list[Part]:
    kinds = _STATUS_PARTS | _RECEIPT_PARTS
    return [part for part in top.children if part.media_type in kinds]


def _blocks(part: Part) -> list[Fields]:
    content = part.content[:_REPORT_OCTETS]
    pieces = _BLANK_LINES.split(content.strip(b"\r\n") + b"\n")
    fields = (split_header(piece, 0, len(piece))[0] for piece in pieces[: _RECIPIENTS + 1])
    return [block for block in fields if block.items]


def _original(top: Part) -> MessageId | None:
    found = [
        identifier
        for fields in returned_fields(top)
        for identifier in identifiers(fields.first("message-id"))
    ]
    return found[0] if found else None


def _status(part: Part, top: Part) -> list[DeliveryReport]:
    blocks = _blocks(part)
    envelope = next((b.text("original-envelope-id") for b in blocks), "") or None
    # Gmail names it here too, and not always returns the header.
    named = (name for b in blocks for name in identifiers(b.first("x-original-message-id")))
    original = _original(top) or next(named, None)
    return [
        DeliveryReport(
            event=_outcome(block),
            recipient=_recipient(block),
            detail=_join(block.text("action"), block.text("status"), block.text("diagnostic-code")),
            original_message_id=original,
            envelope_id=envelope,
        )
        for block in blocks
        if block.first("action") or block.first("final-recipient")
    ]


def _outcome(block: Fields) -> DispatchEvent | None:
    action = block.first("action").partition("(")[0].strip().lower()
    return ACTIONS.get(action) if action else _STATUS_CLASSES.get(block.first("status")[:1])


def _receipt(part: Part, top: Part, said: str) -> list[DeliveryReport]:
    block = Fields(tuple(item for fields in _blocks(part) for item in fields.items))
    disposition = block.text("disposition")
    named = identifiers(block.first("original-message-id"))
    weak = f"({BY_PROGRAM})" if automatic(disposition) else ""
    return [
        DeliveryReport(
            event=event_of(disposition, said),
            recipient=_recipient(block),
            detail=_join(disposition, weak, block.text("error"), block.text("failure")),
            original_message_id=named[0] if named else _original(top),
            envelope_id=block.text("original-envelope-id") or None,
        )
    ]


def _recipient(block: Fields) -> Address | None:
    """Return the address that we wrote to, as far as the report still knows it."""
    for name in ("original-recipient", "final-recipient"):
        kind, _, value = block.first(name).rpartition(";")
        if "utf-8" in kind.lower():
            value = _UTF8_ESCAPE.sub(lambda found: _character(found[1]), value)
        found = addresses([value])
        if found:
            return found[0]
    return None


def _character(code: str) -> str:
    number = int(code, 16)
    return chr(number) if number <= 0x10FFFF else "\ufffd"


def _join(*pieces: str) -> str:
    return " ".join(" ".join(pieces).split())[:_DETAIL]
