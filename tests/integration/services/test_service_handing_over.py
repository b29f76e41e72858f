"""Several letters at a time: each is recorded on its own, and what ends one sending ends all."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier, Event, Lock, Thread, get_ident

import pytest
from structlog.testing import capture_logs

from domain.campaign import Channel
from domain.content import Content
from domain.errors import PeerUnavailable, StoreFailed
from domain.facts import Event as Told
from domain.facts import Recorded, ReviewOpened
from domain.ids import Address, Digest
from domain.kinds import ReviewKind
from domain.mail import Acceptance, Envelope
from domain.state import DispatchState
from domain.status import DispatchStatus
from dondoc.pace import Pace
from dondoc.services import handing_over
from dondoc.services.turn import intents, turn
from tests.integration.services.service_parts import MINH_TIEN, issued
from tests.integration.services.service_world import World

MAILS = 3
"""Offices of the small district that get a letter by mail."""


class Together:
    """A way to the mail system on which letters meet: none is taken before the others came."""

    def __init__(self, world: World, meeting: int) -> None:
        self._line = world.line
        self._barrier = Barrier(meeting, timeout=30)
        self._lock = Lock()
        self.threads: set[int] = set()

    def send(self, envelope: Envelope, message: Content) -> Acceptance:
        self._barrier.wait()
        with self._lock:
            self.threads.add(get_ident())
            return self._line.send(envelope, message)


class Gate:
    """A way to the mail system on which every letter stays until the gate is opened."""

    def __init__(self, world: World) -> None:
        self._line = world.line
        self.under_way: list[Envelope] = []
        self.opened = Event()

    def send(self, envelope: Envelope, message: Content) -> Acceptance:
        self.under_way.append(envelope)
        assert self.opened.wait(30)
        return self._line.send(envelope, message)

    def await_letters(self, count: int) -> None:
        """Return when so many letters are on their way."""
        while len(self.under_way) < count:
            self.opened.wait(0.001)


def with_mail(world: World, **members: object) -> None:
    assert world.app.mail is not None
    world.change(mail=replace(world.app.mail, **members))  # type: ignore[arg-type]


def mails(world: World) -> list[DispatchState]:
    found = world.app.ledger.select(DispatchState)
    return [d for d in found if d.channel is Channel.EMAIL]


def test_letters_leave_at_the_same_time(world: World) -> None:
    meeting = Together(world, MAILS)
    with_mail(world, transport=meeting, connections=MAILS)
    world.began(issued())
    assert {d.status for d in mails(world)} == {DispatchStatus.ACCEPTED}
    assert len(meeting.threads) == MAILS
    packets = [d for d in world.app.ledger.select(DispatchState) if d not in mails(world)]
    assert {d.status for d in packets} == {DispatchStatus.ACCEPTED}


def test_each_letter_has_its_own_outcome(world: World) -> None:
    with_mail(world, connections=4)
    world.mail.behave(world.office(MINH_TIEN).emails[0], "refuse")
    world.began(issued())
    assert Counter(d.status for d in mails(world)) == {
        DispatchStatus.ACCEPTED: MAILS - 1,
        DispatchStatus.BOUNCED: 1,
    }
    assert world.review(ReviewKind.UNDELIVERABLE).office == MINH_TIEN


def test_a_refused_recipient_is_a_bounce_at_once(world: World) -> None:
    world.mail.behave(world.office(MINH_TIEN).emails[0], "refuse")
    world.began(issued())
    (refused,) = (d for d in mails(world) if d.office == MINH_TIEN)
    assert (refused.status, refused.attempts, refused.due_at) == (DispatchStatus.BOUNCED, 1, None)
    assert "550" in refused.detail


def test_an_outcome_is_recorded_though_its_review_was_opened_in_that_moment(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The letter has been refused by then, so nobody else has sent it."""
    append, find = world.app.ledger.append, world.app.ledger.find

    def other_first(events: Sequence[Told], *, recorded_at: datetime) -> list[Recorded]:
        told = [one for one in events if isinstance(one.fact, ReviewOpened)]
        if len(told) < len(events) and not any(find(one.source, one.source_key) for one in told):
            append(told, recorded_at=recorded_at)
        return append(events, recorded_at=recorded_at)

    monkeypatch.setattr(world.app.ledger, "append", other_first)
    world.mail.behave(world.office(MINH_TIEN).emails[0], "refuse")
    with capture_logs() as logs:
        world.began(issued())
    (refused,) = (d for d in mails(world) if d.office == MINH_TIEN)
    assert (refused.status, refused.attempts) == (DispatchStatus.BOUNCED, 1)
    assert world.review(ReviewKind.UNDELIVERABLE).office == MINH_TIEN
    assert "attempt_made_elsewhere" not in {line["event"] for line in logs}


def test_a_door_that_fails_rests_though_several_try_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handing_over, "_FAILURES_IN_A_ROW", 1)
    monkeypatch.setattr(handing_over, "LETTERS_A_CONNECTION", 1)
    with_mail(world, connections=2)
    world.line.cut = PeerUnavailable("smtp", "down")
    world.began(issued())
    assert 1 <= world.line.tried <= 2
    assert {d.status for d in mails(world)} == {DispatchStatus.DEFERRED, DispatchStatus.PLANNED}


@pytest.mark.parametrize("failing", [Channel.EMAIL, Channel.EXCHANGE])
def test_a_store_that_fails_ends_every_sending(
    world: World, monkeypatch: pytest.MonkeyPatch, failing: Channel
) -> None:
    with_mail(world, connections=MAILS)
    world.put(issued())
    read = world.app.evidence.content

    def full(digest: Digest) -> Content:
        if world.app.ledger.select(DispatchState, content=digest, channel=failing):
            raise StoreFailed("the disk cannot be read")
        return read(digest)

    monkeypatch.setattr(world.app.evidence, "content", full)
    with pytest.raises(StoreFailed):
        world.turn()
    monkeypatch.undo()
    world.turn(later=timedelta(hours=1))
    assert {d.status for d in mails(world)} == {DispatchStatus.ACCEPTED}
    assert all(len(world.mail.mail_for(Address(d.target))) == 1 for d in mails(world))


def test_a_turn_that_is_ended_leaves_the_rest_for_the_next(world: World) -> None:
    with_mail(world, connections=MAILS)
    world.put(issued())
    turn(world.app, world.now, pause=lambda: world.line.tried > 0)
    world.turn()
    assert {d.status for d in mails(world)} == {DispatchStatus.ACCEPTED}
    assert world.line.tried == MAILS


def test_an_unknown_outcome_among_several_is_looked_for_alone(world: World) -> None:
    with_mail(world, connections=4)
    world.mail.behave(world.office(MINH_TIEN).emails[0], "drop_after_data")
    world.began(issued())
    status = {d.office: d.status for d in mails(world)}
    assert status.pop(MINH_TIEN) is DispatchStatus.UNCERTAIN
    assert set(status.values()) == {DispatchStatus.ACCEPTED}
    world.turn(later=timedelta(minutes=11))
    assert {d.status for d in mails(world)} == {DispatchStatus.ACCEPTED}
    assert len(world.mail.mail_for(world.office(MINH_TIEN).emails[0])) == 1


@pytest.mark.parametrize("connections", [1, 3])
def test_no_more_letters_leave_in_a_minute_than_the_account_may_send(
    world: World, connections: int
) -> None:
    with_mail(world, connections=connections, pace=Pace(2))
    world.began(issued())
    count = Counter(d.status for d in mails(world))
    assert count == {DispatchStatus.ACCEPTED: 2, DispatchStatus.PLANNED: MAILS - 2}
    world.turn(later=timedelta(seconds=30))
    assert Counter(d.status for d in mails(world)) == count
    world.turn(later=timedelta(seconds=30))
    assert {d.status for d in mails(world)} == {DispatchStatus.ACCEPTED}


def test_a_plan_is_the_same_for_any_number_of_connections(world: World) -> None:
    world.put(issued())
    world.line.cut = PeerUnavailable("smtp", "down")
    world.turn()
    later = world.now + timedelta(hours=1)
    alone = intents(world.app, later)
    with_mail(world, connections=5)
    assert alone
    assert intents(world.app, later) == alone


def test_threads_that_began_end_when_another_cannot_begin(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(world)
    begun: list[Thread] = []

    class Scarce(Thread):
        def start(self) -> None:
            if begun:
                gate.await_letters(1)
                raise RuntimeError("can't start new thread")
            begun.append(self)
            super().start()

        def join(self, timeout: float | None = None) -> None:
            gate.opened.set()
            super().join(timeout)

    monkeypatch.setattr(handing_over, "Thread", Scarce)
    with_mail(world, transport=gate, connections=MAILS)
    world.put(issued())
    with pytest.raises(RuntimeError, match="new thread"):
        world.turn()
    alive = [thread.is_alive() for thread in begun]
    begun[0].join()
    assert alive == [False]
    assert len(gate.under_way) == 1


def test_a_process_that_is_ended_begins_no_other_letter(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(world)
    begun: list[Thread] = []

    class Noted(Thread):
        def start(self) -> None:
            begun.append(self)
            super().start()

    def ended(*_: object, **__: object) -> str:
        gate.await_letters(2)
        raise KeyboardInterrupt

    monkeypatch.setattr(handing_over, "Thread", Noted)
    monkeypatch.setattr(handing_over, "LETTERS_A_CONNECTION", 1)
    with_mail(world, transport=gate, connections=2)
    world.put(issued())
    monkeypatch.setattr(world.exchange, "send", ended)
    with pytest.raises(KeyboardInterrupt):
        world.turn()
    gate.opened.set()
    for thread in begun:
        thread.join()
    assert len(gate.under_way) == 2 < MAILS
