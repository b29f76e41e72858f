"""Quarantined input is read again on a person's word, and only then."""

from datetime import timedelta
from pathlib import Path

import pytest

from domain.errors import NotAllowed, NotFound
from domain.facts import Event, RawArrived
from domain.ids import RawId
from domain.kinds import Decision, RawChannel
from domain.state import RawState, ReviewState
from domain.status import RawStatus
from dondoc.app import App
from dondoc.services.quarantine import quarantined, release
from dondoc.services.reading import read_arrived
from tests.unit.cli.memory_apps import NOW, memory_app

RAW = RawId("imap:nq47/INBOX|1:1")
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def app(tmp_path: Path) -> App:
    app = memory_app(tmp_path)
    fact = RawArrived(
        raw=RAW,
        channel=RawChannel.MAIL,
        account="nq47",
        place="INBOX",
        position="1:1",
        size=7,
    )
    digest = app.evidence.put(b"garbage")
    event = Event(
        source="imap:nq47/INBOX", source_key="1:1", occurred_at=NOW, fact=fact, evidence=digest
    )
    app.ledger.append([event], recorded_at=NOW)
    return app


def status(app: App) -> RawStatus:
    raw = app.ledger.get(RawState, (RAW,))
    assert raw is not None
    return raw.status


def test_what_cannot_be_read_is_listed(app: App) -> None:
    read_arrived(app, NOW)
    (found,) = quarantined(app)
    assert found.raw == RAW
    assert found.outcome


def test_a_release_closes_its_review_and_lets_the_next_turn_read(app: App) -> None:
    read_arrived(app, NOW)
    assert release(app, RAW, "Lan", LATER).raw == RAW
    assert status(app) is RawStatus.ARRIVED
    (review,) = app.ledger.select(ReviewState)
    assert (review.open, review.decision, review.by) == (False, Decision.NOTED, "Lan")
    assert quarantined(app) == []


def test_what_fails_again_waits_again(app: App) -> None:
    read_arrived(app, NOW)
    release(app, RAW, "Lan", LATER)
    read_arrived(app, LATER)
    assert status(app) is RawStatus.QUARANTINED
    assert [review.open for review in app.ledger.select(ReviewState)].count(True) == 1
    release(app, RAW, "Lan", LATER + timedelta(hours=1))
    assert status(app) is RawStatus.ARRIVED


def test_everything_may_happen_within_one_second(app: App) -> None:
    for times in range(1, 4):
        read_arrived(app, NOW)
        assert status(app) is RawStatus.QUARANTINED
        assert len(app.ledger.select(ReviewState)) == times
        release(app, RAW, "Lan", NOW)
    assert app.ledger.select(ReviewState, open=True) == []


def test_unknown_input_is_not_found(app: App) -> None:
    with pytest.raises(NotFound, match="quarantine list"):
        release(app, "imap:nq47/INBOX|1:2", "Lan", NOW)


def test_input_that_is_not_set_aside_is_left_alone(app: App) -> None:
    with pytest.raises(NotAllowed, match="arrived"):
        release(app, RAW, "Lan", NOW)
