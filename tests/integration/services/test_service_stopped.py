"""What a person decides while letters are being handed over holds for those that have not left."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from domain.campaign import Channel
from domain.content import Content
from domain.errors import DeliveryUnknown
from domain.facts import AssignmentRemoved, AssignmentWaived, Event, Fact
from domain.ids import OfficeId
from domain.kinds import DispatchKind
from domain.mail import Acceptance, Envelope
from domain.state import DispatchState
from domain.status import AssignmentStatus, DispatchStatus
from dondoc.services.recall import Order, take_back
from dondoc.services.turn import mail_turn
from tests.integration.services.service_parts import (
    CAMPAIGN,
    MINH_TIEN,
    OFFICES,
    YEN_SON,
    short_letter,
)
from tests.integration.services.service_world import World

REMINDING = datetime(2024, 11, 5, 1, 30, tzinfo=UTC)


class Meanwhile:
    """A way to the mail system; something else happens while the first letter is on it.

    ``act`` is told to which office that letter goes.
    """

    def __init__(self, world: World, act: Callable[[OfficeId], object]) -> None:
        self._world = world
        self._act = act
        self.sent: list[OfficeId] = []

    def send(self, envelope: Envelope, message: Content) -> Acceptance:
        self.sent.append(next(o.id for o in OFFICES if envelope.recipient in o.emails))
        if len(self.sent) == 1:
            self._act(self.sent[0])
        return self._world.line.send(envelope, message)


def watch(world: World, act: Callable[[OfficeId], object]) -> Meanwhile:
    assert world.app.mail is not None
    line = Meanwhile(world, act)
    world.change(mail=replace(world.app.mail, transport=line))
    return line


def other(office: OfficeId) -> OfficeId:
    return YEN_SON if office == MINH_TIEN else MINH_TIEN


def record(world: World, key: str, fact: Fact) -> None:
    event = Event(source="person", source_key=key, occurred_at=world.now, fact=fact)
    world.app.ledger.append([event], recorded_at=world.now)


def reports(world: World, office: OfficeId) -> None:
    world.answer(office, "Em gửi báo cáo ạ.", files=world.report(office))
    mail_turn(world.app, world.now)
    assert world.assignment(office).status is AssignmentStatus.REPORTED


def waived(world: World, office: OfficeId) -> None:
    about = world.assignment(office).about
    record(world, "waived", AssignmentWaived(about=about, reason="giải thể", by="lan"))


def removed(world: World, office: OfficeId) -> None:
    about = world.assignment(office).about
    record(world, "removed", AssignmentRemoved(about=about, reason="no recipient any more"))


def taken_back(world: World, office: OfficeId) -> None:
    take_back(world.app, CAMPAIGN, Order(offices=(office,), reason="nhầm", by="lan"), world.now)


@pytest.mark.parametrize("act", [reports, waived, removed, taken_back])
def test_a_reminder_does_not_leave_once_it_is_needless(
    begun: World, act: Callable[[World, OfficeId], None]
) -> None:
    line = watch(begun, lambda first: act(begun, other(first)))
    with capture_logs() as logs:
        begun.turn(to=REMINDING)
    reminded = line.sent[0]
    (kept,) = begun.reminders(other(reminded))
    assert (kept.status, kept.attempts) == (DispatchStatus.CANCELLED, 0)
    assert [one["dispatch"] for one in logs if one["event"] == "sending_stopped"] == [kept.dispatch]
    assert begun.reminders(reminded)[0].status is DispatchStatus.ACCEPTED


def test_what_was_lost_is_still_looked_for_once_it_is_needless(begun: World) -> None:
    """Nothing would leave, so nothing is stopped: a lost one ends, proved or left open."""
    begun.line.cut = DeliveryUnknown("smtp", "broken")
    begun.turn(to=REMINDING)
    assert [d.status for d in begun.reminders(MINH_TIEN)] == [DispatchStatus.UNCERTAIN]
    begun.line.cut = None
    waived(begun, MINH_TIEN)
    begun.turn(later=timedelta(hours=1))
    (lost,) = begun.reminders(MINH_TIEN)
    assert (lost.status, lost.attempts, lost.due_at) == (DispatchStatus.UNCERTAIN, 1, None)


def test_a_letter_does_not_leave_once_it_was_taken_back(world: World) -> None:
    def all_taken_back(_: OfficeId) -> None:
        take_back(world.app, CAMPAIGN, Order(reason="nhầm", by="lan"), world.now)

    line = watch(world, all_taken_back)
    world.put(short_letter())
    world.turn()
    letters = [
        d for d in world.app.ledger.select(DispatchState) if d.kind is DispatchKind.DIRECTIVE
    ]
    left = [d.office for d in letters if d.attempts and d.channel is Channel.EMAIL]
    assert left == line.sent[:1]
    assert {d.status for d in letters if not d.attempts} == {DispatchStatus.CANCELLED}
    # The request to give it back is no letter of the order's: it goes out.
    assert line.sent[1:] == left
