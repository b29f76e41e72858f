"""The reforms of 1 December 2024 and 1 July 2025 in Hữu Lũng, while a round is open."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from domain.campaign import ExchangeMode, RoundRule
from domain.facts import AssignmentPassed
from domain.ids import OfficeId
from domain.intents import PassDuty, PlanDispatch
from domain.kinds import DispatchKind, ReplyKind, ReviewKind
from domain.state import DispatchStanding
from domain.status import DispatchStatus, Membership
from dondoc.settings.load import load_settings
from tests.checkout import ROOT
from tests.unit.domain.round_story import Story, put_off
from tests.unit.domain.small_district import CAMPAIGN, DAY, START
from tests.unit.schedulers.intents_found import asked, of

SON_HA, TOWN = OfficeId("xa-son-ha"), OfficeId("thi-tran-huu-lung")
HUU_LUNG = OfficeId("xa-huu-lung")
DECEMBER = datetime(2024, 12, 1, 1, tzinfo=UTC)
JULY = datetime(2025, 7, 1, 1, tzinfo=UTC)
COMMUNES = 24


@pytest.fixture
def story() -> Story:
    settings = load_settings(ROOT / "config" / "dondoc.yaml")
    rules = replace(
        settings.campaigns[CAMPAIGN],
        rounds=RoundRule(yearly=False, due_on=date(2025, 9, 10)),
        exchange=ExchangeMode.SEND,
        portal=None,
    )
    return Story(campaign=rules, directory=settings.directory).begin()


def letters(story: Story, office: OfficeId) -> list[DispatchStanding]:
    return [d for d in story.picture().dispatches_to(office) if d.kind is DispatchKind.DIRECTIVE]


def test_son_ha_is_part_of_the_town_from_december_on(story: Story) -> None:
    round_id = story.picture().rounds[0].round
    story.run(START)
    assert of(PassDuty, story.due(DECEMBER - DAY)) == []
    before = letters(story, TOWN)
    done = story.run(DECEMBER)
    assert [(i.about.office, i.to) for i in of(PassDuty, done) if i.to == TOWN] == [(SON_HA, TOWN)]
    assert letters(story, TOWN) == before
    row = story.assignment(SON_HA, round_id)
    assert row.membership is Membership.PASSED
    assert "30/11/2024" in row.membership_why
    assert of(PassDuty, story.run(DECEMBER + DAY)) == []
    story.check_replay()


def test_each_commune_of_2025_gets_one_letter_for_all_that_it_takes_over(story: Story) -> None:
    round_id = story.picture().rounds[0].round
    story.run(START)
    story.reply(OfficeId("xa-yen-son"), ReplyKind.REPORT, START + DAY, round_id=round_id)
    story.run(DECEMBER)
    done = story.run(JULY)
    passed = [i for i in of(PassDuty, done) if str(i.about.office).startswith(("xa-", "thi-tran"))]
    # All but Sơn Hà, which is the town's since December, and Yên Sơn, which has reported.
    assert len(passed) == COMMUNES - 2
    heirs = {i.to for i in passed}
    plans = Counter(
        (i.about.office, i.channel) for i in of(PlanDispatch, done) if i.about.office in heirs
    )
    assert set(plans.values()) == {1}
    assert {office for office, _ in plans} == heirs
    assert HUU_LUNG in heirs
    assert len(heirs) == 8
    assert not {d.office for d in story.picture().dispatches if d.status is DispatchStatus.PLANNED}
    assert of(PassDuty, story.due(JULY + DAY)) == []
    assert of(PlanDispatch, story.due(JULY + DAY)) == []
    story.check_replay()


def test_a_daemon_that_slept_through_both_reforms_passes_it_on_in_one_step(story: Story) -> None:
    story.run(START, put_off)
    story.run(JULY)
    told = [r.event.fact for r in story.ledger.events()]
    (passed,) = [f for f in told if isinstance(f, AssignmentPassed) and f.about.office == SON_HA]
    assert [(s.office, s.to) for s in passed.passed] == [(SON_HA, TOWN), (TOWN, HUU_LUNG)]
    assert {d.status for d in letters(story, SON_HA)} == {DispatchStatus.CANCELLED}


def test_a_person_is_asked_once_of_each_office_that_nobody_follows(story: Story) -> None:
    story.run(START)
    questions = asked(ReviewKind.ENDED, story.run(JULY))
    owing = [a for a in story.picture().assignments if a.due_at is not None and not a.removed]
    entries = [story.directory.get(a.office) for a in owing]
    ended = [o.id for o in entries if o is not None and not o.valid_on(date(2025, 7, 1))]
    assert len(ended) > 5
    assert sorted(str(i.about.office) for i in questions) == sorted(ended)
    assert asked(ReviewKind.ENDED, story.run(JULY + DAY)) == []
