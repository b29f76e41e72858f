"""Sending a result to the Department again: the version that the review is about, or none."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.campaign import Channel
from domain.errors import NotAllowed
from domain.kinds import Decision, DispatchKind, ReviewKind
from domain.state import DispatchState
from domain.status import DispatchStatus
from dondoc.services.compiling import approve, compile_now
from dondoc.services.resolve import Resolution, resolve
from tests.integration.services.service_parts import SO
from tests.integration.services.service_world import World

HOUR = timedelta(hours=1)
COMPILING = datetime(2024, 11, 15, 1, 30, tzinfo=UTC)


def _mails(world: World) -> list[DispatchState]:
    return world.dispatches(SO, Channel.EMAIL, DispatchKind.COMPILATION)


def _bounced(world: World, dispatch: DispatchState) -> None:
    world.dsn(dispatch, "failed")
    world.turn(later=HOUR)


def _resend(world: World) -> None:
    review = world.review(ReviewKind.UNDELIVERABLE).review
    resolve(world.app, review, Resolution(decision=Decision.RESEND, by="Lan"), world.now)
    world.turn(later=HOUR)


def _approve(world: World, number: str) -> None:
    approve(world.app, "nq47", None, world.now, by="Lan", number=number)
    world.turn(later=HOUR)


@pytest.fixture
def sent(begun: World) -> World:
    """Version 2 has gone to the Department."""
    begun.turn(to=COMPILING)
    _approve(begun, "88")
    return begun


def test_each_version_is_sent_again_as_itself(sent: World) -> None:
    _bounced(sent, _mails(sent)[-1])
    _resend(sent)
    compile_now(sent.app, "nq47", None, sent.now)
    _approve(sent, "89")
    newest = _mails(sent)[-1]
    assert newest.version == 4
    _bounced(sent, newest)
    _resend(sent)
    occurrences = [(d.occurrence, d.version, d.status) for d in _mails(sent)]
    assert occurrences == [
        (2, 2, DispatchStatus.BOUNCED),
        (1002, 2, DispatchStatus.ACCEPTED),
        (4, 4, DispatchStatus.BOUNCED),
        (1004, 4, DispatchStatus.ACCEPTED),
    ]


def test_a_version_that_is_out_of_date_is_not_sent_again(sent: World) -> None:
    _bounced(sent, _mails(sent)[-1])
    compile_now(sent.app, "nq47", None, sent.now)
    with pytest.raises(NotAllowed, match="version 2 of round 2024 is out of date: version 3"):
        _resend(sent)
    assert len(_mails(sent)) == 1
    assert sent.review(ReviewKind.UNDELIVERABLE).open
