"""What an arrival says of its message, in memory or not."""

from domain.content import Inline, whole
from domain.mail import MailArrival, MailPosition

PLACE = MailPosition("5:7")


def test_a_small_message_stands_in_memory() -> None:
    arrival = MailArrival(mailbox="INBOX", position=PLACE, cursor=None, raw=b"abc")
    assert (whole(arrival.content), arrival.size) == (b"abc", 3)


def test_a_large_message_lies_elsewhere() -> None:
    large = Inline(b"abcdef")
    arrival = MailArrival(mailbox="INBOX", position=PLACE, cursor=None, raw=b"", large=large)
    assert (whole(arrival.content), arrival.size) == (b"abcdef", 6)


def test_a_message_that_is_not_given_has_its_size_and_its_header() -> None:
    arrival = MailArrival(mailbox="INBOX", position=PLACE, cursor=None, raw=b"abc", oversize=9)
    assert (whole(arrival.content), arrival.size) == (b"abc", 9)
