"""By what Outlook and Exchange put the mails of one conversation together.

They do not go by References: a conversation is known by its topic, or by the first 22 octets of an
index that every answer lengthens (MS-OXOMSG sections 2.2.1.2 and 2.2.1.3; as header fields
Thread-Topic and Thread-Index, MS-OXCMAIL). A reminder has another subject than the letter, so that
without these fields it would stand alone.
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from domain.ids import MessageId

_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
_TICKS = 10
"""FILETIME counts tenths of a microsecond from 1601 on."""

_SHORT = 1 << 49
"""Ticks (1.7 years) below which a child block keeps the finer of two clocks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What the mails of a conversation share: subject, Message-ID and date of the first one."""

    topic: str
    root: MessageId
    began: datetime


def thread_index(conversation: Conversation, message: MessageId, at: datetime) -> str:
    """Return the index of a message in its conversation: the header block, and one child block.

    The identifiers are digests of the Message-IDs, so that a message always has the same index.
    """
    began = _filetime(conversation.began)
    guid = hashlib.sha256(conversation.root.encode()).digest()[:16]
    head = began.to_bytes(8, "big")[:6] + guid
    child = b"" if message == conversation.root else _child(_filetime(at) - began, message)
    return base64.b64encode(head + child).decode("ascii")


def _child(ticks: int, message: MessageId) -> bytes:
    passed = max(ticks, 0)
    # The first bit says which bits of the difference follow.
    clock = passed >> 18 if passed < _SHORT else 1 << 31 | passed >> 23 & 0x7FFFFFFF
    return clock.to_bytes(4, "big") + hashlib.sha256(message.encode()).digest()[:1]


def _filetime(at: datetime) -> int:
    return (at - _EPOCH) // _TICK * _TICKS
