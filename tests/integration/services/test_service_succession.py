"""An office that ends while it owes an answer: its successor gets the letter, and answers."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.campaign import Channel
from domain.ids import Address, OfficeId
from domain.kinds import Decision, DispatchKind, ReviewKind
from domain.office import Directory, Office, Successor
from domain.state import DispatchState
from domain.status import AssignmentStatus, DispatchStatus, Membership
from dondoc.demo import texts
from dondoc.services.difference import differences
from dondoc.services.difference_of_letters import Subject
from dondoc.services.resolve import Resolution, resolve
from dondoc.services.status import campaign_status
from dondoc.settings.load import load_settings
from dondoc.views.standing import standing_view
from tests.checkout import ROOT
from tests.integration.services.service_parts import (
    CAMPAIGN,
    LANH_DAO,
    MINH_TIEN,
    OFFICES,
    Y_TE,
    YEN_SON,
)
from tests.integration.services.service_world import World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TUAN_SON = Office(
    id=OfficeId("xa-tuan-son"),
    name="UBND xã Tuấn Sơn",
    emails=(Address("lanhdao@huulung.example"),),
    valid_from=date(2024, 5, 1),
)
REPORT = "Báo cáo kết quả triển khai thực hiện Nghị quyết số 47/NQ-CP như tệp đính kèm."


def ends(world: World, office: OfficeId, heir: Office | None) -> None:
    """Have an office end today, with a successor or without one."""
    today = world.now.date()
    successors = (Successor(office=heir.id),) if heir else ()
    offices = [
        replace(o, valid_to=today, successors=successors) if o.id == office else o
        for o in world.app.directory.offices
    ]
    if heir is TUAN_SON:
        # A mailbox that the world's server has.
        offices = [replace(o, emails=()) if o.id == LANH_DAO else o for o in offices]
    known = {o.id for o in offices}
    added = [heir] if heir and heir.id not in known else []
    world.change(directory=Directory([*offices, *added]))


def letters(world: World, office: OfficeId) -> list[DispatchState]:
    found = world.app.ledger.select(DispatchState, office=office)
    return [d for d in found if d.kind is DispatchKind.DIRECTIVE and d.channel is Channel.EMAIL]


def events_of(world: World, office: OfficeId) -> list[str]:
    (view,) = standing_view(campaign_status(world.app, CAMPAIGN), world.now, office)["offices"]
    return [step["event"] for step in view["timeline"]]


def test_the_successor_gets_the_letter_and_its_answer_counts(world: World) -> None:
    world.began()
    # Who takes part has been asked for already, by the reading of an answer.
    world.answer(MINH_TIEN, texts.ACKNOWLEDGEMENTS[0])
    world.turn(later=HOUR)
    ends(world, YEN_SON, TUAN_SON)
    world.turn(later=2 * DAY)
    assert [d.status for d in letters(world, TUAN_SON.id)] == [DispatchStatus.ACCEPTED]
    assert world.assignment(YEN_SON).membership is Membership.PASSED
    world.turn(later=HOUR)
    assert len(letters(world, TUAN_SON.id)) == 1
    world.answer(TUAN_SON.id, texts.ACKNOWLEDGEMENTS[0], index=-1)
    world.turn(later=HOUR)
    assert world.assignment(TUAN_SON.id).status is AssignmentStatus.ACKNOWLEDGED
    assert world.consistent() == []


def test_the_status_tells_of_the_passing_with_both_offices(world: World) -> None:
    world.began()
    ends(world, YEN_SON, next(o for o in OFFICES if o.id == MINH_TIEN))
    world.turn(later=2 * DAY)
    standing = campaign_status(world.app, CAMPAIGN)
    (view,) = standing_view(standing, world.now, YEN_SON)["offices"]
    assert view["removed"].startswith("the office ended on ")
    assert YEN_SON not in {o.office for o in standing.missing}
    told = "AssignmentPassed xa-minh-tien takes over from xa-yen-son (for everything)"
    assert told in events_of(world, YEN_SON)
    assert told in events_of(world, MINH_TIEN)
    assert len(letters(world, MINH_TIEN)) == 1


@pytest.mark.parametrize("office", [None, YEN_SON])
def test_what_an_office_sends_after_its_end_counts_for_its_successor_when_a_person_says_so(
    world: World, office: OfficeId | None
) -> None:
    world.began()
    raw_files = world.report(YEN_SON)
    ends(world, YEN_SON, TUAN_SON)
    world.turn(later=2 * DAY)
    world.answer(YEN_SON, REPORT, files=raw_files)
    world.turn(later=HOUR)
    assert world.assignment(YEN_SON).status is AssignmentStatus.REPORTED
    (asked,) = [r for r in world.reviews() if r.open and r.raw is not None]
    assert (asked.kind, asked.office) == (ReviewKind.UNMATCHED_REPLY, TUAN_SON.id)
    assert asked.reason.startswith("xa-yen-son answered after its end")
    world.turn(later=HOUR)
    decide(world, asked.review, Decision.ACCEPT, office)
    if office is not None:
        # A person who names the office itself is not asked once more.
        assert [r for r in world.reviews() if r.open and r.raw is not None] == []
        return
    assert world.assignment(TUAN_SON.id).status is AssignmentStatus.REPORTED
    assert world.consistent() == []


def decide(world: World, name: str, decision: Decision, office: OfficeId | None = None) -> None:
    one = Resolution(decision=decision, by="Nguyễn Thị Lan", office=office)
    resolve(world.app, name, one, world.now)


def test_an_acknowledgement_that_settles_nothing_asks_nobody(world: World) -> None:
    world.began()
    ends(world, YEN_SON, TUAN_SON)
    world.turn(later=2 * DAY)
    world.answer(YEN_SON, texts.ACKNOWLEDGEMENTS[0])
    world.turn(later=HOUR)
    for one in [r for r in world.reviews() if r.open and r.raw is not None]:
        decide(world, one.review, Decision.ACCEPT, YEN_SON)
    assert [r for r in world.reviews() if r.open and r.raw is not None] == []


def test_a_person_is_asked_once_where_nobody_takes_over(world: World) -> None:
    world.began()
    ends(world, Y_TE, None)
    world.turn(later=2 * DAY)
    assert [r.office for r in world.reviews(ReviewKind.ENDED)] == [Y_TE]
    world.turn(later=DAY)
    assert len(world.reviews(ReviewKind.ENDED)) == 1
    assert world.consistent() == []


def test_the_plan_tells_who_takes_over_before_it_acts(world: World) -> None:
    world.began()
    example = load_settings(ROOT / "config" / "dondoc.yaml")
    old = replace(example, campaigns=world.app.campaigns, directory=world.app.directory)
    ends(world, YEN_SON, next(o for o in OFFICES if o.id == MINH_TIEN))
    ends(world, Y_TE, None)
    new = replace(old, directory=world.app.directory)
    found = differences(old, new, world.app, world.now + 2 * DAY)
    told = {(d.subject, d.office): d.follows for d in found}
    assert told.keys() == {(Subject.PASSED, YEN_SON), (Subject.ASKED, Y_TE)}
    assert "UBND xã Minh Tiến takes over what it owed" in told[Subject.PASSED, YEN_SON]
    assert "nobody who takes over" in told[Subject.ASKED, Y_TE]
