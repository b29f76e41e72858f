"""A clock that is set back or forwards under a working daemon, in the weeks of the reminders.

An office that answers nothing has in its mailbox what was sent: the letter, and each reminder once.
"""

from datetime import UTC, datetime, timedelta

import pytest

from tests.system.crash.story import PHASES
from tests.system.faults.conftest import Begin
from tests.system.faults.played import Played, assert_each_once

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

AUTUMN = datetime(2024, 10, 20, 2, 0, tzinfo=UTC)
FIRST = datetime(2024, 10, 25, 1, 10, tzinfo=UTC)
"""Ten minutes after the reminder ten working days before 8 November, Friday before the deadline."""
SECOND = datetime(2024, 11, 11, 1, 10, tzinfo=UTC)
MONTH, HOUR = timedelta(days=31), timedelta(hours=1)
COMPILED = PHASES[3]
SILENT = 6
"""The recipient that does not answer its first letter, by mail."""


def stepped(begin: Begin, step: timedelta) -> Played:
    """Return a campaign whose clock was set while letters left, on a Sunday in October."""
    campaign = begin(wired=True)
    campaign.place.jump(AUTUMN)
    campaign.start()
    with campaign.letters_leaving():
        campaign.place.step(step)
    return campaign


def reached(campaign: Played, at: datetime) -> None:
    """Set the clock, and wait for a turn of the daemon by it."""
    campaign.place.step(at - campaign.place.now())
    campaign.until(lambda: f"{at:%Y-%m-%dT%H}" in campaign.sign(), f"a turn at {at}")


def letters(campaign: Played) -> int:
    return campaign.letters(campaign.place.recipients[SILENT])


def reminded(campaign: Played, at: datetime, there: int) -> None:
    """See that a reminder comes to those that lie there, once its time has come."""
    reached(campaign, at)
    campaign.until(lambda: letters(campaign) > there, f"the reminder of {at:%d %B}")
    assert letters(campaign) == there + 1


def test_a_clock_that_is_set_back_an_hour(begin: Begin) -> None:
    campaign = stepped(begin, -HOUR)
    campaign.until(lambda: not campaign.waits(), "all is settled")
    reminded(campaign, FIRST, 1)
    reached(campaign, FIRST - HOUR)
    reached(campaign, FIRST)
    assert_each_once(campaign.end())
    assert letters(campaign) == 2


def test_a_clock_that_is_set_forwards_a_month(begin: Begin) -> None:
    campaign = stepped(begin, MONTH)
    assert_each_once(campaign.end(phase=COMPILED))


def test_a_clock_that_is_set_forwards_and_back_again(begin: Begin) -> None:
    """Whatever was sent a month ahead, each real reminder still goes out on its day."""
    campaign = stepped(begin, MONTH)
    campaign.until(lambda: not campaign.waits(COMPILED), "all is settled a month later")
    there = letters(campaign)
    reached(campaign, AUTUMN)
    reminded(campaign, FIRST, there)
    reminded(campaign, SECOND, there + 1)
    assert_each_once(campaign.end(phase=COMPILED))
    assert letters(campaign) == there + 2
