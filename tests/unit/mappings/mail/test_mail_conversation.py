"""The index by which Outlook knows a conversation."""

from base64 import b64decode
from datetime import UTC, datetime, timedelta

import pytest

from domain.ids import MessageId
from mappings.mail.conversation import Conversation, thread_index

BEGAN = datetime(2024, 5, 8, 2, 0, tzinfo=UTC)
ROOT, REMINDER = MessageId("<abc@huulung.example>"), MessageId("<def@huulung.example>")
TALK = Conversation(topic="V/v triển khai", root=ROOT, began=BEGAN)


def test_the_first_message_has_the_header_block_only() -> None:
    index = b64decode(thread_index(TALK, ROOT, BEGAN))
    assert len(index) == 22
    # 2024-05-08 02:00 UTC is 133 596 072 000 000 000 tenths of a microsecond from 1601 on.
    assert int.from_bytes(index[:6] + b"\0\0", "big") == pytest.approx(
        133_596_072_000_000_000, abs=1 << 16
    )
    assert index[0] == 1


def test_a_later_message_lengthens_it() -> None:
    first = b64decode(thread_index(TALK, ROOT, BEGAN))
    later = b64decode(thread_index(TALK, REMINDER, BEGAN + timedelta(hours=1)))
    assert later[:22] == first
    assert len(later) == 27
    assert int.from_bytes(later[22:26], "big") == 3600 * 10_000_000 >> 18


def test_after_years_the_coarser_clock_counts() -> None:
    later = b64decode(thread_index(TALK, REMINDER, BEGAN + timedelta(days=900)))
    clock = int.from_bytes(later[22:26], "big")
    assert clock >> 31 == 1
    assert clock & 0x7FFFFFFF == 900 * 86_400 * 10_000_000 >> 23


def test_a_clock_that_was_set_back_makes_no_index_impossible() -> None:
    later = b64decode(thread_index(TALK, REMINDER, BEGAN - timedelta(hours=1)))
    assert int.from_bytes(later[22:26], "big") == 0


def test_conversations_differ() -> None:
    other = Conversation(topic=TALK.topic, root=REMINDER, began=BEGAN)
    assert thread_index(other, REMINDER, BEGAN) != thread_index(TALK, ROOT, BEGAN)
