"""A turn that lasts: its letters keep to the rate and the quiet hours of the instant they leave."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from structlog.testing import capture_logs

from domain.campaign import Channel
from domain.errors import DeliveryUnknown
from domain.intents import Probe
from domain.state import DispatchState
from domain.status import DispatchStatus
from dondoc.pace import Pace
from dondoc.services.handing_over import Resting, hand_over
from dondoc.services.turn import turn
from schedulers.calendar import LOCAL
from schedulers.quiet import QuietHours
from tests.integration.services.service_parts import MINH_TIEN, issued
from tests.integration.services.service_world import World

MAILS = 3
"""Offices of the small district that get a letter by mail."""

SECOND = timedelta(seconds=1)
NIGHT = QuietHours(begins=time(22), ends=time(6, 30))
EVENING = datetime(2024, 5, 8, 21, 55, tzinfo=LOCAL)


def with_mail(world: World, *, pace: Pace | None = None, quiet: QuietHours | None = None) -> None:
    assert world.app.mail is not None
    world.change(mail=replace(world.app.mail, pace=pace or Pace(), quiet=quiet))


def mails(world: World) -> Counter[DispatchStatus]:
    found = world.app.ledger.select(DispatchState)
    return Counter(d.status for d in found if d.channel is Channel.EMAIL)


def test_a_turn_that_lasts_into_the_night_leaves_the_rest_for_the_morning(world: World) -> None:
    with_mail(world, quiet=NIGHT)
    world.put(issued())
    world.now = EVENING

    def clock() -> datetime:
        return EVENING + timedelta(minutes=5 * world.line.tried)

    with capture_logs() as logs:
        turn(world.app, EVENING, clock=clock)
    assert mails(world) == {DispatchStatus.ACCEPTED: 1, DispatchStatus.PLANNED: MAILS - 1}
    (told,) = (line for line in logs if line["event"] == "mail_quiet_hours")
    assert told["until"] == "2024-05-09T06:30:00+07:00"
    world.turn(later=timedelta(hours=1))
    assert world.line.tried == 1
    world.turn(to=datetime(2024, 5, 9, 6, 30, tzinfo=LOCAL))
    assert mails(world) == {DispatchStatus.ACCEPTED: MAILS}


def test_the_exchange_has_no_quiet_hours(world: World) -> None:
    with_mail(world, quiet=NIGHT)
    world.put(issued())
    world.now = EVENING
    turn(world.app, EVENING, clock=lambda: EVENING + timedelta(minutes=5))
    found = world.app.ledger.select(DispatchState, channel=Channel.EXCHANGE)
    assert {d.status for d in found} == {DispatchStatus.ACCEPTED}
    assert mails(world) == {DispatchStatus.PLANNED: MAILS}


@pytest.mark.parametrize(("repeat", "done"), [(False, 1), (True, 0)])
def test_evidence_is_looked_for_at_night_too_but_nothing_repeated(
    world: World, repeat: bool, done: int
) -> None:
    world.line.cut = DeliveryUnknown("smtp", "cut")
    world.began(issued())
    with_mail(world, quiet=NIGHT)
    tried = world.line.tried
    lost = world.dispatch(MINH_TIEN, Channel.EMAIL)
    assert lost.status is DispatchStatus.UNCERTAIN
    probe = Probe(about=lost.about, dispatch=lost.dispatch, why="test", repeat=repeat)
    now = world.now + timedelta(hours=1)
    midnight = datetime(2024, 5, 9, tzinfo=LOCAL)
    assert hand_over(world.app, probe, Resting(), now, lambda: midnight) == done
    assert world.line.tried == tried


def test_a_letter_counts_for_the_minute_in_which_it_leaves(world: World) -> None:
    with_mail(world, pace=Pace(2))
    world.put(issued())
    began = world.now
    turn(world.app, began, clock=lambda: began + 55 * SECOND)
    some = {DispatchStatus.ACCEPTED: 2, DispatchStatus.PLANNED: MAILS - 2}
    assert mails(world) == some
    world.turn(later=60 * SECOND)
    assert mails(world) == some
    world.turn(later=55 * SECOND)
    assert mails(world) == {DispatchStatus.ACCEPTED: MAILS}


def test_a_turn_that_lasts_more_than_a_minute_sends_on(world: World) -> None:
    with_mail(world, pace=Pace(1))
    world.put(issued())
    began = world.now
    turn(world.app, began, clock=lambda: began + 60 * SECOND * world.line.tried)
    assert mails(world) == {DispatchStatus.ACCEPTED: MAILS}
