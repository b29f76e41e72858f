"""A fault of ours costs one piece of work: the others are done, and a person is told once."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from connector.store.memory import MemoryEvidence
from domain.campaign import Channel
from domain.errors import InvariantViolation, PeerUnavailable
from domain.facts import About, DirectiveTaken, Event
from domain.ids import CampaignId
from domain.intents import Intent
from domain.kinds import Decision, DispatchKind, ReviewKind
from domain.state import DirectiveState, ReviewState
from domain.status import AssignmentStatus, DispatchStatus
from dondoc.app import App
from dondoc.services import letters
from dondoc.services import turn as turning
from dondoc.services.compiling import latest_version
from dondoc.services.mail_letter import WrittenMail, write_mail
from dondoc.services.resolve import Resolution, resolve
from dondoc.services.sending import Sending
from schedulers.calendar import WorkingCalendar
from schedulers.due import due
from schedulers.picture import Picture
from tests.integration.services.service_parts import (
    LANH_DAO,
    MINH_TIEN,
    RULES,
    Y_TE,
    YEN_SON,
    issued,
)
from tests.integration.services.service_world import World

HOUR = timedelta(hours=1)
COMPILING = datetime(2024, 11, 15, 1, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[EventDict]]:
    """Keep the log, which would else draw each traceback with all its variables."""
    with capture_logs() as entries:
        yield entries


def _failed(world: World) -> list[ReviewState]:
    return world.reviews(ReviewKind.FAILED)


def _noted(world: World) -> None:
    for review in _failed(world):
        resolution = Resolution(decision=Decision.NOTED, by="Lan")
        resolve(world.app, review.review, resolution, world.now)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Break the writing of mails to one commune; the function mends it."""

    def write(app: App, sending: Sending) -> WrittenMail:
        if sending.office.id == MINH_TIEN:
            raise KeyError("a bug")
        return write_mail(app, sending)

    monkeypatch.setattr(letters, "write_mail", write)
    return lambda: monkeypatch.setattr(letters, "write_mail", write_mail)


def test_a_bug_in_one_letter_costs_that_letter(
    world: World, broken: Callable[[], None], logged: list[EventDict]
) -> None:
    world.began(issued())
    faults = [entry for entry in logged if entry["event"] == "intent_broken"]
    assert {(entry["office"], entry["log_level"]) for entry in faults} == {(MINH_TIEN, "error")}
    assert world.dispatches(MINH_TIEN, Channel.EMAIL) == []
    for office in (YEN_SON, LANH_DAO):
        assert world.dispatch(office, Channel.EMAIL).status is DispatchStatus.ACCEPTED
    assert world.dispatch(Y_TE, Channel.EXCHANGE).status is DispatchStatus.ACCEPTED
    (review,) = _failed(world)
    assert review.office == MINH_TIEN
    assert review.reason == (
        "PlanDispatch directive email: Dondoc failed on it (KeyError); see the log"
    )
    broken()
    world.turn(later=HOUR)
    assert world.dispatch(MINH_TIEN, Channel.EMAIL).status is DispatchStatus.ACCEPTED


@pytest.mark.usefixtures("broken")
def test_what_keeps_failing_is_told_again_once_it_was_resolved(world: World) -> None:
    world.began(issued())
    (first,) = _failed(world)
    world.turn(later=HOUR)
    assert _failed(world) == [first]
    _noted(world)
    world.turn()
    assert _failed(world) == []
    world.turn(later=HOUR)
    world.turn(later=HOUR)
    (second,) = _failed(world)
    assert second.review != first.review
    assert second.reason == first.reason
    _noted(world)
    world.turn(later=HOUR)
    (third,) = _failed(world)
    assert third.review not in (first.review, second.review)


def test_a_bug_while_sending_costs_that_letter(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.line.cut = KeyError("a bug")
    world.began(issued())
    exchanged = (world.dispatch(o, Channel.EXCHANGE).status for o in (YEN_SON, Y_TE))
    assert set(exchanged) == {DispatchStatus.ACCEPTED}
    mails = [world.dispatch(o, Channel.EMAIL) for o in (YEN_SON, MINH_TIEN, LANH_DAO)]
    assert {d.status for d in mails} == {DispatchStatus.SENDING}
    assert {r.reason.partition(":")[0] for r in _failed(world)} == {
        f"Transmit {d.dispatch}" for d in mails
    }
    for _ in range(5):
        world.turn(later=HOUR)
    assert world.dispatch(MINH_TIEN, Channel.EMAIL).attempts == 2
    told = {r.office for r in world.reviews(ReviewKind.UNCERTAIN)}
    assert told == {YEN_SON, MINH_TIEN, LANH_DAO}


def test_a_bug_in_deciding_for_one_campaign_leaves_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = CampaignId("aaa")
    rules = replace(RULES, id=other, intake=replace(RULES.intake, number="999"))
    world.change(campaigns={other: rules, **world.app.campaigns})
    world.line.cut = PeerUnavailable("smtp", "down")
    world.began(issued())
    (taken,) = world.app.ledger.select(DirectiveState)
    also = DirectiveTaken(about=About(campaign=other), directive=taken.directive)
    event = Event(source="test", source_key="also", occurred_at=world.now, fact=also)
    world.app.ledger.append([event], recorded_at=world.now)

    def deciding(picture: Picture, calendar: WorkingCalendar, now: datetime) -> list[Intent]:
        if picture.campaign.id == other:
            raise ValueError("a bug")
        return due(picture, calendar, now)

    monkeypatch.setattr(turning, "due", deciding)
    world.line.cut = None
    world.turn(later=HOUR)
    assert world.assignment(MINH_TIEN).status is AssignmentStatus.SENT
    (review,) = _failed(world)
    assert (review.campaign, review.office) == (other, None)
    assert "ValueError" in review.reason


def test_failures_of_one_office_are_told_apart(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def plan(app: App, picture: Picture, intent: object, now: datetime) -> None:
        raise InvariantViolation("a bug")

    monkeypatch.setattr(turning, "plan_dispatch", plan)
    world.began(issued())
    of_one = {r.reason for r in _failed(world) if r.office == YEN_SON}
    assert of_one == {
        f"PlanDispatch {DispatchKind.DIRECTIVE} {channel}: a bug" for channel in Channel
    }


def _lose_file(world: World) -> Path:
    """Remove one file of the result from the folder and from the evidence."""
    file = latest_version(world.app, world.round()).files[0]
    evidence = world.app.evidence
    assert isinstance(evidence, MemoryEvidence)
    del evidence._contents[file.digest]
    path = world.output / file.name
    path.unlink()
    return path


def test_a_result_whose_evidence_is_gone_stops_no_turn(begun: World) -> None:
    begun.turn(to=COMPILING)
    gone = _lose_file(begun)
    other = begun.output / latest_version(begun.app, begun.round()).files[1].name
    other.unlink()
    begun.answer(MINH_TIEN, "Đã nhận được văn bản. Trân trọng.")
    for _ in range(2):
        begun.turn(later=HOUR)
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.ACKNOWLEDGED
    assert other.is_file()
    assert not gone.exists()
    (review,) = _failed(begun)
    assert gone.name in review.reason
    assert "restore the evidence from a backup" in review.reason
