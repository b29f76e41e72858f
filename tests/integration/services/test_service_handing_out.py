"""Sendings by the engine's queues: in batches, late, twice, and beside other daemons."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
import structlog

from domain.campaign import Channel
from domain.content import Content
from domain.errors import PeerUnavailable
from domain.ids import DispatchId
from domain.intents import Probe, Transmit
from domain.mail import Acceptance, Envelope
from domain.state import DispatchState
from domain.status import DispatchStatus
from dondoc.alone import Alone
from dondoc.app import place_of
from dondoc.in_force import always
from dondoc.pace import Pace
from dondoc.services.handing_out import HandingOut
from dondoc.services.transmit import recover
from dondoc.services.turn import turn
from schedulers.engine import Batch, BatchWork
from schedulers.loop import LoopEngine
from tests.integration.services.service_parts import issued
from tests.integration.services.service_world import World

SECOND = "b.1"


class Held(LoopEngine):
    """An engine that keeps what it was handed, and does it when it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[tuple[str, Batch]] = []
        self.works: dict[str, tuple[int, BatchWork]] = {}

    def queue(self, name: str, concurrency: int, work: BatchWork) -> None:
        self.works[name] = concurrency, work
        super().queue(name, concurrency, work)

    def hand_out(self, batches: Mapping[str, Sequence[Batch]]) -> int:
        self.given += [(name, batch) for name, some in batches.items() for batch in some]
        return super().hand_out(batches)

    def again(self) -> int:
        return sum(self.works[name][1](batch) for name, batch in self.given)


@dataclass
class Two:
    """Two daemons of a store; the other one is alive for as long as it says so."""

    own: str = "a.1"
    others: set[str] = field(default_factory=lambda: {SECOND})

    def alive(self) -> frozenset[str]:
        return frozenset({self.own, *self.others})

    def beat(self) -> None:
        pass

    def bury(self) -> list[str]:
        return []

    def take(self, lease: str) -> bool:
        return not lease.startswith("mailbox")

    def leave(self, lease: str) -> None:
        pass


@pytest.fixture
def engine() -> Held:
    return Held()


def handing(world: World, engine: Held, pause: Callable[[], bool] = lambda: False) -> HandingOut:
    return HandingOut(always(world.app), engine, lambda: world.now, pause)


def run(world: World, hand_over: HandingOut) -> None:
    turn(world.app, world.now, hand_over=hand_over)


def mails(world: World) -> list[DispatchState]:
    found = world.app.ledger.select(DispatchState)
    return [d for d in found if d.channel is Channel.EMAIL]


def test_a_queue_stands_for_an_account_and_has_its_connections(world: World, engine: Held) -> None:
    assert world.app.mail is not None
    assert world.app.exchange is not None
    world.change(mail=replace(world.app.mail, connections=3))
    handing(world, engine)
    queues = {name: concurrency for name, (concurrency, _) in engine.works.items()}
    assert queues == {f"mail:{world.app.mail.name}": 3, f"exchange:{world.app.exchange.name}": 1}


def test_everything_due_is_sent_once_however_often_its_batch_comes(
    world: World, engine: Held
) -> None:
    world.put(issued())
    run(world, handing(world, engine))
    rows = world.app.ledger.select(DispatchState)
    assert {row.status for row in rows} == {DispatchStatus.ACCEPTED}
    assert {name.partition(":")[0] for name, _ in engine.given} == {"mail", "exchange"}
    tried = world.line.tried
    with structlog.testing.capture_logs() as logs:
        assert engine.again() == 0
    assert world.line.tried == tried
    assert world.app.ledger.select(DispatchState) == rows
    assert [line["outdated"] for line in logs if line["event"] == "engine_behind_ledger"]


def test_batches_hold_names_and_no_words_of_letters(world: World, engine: Held) -> None:
    world.put(issued())
    run(world, handing(world, engine))
    texts = " ".join(item for _, batch in engine.given for item in batch)
    for row in world.app.ledger.select(DispatchState):
        assert row.dispatch in texts
        assert row.target not in texts
        assert row.subject not in texts


def test_a_door_that_fails_rests_for_all_batches_of_a_turn(world: World, engine: Held) -> None:
    assert world.app.mail is not None
    world.change(mail=replace(world.app.mail, connections=1))
    world.line.cut = PeerUnavailable("smtp", "down")
    world.put(issued())
    hand_over = handing(world, engine)
    run(world, hand_over)
    first = world.line.tried
    assert engine.again() == 0
    assert world.line.tried == first
    world.line.cut = None
    world.now += timedelta(hours=1)
    run(world, hand_over)
    assert {row.status for row in mails(world)} == {DispatchStatus.ACCEPTED}


def test_a_daemon_that_stops_begins_no_letter(world: World, engine: Held) -> None:
    world.put(issued())
    run(world, handing(world, engine, lambda: True))
    assert world.line.tried == 0
    assert {row.status for row in mails(world)} == {DispatchStatus.PLANNED}


def test_an_attempt_that_another_daemon_made_meanwhile_is_not_made_again(
    world: World, engine: Held
) -> None:
    world.put(issued())
    other = handing(world, Held())
    line = world.line

    stolen: list[DispatchId] = []

    def steal(
        intents: Sequence[Transmit | Probe], channels: Mapping[DispatchId, Channel], now: object
    ) -> int:
        stolen.extend(intent.dispatch for intent in intents)
        read = world.app.evidence.content
        done: list[int] = []

        def content(digest: object) -> Content:
            if not done:
                done.append(0)
                other(intents, channels, world.now)
            return read(digest)  # type: ignore[arg-type]

        world.app.evidence.content = content  # type: ignore[method-assign]
        with structlog.testing.capture_logs() as logs:
            handing(world, engine)(intents, channels, world.now)
        world.app.evidence.content = read  # type: ignore[method-assign]
        assert "attempt_made_elsewhere" in {line["event"] for line in logs}
        return 1

    turn(world.app, world.now, hand_over=steal)
    assert stolen
    rows = world.app.ledger.select(DispatchState)
    assert {(row.status, row.attempts) for row in rows} == {(DispatchStatus.ACCEPTED, 1)}
    assert line.tried == len(mails(world))


def test_what_another_daemon_that_is_alive_sends_is_not_taken_for_cut_off(world: World) -> None:
    two = Two()
    world.turn()  # our mailbox is looked through
    world.change(workers=replace(two, own=SECOND))
    world.put(issued())
    world.line.cut = KeyboardInterrupt()  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        world.turn()
    world.line.cut = None
    world.change(workers=two, in_hand={})
    assert recover(world.app, world.now) == 0
    two.others.clear()
    assert recover(world.app, world.now) == 1


def test_what_this_daemon_has_in_hand_is_not_taken_for_cut_off(world: World) -> None:
    world.put(issued())
    found: list[int] = []
    line = world.line

    class Looking:
        def send(self, envelope: Envelope, message: Content) -> Acceptance:
            found.append(recover(world.app, world.now))
            return line.send(envelope, message)

    assert world.app.mail is not None
    world.change(mail=replace(world.app.mail, transport=Looking()))
    world.turn()
    assert found
    assert set(found) == {0}
    assert world.app.in_hand == {}


def test_a_mailbox_that_another_daemon_collects_is_left_to_it(world: World) -> None:
    world.began(issued())
    world.change(workers=Two())
    world.dsn(mails(world)[0], "stored")
    assert world.turn().taken == 0
    world.change(workers=Alone())
    assert world.turn().taken == 1 + len(mails(world))


def test_several_daemons_keep_to_the_rate_of_their_account_together(
    world: World, engine: Held
) -> None:
    assert world.app.mail is not None
    world.turn()  # our mailbox is looked through
    world.change(mail=replace(world.app.mail, pace=Pace(2)), workers=Two())
    world.put(issued())
    run(world, handing(world, engine))
    assert Counter(row.status for row in mails(world)) == {
        DispatchStatus.ACCEPTED: 1,
        DispatchStatus.PLANNED: 2,
    }


def test_a_batch_whose_turn_died_with_its_daemon_is_left_to_the_next_turn(
    world: World, engine: Held
) -> None:
    world.put(issued())
    run(world, handing(world, engine, lambda: True))
    assert engine.given
    world.change(workers=Alone())
    later = Held()
    handing(world, later)
    later.given = engine.given
    with structlog.testing.capture_logs() as logs:
        assert later.again() == 0
    assert world.line.tried == 0
    assert "engine_behind_ledger" in {line["event"] for line in logs}


def test_a_batch_for_which_its_daemon_no_longer_waits_is_left_to_the_next_turn(
    world: World, engine: Held
) -> None:
    stopping = [True]
    hand_over = handing(world, engine, lambda: stopping[0])
    world.put(issued())
    run(world, hand_over)
    assert engine.given
    stopping[0] = False
    with structlog.testing.capture_logs() as logs:
        assert engine.again() == 0
    assert world.line.tried == 0
    assert "engine_behind_ledger" in {line["event"] for line in logs}
    run(world, hand_over)
    assert {row.status for row in mails(world)} == {DispatchStatus.ACCEPTED}


def test_a_batch_of_another_daemon_is_over_once_a_newer_one_came(world: World) -> None:
    theirs = Held()
    assert world.app.mail is not None
    world.app.noticing.looked.add(place_of(world.app.mail.inbox))
    world.change(workers=Two(own=SECOND, others={"a.1"}))
    by = handing(world, theirs, lambda: True)
    world.put(issued())
    run(world, by)
    older, theirs.given = theirs.given, []
    run(world, by)
    newer = theirs.given
    assert len(older) == len(newer) > 0
    world.change(workers=Two())
    ours, stopping = Held(), [True]
    handing(world, ours, lambda: stopping[0])
    ours.given = newer
    assert ours.again() == 0
    stopping[0] = False
    ours.given = older
    assert ours.again() == 0
    assert world.line.tried == 0
    ours.given = newer
    assert ours.again() > 0
    assert {row.status for row in mails(world)} == {DispatchStatus.ACCEPTED}


def test_a_batch_of_another_configuration_is_left_to_the_next_turn(
    world: World, engine: Held
) -> None:
    by = HandingOut(always(world.app, "before"), engine, lambda: world.now, lambda: False)
    world.put(issued())
    assert world.app.mail is not None
    world.change(mail=replace(world.app.mail, pace=Pace(0)))
    turn(world.app, world.now, hand_over=by)
    given, engine.given = engine.given, []
    assert given
    HandingOut(always(world.app, "after"), engine, lambda: world.now, lambda: False)
    tried = world.line.tried
    with structlog.testing.capture_logs() as logs:
        assert sum(engine.works[name][1](batch) for name, batch in given) == 0
    assert world.line.tried == tried
    assert {line["event"] for line in logs} == {"batch_of_another_configuration"}
