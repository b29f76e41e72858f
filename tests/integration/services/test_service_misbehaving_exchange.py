"""An exchange in trouble, through the daemon's turn: nothing is lost and nothing comes twice."""

from dataclasses import replace
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest

from domain.campaign import Channel
from domain.exchange import PacketKind
from domain.ids import OfficeId
from domain.kinds import DispatchKind, ReviewKind
from domain.state import DirectiveState, DispatchState, RawState, RoundState
from domain.status import AssignmentStatus, DispatchStatus, RawStatus
from tests.edxml_files import written
from tests.integration.services.service_parts import UNIT, Y_TE, YEN_SON, letter, short_letter
from tests.integration.services.vxp_world import VxpWorld, vxp_world

LOST = ("drop", "html", "empty", "truncated")
SETTLE = "updateStatus"
OPERATIONS = ("getReceivedEdocList", "getEdoc", SETTLE, "sendEdoc")
AXIS_LIST = "syncReceivedEdocList"
TROUBLES = {
    **{f"{fault} {where}": [f"{fault}@{where}"] for fault, where in product(LOST, OPERATIONS)},
    "all answers of two sends lost": ["drop:2"],
    "lists twice": ["duplicate:6"],
    "lists backwards": ["reorder:6"],
    "everything at once": [
        # Once it was carried out, updateStatus is not asked for again.
        *(f"{fault}@{where}" for fault, where in product(LOST, OPERATIONS) if where != SETTLE),
        f"drop@{SETTLE}",
        "duplicate:4",
        "reorder:4",
    ],
}

AXIS_TROUBLES = {
    **{
        f"{fault} {where}": [f"{fault}@{where}"]
        for where in (AXIS_LIST, *OPERATIONS[1:])
        for fault in (*LOST, "expire")
    },
    "lists twice": ["duplicate:6"],
    "lists backwards": ["reorder:6"],
    "half of a list": ["short:4"],
}


def out(world: VxpWorld, office: OfficeId) -> DispatchState:
    (dispatch,) = world.dispatches(office, Channel.EXCHANGE)
    return dispatch


def carried_through(world: VxpWorld, faults: list[str], *, twice: bool = False) -> None:
    """Let a directive go out and be answered, with ``faults`` each time that Dondoc works.

    ``twice`` lets everything that others send be delivered twice.
    """
    number = 4 + len(faults)
    if twice:
        world.server.faults.arm("redeliver")
    world.put(short_letter())
    world.faults.arm_all(faults)
    world.turns(number, apart=timedelta(hours=1))
    assert {world.faults.take(operation) for operation in (*OPERATIONS, AXIS_LIST)} == {None}
    if twice:
        world.server.faults.arm("redeliver", 5)
    for office in (Y_TE, YEN_SON):
        world.put_status(out(world, office), "01")
        world.put_status(out(world, office), "03")
    world.put_answer(out(world, YEN_SON))
    world.faults.arm_all(faults)
    world.turns(number, apart=timedelta(hours=1))


def assert_once(world: VxpWorld, *, packets: int = 6) -> None:
    """Each packet was taken once, each letter lies at its office once, each answer counts once."""
    ledger = world.app.ledger
    assert len(ledger.select(DirectiveState)) == 1
    assert len(ledger.select(RoundState)) == 1
    raws = [raw for raw in ledger.select(RawState) if raw.account == "truc"]
    assert len(raws) == packets
    assert {raw.status for raw in raws} == {RawStatus.READ}
    for kind in PacketKind:
        assert world.door.waiting(kind) == []
    sent = [d for d in ledger.select(DispatchState) if d.channel is Channel.EXCHANGE]
    assert {(d.office, d.kind) for d in sent} == {
        (YEN_SON, DispatchKind.DIRECTIVE),
        (Y_TE, DispatchKind.DIRECTIVE),
    }
    assert [d.status for d in sent] == [DispatchStatus.REGISTERED] * 2
    held = world.server.held()
    assert {name: held[d.target, name] for d in sent if (name := d.document_id)} == {
        d.document_id: 1 for d in sent
    }
    listed = [entry.receiver for entry in world.door.sent(PacketKind.DOCUMENT)]
    assert sorted(code for code in listed if code != UNIT) == sorted(d.target for d in sent)
    (reply,) = world.replies(YEN_SON)
    assert reply.attachments
    assert world.assignment(YEN_SON).status is AssignmentStatus.REPORTED
    assert world.reviews() == []


@pytest.mark.parametrize("fault", LOST)
def test_a_send_whose_answer_is_lost_ends_as_one_document_and_one_dispatch(
    tmp_path: Path, fault: str
) -> None:
    with vxp_world(tmp_path) as world:
        world.put(short_letter())
        world.faults.arm(fault, operation="sendEdoc")
        world.turn()
        both = (out(world, Y_TE), out(world, YEN_SON))
        (lost,) = [d for d in both if d.status is DispatchStatus.UNCERTAIN]
        assert lost.exchange_id is None
        world.turns(3, apart=timedelta(minutes=10))
        (again,) = world.dispatches(lost.office, Channel.EXCHANGE)
        assert (again.status, again.attempts) == (DispatchStatus.ACCEPTED, 2)
        assert (again.dispatch, again.content) == (lost.dispatch, lost.content)
        (entry,) = [e for e in world.door.sent(PacketKind.DOCUMENT) if e.receiver == lost.target]
        assert entry.doc_id == again.exchange_id
        waiting = [p.receiver for p in world.others.waiting(PacketKind.DOCUMENT)]
        assert waiting.count(lost.target) == 1


@pytest.mark.parametrize("faults", TROUBLES.values(), ids=TROUBLES)
def test_whatever_the_exchange_does_all_comes_once(tmp_path: Path, faults: list[str]) -> None:
    with vxp_world(tmp_path) as world:
        carried_through(world, faults)
        assert_once(world)


@pytest.mark.parametrize("attempts", [1, 3])
def test_documents_that_are_written_anew_are_the_same_to_us(tmp_path: Path, attempts: int) -> None:
    with vxp_world(tmp_path, reserialise=True, attempts=attempts) as world:
        carried_through(world, TROUBLES["everything at once"])
        assert_once(world)


@pytest.mark.parametrize("where", OPERATIONS)
def test_an_answer_that_comes_too_late_was_an_answer(tmp_path: Path, where: str) -> None:
    with vxp_world(tmp_path, read_seconds=0.4) as world:
        world.faults.delay = 0.6
        carried_through(world, [f"delay@{where}"])
        assert_once(world)


@pytest.mark.parametrize("reserialise", [False, True])
def test_what_is_delivered_twice_counts_once(tmp_path: Path, reserialise: bool) -> None:
    with vxp_world(tmp_path, reserialise=reserialise) as world:
        carried_through(world, ["reorder:4"], twice=True)
        assert_once(world, packets=12)


@pytest.mark.parametrize("faults", AXIS_TROUBLES.values(), ids=AXIS_TROUBLES)
def test_whatever_the_axis_does_all_comes_once(tmp_path: Path, faults: list[str]) -> None:
    with vxp_world(tmp_path, by_axis=True) as world:
        carried_through(world, faults)
        assert_once(world)


def test_a_list_that_the_axis_cuts_for_good_is_told(tmp_path: Path) -> None:
    with vxp_world(tmp_path, by_axis=True) as world:
        for number in range(6):
            world.put(written(replace(letter(), document_id=f"lá thư {number}")))
        world.faults.arm("short", 400)
        world.turns(6, apart=timedelta(minutes=1))
        taken = [raw for raw in world.app.ledger.select(RawState) if raw.account == "truc"]
        assert 1 <= len(taken) < 6
        (told,) = [r for r in world.reviews(ReviewKind.FAILED) if "not whole" in r.reason]
        assert "the axis counts 6 packets and gives 3" in told.reason
