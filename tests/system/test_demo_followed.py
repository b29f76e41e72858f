"""The demo's second story: the e-office has sent the directive, Dondoc follows and mails the rest.

The witness is the servers' own state: whose system fetched the document, and what lies in whose
mailbox.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest

from domain.campaign import Channel, ExchangeMode
from domain.facts import DispatchFollowed
from domain.ids import OfficeId
from domain.kinds import DispatchKind
from domain.state import DispatchState
from domain.status import DispatchStatus
from dondoc.demo.story import FOLLOWING
from tests.system.demo_run import DemoRun, command, shared_demo

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

_TIME_IS_UP = datetime(2024, 5, 9, 1, tzinfo=UTC)
"""A working day after the directive was taken on 8 May, at 8:00."""


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoRun]:
    with shared_demo(tmp_path_factory) as run:
        followed = DemoRun(run.folder / "follow", run.result["follow"])
        try:
            yield followed
        finally:
            followed.close()


@pytest.fixture(scope="module")
def fetched(story: DemoRun) -> set[str]:
    """Return the identifiers of the units whose systems fetched what the e-office sent."""
    with closing(
        sqlite3.connect(next((story.folder / "servers/exchange").glob("*.sqlite*")))
    ) as db:
        rows = db.execute(
            "SELECT to_code FROM deliveries JOIN documents ON documents.id = deliveries.document"
            " WHERE documents.kind = 'edoc' AND deliveries.state = 'done'"
        )
        return {code for (code,) in rows}


def _by_channel(story: DemoRun, channel: Channel) -> dict[OfficeId, DispatchState]:
    return {d.office: d for d in story.rows(DispatchState) if d.channel is channel}


def test_the_campaign_of_the_story_follows(story: DemoRun) -> None:
    assert story.campaign.exchange is ExchangeMode.FOLLOW
    assert story.result["recipients"] == len(story.recipients) == 67


def test_dondoc_sends_nothing_on_the_exchange(story: DemoRun) -> None:
    assert story.result["sent_on_exchange"] == 0
    assert all(d.followed for d in _by_channel(story, Channel.EXCHANGE).values())
    with closing(
        sqlite3.connect(next((story.folder / "servers/exchange").glob("*.sqlite*")))
    ) as db:
        names = db.execute("SELECT document_id FROM documents WHERE kind = 'edoc'").fetchall()
    assert names == [("H37.99,2024-05-08,512/UBND-VH",)]


def test_every_sending_is_known_with_its_evidence(story: DemoRun) -> None:
    seen = {fact.about.office: event for event, fact in story.facts(DispatchFollowed)}
    addressed = {o for o, r in story.recipients.items() if r.office.organ_id}
    assert seen.keys() == addressed
    assert story.result["followed"] == len(addressed) > 40
    for recorded in seen.values():
        assert recorded.event.evidence
        assert story.evidence.get(recorded.event.evidence)


def test_who_has_fetched_it_is_delivered_and_gets_no_mail(
    story: DemoRun, fetched: set[str]
) -> None:
    mailed = _by_channel(story, Channel.EMAIL)
    on_exchange = _by_channel(story, Channel.EXCHANGE)
    reached = [o for o, r in story.recipients.items() if r.office.organ_id in fetched]
    assert len(reached) == len(on_exchange) - len(FOLLOWING.offline) > 40
    for office in reached:
        assert office not in mailed
        assert on_exchange[office].status is not DispatchStatus.ACCEPTED


def test_whose_system_is_off_gets_a_mail_the_next_working_day(story: DemoRun) -> None:
    mailed = _by_channel(story, Channel.EMAIL)
    assert len(FOLLOWING.offline) == 3
    for office in FOLLOWING.offline:
        assert _TIME_IS_UP <= mailed[office].planned_at < _TIME_IS_UP.replace(hour=3)
        assert mailed[office].kind is DispatchKind.DIRECTIVE
        assert _by_channel(story, Channel.EXCHANGE)[office].status is DispatchStatus.ACCEPTED


def test_who_has_no_identifier_gets_a_mail_at_once(story: DemoRun) -> None:
    mailed = _by_channel(story, Channel.EMAIL)
    without = {o for o, r in story.recipients.items() if not r.office.organ_id}
    assert mailed.keys() == without | FOLLOWING.offline
    assert {mailed[o].planned_at for o in without} == {datetime(2024, 5, 8, 2, tzinfo=UTC)}


def test_nobody_has_it_twice_and_nobody_has_it_not(story: DemoRun) -> None:
    assert (story.result["lost"], story.result["duplicated"]) == (0, 0)


def test_the_other_commands_work_on_its_folder(story: DemoRun) -> None:
    replayed = command("replay", "--config", story.config, "--json")
    assert (replayed.returncode, json.loads(replayed.stdout)["differences"]) == (0, [])
    shown = command("status", "nq47", "--office", "xa-hoa-son", "--config", story.config)
    assert shown.returncode == 0
    assert "exchange (e-office)" in shown.stdout
    assert command("check", "--config", story.config).returncode == 0
