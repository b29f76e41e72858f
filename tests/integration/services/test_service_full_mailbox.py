"""A full mailbox is taken in and read part by part, each message once."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

import pytest

from connector.email.memory import INBOX
from domain.errors import PeerUnavailable
from domain.kinds import ReviewKind
from domain.mail import MailArrival, MailCursor
from domain.state import RawState
from domain.status import AssignmentStatus, RawStatus
from dondoc.services import collect_mail as taking
from dondoc.services import prepared as preparing
from dondoc.services.collect_mail import collect_mail
from dondoc.services.turn import mail_turn, turn
from tests.integration.services.service_parts import YEN_SON
from tests.integration.services.service_world import World

HOUR = timedelta(hours=1)
ANSWERS = 5


@pytest.fixture
def full(begun: World, monkeypatch: pytest.MonkeyPatch) -> World:
    begun.turn(later=HOUR)
    monkeypatch.setattr(taking, "_PART", 2)
    monkeypatch.setattr(taking, "_TAKEN_TOGETHER", 2)
    for number in range(ANSWERS):
        begun.answer(YEN_SON, f"Đã nhận được công văn, lần {number}.")
    begun.now += HOUR
    return begun


def arrived(world: World) -> list[RawState]:
    return world.app.ledger.select(RawState, status=RawStatus.ARRIVED)


def test_what_was_taken_in_is_recorded_before_the_rest_is_asked_for(full: World) -> None:
    waiting: list[int] = []
    taken = collect_mail(full.app, full.now, between=lambda: waiting.append(len(arrived(full))))
    assert (taken, waiting) == (ANSWERS, [2, 4])
    assert len(arrived(full)) == ANSWERS
    assert collect_mail(full.app, full.now) == 0


def test_a_stop_leaves_the_rest_of_the_mailbox_for_the_next_start(full: World) -> None:
    done = mail_turn(full.app, full.now, pause=lambda: bool(arrived(full)))
    assert (done.taken, done.read) == (2, 2)
    assert arrived(full) == []
    rest = mail_turn(full.app, full.now + HOUR)
    assert (rest.taken, rest.read) == (ANSWERS - 2, ANSWERS - 2)
    assert full.app.ledger.differences() == []


def test_a_stop_leaves_the_other_folders_and_what_waits_to_be_read(
    full: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparing, "TOGETHER", 2)
    assert collect_mail(full.app, full.now) == ANSWERS
    done = turn(full.app, full.now, pause=lambda: True)
    assert (done.taken, done.read, done.done) == (0, 2, 0)
    assert len(arrived(full)) == ANSWERS - 2


def test_each_message_is_read_once(full: World) -> None:
    done = mail_turn(full.app, full.now)
    assert (done.taken, done.read) == (ANSWERS, ANSWERS)
    assert arrived(full) == []
    assert full.assignment(YEN_SON).status is AssignmentStatus.ACKNOWLEDGED
    assert full.app.ledger.differences() == []


def test_a_mailbox_that_fails_between_two_parts_loses_nothing(
    full: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert full.app.mail is not None
    box = full.app.mail.inbox.mailbox
    real = box.arrivals

    def broken(*asked: object) -> Iterator[MailArrival]:
        yield from islice(real(*asked), 3)  # type: ignore[arg-type]
        raise PeerUnavailable("imap", "went away")

    monkeypatch.setattr(box, "arrivals", broken)
    assert mail_turn(full.app, full.now).read == 3
    monkeypatch.setattr(box, "arrivals", real)
    assert mail_turn(full.app, full.now + HOUR).read == ANSWERS - 3


def test_the_mailbox_is_asked_once_for_all_parts(
    full: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert full.app.mail is not None
    box = full.app.mail.inbox.mailbox
    real = box.arrivals
    asked: list[object] = []

    def counted(mailbox: str, after: MailCursor | None) -> Iterator[MailArrival]:
        asked.append(after)
        return real(mailbox, after)

    monkeypatch.setattr(box, "arrivals", counted)
    assert mail_turn(full.app, full.now).read == ANSWERS
    assert len(asked) == 1


def test_a_folder_of_which_each_part_ends_with_known_messages_is_taken_in(
    full: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert full.app.mail is not None
    box = full.app.mail.inbox.mailbox
    every = list(box.arrivals(INBOX, None))
    known, new = every[-ANSWERS + 2 :], every[-ANSWERS : -ANSWERS + 2]

    def only(*some: MailArrival) -> None:
        monkeypatch.setattr(box, "arrivals", lambda *_: iter(some))

    only(*known)
    assert collect_mail(full.app, full.now) == len(known)
    monkeypatch.setattr(taking, "_PART", 1)
    only(new[0], known[0], new[1], known[1])
    full.now += HOUR
    assert collect_mail(full.app, full.now) == len(new)
    assert full.reviews(ReviewKind.FAILED) == []
