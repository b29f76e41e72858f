"""A letter that is sent again by hand after another version of the directive took its place."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from domain.campaign import Channel, ExchangeMode
from domain.errors import DeliveryUnknown, NotAllowed
from domain.ids import OfficeId
from domain.intents import PlanDispatch
from domain.kinds import Decision, DispatchKind, ReviewKind
from domain.state import DispatchState
from domain.status import DispatchStatus
from dondoc.demo.copies import MARK
from dondoc.services.letters import plan_dispatch
from dondoc.services.picture import running
from dondoc.services.resolve import Resolution, resolve
from tests.integration.services.follow_parts import row
from tests.integration.services.replacement_parts import HOUR, document, sent
from tests.integration.services.service_parts import MINH_TIEN, RULES, YEN_SON, short_letter
from tests.integration.services.service_world import World


def _resend(world: World, kind: ReviewKind, office: OfficeId = MINH_TIEN) -> None:
    (review,) = [r for r in world.reviews(kind) if r.office == office]
    resolve(world.app, review.review, Resolution(decision=Decision.RESEND, by="Lan"), world.now)
    world.turn(later=HOUR)


def _third() -> bytes:
    return document(
        document_id="H37.20,2024/07/01,700/UBND-VH",
        code_number="700",
        business_document_id="H37.20,2024/06/03,600/UBND-VH",
    )


def test_the_first_version_is_not_sent_again_beside_the_second(tmp_path: Path) -> None:
    world = World(output=tmp_path, copy_to_self=False)
    world.line.cut = DeliveryUnknown("smtp", "broken")
    world.began()
    for _ in range(4):
        world.turn(later=HOUR)
    world.line.cut = None
    world.put(document())
    world.turn(later=HOUR)
    before = world.mail.mail_for(world.office(MINH_TIEN).emails[0])
    with pytest.raises(NotAllowed, match="version 2 of the directive took its place"):
        _resend(world, ReviewKind.UNCERTAIN)
    assert world.mail.mail_for(world.office(MINH_TIEN).emails[0]) == before
    assert world.consistent() == []


def test_one_that_may_have_arrived_is_marked_when_it_is_sent_again(tmp_path: Path) -> None:
    """It has another Message-ID, so nobody else would tell the office that it is the same."""
    world = World(output=tmp_path, copy_to_self=False)
    world.line.cut = DeliveryUnknown("smtp", "broken")
    world.began()
    for _ in range(4):
        world.turn(later=HOUR)
    world.line.cut = None
    _resend(world, ReviewKind.UNCERTAIN)
    again = world.dispatch(MINH_TIEN, Channel.EMAIL, index=1)
    assert (again.status, again.attempts, again.marked) == (DispatchStatus.ACCEPTED, 1, True)
    assert MARK in world.received(MINH_TIEN).text.replace("\n", " ")
    assert world.consistent() == []


def test_one_that_came_back_leaves_in_the_version_in_force(begun: World) -> None:
    begun.dsn(begun.dispatch(MINH_TIEN, Channel.EMAIL), "failed")
    begun.turn(later=HOUR)
    begun.put(document())
    begun.turn(later=HOUR)
    _resend(begun, ReviewKind.UNDELIVERABLE)
    first, second = begun.dispatches(MINH_TIEN, Channel.EMAIL)
    assert (first.edition, second.edition, second.marked) == (1, 2, False)
    assert sent(begun, MINH_TIEN, Channel.EMAIL) == []


def test_a_replacement_that_came_back_leaves_under_the_number_of_its_version(
    begun: World,
) -> None:
    begun.put(document())
    begun.turn(later=HOUR)
    begun.dsn(sent(begun, MINH_TIEN, Channel.EMAIL)[0], "failed")
    begun.turn(later=HOUR)
    _resend(begun, ReviewKind.UNDELIVERABLE)
    second, again = sent(begun, MINH_TIEN, Channel.EMAIL)
    assert (again.occurrence, again.version, again.edition) == (1002, 2, 2)
    begun.dsn(again, "failed")
    begun.turn(later=HOUR)
    begun.put(_third())
    begun.turn(later=HOUR)
    with pytest.raises(NotAllowed, match="version 3 of the directive took its place"):
        _resend(begun, ReviewKind.UNDELIVERABLE)
    third = sent(begun, MINH_TIEN, Channel.EMAIL)[-1]
    assert (third.occurrence, third.edition, second.edition) == (3, 3, 2)


def test_a_replacement_is_sent_again_as_the_third_version_where_that_came_back_too(
    begun: World,
) -> None:
    begun.put(document())
    begun.turn(later=HOUR)
    begun.dsn(sent(begun, MINH_TIEN, Channel.EMAIL)[0], "failed")
    begun.turn(later=HOUR)
    begun.put(_third())
    begun.turn(later=HOUR)
    begun.dsn(sent(begun, MINH_TIEN, Channel.EMAIL)[-1], "failed")
    begun.turn(later=HOUR)
    reviews = [r for r in begun.reviews(ReviewKind.UNDELIVERABLE) if r.office == MINH_TIEN]
    old = next(r for r in reviews if "replacement/2" in str(r.dispatch))
    resolve(begun.app, old.review, Resolution(decision=Decision.RESEND, by="Lan"), begun.now)
    begun.turn(later=HOUR)
    newest = max(sent(begun, MINH_TIEN, Channel.EMAIL), key=lambda d: d.occurrence)
    assert (newest.occurrence, newest.version, newest.edition) == (1003, 3, 3)
    assert newest.status is DispatchStatus.ACCEPTED


def test_a_reminder_where_the_office_got_the_letter_as_a_replacement_only(tmp_path: Path) -> None:
    """The e-office sent it the second version alone: that is what a new address has to get."""
    world = World(output=tmp_path, rules=replace(RULES, exchange=ExchangeMode.FOLLOW))
    world.put(short_letter())
    world.turn()
    world.put(document())
    second: dict[str, Any] = {
        "notation": "600/UBND-VH",
        "sent": "03/06/2024 08:30:00",
        "received": "03/06/2024 08:45:00",
        "doc_id": "e-9",
    }
    world.exchange.listed = [row("H37.99.1", "done", **second)]
    world.turn(to=datetime(2024, 6, 4, 2, tzinfo=UTC))
    (followed,) = [d for d in world.app.ledger.select(DispatchState) if d.office == YEN_SON]
    assert (followed.kind, followed.followed) == (DispatchKind.REPLACEMENT, True)
    world.now += HOUR
    reminder = PlanDispatch(
        about=followed.about,
        kind=DispatchKind.REMINDER,
        occurrence=1,
        channel=Channel.EMAIL,
        target=world.office(YEN_SON).emails[0],
        why="overdue",
    )
    plan_dispatch(world.app, running(world.app, "nq47"), reminder, world.now)
    world.turn(later=HOUR)
    world.dsn(world.reminders(YEN_SON)[0], "failed")
    world.turn(later=HOUR)
    _resend(world, ReviewKind.UNDELIVERABLE, YEN_SON)
    again = sent(world, YEN_SON, Channel.EMAIL)[-1]
    assert (again.edition, again.version, again.status) == (2, 2, DispatchStatus.ACCEPTED)
    assert world.consistent() == []
