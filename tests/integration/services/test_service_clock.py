"""Clocks that jump, and a daemon that slept: nobody is written to twice, nothing is left out."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from connector.email.memory import Behaviour
from domain.campaign import Channel
from domain.facts import AssignmentMade
from domain.state import DispatchState
from domain.status import AssignmentStatus, DispatchStatus, RoundStatus
from tests.integration.services.service_parts import MINH_TIEN, Y_TE, YEN_SON, short_letter
from tests.integration.services.service_world import World

HOUR = timedelta(hours=1)
REMINDING = datetime(2024, 11, 5, 1, 30, tzinfo=UTC)
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


@pytest.mark.parametrize("jump", [timedelta(days=31), timedelta(days=-31)])
def test_a_clock_that_jumps_a_month_and_comes_back(begun: World, jump: timedelta) -> None:
    before = [r.event.fact for r in begun.app.ledger.events()]
    begun.turn(later=jump)
    begun.turn(later=-jump)
    made = [r.event.fact for r in begun.app.ledger.events() if r.event.fact not in before]
    assert not any(isinstance(fact, AssignmentMade) for fact in made)
    mailed = Counter(d.message_id for d in begun.app.ledger.select(DispatchState) if d.message_id)
    assert set(mailed.values()) == {1}
    assert begun.app.ledger.differences() == []


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
