"""`exchange: follow`: the e-office has sent the directive, Dondoc watches and mails the others."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.campaign import Channel, ExchangeMode
from domain.errors import PeerRefused, PeerUnavailable
from domain.exchange import ResponseFor
from domain.facts import DispatchFollowed, ReceiptRecorded
from domain.ids import OfficeId
from domain.kinds import ReviewKind
from domain.office import Directory
from domain.state import DirectiveState, DispatchState
from domain.status import AssignmentStatus, DispatchStatus
from dondoc.services.turn import intents
from tests.integration.services.follow_parts import followed, mailed, row
from tests.integration.services.service_parts import (
    LANH_DAO,
    MINH_TIEN,
    OFFICES,
    RULES,
    UNIT,
    Y_TE,
    YEN_SON,
)
from tests.integration.services.service_world import World

HOUR = timedelta(hours=1)
TIME_IS_UP = datetime(2024, 5, 9, 1, tzinfo=UTC)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(output=tmp_path / "result", rules=replace(RULES, exchange=ExchangeMode.FOLLOW))
    yield made
    assert made.consistent() == []


def test_the_sent_list_says_whom_the_exchange_reached(world: World) -> None:
    world.exchange.listed = [row("H37.99.1", "done"), row("H37.99.2", "initial")]
    world.began()
    assert followed(world, YEN_SON).status is DispatchStatus.DELIVERED
    assert followed(world, Y_TE).status is DispatchStatus.ACCEPTED
    assert followed(world, YEN_SON).accepted_at == datetime(2024, 5, 8, 1, 30, tzinfo=UTC)
    assert world.assignment(YEN_SON).delivered_at == datetime(2024, 5, 8, 1, 45, tzinfo=UTC)
    # Nobody who has an identifier is written to yet, and nothing leaves by the exchange.
    assert mailed(world) == {MINH_TIEN, LANH_DAO}
    world.turn(to=TIME_IS_UP)
    assert mailed(world) == {MINH_TIEN, LANH_DAO}
    assert world.review(ReviewKind.NO_DOOR).office == Y_TE
    assert len(world.exchange.sent_bytes) == 1  # the e-office's own document for us


def test_every_state_is_proved_by_the_row_that_showed_it(world: World) -> None:
    world.exchange.listed = [row("H37.99.1", "done")]
    world.began()
    proofs = [
        world.app.evidence.get(recorded.event.evidence).decode()
        for recorded in world.app.ledger.events(office=YEN_SON)
        if isinstance(recorded.event.fact, DispatchFollowed | ReceiptRecorded)
        and recorded.event.evidence
    ]
    assert len(proofs) == 2
    assert all('"receiver": "H37.99.1"' in proof and '"door": "truc"' in proof for proof in proofs)


def test_a_list_that_says_the_same_again_changes_nothing(world: World) -> None:
    world.exchange.listed = [row("H37.99.1", "done"), row("H37.99.2", "initial")]
    world.began()
    world.turn()  # our blind copies come in
    before = world.events()
    world.turn(later=timedelta(minutes=1))
    world.turn(later=timedelta(minutes=1))
    assert world.events() == before
    world.exchange.listed[1] = row("H37.99.2", "03", received="08/05/2024 09:01:00")
    world.turn(later=timedelta(minutes=1))
    assert followed(world, Y_TE).status is DispatchStatus.REGISTERED
    assert world.events() == before + 1


def test_the_whole_list_is_asked_for_now_and_then(world: World) -> None:
    world.exchange.listed = [row("H37.99.1", "initial")]
    world.began()
    for _ in range(3):
        world.turn(later=timedelta(minutes=10))
    whole = [number for number, doc_id in enumerate(world.exchange.lists_asked) if doc_id is None]
    # At first and after half an hour; the letter's own entries at the turns between.
    assert whole == [0, len(world.exchange.lists_asked) - 1]
    assert world.exchange.lists_asked.count("e-1") == 2


def test_who_is_not_in_the_list_gets_a_mail_when_its_time_is_up(world: World) -> None:
    world.began()
    assert world.dispatches(YEN_SON, Channel.EXCHANGE) == []
    world.turn(to=TIME_IS_UP)
    assert mailed(world) == {MINH_TIEN, LANH_DAO, YEN_SON}


def test_a_failed_sending_is_made_good_by_mail_at_once(world: World) -> None:
    world.exchange.listed = [row("H37.99.1", "fail")]
    world.began()
    assert followed(world, YEN_SON).status is DispatchStatus.BOUNCED
    assert YEN_SON in mailed(world)
    assert world.assignment(YEN_SON).status is AssignmentStatus.SENT


def test_a_list_that_cannot_be_had_makes_nobody_unreached(world: World) -> None:
    world.exchange.errors["sent"] = PeerUnavailable("truc", "down")
    world.began()
    world.turn(to=TIME_IS_UP)
    assert YEN_SON not in mailed(world)
    # It comes back and shows that the office has the letter: no second one was sent.
    world.exchange.errors.clear()
    world.exchange.listed = [row("H37.99.1", "done")]
    world.turn(later=HOUR)
    assert YEN_SON not in mailed(world)
    assert followed(world, YEN_SON).status is DispatchStatus.DELIVERED


@pytest.mark.parametrize("error", [PeerRefused("truc", "20", "no"), RuntimeError("a bug")])
def test_a_list_that_fails_costs_no_other_work(world: World, error: Exception) -> None:
    world.exchange.errors["sent"] = error
    world.began()
    assert mailed(world) == {MINH_TIEN, LANH_DAO}


def test_statuses_that_cannot_be_had_make_nobody_unreached(world: World) -> None:
    world.began()
    world.exchange.errors["waiting"] = PeerUnavailable("truc", "down")
    world.turn(to=TIME_IS_UP)
    assert YEN_SON not in mailed(world)
    world.exchange.errors.clear()
    world.turn(later=HOUR)
    assert YEN_SON in mailed(world)


def test_a_silent_exchange_is_waited_for_five_days_and_no_longer(world: World) -> None:
    world.exchange.errors["sent"] = PeerUnavailable("truc", "down")
    world.began()
    world.turn(to=TIME_IS_UP + timedelta(days=5))
    assert YEN_SON in mailed(world)


def test_a_status_message_proves_the_sending_that_nobody_listed(world: World) -> None:
    world.began()
    (taken,) = world.app.ledger.select(DirectiveState)
    dispatch = world.dispatch(MINH_TIEN, Channel.EMAIL)
    world.put_status(dispatch, "01", sender="H37.99.1", document_id=taken.document_id)
    world.turn(later=HOUR)
    world.put_status(dispatch, "03", sender="000.01.99.H37", document_id="")
    world.turn(later=HOUR)
    found = followed(world, YEN_SON)
    assert (found.status, found.followed) == (DispatchStatus.REGISTERED, True)
    assert world.assignment(YEN_SON).status is AssignmentStatus.ACKNOWLEDGED
    assert world.reviews(ReviewKind.CONTRADICTION) == []
    world.turn(to=TIME_IS_UP)
    assert YEN_SON not in mailed(world)


def test_a_status_that_gives_the_number_alone_is_about_the_letter(world: World) -> None:
    world.began()
    dispatch = world.dispatch(MINH_TIEN, Channel.EMAIL)
    world.put_status(dispatch, "03", sender="H37.99.1", document_id="not-ours")
    world.turn(later=HOUR)
    assert followed(world, YEN_SON).status is DispatchStatus.REGISTERED


def test_a_status_of_nobody_that_was_addressed_proves_nothing(world: World) -> None:
    world.began()
    dispatch = world.dispatch(MINH_TIEN, Channel.EMAIL)
    world.put_status(dispatch, "03", sender="H37.8")
    world.turn(later=HOUR)
    rows = world.app.ledger.select(DispatchState)
    assert [d for d in rows if d.channel is Channel.EXCHANGE] == []


def test_a_report_by_the_exchange_counts_for_the_office(world: World) -> None:
    world.exchange.listed = [row("H37.99.1", "done")]
    world.began()
    world.put_answer(
        followed(world, YEN_SON), response_for=(ResponseFor(organ_id=UNIT, code="512/UBND-VH"),)
    )
    world.turn(later=HOUR)
    assert world.assignment(YEN_SON).status is AssignmentStatus.REPORTED


def test_receivers_listed_by_name_are_recognised_and_doubtful_ones_left(world: World) -> None:
    twin = replace(OFFICES[2], id=OfficeId("phong-y-te-2"), organ_id=None, name="Phòng Y tế")
    world.change(directory=Directory([*OFFICES, twin]))
    world.exchange.listed = [
        row("UBND Xã YÊN SƠN", "01"),
        row("Phòng Y tế", "01"),
        row("Một nơi khác", "01"),
    ]
    world.began()
    assert followed(world, YEN_SON).status is DispatchStatus.DELIVERED
    assert world.dispatches(Y_TE, Channel.EXCHANGE) == []


def test_rows_of_other_letters_are_left_alone(world: World) -> None:
    world.exchange.listed = [
        row("H37.99.1", "done", notation="511/UBND-VH"),
        row("H37.99.1", "done", sent="08/05/2023 08:30:00"),
    ]
    world.began()
    assert world.dispatches(YEN_SON, Channel.EXCHANGE) == []


def test_a_plan_shows_who_would_be_written_to(world: World) -> None:
    world.began()
    waiting = {i.about.office for i in intents(world.app, TIME_IS_UP)}
    assert YEN_SON in waiting
    assert YEN_SON not in {i.about.office for i in intents(world.app, world.now)}
