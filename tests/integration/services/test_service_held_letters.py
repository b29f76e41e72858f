"""Our mailbox, or the exchange, cannot be asked when a daemon starts on an older store."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from connector.store.ledger import SqlLedger
from connector.store.workers import DatabaseWorkers
from domain.campaign import Channel
from domain.errors import PeerUnavailable
from domain.facts import StoreReconciled
from domain.kinds import Decision, RestorationCause, ReviewKind
from domain.ports import Ledger
from domain.status import DispatchStatus
from dondoc.app import Noticing
from dondoc.services.backup import restored as restored_from_backup
from dondoc.services.resolve import Resolution, resolve
from dondoc.services.restored import PLANNED_WITHIN, doubt_of, restored_lately
from tests.integration.services.put_back_parts import (
    HOUR,
    attempted,
    copied,
    copies,
    planned,
    put_back,
    restored,
)
from tests.integration.services.service_parts import MINH_TIEN, short_letter
from tests.integration.services.service_world import World
from tests.servers.postgresql import Postgresql

DAY = timedelta(days=1)

before = pytest.mark.parametrize("before", [attempted, planned], ids=["planned", "unknown"])


def away(world: World) -> None:
    """Have our mailbox and the exchange's lists away; mail and documents leave as ever."""
    error = PeerUnavailable("the servers", "not reachable")
    world.box.cut = error
    world.exchange.errors = dict.fromkeys(("waiting", "sent"), error)


def back(world: World) -> None:
    world.box.cut = None
    world.exchange.errors.clear()


def held(world: World, later: timedelta) -> list[int]:
    """Run a turn and return how many letters were said to wait in it."""
    with capture_logs() as logs:
        world.turn(later=later)
    return [line["letters"] for line in logs if line["event"] == "letters_wait_for_mailbox"]


def status(world: World) -> DispatchStatus:
    return world.dispatch(MINH_TIEN, Channel.EMAIL).status


class TestNobodyTold:
    """A machine that was set back whole, with its mark."""

    @before
    def test_letters_wait_until_the_mailbox_was_looked_through(
        self, world: World, before: Callable[[object], bool]
    ) -> None:
        world.began()
        sent = copies(world, MINH_TIEN)
        put_back(world, copied(world.app.ledger, before))
        away(world)
        assert held(world, HOUR)[0] > 0
        assert copies(world, MINH_TIEN) == sent
        back(world)
        assert held(world, HOUR) == []
        assert copies(world, MINH_TIEN) == sent
        assert status(world) is DispatchStatus.ACCEPTED
        assert [one.cause for one in restored(world)] == [RestorationCause.MAILBOX]

    def test_so_does_one_that_was_put_off(self, world: World) -> None:
        address = world.office(MINH_TIEN).emails[0]
        world.mail.behave(address, "tempfail")
        world.began()
        old = copied(world.app.ledger, lambda _: False)
        world.mail.behave(address, None)
        world.turn(later=HOUR)
        put_back(world, old)
        away(world)
        world.turn(later=HOUR)
        back(world)
        world.turn(later=HOUR)
        assert copies(world, MINH_TIEN) == [False]
        assert status(world) is DispatchStatus.ACCEPTED

    def test_after_a_usual_start_they_leave_unmarked(self, world: World) -> None:
        world.line.cut = PeerUnavailable("mail", "no route")
        world.began()
        world.line.cut = None
        world.change(noticing=Noticing())
        away(world)
        world.turn(later=HOUR)
        assert copies(world, MINH_TIEN) == []
        back(world)
        world.turn(later=HOUR)
        assert copies(world, MINH_TIEN) == [False]
        assert restored(world) == []

    def test_what_this_process_put_off_itself_goes_on(self, world: World) -> None:
        world.turn()
        world.change(noticing=Noticing())
        world.box.cut = PeerUnavailable("the mailbox", "not reachable")
        world.turn(later=HOUR)
        world.put(short_letter())
        world.line.cut = PeerUnavailable("mail", "no route")
        world.turn(later=PLANNED_WITHIN + HOUR)
        assert status(world) is DispatchStatus.DEFERRED
        world.line.cut = None
        assert held(world, HOUR) == []
        assert copies(world, MINH_TIEN) == [False]

    def test_what_is_planned_later_leaves_though_the_mailbox_is_away_for_days(
        self, world: World
    ) -> None:
        world.box.cut = PeerUnavailable("the mailbox", "not reachable")
        world.turn()
        world.put(short_letter())
        assert held(world, PLANNED_WITHIN + HOUR) == []
        assert copies(world, MINH_TIEN) == [False]

    def test_a_person_is_asked_when_it_lasts_whatever_is_started_anew(self, world: World) -> None:
        world.box.cut = PeerUnavailable("the mailbox", "not reachable")
        world.began()
        assert copies(world, MINH_TIEN) == []
        for _ in range(5):
            world.turn(later=DAY)
            world.change(noticing=Noticing())
        world.turn(later=HOUR)
        assert world.reviews(ReviewKind.UNCERTAIN) == [], "it may be away for a moment only"
        world.turn(later=2 * HOUR)
        assert status(world) is DispatchStatus.UNCERTAIN
        assert world.dispatch(MINH_TIEN, Channel.EMAIL).attempts == 0, "nothing was tried"
        asked = [r for r in world.reviews(ReviewKind.UNCERTAIN) if r.office == MINH_TIEN]
        assert "could not be looked through" in asked[0].reason
        assert copies(world, MINH_TIEN) == []
        again = Resolution(decision=Decision.RESEND, by="Lan")
        resolve(world.app, asked[0].review, again, world.now)
        world.turn(later=HOUR)
        assert copies(world, MINH_TIEN) == [True], "a person has just decided it"


def test_one_that_does_not_collect_the_mailbox_waits_for_the_first_look_of_the_other(
    world: World, postgresql: Postgresql
) -> None:
    place = postgresql.new_database()
    SqlLedger.connect(place).close()
    with DatabaseWorkers(place, "a") as first, DatabaseWorkers(place, "b") as second:
        world.change(workers=first)
        world.box.cut = PeerUnavailable("the mailbox", "not reachable")
        world.turn()
        world.change(workers=second, noticing=Noticing())
        world.put(short_letter())
        assert held(world, HOUR) != []
        assert held(world, HOUR) != [], "the one that collects it has not read it either"
        world.change(workers=first, noticing=Noticing())
        world.box.cut, world.line.cut = None, PeerUnavailable("mail", "no route")
        world.turn(later=HOUR)
        world.change(workers=second, noticing=Noticing())
        world.line.cut = None
        assert held(world, HOUR) != [], "the other one may be a ghost"
        assert copies(world, MINH_TIEN) == []
        assert held(world, HOUR) == []
        assert copies(world, MINH_TIEN) == [False]


class TestRestored:
    """`dondoc restore`, and what comes after it comes late."""

    def restore(self, world: World, before: Callable[[object], bool]) -> list[bool]:
        """Return what the office got before a backup was restored."""
        world.began()
        sent = copies(world, MINH_TIEN)
        put_back(world, from_backup(world, before))
        return sent

    @before
    def test_a_daemon_that_is_started_days_later_looks_for_each_letter(
        self, world: World, before: Callable[[object], bool]
    ) -> None:
        sent = self.restore(world, before)
        world.turn(later=3 * DAY)
        world.turn(later=HOUR)
        assert copies(world, MINH_TIEN) == sent
        assert status(world) is DispatchStatus.ACCEPTED

    @before
    def test_so_it_does_after_days_without_mailbox_and_exchange(
        self, world: World, before: Callable[[object], bool]
    ) -> None:
        sent = self.restore(world, before)
        away(world)
        for _ in range(3):
            world.turn(later=DAY)
        # A daemon that is started anew is as careful.
        world.change(noticing=Noticing())
        world.turn(later=DAY)
        assert copies(world, MINH_TIEN) == sent
        assert reconciliations(world) == []
        back(world)
        world.turn(later=HOUR)
        assert copies(world, MINH_TIEN) == sent
        assert status(world) is DispatchStatus.ACCEPTED

    def test_the_day_begins_when_all_were_asked(self, world: World) -> None:
        self.restore(world, attempted)
        doubt = doubt_of(world.app)
        assert doubt is not None
        assert doubt.until is None
        world.exchange.errors["waiting"] = PeerUnavailable("exchange", "not reachable")
        world.turn(later=3 * DAY)
        assert reconciliations(world) == []
        world.exchange.errors.clear()
        world.turn(later=HOUR)
        world.turn(later=HOUR)
        assert len(reconciliations(world)) == 1
        doubt = doubt_of(world.app)
        assert doubt is not None
        assert doubt.until == world.now - HOUR + PLANNED_WITHIN
        assert restored_lately(world.app, world.now + 13 * DAY)
        assert not restored_lately(world.app, world.now + 14 * DAY)

    def test_an_exchange_that_stays_away_is_not_waited_for_without_end(self, world: World) -> None:
        self.restore(world, attempted)
        world.exchange.errors["waiting"] = PeerUnavailable("exchange", "not reachable")
        world.turn(later=13 * DAY)
        assert reconciliations(world) == []
        world.turn(later=2 * DAY)
        assert len(reconciliations(world)) == 1


def from_backup(world: World, before: Callable[[object], bool]) -> Ledger:
    """Return a ledger as `dondoc restore` makes it of a backup of that time."""
    old = copied(world.app.ledger, before)
    newest = old.newest()
    assert newest is not None
    last = restored_from_backup(world.now - HOUR, world.now, newest.sequence + 1)
    old.append([last.event], recorded_at=world.now)
    return old


def reconciliations(world: World) -> list[StoreReconciled]:
    facts = (one.event.fact for one in world.app.ledger.events())
    return [fact for fact in facts if isinstance(fact, StoreReconciled)]
