"""`dondoc forward` on an older ledger that was put back: nothing goes twice without the mark.

The round was approved in the older ledger, and its result left in the time that this one lacks.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connector.store.memory import MemoryMark
from domain.campaign import Channel
from domain.errors import PeerUnavailable
from domain.kinds import RestorationCause
from domain.state import DispatchState
from domain.status import DispatchStatus, RoundStatus
from dondoc.services.compiling import approve
from dondoc.services.forwarding import forward
from tests.integration.services.put_back_parts import (
    HOUR,
    attempted,
    copied,
    copies,
    planned,
    put_back,
    restored,
)
from tests.integration.services.service_parts import MINH_TIEN, SO
from tests.integration.services.service_world import World

Upto = Callable[[object], bool]
COMPILING = datetime(2024, 11, 15, 1, 30, tzinfo=UTC)


def approved(world: World) -> int:
    """Bring a round to its approval; return the newest event until then."""
    world.began()
    world.answer(MINH_TIEN, "Em gửi báo cáo ạ.", files=world.report(MINH_TIEN))
    world.turn(to=COMPILING)
    approve(world.app, "nq47", None, world.now, by="Lan", number="88")
    newest = world.app.ledger.newest()
    assert newest is not None
    return newest.sequence


def forwarded(world: World) -> dict[Channel, DispatchState]:
    world.now += HOUR
    return {d.channel: d for d in forward(world.app, "nq47", None, world.now)}


@pytest.mark.parametrize("marked", [True, False], ids=["with a mark", "without a mark"])
@pytest.mark.parametrize("upto", [attempted, planned], ids=["planned", "unknown"])
def test_a_result_that_left_is_found(world: World, marked: bool, upto: Upto) -> None:
    world.change(mark=MemoryMark() if marked else None)
    since = approved(world)
    before = forwarded(world)
    documents = len(world.exchange.sent_bytes)
    put_back(world, copied(world.app.ledger, upto, since=since))
    after = forwarded(world)
    assert copies(world, SO) == [False]
    assert len(world.exchange.sent_bytes) == documents
    assert {d.status for d in after.values()} == {DispatchStatus.ACCEPTED}
    assert after[Channel.EXCHANGE].exchange_id == before[Channel.EXCHANGE].exchange_id
    cause = RestorationCause.MARK if marked else RestorationCause.MAILBOX
    assert [one.cause for one in restored(world)] == [cause]
    assert world.round().status is RoundStatus.FORWARDED
    assert world.consistent() == []


def test_a_result_of_which_there_is_no_trace_is_marked(tmp_path: Path) -> None:
    world = World(tmp_path, copy_to_self=False)
    world.change(mark=MemoryMark())
    since = approved(world)
    forwarded(world)
    put_back(world, copied(world.app.ledger, attempted, since=since))
    assert forwarded(world)[Channel.EMAIL].marked
    assert copies(world, SO) == [False, True]


def test_nothing_leaves_by_mail_while_the_mailbox_is_away(world: World) -> None:
    world.change(mark=None)
    since = approved(world)
    forwarded(world)
    put_back(world, copied(world.app.ledger, attempted, since=since))
    world.box.cut = PeerUnavailable("imap", "no answer")
    assert forwarded(world)[Channel.EMAIL].status is DispatchStatus.PLANNED
    assert copies(world, SO) == [False]
    world.box.cut = None
    assert forwarded(world)[Channel.EMAIL].status is DispatchStatus.ACCEPTED
    assert copies(world, SO) == [False]


def test_a_result_that_was_uncertain_may_have_been_repeated(tmp_path: Path) -> None:
    world = World(tmp_path, copy_to_self=False)
    world.change(mark=MemoryMark())
    approved(world)
    address = world.office(SO).emails[0]
    world.mail.behave(address, "drop_after_data")
    forwarded(world)
    old = copied(world.app.ledger, lambda _: False)
    world.mail.behave(address, None)
    forwarded(world)
    assert copies(world, SO) == [False, True]
    put_back(world, old)
    assert forwarded(world)[Channel.EMAIL].status is DispatchStatus.UNCERTAIN
    assert copies(world, SO) == [False, True]
