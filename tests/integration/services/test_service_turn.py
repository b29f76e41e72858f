"""Turns: doors that are down, pauses, crashes in between, and what is not sent."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from domain.campaign import Channel
from domain.errors import InvariantViolation, PeerRefused, PeerUnavailable, StoreFailed
from domain.exchange import PacketKind
from domain.facts import AssignmentMade
from domain.ids import Address, DispatchId, OfficeId
from domain.intents import PlanDispatch, Transmit
from domain.kinds import DispatchKind, ReviewKind
from domain.office import Directory, Office, Passing, Successor
from domain.state import DispatchState
from domain.status import AssignmentStatus, DispatchStatus, RawStatus, RoundStatus
from dondoc.app import App
from dondoc.demo import texts
from dondoc.services import handing_over, letters
from dondoc.services import turn as turning
from dondoc.services.handing_over import Resting, hand_over
from dondoc.services.status import campaign_status
from dondoc.services.turn import intents, turn
from schedulers.picture import Picture
from tests.integration.services.service_parts import (
    CAMPAIGN,
    LANH_DAO,
    MAILBOX,
    MINH_TIEN,
    OFFICES,
    Y_TE,
    YEN_SON,
    issued,
)
from tests.integration.services.service_world import World

HOUR = timedelta(hours=1)
REMINDING = datetime(2024, 11, 5, 1, 30, tzinfo=UTC)
"""Three working days before Friday 8 November, the last safe day."""

AFTER = datetime(2024, 11, 11, 1, 30, tzinfo=UTC)


def _crowd(world: World, size: int) -> None:
    """Add communes that have a mailbox only."""
    more = [
        Office(
            id=OfficeId(f"xa-{n}"),
            name=f"UBND xã Số {n}",
            groups=("xa",),
            emails=(Address(f"xa{n}@huulung.example"),),
        )
        for n in range(size)
    ]
    world.change(directory=Directory([*OFFICES, *more]))


def _by_channel(world: World, channel: Channel) -> list[DispatchState]:
    return [d for d in world.app.ledger.select(DispatchState) if d.channel is channel]


def test_a_door_that_is_down_rests_and_the_other_goes_on(world: World) -> None:
    _crowd(world, 5)
    world.line.cut = PeerUnavailable("smtp", "connection refused")
    world.began()
    mails = _by_channel(world, Channel.EMAIL)
    assert len(mails) == 8
    # Three failures in a row; the rest was not even tried and is not delayed by it.
    assert sorted(d.status for d in mails) == ["deferred"] * 3 + ["planned"] * 5
    assert world.line.tried == 3
    assert {d.status for d in _by_channel(world, Channel.EXCHANGE)} == {DispatchStatus.ACCEPTED}
    world.line.cut = None
    world.turn(later=timedelta(minutes=5))
    statuses = {d.status for d in _by_channel(world, Channel.EMAIL)}
    assert not statuses & {DispatchStatus.DEFERRED, DispatchStatus.PLANNED}


def test_a_mailbox_that_is_down_leaves_sending_and_the_exchange_alone(world: World) -> None:
    # It was looked through once; before that, letters may have left unknown to a ledger put back.
    world.turn()
    world.box.cut = PeerUnavailable("imap", "connection refused")
    world.began()
    assert {d.status for d in world.app.ledger.select(DispatchState)} == {DispatchStatus.ACCEPTED}
    world.put_status(world.dispatch(Y_TE, Channel.EXCHANGE), "01")
    world.turn(later=HOUR)
    assert world.dispatch(Y_TE, Channel.EXCHANGE).status is DispatchStatus.DELIVERED
    world.box.cut = None
    assert world.turn(later=HOUR).taken == 3


@pytest.mark.parametrize(
    "error", [PeerUnavailable("truc", "switched off"), PeerRefused("truc", "15", "bad secret")]
)
def test_an_exchange_that_is_down_leaves_mail_alone(begun: World, error: Exception) -> None:
    begun.exchange.errors["waiting"] = error
    begun.answer(MINH_TIEN, "Đã nhận.")
    begun.turn(later=HOUR)
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.ACKNOWLEDGED


def test_without_doors_nothing_comes_in(world: World) -> None:
    world.change(mail=None, exchange=None)
    done = world.turn()
    assert (done.taken, done.read, done.done) == (0, 0, 0)


def test_a_pause_ends_the_turn_after_the_dispatch_in_hand(world: World) -> None:
    world.put(issued())
    world.turn()  # plans and sends; everything else is as before
    world.answer(MINH_TIEN, "Đã nhận.")
    done = turn(world.app, world.now, pause=lambda: True)
    assert done.done == 0


def test_a_pause_leaves_the_rest_for_the_next_turn(world: World) -> None:
    world.put(issued())
    turn(world.app, world.now, pause=lambda: len(world.line.sent) >= 1)
    statuses = [d.status for d in world.app.ledger.select(DispatchState)]
    assert DispatchStatus.SENDING not in statuses
    assert len(world.line.sent) == 1
    assert DispatchStatus.PLANNED in statuses
    world.turn(later=timedelta(minutes=1))
    assert {d.status for d in world.app.ledger.select(DispatchState)} == {DispatchStatus.ACCEPTED}
    assert len(world.line.sent) == 3


def test_a_plan_that_was_made_meanwhile_is_not_made_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handing_over, "transmit", lambda app, dispatch, now: None)
    world.began()
    first = next(i for i in _plans(world.app.campaigns[CAMPAIGN].id, world))
    before = world.events()
    monkeypatch.setattr(turning, "due", lambda picture, calendar, now: [first])
    assert world.turn().done == 0
    assert world.events() == before


def _plans(campaign: str, world: World) -> list[PlanDispatch]:
    """Return the plan of each dispatch, as ``due`` made it before."""
    return [
        PlanDispatch(
            about=d.about,
            kind=d.kind,
            occurrence=d.occurrence,
            channel=d.channel,
            target=d.target,
            why="again",
        )
        for d in world.app.ledger.select(DispatchState, campaign=campaign)
    ]


def test_a_dispatch_that_vanished_is_passed_over(
    begun: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun.turn(later=HOUR)
    monkeypatch.setattr(begun.app.ledger, "get", lambda kind, key: None)
    about = begun.app.ledger.select(DispatchState)[0].about
    gone = Transmit(about=about, dispatch=DispatchId("nq47/2024/nobody"), why="test")
    resting = Resting()
    assert hand_over(begun.app, gone, resting, begun.now, lambda: begun.now) == 0


def test_what_would_be_done_is_told_without_doing_it(world: World) -> None:
    world.put(issued())
    world.line.cut = PeerUnavailable("smtp", "down")
    world.turn()
    before = world.events()
    assert intents(world.app, world.now + HOUR) != []
    assert world.events() == before


def test_a_store_that_fails_stops_the_turn(begun: World, monkeypatch: pytest.MonkeyPatch) -> None:
    begun.answer(MINH_TIEN, "Đã nhận.")

    def full(digest: str) -> bytes:
        raise StoreFailed("the disk is full")

    monkeypatch.setattr(begun.app.evidence, "get", full)
    with pytest.raises(StoreFailed):
        begun.turn(later=HOUR)
    assert begun.raws()["1:4"].status is RawStatus.ARRIVED
    monkeypatch.undo()
    begun.turn(later=HOUR)
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.ACKNOWLEDGED


def test_a_crash_between_reading_and_settling_reads_nothing_twice(begun: World) -> None:
    doc_id = begun.put_status(begun.dispatch(Y_TE, Channel.EXCHANGE), "01")
    begun.exchange.errors["settle"] = PeerUnavailable("truc", "down")
    begun.turn()
    before = begun.events()
    begun.turn(later=HOUR)
    assert begun.events() == before
    del begun.exchange.errors["settle"]
    begun.turn(later=HOUR)
    assert doc_id in begun.exchange.settled


def test_a_crash_between_taking_and_reading_reads_at_the_next_turn(
    begun: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(app: object, now: datetime, *, pause: object) -> int:
        raise KeyboardInterrupt

    begun.answer(MINH_TIEN, "Đã nhận.")
    monkeypatch.setattr(turning, "read_arrived", killed)
    with pytest.raises(KeyboardInterrupt):
        begun.turn()
    monkeypatch.undo()
    assert begun.raws()["1:4"].status is RawStatus.ARRIVED
    done = begun.turn()
    assert done.taken == 0
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.ACKNOWLEDGED


def test_the_silent_are_reminded_by_mail_and_nobody_else(begun: World) -> None:
    begun.answer(MINH_TIEN, "Em gửi báo cáo ạ.", files=begun.report(MINH_TIEN))
    begun.put_status(begun.dispatch(Y_TE, Channel.EXCHANGE), "03")
    begun.turn(to=REMINDING)
    assert [d.channel for d in begun.reminders(YEN_SON)] == [Channel.EMAIL]
    assert begun.reminders(MINH_TIEN) == begun.reminders(Y_TE) == begun.reminders(LANH_DAO) == []
    reminder = begun.received(YEN_SON, 1)
    assert reminder.automatic
    assert "Đôn đốc" in reminder.subject or "Nhắc" in reminder.subject


def test_one_that_may_be_reached_by_the_exchange_only_is_reminded_there(begun: World) -> None:
    begun.turn(to=REMINDING)
    (reminder,) = begun.reminders(Y_TE)
    assert (reminder.channel, reminder.status) == (Channel.EXCHANGE, DispatchStatus.ACCEPTED)
    packets = [p for p in begun.offices.waiting(PacketKind.DOCUMENT) if p.receiver == "H37.99.2"]
    assert len(packets) == 2


def test_nobody_is_reminded_whose_answer_waits_for_a_person(begun: World) -> None:
    begun.now = REMINDING - HOUR
    begun.answer(MINH_TIEN, texts.EXTENSION)
    begun.answer(
        YEN_SON,
        "Em gửi báo cáo ạ.",
        files=begun.report(YEN_SON),
        sender="nguyen.van.ban@thucanhan.example",
    )
    begun.turn(to=REMINDING)
    assert begun.reminders(MINH_TIEN) == begun.reminders(YEN_SON) == []


def test_the_late_are_asked_again_after_the_deadline(begun: World) -> None:
    begun.turn(to=REMINDING)
    begun.turn(to=AFTER)
    assert len(begun.reminders(YEN_SON)) == 2
    assert begun.assignment(YEN_SON).late
    assert not begun.assignment(LANH_DAO).late
    second = begun.received(YEN_SON, 2)
    assert second.subject.startswith("Đôn đốc lần 2")
    assert "Đến nay đã quá thời hạn" in second.text


def test_a_reminder_that_an_answer_overtakes_is_cancelled(begun: World) -> None:
    begun.line.cut = PeerUnavailable("smtp", "down")
    begun.turn(to=REMINDING)
    begun.line.cut = None
    begun.answer(YEN_SON, "Em gửi báo cáo ạ.", files=begun.report(YEN_SON))
    begun.turn(later=HOUR)
    (reminder,) = begun.reminders(YEN_SON)
    assert reminder.status is DispatchStatus.CANCELLED
    assert len(begun.mail.mail_for(begun.office(YEN_SON).emails[0])) == 1


def test_no_mail_is_ever_caused_by_a_machine(begun: World) -> None:
    begun.turn(later=HOUR)
    sent = len(begun.line.sent)
    begun.dsn(begun.dispatch(MINH_TIEN, Channel.EMAIL), "stored")
    begun.dsn(begun.dispatch(YEN_SON, Channel.EMAIL), "failed")
    begun.answer(LANH_DAO, texts.OUT_OF_OFFICE, headers=[("Auto-Submitted", "auto-replied")])
    begun.turn(later=HOUR)
    begun.turn(later=HOUR)
    assert len(begun.line.sent) == sent


def test_an_office_without_any_door_waits_for_a_person(world: World) -> None:
    nowhere = Office(id=OfficeId("xa-khong"), name="UBND xã Không", groups=("xa",))
    world.change(directory=Directory([*OFFICES, nowhere]))
    world.began()
    review = world.review(ReviewKind.NO_DOOR)
    assert review.office == "xa-khong"
    world.turn(later=HOUR)
    assert len(world.reviews()) == 1


def test_a_yearly_duty_opens_its_next_round_with_a_notice(begun: World) -> None:
    begun.turn(to=datetime(2025, 9, 12, 2, 0, tzinfo=UTC))
    assert begun.round("2025").status is RoundStatus.OPEN
    (notice,) = begun.dispatches(MINH_TIEN, Channel.EMAIL, DispatchKind.NOTICE)
    assert notice.status is DispatchStatus.ACCEPTED
    assert begun.dispatches(YEN_SON, Channel.EXCHANGE, DispatchKind.NOTICE) != []
    # Who was only informed is asked nothing and hears nothing more.
    assert len(begun.mail.mail_for(begun.office(LANH_DAO).emails[0])) == 1
    # An answer now counts for the new round, in the thread of the new letter.
    letters = begun.mail.mail_for(begun.office(MINH_TIEN).emails[0])
    begun.answer(MINH_TIEN, "Đã nhận.", index=len(letters) - 1)
    begun.turn(later=HOUR)
    assert begun.assignment(MINH_TIEN, "2025").status is AssignmentStatus.ACKNOWLEDGED


def test_an_office_that_ended_without_successor_waits_for_a_person(world: World) -> None:
    ended = [replace(o, valid_to=date(2025, 6, 30)) if o.id == Y_TE else o for o in OFFICES]
    world.change(directory=Directory(ended))
    world.began()
    world.turn(to=datetime(2025, 9, 12, 2, 0, tzinfo=UTC))
    assert "names no successor" in world.review(ReviewKind.NO_DOOR).reason
    assert world.dispatches(Y_TE, Channel.EXCHANGE, DispatchKind.NOTICE) == []


def test_a_duty_that_passes_says_from_whom_and_by_which_rule(world: World) -> None:
    heirs = (
        Successor(office=YEN_SON),
        Successor(office=Y_TE, function="thong-tin"),
    )
    ended = [
        replace(o, valid_to=date(2025, 6, 30), successors=heirs) if o.id == MINH_TIEN else o
        for o in OFFICES
    ]
    world.change(directory=Directory(ended))
    world.began()
    world.turn(to=datetime(2025, 9, 12, 2, 0, tzinfo=UTC))
    facts = [recorded.event.fact for recorded in world.app.ledger.events()]
    made = {
        (fact.about.round, fact.about.office): fact.passed
        for fact in facts
        if isinstance(fact, AssignmentMade)
    }
    passing = Passing(office=MINH_TIEN, to=YEN_SON)
    assert {key: passed for key, passed in made.items() if passed} == {
        ("2025", YEN_SON): (passing,)
    }
    steps = {o.office: o for o in campaign_status(world.app, "nq47").offices}[YEN_SON].timeline
    assert steps[0].event == (
        f"AssignmentMade {YEN_SON} takes over from {MINH_TIEN} (for everything)"
    )


def test_the_box_is_read_from_where_it_was_left(begun: World) -> None:
    begun.turn(later=HOUR)
    assert begun.turn(later=HOUR).taken == 0
    begun.answer(MINH_TIEN, "Đã nhận.")
    assert begun.turn(later=HOUR).taken == 1
    assert len(begun.mail.mail_for(MAILBOX)) == 4


def test_input_recorded_before_is_not_recorded_again(
    begun: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cursor that was lost with its store's backup makes nothing count twice."""
    begun.answer(MINH_TIEN, "Đã nhận.")
    begun.turn(later=HOUR)
    real = begun.box.arrivals
    monkeypatch.setattr(begun.box, "arrivals", lambda mailbox, after: real(mailbox, None))
    assert begun.turn(later=HOUR).taken == 0


def test_one_thing_that_cannot_be_done_does_not_stop_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits for a person, once, and is done as soon as it can be."""
    real = letters.plan_dispatch

    def failing(app: App, picture: Picture, intent: PlanDispatch, now: datetime) -> None:
        if intent.about.office == YEN_SON:
            raise InvariantViolation("nobody thought of this")
        real(app, picture, intent, now)

    monkeypatch.setattr(turning, "plan_dispatch", failing)
    world.put(issued())
    world.turn(later=HOUR)
    world.turn(later=HOUR)
    assert world.dispatches(YEN_SON, Channel.EMAIL) == []
    assert world.dispatch(MINH_TIEN, Channel.EMAIL).accepted_at is not None
    told = sorted(r.reason for r in world.reviews(ReviewKind.FAILED))
    assert told == [
        "PlanDispatch directive email: nobody thought of this",
        "PlanDispatch directive exchange: nobody thought of this",
    ]
    monkeypatch.setattr(turning, "plan_dispatch", real)
    world.turn(later=HOUR)
    assert world.dispatch(YEN_SON, Channel.EMAIL).accepted_at is not None
