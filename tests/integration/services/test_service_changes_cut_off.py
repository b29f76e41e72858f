"""A process that ends as it records a change of recipients: the next one does it, once.

These are boundaries of ``tests/system/crash`` that no campaign of its comes to.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.facts import AssignmentPassed, AssignmentRemoved, AssignmentRestored
from domain.office import Directory
from domain.state import DispatchState
from tests.integration.services.service_parts import MINH_TIEN, OFFICES, YEN_SON
from tests.integration.services.service_world import World
from tests.integration.services.test_service_succession import TUAN_SON, ends
from tests.system.crash.steps import SteppedLedger

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MOMENTS = pytest.mark.parametrize("moment", ["before", "after"])


class Killed(BaseException):
    """The process ends here."""


def killed_at(world: World, boundary: str) -> None:
    """Run a turn that ends at this boundary."""

    def reached(name: str) -> None:
        if name == boundary:
            raise Killed

    ledger = world.app.ledger
    world.change(ledger=SteppedLedger(ledger, reached))
    with pytest.raises(Killed):
        world.turn(later=HOUR)
    world.change(ledger=ledger)


def recorded(world: World, fact: type[object]) -> int:
    return sum(isinstance(one.event.fact, fact) for one in world.app.ledger.events())


def sent(world: World) -> list[str]:
    return sorted(d.dispatch for d in world.app.ledger.select(DispatchState) if d.attempts)


@MOMENTS
def test_a_kill_as_a_recipient_is_removed_or_put_back(world: World, moment: str) -> None:
    world.began()
    before = sent(world)
    fewer = [replace(o, groups=()) if o.id == MINH_TIEN else o for o in OFFICES]
    world.change(directory=Directory(fewer))
    killed_at(world, f"ledger.append {AssignmentRemoved.__name__} {moment}")
    assert recorded(world, AssignmentRemoved) == (moment == "after")
    world.turn(later=HOUR)
    world.change(directory=Directory(OFFICES))
    killed_at(world, f"ledger.append {AssignmentRestored.__name__} {moment}")
    assert recorded(world, AssignmentRestored) == (moment == "after")
    world.turn(later=HOUR)
    assert recorded(world, AssignmentRemoved) == recorded(world, AssignmentRestored) == 1
    assert not world.assignment(MINH_TIEN).removed
    assert sent(world) == before
    assert world.consistent() == []


@MOMENTS
def test_a_kill_as_a_duty_passes_on(world: World, moment: str) -> None:
    world.began()
    before = sent(world)
    ends(world, YEN_SON, TUAN_SON)
    world.turn(later=timedelta())
    world.now += 2 * DAY
    killed_at(world, f"ledger.append {AssignmentPassed.__name__} {moment}")
    assert recorded(world, AssignmentPassed) == (moment == "after")
    world.turn(later=HOUR)
    world.turn(later=HOUR)
    assert recorded(world, AssignmentPassed) == 1
    (letter,) = set(sent(world)) - set(before)
    assert TUAN_SON.id in letter
    assert world.consistent() == []
