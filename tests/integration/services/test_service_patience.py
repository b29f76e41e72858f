"""When Dondoc stops trying: only time spent trying counts, and a door that is away rests."""

from datetime import timedelta

import pytest

from domain.campaign import Channel
from domain.content import Content
from domain.errors import PeerUnavailable, StoreFailed
from domain.ids import Digest
from domain.intents import Probe, Transmit
from domain.kinds import Decision, ReviewKind
from domain.state import DispatchState
from domain.status import DispatchStatus
from dondoc.app import Patience
from dondoc.services import handing_over
from dondoc.services.handing_over import Resting, hand_over
from dondoc.services.resolve import Resolution, resolve
from dondoc.services.transmit import DoorSign, probe, recover, transmit
from tests.integration.services.service_parts import MINH_TIEN, PRIVATE, YEN_SON, short_letter
from tests.integration.services.service_world import World
from tests.unit.schedulers.intents_found import FIRST_REMINDER

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PROBE = timedelta(minutes=10)


def _began_while_away(world: World) -> None:
    world.put(short_letter())
    world.line.cut = PeerUnavailable("smtp", "down")
    world.exchange.errors["send"] = PeerUnavailable("truc", "down")
    world.turn()


def _mend(world: World) -> None:
    world.line.cut = None
    world.exchange.errors.clear()


def _statuses(world: World) -> set[DispatchStatus]:
    return {d.status for d in world.app.ledger.select(DispatchState)}


def _mail(world: World) -> DispatchState:
    return world.dispatch(MINH_TIEN, Channel.EMAIL)


def _losing(world: World) -> World:
    world.mail.behave(world.office(MINH_TIEN).emails[0], "lose_after_data")
    return world.began()


def test_one_short_outage_after_a_long_stop_gives_nothing_up(world: World) -> None:
    _began_while_away(world)
    for _ in range(3):
        world.turn(later=6 * DAY)
    assert _statuses(world) == {DispatchStatus.DEFERRED}
    assert world.reviews() == []
    _mend(world)
    world.turn(later=7 * HOUR)
    assert _statuses(world) == {DispatchStatus.ACCEPTED}


def test_a_stop_is_no_time_spent_trying(world: World) -> None:
    _began_while_away(world)
    for _ in range(12):
        world.turn(later=7 * HOUR)
    world.turn(later=6 * DAY)
    assert _mail(world).status is DispatchStatus.DEFERRED
    for _ in range(6):
        world.turn(later=7 * HOUR)
    assert _mail(world).status is DispatchStatus.BOUNCED
    reasons = {r.reason.rpartition(": ")[0] for r in world.reviews(ReviewKind.UNDELIVERABLE)}
    assert all("given up after 5 days" in reason for reason in reasons)


def test_a_reminder_that_a_review_held_for_days_outlives_one_outage(begun: World) -> None:
    begun.line.cut = PeerUnavailable("smtp", "down")
    begun.turn(to=FIRST_REMINDER)
    begun.answer(MINH_TIEN, "Kính gửi, xin hỏi về văn bản này.", sender=PRIVATE)
    begun.turn(later=PROBE / 5)
    (held,) = begun.reminders(MINH_TIEN)
    assert (held.status, held.attempts) == (DispatchStatus.DEFERRED, 1)
    begun.turn(later=6 * DAY)
    assert begun.reminders(MINH_TIEN) == [held]
    for review in begun.reviews():
        noted = Resolution(decision=Decision.NOTED, by="Lan")
        resolve(begun.app, review.review, noted, begun.now)
    begun.turn(later=HOUR)
    (tried,) = begun.reminders(MINH_TIEN)
    assert (tried.status, tried.attempts) == (DispatchStatus.DEFERRED, 2)
    assert begun.reviews(ReviewKind.UNDELIVERABLE) == []


def test_a_crash_before_a_long_stop_leaves_time_to_look_for_evidence(world: World) -> None:
    world.line.cut = KeyboardInterrupt()  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        world.began()
    world.line.cut = None
    world.now += 6 * DAY
    assert recover(world.app, world.now) == 1
    world.box.cut = PeerUnavailable("imap", "no answer")
    world.turn(later=PROBE)
    assert world.reviews(ReviewKind.UNCERTAIN) == []


def test_a_door_rests_where_what_failed_was_given_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handing_over, "_FAILURES_IN_A_ROW", 2)
    world.change(patience=Patience(give_up=-HOUR))
    world.line.cut = PeerUnavailable("smtp", "down")
    world.began()
    mails = [d for d in world.app.ledger.select(DispatchState) if d.channel is Channel.EMAIL]
    assert sorted(d.status for d in mails) == ["bounced", "bounced", "planned"]
    assert world.line.tried == 2


def test_octets_that_cannot_be_read_leave_no_sending_open(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _began_while_away(world)
    before = _mail(world)

    def broken(digest: Digest) -> Content:
        raise StoreFailed(f"evidence {digest}: Input/output error")

    monkeypatch.setattr(world.app.evidence, "content", broken)
    with pytest.raises(StoreFailed):
        transmit(world.app, before, world.now)
    assert _mail(world) == before


def test_what_is_needless_is_looked_for_once_and_nobody_is_asked(world: World) -> None:
    _losing(world)
    assert probe(world.app, _mail(world), world.now, repeat=False) is DoorSign.NOTHING
    assert (_mail(world).status, _mail(world).attempts) == (DispatchStatus.UNCERTAIN, 1)
    assert _mail(world).due_at is None
    assert "needless" in _mail(world).detail
    assert world.reviews() == []


def test_what_is_needless_is_proved_by_our_own_copy(world: World) -> None:
    world.mail.behave(world.office(MINH_TIEN).emails[0], "drop_after_data")
    world.began()
    assert probe(world.app, _mail(world), world.now, repeat=False) is DoorSign.ANSWERED
    assert _mail(world).status is DispatchStatus.ACCEPTED


def test_a_needless_reminder_of_unknown_outcome_is_settled_at_its_time(begun: World) -> None:
    address = begun.office(MINH_TIEN).emails[0]
    begun.mail.behave(address, "lose_after_data")
    begun.turn(to=FIRST_REMINDER)
    begun.mail.behave(address, None)
    begun.answer(MINH_TIEN, "Em gửi báo cáo ạ.", files=begun.report(MINH_TIEN))
    begun.turn(later=HOUR)
    (reminder,) = begun.reminders(MINH_TIEN)
    assert (reminder.status, reminder.attempts) == (DispatchStatus.UNCERTAIN, 1)
    assert reminder.due_at is None
    assert begun.reviews(ReviewKind.UNCERTAIN) == []


@pytest.mark.parametrize("of", [Transmit, Probe])
def test_what_was_decided_since_the_picture_was_taken_is_not_handed_over(
    begun: World, of: type[Transmit | Probe]
) -> None:
    dispatch = begun.dispatch(YEN_SON, Channel.EMAIL)
    sent = len(begun.line.sent)
    intent = of(about=dispatch.about, dispatch=dispatch.dispatch, why="due a moment ago")
    assert hand_over(begun.app, intent, Resting(), begun.now, lambda: begun.now) == 0
    assert begun.dispatch(YEN_SON, Channel.EMAIL) == dispatch
    assert len(begun.line.sent) == sent


def test_what_was_put_off_again_waits_for_its_new_time(world: World) -> None:
    _began_while_away(world)
    dispatch = _mail(world)
    intent = Transmit(about=dispatch.about, dispatch=dispatch.dispatch, why="put off until now")
    assert hand_over(world.app, intent, Resting(), world.now, lambda: world.now) == 0
    assert _mail(world) == dispatch
