"""Clocks that jump, and a daemon that slept: nobody is written to twice, nothing is left out."""

from datetime import UTC, datetime, timedelta

import pytest

from connector.email.memory import Behaviour
from domain.campaign import Channel
from domain.ids import OfficeId
from domain.state import DispatchState
from domain.status import AssignmentStatus, DispatchStatus, RoundStatus
from dondoc.services.status import campaign_status
from dondoc.views.standing import standing_view
from tests.integration.services.service_parts import (
    CAMPAIGN,
    MINH_TIEN,
    Y_TE,
    YEN_SON,
    short_letter,
)
from tests.integration.services.service_world import World

HOUR = timedelta(hours=1)
MONTH = timedelta(days=31)
AUTUMN = datetime(2024, 10, 20, 2, 0, tzinfo=UTC)
REMINDING = datetime(2024, 11, 5, 1, 30, tzinfo=UTC)
REMINDERS = [
    datetime(2024, 10, 25, 1, 30, tzinfo=UTC),
    REMINDING,
    datetime(2024, 11, 11, 1, 30, tzinfo=UTC),
    datetime(2024, 11, 13, 1, 30, tzinfo=UTC),
]
LONG_AFTER = datetime(2024, 12, 11, 1, 30, tzinfo=UTC)


def events(world: World) -> int:
    return len(list(world.app.ledger.events()))


def test_a_clock_that_is_set_back_an_hour_sends_nothing_again(begun: World) -> None:
    begun.turn(to=REMINDING)
    begun.turn()  # our own copies are read
    sent, known = len(begun.line.sent), begun.app.ledger.select(DispatchState)
    begun.turn(later=-HOUR)
    begun.turn(later=HOUR)
    assert len(begun.line.sent) == sent
    assert begun.app.ledger.select(DispatchState) == known
    assert begun.app.ledger.differences() == []


def test_an_answer_counts_though_the_clock_was_set_back(begun: World) -> None:
    begun.turn(to=REMINDING)
    begun.answer(MINH_TIEN, "Em gửi báo cáo ạ.", files=begun.report(MINH_TIEN))
    begun.turn(later=-HOUR)
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.REPORTED
    assert begun.app.ledger.differences() == []


def test_a_daemon_that_slept_through_the_deadline_acts_once_when_it_wakes(begun: World) -> None:
    """From May to December: of all reminders that fell due only what still makes sense is sent."""
    begun.turn(to=LONG_AFTER)
    assert begun.round().status is not RoundStatus.OPEN
    for office in (YEN_SON, MINH_TIEN, Y_TE):
        doors = [reminder.channel for reminder in begun.reminders(office)]
        assert len(doors) == len(set(doors))
    begun.turn()  # our own copies are read
    sent, known = len(begun.line.sent), events(begun)
    begun.turn(later=HOUR)
    assert len(begun.line.sent) == sent
    assert events(begun) == known
    assert begun.app.ledger.differences() == []


def mailed(world: World, office: OfficeId) -> int:
    """Return how many letters lie in an office's mailbox."""
    return len(world.mail.mail_for(world.office(office).emails[0]))


def reminded(world: World, *days: datetime) -> list[int]:
    """Run a turn on each of the days, and another later; return the letters in a mailbox then."""
    found = []
    for day in days:
        world.turn(to=day)
        world.turn(later=HOUR)
        found.append(mailed(world, MINH_TIEN))
    return found


def test_a_clock_that_jumps_a_month_and_comes_back_takes_no_reminder_away(begun: World) -> None:
    begun.turn(to=AUTUMN)
    assert mailed(begun, MINH_TIEN) == 1
    begun.turn(later=MONTH)
    assert mailed(begun, MINH_TIEN) == 2
    begun.turn(later=-MONTH)
    begun.turn(later=HOUR)
    assert mailed(begun, MINH_TIEN) == 2
    assert reminded(begun, *REMINDERS) == [3, 4, 5, 6]
    assert begun.app.ledger.differences() == []


def test_a_clock_that_was_a_month_behind_sends_nothing_again(begun: World) -> None:
    begun.turn(to=AUTUMN)
    begun.turn(later=-MONTH)
    begun.turn(later=MONTH)
    assert mailed(begun, MINH_TIEN) == 1
    assert reminded(begun, *REMINDERS) == [2, 3, 4, 5]


def test_who_got_the_letter_while_the_clock_was_ahead_is_reminded(world: World) -> None:
    world.put(short_letter())
    world.turn(to=AUTUMN + MONTH)
    world.turn(to=AUTUMN)
    assert mailed(world, MINH_TIEN) == 1
    assert reminded(world, *REMINDERS) == [2, 3, 4, 5]


def test_nobody_is_late_by_a_clock_that_was_ahead(begun: World) -> None:
    def late() -> set[OfficeId]:
        view = standing_view(campaign_status(begun.app, CAMPAIGN), begun.now)
        return {OfficeId(office["office"]) for office in view["offices"] if office["late"]}

    begun.turn(to=AUTUMN)
    begun.turn(later=MONTH)
    assert late() == {YEN_SON, MINH_TIEN, Y_TE}
    begun.answer(MINH_TIEN, "Em gửi báo cáo ạ.", files=begun.report(MINH_TIEN))
    begun.turn(later=-MONTH)
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.REPORTED
    assert late() == set()
    begun.turn(to=begun.round().due_at + HOUR)
    assert late() == {YEN_SON, Y_TE}


@pytest.mark.parametrize(
    ("how", "before"),
    [("tempfail", DispatchStatus.DEFERRED), ("lose_after_data", DispatchStatus.UNCERTAIN)],
)
def test_a_letter_does_not_wait_for_a_clock_that_was_a_month_ahead(
    world: World, how: Behaviour, before: DispatchStatus
) -> None:
    month, address = timedelta(days=30), world.office(MINH_TIEN).emails[0]
    world.mail.behave(address, how)
    world.put(short_letter())
    world.turn(later=month)
    assert world.dispatch(MINH_TIEN, Channel.EMAIL).status is before
    world.mail.behave(address, None)
    world.turn(later=-month)
    world.turn(later=HOUR)
    assert world.dispatch(MINH_TIEN, Channel.EMAIL).status is DispatchStatus.ACCEPTED
    assert len(world.mail.mail_for(address)) == 1
    assert world.app.ledger.differences() == []
