"""Mail by an Exchange server: answers are counted, and a kill on the way makes no second letter."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from domain.campaign import Channel
from domain.facts import MailboxRead
from domain.ids import OfficeId
from domain.state import CursorState, ReplyState
from domain.status import DispatchStatus
from dondoc.services.doctor import examine_doors
from dondoc.simulators.exchange import Exchange
from tests.checkout import ROOT
from tests.integration.services.exchange_world import PASSWORD, world_on
from tests.integration.services.service_parts import (
    LANH_DAO,
    MAILBOX,
    MINH_TIEN,
    OFFICES,
    START,
    YEN_SON,
    issued,
)
from tests.integration.services.service_world import World

# Processes of their own, on machines that do much else.
pytestmark = pytest.mark.timeout(300)

PROBE = timedelta(minutes=10)
MAILED = (YEN_SON, MINH_TIEN, LANH_DAO)
PATIENCE = 60.0


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Exchange]:
    addresses = [MAILBOX, *(address for office in OFFICES for address in office.emails)]
    accounts = {str(address): PASSWORD for address in addresses}
    with Exchange(tmp_path / "exchange", accounts, now=lambda: START, schemes=("basic",)) as found:
        yield found


@pytest.fixture
def state(tmp_path: Path) -> Path:
    folder = tmp_path / "store"
    folder.mkdir()
    return folder


def _letters(exchange: Exchange, world: World, office: OfficeId) -> list[bytes]:
    return exchange.messages(world.office(office).emails[0])


def _settled(world: World) -> None:
    for _ in range(3):
        world.turn(later=PROBE)


def _sent_once(exchange: Exchange, world: World, *, marked: bool = False) -> None:
    for office in MAILED:
        assert len(_letters(exchange, world, office)) == 1, office
        dispatch = world.dispatch(office, Channel.EMAIL)
        assert dispatch.status in (DispatchStatus.ACCEPTED, DispatchStatus.DELIVERED), office
        assert marked or not dispatch.marked
    assert marked or exchange.messages(MAILBOX, "drafts") == []
    assert len(exchange.messages(MAILBOX, "sentitems")) == len(MAILED)
    assert world.consistent() == []
    world.app.ledger.close()


def _killed_at(exchange: Exchange, state: Path, operation: str) -> None:
    """Let the directive go out in a process of its own that is killed at an operation."""
    module = "tests.integration.services.exchange_world"
    process = subprocess.Popen([sys.executable, "-m", module, str(state), exchange.url], cwd=ROOT)
    try:
        end = time.monotonic() + PATIENCE
        while operation not in exchange.requests and process.poll() is None:
            assert time.monotonic() < end, exchange.requests
            time.sleep(0.01)
    finally:
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL


@pytest.mark.parametrize("operation", ["CreateItem", "SendItem"])
@pytest.mark.parametrize("moment", ["slow", "slow_answer"])
def test_who_is_killed_on_the_way_sends_each_letter_once(
    exchange: Exchange, state: Path, moment: str, operation: str
) -> None:
    exchange.faults.delay = 2.0
    exchange.faults.arm(moment, operation=operation)
    _killed_at(exchange, state, operation)
    world = world_on(state, exchange.url, START + timedelta(hours=1))
    _settled(world)
    # What the server was asked for before the kill is done by now, too.
    time.sleep(exchange.faults.delay)
    _settled(world)
    # A draft that a slow server makes after it was looked for is none that could be found: whoever
    # repeats then says so, and the late draft stays unsent.
    _sent_once(exchange, world, marked=operation == "CreateItem")


def test_a_letter_whose_draft_waits_is_sent_unmarked(exchange: Exchange, state: Path) -> None:
    world = world_on(state, exchange.url)
    exchange.faults.arm("drop", operation="SendItem")
    world.began(issued())
    (open_one,) = [
        office
        for office in MAILED
        if world.dispatch(office, Channel.EMAIL).status is DispatchStatus.UNCERTAIN
    ]
    assert _letters(exchange, world, open_one) == []
    _settled(world)
    assert world.dispatch(open_one, Channel.EMAIL).attempts == 2
    _sent_once(exchange, world)


def test_a_letter_that_lies_among_the_sent_items_was_sent(exchange: Exchange, state: Path) -> None:
    world = world_on(state, exchange.url)
    exchange.faults.arm("drop_after", operation="SendItem")
    world.began(issued())
    _settled(world)
    dispatches = [world.dispatch(office, Channel.EMAIL) for office in MAILED]
    assert [dispatch.attempts for dispatch in dispatches] == [1, 1, 1]
    _sent_once(exchange, world)


def test_a_draft_that_a_person_deleted_is_written_again_marked(
    exchange: Exchange, state: Path
) -> None:
    world = world_on(state, exchange.url)
    exchange.faults.arm("drop", operation="SendItem")
    world.began(issued())
    for draft in exchange.store.items(exchange.folder(MAILBOX, "drafts")):
        exchange.store.remove(draft)
    _settled(world)
    marked = [office for office in MAILED if world.dispatch(office, Channel.EMAIL).marked]
    assert len(marked) == 1
    assert [len(_letters(exchange, world, office)) for office in MAILED] == [1, 1, 1]
    world.app.ledger.close()


def test_a_draft_that_never_gets_out_is_given_up_in_the_end(
    exchange: Exchange, state: Path
) -> None:
    world = world_on(state, exchange.url)
    exchange.faults.arm("drop", 400, operation="SendItem")
    world.began(issued())
    for _ in range(15):
        world.turn(later=timedelta(hours=9))
    dispatches = [world.dispatch(office, Channel.EMAIL) for office in MAILED]
    assert {dispatch.status for dispatch in dispatches} == {DispatchStatus.UNCERTAIN}
    assert {dispatch.due_at for dispatch in dispatches} == {None}
    assert any("its draft was never sent" in dispatch.detail for dispatch in dispatches)
    assert [_letters(exchange, world, office) for office in MAILED] == [[], [], []]
    world.app.ledger.close()


def test_an_answer_to_an_exchange_mailbox_is_counted(exchange: Exchange, state: Path) -> None:
    world = world_on(state, exchange.url).began(issued())
    # The office's mail system is not the world's own: its letter lies on the Exchange.
    world.mail.folder(world.office(MINH_TIEN).emails[0]).messages.append(
        _letters(exchange, world, MINH_TIEN)[0]
    )
    raw = world.answer(MINH_TIEN, "Đã nhận được văn bản.")
    exchange.deliver(MAILBOX, raw)
    world.turn(later=PROBE)
    assert [reply.office for reply in world.app.ledger.select(ReplyState)] == [MINH_TIEN]
    (cursor,) = world.app.ledger.select(CursorState)
    assert (cursor.account, cursor.place) == ("nq47", "inbox")
    world.turn(later=PROBE)
    assert len(world.app.ledger.select(ReplyState)) == 1
    assert all(check.ok for check in examine_doors(world.app, world.now) if check.name == "ews")
    world.app.ledger.close()


def _read_facts(world: World) -> int:
    return sum(isinstance(one.event.fact, MailboxRead) for one in world.app.ledger.events())


def test_a_kill_where_all_of_a_mailbox_was_known_already(exchange: Exchange, state: Path) -> None:
    world = world_on(state, exchange.url).began(issued())
    world.mail.folder(world.office(MINH_TIEN).emails[0]).messages.append(
        _letters(exchange, world, MINH_TIEN)[0]
    )
    exchange.deliver(MAILBOX, world.answer(MINH_TIEN, "Đã nhận được văn bản."))
    world.turn(later=PROBE)
    (cursor,) = world.app.ledger.select(CursorState)
    known = world.raws().keys()
    world.app.ledger.close()
    # What a person deletes before it was read moves the place on, and brings nothing.
    exchange.deliver(MAILBOX, b"Subject: quang cao\r\n\r\nMua ngay.\r\n")
    exchange.store.remove(list(exchange.store.items(exchange.folder(MAILBOX, "inbox")))[-1])
    module = "tests.integration.services.exchange_world"
    for number, moment in enumerate(("before", "after")):
        # The server takes the place for none of its own, and gives the whole folder anew.
        exchange.faults.arm("bad_state", operation="SyncFolderItems")
        boundary = f"ledger.append {MailboxRead.__name__} {moment}"
        killed = subprocess.run(
            [sys.executable, "-m", module, str(state), exchange.url, boundary],
            cwd=ROOT,
            check=False,
        )
        assert killed.returncode == -signal.SIGKILL
        world = world_on(state, exchange.url, START + timedelta(days=2))
        assert _read_facts(world) == number
        world.app.ledger.close()
    world = world_on(state, exchange.url, START + timedelta(days=2))
    world.turn(later=PROBE)
    assert [reply.office for reply in world.app.ledger.select(ReplyState)] == [MINH_TIEN]
    assert world.raws().keys() == known
    (after,) = world.app.ledger.select(CursorState)
    assert after.cursor != cursor.cursor
    assert world.consistent() == []
    world.app.ledger.close()
