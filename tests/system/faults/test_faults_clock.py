"""A clock that is set back or forwards under a working daemon."""

from datetime import timedelta

import pytest

from tests.system.faults.conftest import Begin
from tests.system.faults.played import assert_each_once

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]


@pytest.mark.parametrize(
    "step", [timedelta(hours=-1), timedelta(days=30)], ids=["back an hour", "forward a month"]
)
def test_a_clock_that_is_set_anew(begin: Begin, step: timedelta) -> None:
    campaign = begin(wired=True)
    campaign.start()
    with campaign.letters_leaving():
        campaign.place.step(step)
    assert_each_once(campaign.end())


def test_a_clock_that_is_set_forwards_and_back_again(begin: Begin) -> None:
    campaign = begin(wired=True)
    campaign.start()
    with campaign.letters_leaving():
        campaign.place.step(timedelta(days=30))
    campaign.until(lambda: "2024-06" in campaign.sign(), "a turn a month later")
    campaign.place.step(-timedelta(days=30))
    assert_each_once(campaign.end())
