"""When a compiled result is out of date, and what becomes of the version on its way."""

from collections.abc import Sequence
from datetime import datetime

import pytest

from domain import facts
from domain.campaign import Channel
from domain.ids import DispatchId, OfficeId
from domain.intents import CancelDispatch, Compile, FinishForwarding, PlanDispatch, Probe, Transmit
from domain.kinds import DispatchKind, ReplyKind
from domain.state import SENT_AGAIN, CompilationState, DispatchState
from domain.status import DispatchStatus, RoundStatus
from tests.unit.domain.round_story import Outcome, Story, about, dispatch_name, lost, put_off, taken
from tests.unit.domain.small_district import (
    DAY,
    HOUR,
    MINH_TIEN,
    PHONG_Y_TE,
    SO_TTTT,
    START,
    YEN_SON,
)
from tests.unit.schedulers.intents_found import COMPILE_AT, of

NOW = COMPILE_AT + HOUR


@pytest.fixture
def compiled() -> Story:
    story = Story().begin()
    story.run(START)
    story.run(COMPILE_AT)
    return story


@pytest.fixture
def approved(compiled: Story) -> Story:
    compiled.approve(1, NOW)
    return compiled


def versions(story: Story) -> list[tuple[int, tuple[OfficeId, ...]]]:
    return [(c.version, c.missing) for c in story.ledger.select(CompilationState)]


def outgoing(story: Story) -> list[DispatchState]:
    rows = story.ledger.select(DispatchState)
    return [d for d in rows if d.kind is DispatchKind.COMPILATION]


def test_a_waiver_after_the_compilation_makes_another_version(compiled: Story) -> None:
    compiled.waive(MINH_TIEN, NOW)
    (made,) = of(Compile, compiled.run(NOW))
    assert (made.version, made.why) == (2, "something changed since the last version")
    assert versions(compiled) == [(1, (MINH_TIEN, YEN_SON)), (2, (YEN_SON,))]
    assert compiled.due(NOW) == []


def test_a_report_taken_over_by_a_report_changes_no_one_missing_but_counts(compiled: Story) -> None:
    compiled.reply(YEN_SON, ReplyKind.REPORT, NOW)
    compiled.run(NOW)
    compiled.reply(YEN_SON, ReplyKind.REPORT, NOW + HOUR, corrects=True)
    assert [i.version for i in of(Compile, compiled.run(NOW + HOUR))] == [3]
    assert versions(compiled)[1:] == [(2, (MINH_TIEN,)), (3, (MINH_TIEN,))]


def test_what_is_owed_besides_reports_makes_no_new_version(compiled: Story) -> None:
    compiled.reply(PHONG_Y_TE, ReplyKind.ACKNOWLEDGEMENT, NOW)
    compiled.reply(YEN_SON, ReplyKind.ACKNOWLEDGEMENT, NOW)
    compiled.extend(MINH_TIEN, NOW + 20 * DAY, NOW)
    assert of(Compile, compiled.run(NOW)) == []


def test_an_approved_version_is_not_made_anew_by_itself(approved: Story) -> None:
    approved.waive(MINH_TIEN, NOW)
    approved.reply(YEN_SON, ReplyKind.REPORT, NOW)
    assert of(Compile, approved.run(NOW)) == []
    assert versions(approved) == [(1, (MINH_TIEN, YEN_SON))]


def overtaken(story: Story, outcome: Outcome) -> list[CancelDispatch]:
    """Let version 1 not get through, make version 2, and return what is dropped after it."""
    story.run(NOW, outcome)
    story.compile(about(), 2, NOW + HOUR)
    return of(CancelDispatch, story.run(NOW + HOUR))


def test_a_version_still_on_its_way_is_dropped_for_a_newer_one(approved: Story) -> None:
    dropped = overtaken(approved, put_off)
    assert {i.why for i in dropped} == {"a newer version takes its place"}
    assert {i.about.office for i in dropped} == {SO_TTTT}
    assert {d.status for d in outgoing(approved)} == {DispatchStatus.CANCELLED}
    approved.approve(2, NOW + DAY)
    done = approved.run(NOW + DAY)
    assert {i.occurrence for i in of(PlanDispatch, done)} == {2}
    assert [i.version for i in of(FinishForwarding, done)] == [2]
    assert approved.round().status is RoundStatus.FORWARDED
    approved.check_replay()


def test_an_outdated_version_of_unknown_outcome_is_neither_sent_again_nor_dropped(
    approved: Story,
) -> None:
    approved.run(NOW, lost)
    approved.compile(about(), 2, NOW + HOUR)
    found = approved.due(NOW + HOUR)
    assert [i.repeat for i in of(Probe, found)] == [False, False]
    assert of(CancelDispatch, found) == []
    assert of(Transmit, found) == []
    approved.run(NOW + HOUR)
    assert of(Probe, approved.due(NOW + DAY)) == []
    assert {d.status for d in outgoing(approved)} == {DispatchStatus.UNCERTAIN}


def test_a_version_that_arrived_is_left_as_it_is(approved: Story) -> None:
    approved.run(NOW)
    approved.compile(about(), 2, NOW + HOUR)
    assert approved.due(NOW + HOUR) == []
    assert {d.status for d in outgoing(approved)} == {DispatchStatus.ACCEPTED}


def refused(dispatch: DispatchState, now: datetime) -> list[facts.DispatchRefused]:
    return [facts.DispatchRefused(dispatch=dispatch.dispatch, about=dispatch.about, reason="550")]


def sent_again(story: Story, again: int = 1) -> DispatchId:
    plan = PlanDispatch(
        about=about(SO_TTTT),
        kind=DispatchKind.COMPILATION,
        occurrence=1 + again * SENT_AGAIN,
        channel=Channel.EMAIL,
        target="moi@so.example",
        why="sent again after a review",
    )
    story.perform(plan, NOW)
    return dispatch_name(plan)


def test_a_version_sent_again_finishes_the_forwarding_of_that_version(approved: Story) -> None:
    approved.run(NOW, refused)
    assert approved.round().status is RoundStatus.APPROVED
    name = sent_again(approved)
    assert of(PlanDispatch, approved.due(NOW)) == []
    done = approved.run(NOW)
    assert [i.dispatch for i in of(Transmit, done)] == [name]
    assert [i.version for i in of(FinishForwarding, done)] == [1]


def test_a_version_sent_again_is_outdated_like_the_first_sending(approved: Story) -> None:
    approved.run(NOW, refused)
    name = sent_again(approved, again=2)
    approved.compile(about(), 2, NOW)
    assert [i.dispatch for i in of(CancelDispatch, approved.run(NOW))] == [name]


def test_forwarding_waits_until_the_outcome_of_sending_again_is_known(approved: Story) -> None:
    approved.run(NOW, refused)
    sent_again(approved)
    assert of(FinishForwarding, approved.run(NOW, lost)) == []
    assert approved.round().status is RoundStatus.APPROVED
    assert len(of(Probe, approved.run(NOW + HOUR))) == 1
    assert approved.round().status is RoundStatus.FORWARDED


def left_open(dispatch: DispatchState, now: datetime) -> list[facts.DispatchLost]:
    """Nobody knows whether the server took it, and nothing more is tried."""
    name, scope = dispatch.dispatch, dispatch.about
    return [facts.DispatchLost(dispatch=name, about=scope, reason="cut", probe_at=None)]


def test_a_door_that_is_left_to_a_person_does_not_hold_the_forwarding_up(approved: Story) -> None:
    def by_mail_unknown(dispatch: DispatchState, now: datetime) -> Sequence[facts.Fact]:
        unknown = dispatch.channel is Channel.EMAIL
        return left_open(dispatch, now) if unknown else taken(dispatch, now)

    done = approved.run(NOW, by_mail_unknown)
    assert {d.status for d in outgoing(approved)} == {
        DispatchStatus.UNCERTAIN,
        DispatchStatus.ACCEPTED,
    }
    assert len(of(FinishForwarding, done)) == 1
    assert of(Probe, approved.due(NOW + DAY)) == []


def test_a_version_of_which_nothing_is_known_is_not_forwarded(approved: Story) -> None:
    approved.run(NOW, left_open)
    assert approved.due(NOW + DAY) == []
    assert approved.round().status is RoundStatus.APPROVED
    sent_again(approved)
    assert len(of(FinishForwarding, approved.run(NOW + DAY))) == 1
