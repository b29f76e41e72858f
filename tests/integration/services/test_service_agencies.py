"""The exchange's table of units: when it is taken, and what stays when it cannot be."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from connector.store.memory import MemoryEvidence
from domain.errors import ConfigError, ListNotWhole, NotAllowed, PeerRefused, PeerUnavailable
from domain.exchange import Ability, Agency
from domain.facts import AgenciesConfirmed, AgenciesTaken
from domain.ids import OrganId
from domain.kinds import Decision, ReviewKind
from domain.state import AgenciesState
from dondoc.app import ExchangeDoor, Organs
from dondoc.services.agencies import EVERY, take_agencies
from dondoc.services.doctor_evidence import examine_all
from dondoc.services.organs import same_organ, table_held
from dondoc.services.resolve import Resolution, resolve
from tests.integration.services.service_parts import UNIT, Faulty
from tests.integration.services.service_world import World

HOUR = timedelta(hours=1)
CLERK = "Nguyễn Thị Lan"


class Listing(Faulty):
    """An exchange that gives the units that it is told to, and counts how often it is asked."""

    rows: Sequence[Agency] = ()
    asked = 0

    def agencies(self) -> list[Agency]:
        self.asked += 1
        super().agencies()
        return list(self.rows)


class Both(Listing):
    """An exchange with a second list, as VXP has it."""

    second: Sequence[Agency] = ()

    def agencies_qd20(self) -> list[Agency]:
        self._fail("agencies_qd20")
        return list(self.second)


class Sending(Listing):
    """An exchange that has no list of its units."""

    ABILITIES = frozenset(Ability) - {Ability.AGENCIES}


def unit(code: str, old: str = "", name: str = "") -> Agency:
    return Agency(id=code, code=OrganId(code), old_code=OrganId(old) if old else None, name=name)


FOUR = [unit(f"H37.99.{n}", f"000.{n:02d}.77.H37") for n in range(4)]


def listing(world: World, kind: type[Listing] = Listing) -> Listing:
    """Put an exchange with four units in place of the world's own."""
    exchange = kind(world.offices._hub, "ours")
    exchange.rows = FOUR
    world.exchange = exchange
    world.change(exchange=ExchangeDoor(name="truc", exchange=exchange), organs=Organs())
    return exchange


def state(world: World) -> AgenciesState | None:
    return world.app.ledger.get(AgenciesState, ("truc",))


def in_force(world: World) -> AgenciesState:
    found = state(world)
    assert found is not None
    return found


def facts(world: World) -> list[str]:
    found = (recorded.event.fact for recorded in world.app.ledger.events())
    kinds = (AgenciesTaken, AgenciesConfirmed)
    return [type(fact).__name__ for fact in found if isinstance(fact, kinds)]


def ends_with(world: World, a: str = "000.01.77.H37", b: str = "H37.99.1") -> bool:
    return same_organ(world.app, OrganId(a), OrganId(b))


def test_the_table_is_taken_once_a_day_and_recorded_when_it_changed(world: World) -> None:
    exchange = listing(world)
    world.turn()
    first = in_force(world)
    assert (first.units, first.pairs, first.taken_at) == (4, 4, world.now)
    assert b"000.01.77.H37" in world.app.evidence.get(first.digest)
    assert ends_with(world)
    world.turn(later=EVERY - HOUR)
    assert exchange.asked == 1
    exchange.rows = list(reversed(FOUR))
    world.turn(later=HOUR)
    confirmed = in_force(world)
    assert (confirmed.digest, confirmed.taken_at) == (first.digest, first.taken_at)
    assert confirmed.confirmed_at == world.now
    exchange.rows = [*FOUR, unit("H37.99.9", "000.09.77.H37")]
    world.turn(later=EVERY)
    assert in_force(world).units == 5
    assert ends_with(world, "000.09.77.H37", "H37.99.9")
    assert facts(world) == ["AgenciesTaken", "AgenciesConfirmed", "AgenciesTaken"]
    assert world.consistent() == []


def test_a_restart_uses_the_kept_table_without_asking(world: World) -> None:
    exchange = listing(world)
    world.turn()
    world.change(organs=Organs())
    exchange.errors["agencies"] = PeerUnavailable("truc", "it is switched off")
    assert ends_with(world)
    world.turn(later=HOUR)
    assert exchange.asked == 1
    assert ends_with(world)


@pytest.mark.parametrize(
    "error",
    [PeerUnavailable("truc", "off"), PeerRefused("truc", "20", "internal error"), ConfigError(())],
)
def test_an_exchange_that_gives_no_table_changes_nothing(world: World, error: Exception) -> None:
    exchange = listing(world)
    world.turn()
    exchange.errors["agencies"] = error
    taken = exchange.asked
    for _ in range(3):
        world.turn(later=EVERY / 3)
    assert exchange.asked == taken + 1
    world.turn(later=HOUR / 2)
    assert exchange.asked == taken + 1
    world.turn(later=HOUR / 2)
    assert exchange.asked == taken + 2
    assert ends_with(world)
    assert facts(world) == ["AgenciesTaken"]
    assert world.reviews() == []
    del exchange.errors["agencies"]
    world.turn(later=HOUR)
    assert facts(world) == ["AgenciesTaken", "AgenciesConfirmed"]


def test_a_bug_while_taking_it_is_told_and_stops_nothing_else(world: World) -> None:
    listing(world).errors["agencies"] = ZeroDivisionError()
    world.began()
    assert "units of truc: Dondoc failed on it" in world.review(ReviewKind.FAILED).reason
    assert world.app.campaigns
    assert world.round().round == "2024"


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        ([], "gives 0 units instead of 4"),
        (FOUR[:1], "gives 1 units instead of 4"),
        ([replace(row, old_code=None) for row in FOUR], "old identifiers of 0 units instead of 4"),
    ],
)
def test_a_table_that_shrank_far_stops_and_asks(
    world: World, rows: list[Agency], what: str
) -> None:
    exchange = listing(world)
    world.turn()
    whole = in_force(world)
    exchange.rows = rows
    world.turn(later=EVERY)
    world.turn(later=HOUR)
    review = world.review(ReviewKind.AGENCIES)
    assert what in review.reason
    assert in_force(world) == whole
    assert ends_with(world)
    # What it would be replaced by lies in the evidence, for the person who decides.
    assert review.evidence is not None
    assert world.app.evidence.get(review.evidence).startswith(b"[")
    resolve(world.app, review.review, Resolution(decision=Decision.NOTED, by=CLERK), world.now)
    world.turn(later=EVERY)
    assert world.reviews() == []
    assert in_force(world) == whole
    exchange.rows = [*FOUR, unit("H37.99.9")]
    world.turn(later=EVERY)
    assert in_force(world).units == 5
    # After another table was in force it is another question.
    exchange.rows = rows
    world.turn(later=EVERY)
    assert len(world.reviews(ReviewKind.AGENCIES)) == 1
    assert world.consistent() == []


def test_a_person_may_accept_the_smaller_table(world: World) -> None:
    exchange = listing(world)
    world.turn()
    exchange.rows = FOUR[:1]
    world.turn(later=EVERY)
    review = world.review(ReviewKind.AGENCIES)
    resolve(world.app, review.review, Resolution(decision=Decision.ACCEPT, by=CLERK), world.now)
    world.turn(later=timedelta(minutes=1))
    assert in_force(world).units == 1
    assert len(table_held(world.app).rows) == 1
    assert not ends_with(world)
    asked = exchange.asked
    world.turn(later=HOUR)
    assert exchange.asked == asked
    assert world.consistent() == []


def test_a_smaller_table_that_was_overtaken_is_not_accepted(world: World) -> None:
    exchange = listing(world)
    world.turn()
    exchange.rows = []
    world.turn(later=EVERY)
    exchange.rows = FOUR
    world.turn(later=HOUR)
    review = world.review(ReviewKind.AGENCIES)
    accept = Resolution(decision=Decision.ACCEPT, by=CLERK)
    with pytest.raises(NotAllowed, match="given a whole table again"):
        resolve(world.app, review.review, accept, world.now)
    world.change(exchange=None)
    with pytest.raises(NotAllowed, match="no exchange with a table"):
        resolve(world.app, review.review, accept, world.now)
    assert in_force(world).units == 4


def test_a_table_whose_bytes_are_gone_is_taken_again_at_once(world: World) -> None:
    exchange = listing(world)
    world.turn()
    kept = in_force(world)
    world.change(evidence=MemoryEvidence(), organs=Organs())
    (lost,) = examine_all(world.app).details
    assert lost.endswith("named by the table of units of truc")
    exchange.errors["agencies"] = PeerUnavailable("truc", "it is switched off")
    world.turn(later=HOUR)
    assert not ends_with(world)
    del exchange.errors["agencies"]
    world.turn(later=HOUR)
    assert in_force(world).digest == kept.digest
    assert ends_with(world)
    assert facts(world) == ["AgenciesTaken", "AgenciesConfirmed"]


def test_both_lists_make_one_table(world: World) -> None:
    exchange = listing(world, Both)
    assert isinstance(exchange, Both)
    exchange.rows = [unit("000.01.77.H37", name="UBND xã Yên Sơn"), unit("H37.99.2")]
    exchange.second = [unit("H37.99.1", "000.01.77.H37", "UBND xã Yên Sơn")]
    exchange.errors["agencies_qd20"] = PeerUnavailable("truc", "it breaks off")
    world.turn()
    # Better the first list than none; an exchange without a second one may answer with a page.
    assert (in_force(world).units, in_force(world).pairs) == (2, 0)
    world.turn(later=EVERY)
    assert facts(world) == ["AgenciesTaken", "AgenciesConfirmed"]
    del exchange.errors["agencies_qd20"]
    world.turn(later=EVERY)
    assert (in_force(world).units, in_force(world).pairs) == (3, 1)
    assert ends_with(world)
    # Half a table does not take the place of the whole.
    exchange.errors["agencies_qd20"] = PeerUnavailable("truc", "it breaks off")
    world.turn(later=EVERY)
    assert (in_force(world).units, world.reviews()) == (3, [])
    assert ends_with(world)
    # An exchange that refuses the second list for good is asked for the first; what that loses
    # is told.
    exchange.errors["agencies_qd20"] = PeerRefused("truc", "20", "no such operation")
    world.turn(later=EVERY)
    assert "old identifiers of 0 units instead of 1" in world.review(ReviewKind.AGENCIES).reason
    assert ends_with(world)


def test_an_exchange_without_the_second_list_has_one(world: World) -> None:
    exchange = listing(world, Both)
    exchange.errors["agencies_qd20"] = PeerRefused("truc", "20", "no such operation")
    world.turn()
    assert in_force(world).units == 4


def test_a_door_without_units_is_not_asked(world: World) -> None:
    exchange = listing(world, Sending)
    world.turn()
    assert (exchange.asked, state(world)) == (0, None)
    world.change(exchange=None, organs=Organs())
    world.turn(later=EVERY)
    assert ends_with(world, "000.00.13.H37", "H37.13")


def test_a_clock_that_was_set_back_asks_anew(world: World) -> None:
    exchange = listing(world)
    world.turn(later=timedelta(days=300))
    world.turn(to=world.now - timedelta(days=300))
    assert exchange.asked == 2
    take_agencies(world.app, world.now)
    assert exchange.asked == 2


def test_the_tables_of_the_world_are_held(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.turn()
    assert table_held(world.app).knows(UNIT)


def flawed(rows: Sequence[Agency]) -> ListNotWhole[Agency]:
    return ListNotWhole("truc", "row 1 of member data cannot be used: member code is empty", rows)


def test_the_sound_units_of_a_flawed_table_are_used_and_a_person_is_told(world: World) -> None:
    exchange = listing(world)
    exchange.errors["agencies"] = flawed(FOUR)
    world.turn()
    assert in_force(world).units == 4
    assert ends_with(world)
    world.turn(later=EVERY)
    assert world.reviews() == []
    world.turn(later=EVERY)
    world.turn(later=EVERY)
    review = world.review(ReviewKind.FAILED)
    assert "row 1 of member data" in review.reason
    assert facts(world) == ["AgenciesTaken", *["AgenciesConfirmed"] * 3]


def test_a_flawed_table_replaces_no_larger_one_and_an_empty_one_nothing(world: World) -> None:
    exchange = listing(world)
    exchange.errors["agencies"] = flawed([])
    world.turn()
    assert state(world) is None
    del exchange.errors["agencies"]
    world.turn(later=HOUR)
    exchange.errors["agencies"] = flawed(FOUR[1:])
    world.turn(later=EVERY)
    assert in_force(world).units == 4
    del exchange.errors["agencies"]
    world.turn(later=HOUR)
    assert world.app.organs.not_whole == 0


def test_the_second_list_may_be_the_flawed_one(world: World) -> None:
    exchange = listing(world, Both)
    exchange.errors["agencies_qd20"] = flawed([unit("H37.99.9", "000.09.77.H37")])
    world.turn()
    assert in_force(world).units == 5
    assert world.app.organs.not_whole == 1
