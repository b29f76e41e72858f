"""What the mark beside a ledger says of the ledger that is found there."""

from datetime import UTC, datetime

from domain.facts import Event, MailboxRead, Recorded
from domain.mail import MailCursor
from domain.store_mark import lacks, mark_of

NOW = datetime(2024, 5, 9, 2, 0, tzinfo=UTC)


def recorded(sequence: int, key: str) -> Recorded:
    fact = MailboxRead(account="nq47", place="INBOX", cursor=MailCursor("1"))
    event = Event(source="test", source_key=key, occurred_at=NOW, fact=fact)
    return Recorded(sequence=sequence, recorded_at=NOW, event=event)


FIRST, SECOND, THIRD = recorded(1, "a"), recorded(2, "b"), recorded(3, "c")
MARK = mark_of(FIRST, SECOND)


def test_a_ledger_that_has_the_marked_event_lacks_nothing() -> None:
    assert not lacks(MARK, FIRST, SECOND)
    assert not lacks(mark_of(FIRST, FIRST), FIRST, FIRST)


def test_one_that_ends_before_it_lacks_something() -> None:
    assert lacks(MARK, FIRST, None)


def test_so_does_one_that_went_on_otherwise() -> None:
    assert lacks(MARK, FIRST, recorded(2, "another"))


def test_an_empty_one_took_the_place_of_the_one_that_was_marked() -> None:
    assert lacks(MARK, None, None)


def test_of_another_ledger_the_mark_says_nothing() -> None:
    assert not lacks(MARK, recorded(1, "another"), None)
    assert not lacks(mark_of(FIRST, THIRD), recorded(1, "another"), THIRD)
