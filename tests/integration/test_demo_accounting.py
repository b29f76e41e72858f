"""What the demo counts as lost, duplicated and marked, with its real servers."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest

from domain.campaign import Channel
from domain.ids import Address, CampaignId, Digest, DispatchId, MessageId, OfficeId, RoundId
from domain.kinds import DispatchKind
from domain.office import Directory, Office
from domain.state import DispatchState
from domain.status import DispatchStatus
from dondoc.demo import directive
from dondoc.demo.copies import MARK, Planned, account
from dondoc.demo.post import OfficePost
from dondoc.demo.script import Script, Trait
from dondoc.demo.world import World, open_world, put_on_exchange

NOW = datetime(2024, 5, 8, 2, 0, tzinfo=UTC)
MAILBOX = Address("nq47@huulung.example")
YEN_SON, MINH_TIEN = OfficeId("xa-yen-son"), OfficeId("xa-minh-tien")
OFFICES = [
    Office(id=YEN_SON, name="UBND xã Yên Sơn", emails=(Address("xayenson@huulung.example"),)),
    Office(id=MINH_TIEN, name="UBND xã Minh Tiến", emails=(Address("xaminhtien@huulung.example"),)),
]
SCRIPTS = {
    YEN_SON: Script(office=YEN_SON),
    MINH_TIEN: Script(office=MINH_TIEN, traits=frozenset({Trait.BOUNCE})),
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    servers = tmp_path / "servers"
    servers.mkdir()
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    for name in ("exchange", "mail"):
        (secrets / name).write_text("on loopback for one test", encoding="utf-8")
    with open_world(servers, Directory(OFFICES), SCRIPTS, MAILBOX, lambda: NOW) as found:
        yield found


def mail(
    office: OfficeId = YEN_SON,
    *,
    kind: DispatchKind = DispatchKind.DIRECTIVE,
    status: DispatchStatus = DispatchStatus.ACCEPTED,
    marked: bool = False,
) -> DispatchState:
    index = [YEN_SON, MINH_TIEN].index(office)
    return DispatchState(
        dispatch=DispatchId(f"nq47/2024/{office}/{kind}/1/email"),
        campaign=CampaignId("nq47"),
        round=RoundId("2024"),
        office=office,
        kind=kind,
        occurrence=1,
        channel=Channel.EMAIL,
        status=status,
        target=OFFICES[index].emails[0],
        content=Digest("0" * 64),
        token="t",
        subject_token="DD-1",
        subject="x",
        planned_at=NOW,
        changed_at=NOW,
        message_id=MessageId(f"<{office}.{kind}@huulung.example>"),
        marked=marked,
        # Whatever the ledger knows of an acceptance must not matter.
        accepted_at=None,
    )


def deliver(world: World, dispatch: DispatchState, text: str = "Kính gửi") -> None:
    letter = f"From: {MAILBOX}\r\nMessage-ID: {dispatch.message_id}\r\n\r\n{text}\r\n"
    world.hub.submit(MAILBOX, [Address(dispatch.target)], letter.encode())


def counted(
    world: World, *dispatches: DispatchState, planned: tuple[Planned, ...] = ()
) -> tuple[int, int, int]:
    found = account(world.hub, world.exchange, planned, dispatches)
    return found.lost, found.duplicated, found.marked


def test_a_letter_in_its_mailbox_is_neither_lost_nor_twice(world: World) -> None:
    deliver(world, mail())
    assert counted(world, mail(), planned=((YEN_SON, Channel.EMAIL),)) == (0, 0, 0)


@pytest.mark.parametrize("status", ["planned", "sending", "deferred", "uncertain", "accepted"])
def test_a_directive_that_no_server_holds_is_lost(world: World, status: str) -> None:
    assert counted(world, mail(status=DispatchStatus(status))) == (1, 0, 0)


@pytest.mark.parametrize("status", ["bounced", "cancelled", "rejected"])
def test_what_is_known_to_have_failed_is_not_lost(world: World, status: str) -> None:
    assert counted(world, mail(status=DispatchStatus(status))) == (0, 0, 0)


def test_a_recipient_for_whom_nothing_was_planned_is_lost(world: World) -> None:
    planned = ((YEN_SON, Channel.EMAIL), (YEN_SON, Channel.EXCHANGE))
    deliver(world, mail())
    assert counted(world, mail(), planned=planned) == (1, 0, 0)


def test_a_reminder_that_waits_is_not_lost_but_a_sent_one_is(world: World) -> None:
    reminder = DispatchKind.REMINDER
    assert counted(world, mail(kind=reminder, status=DispatchStatus.DEFERRED)) == (0, 0, 0)
    uncertain = mail(kind=reminder, status=DispatchStatus.UNCERTAIN)
    assert counted(world, replace(uncertain, due_at=NOW)) == (1, 0, 0)


def test_a_reminder_that_is_not_looked_for_any_more_is_not_lost(world: World) -> None:
    left = mail(kind=DispatchKind.REMINDER, status=DispatchStatus.UNCERTAIN)
    assert counted(world, left) == (0, 0, 0)
    never_sure = mail(status=DispatchStatus.UNCERTAIN)
    assert counted(world, never_sure) == (1, 0, 0)


def test_unmarked_copies_are_duplicates_and_marked_ones_are_shown(world: World) -> None:
    deliver(world, mail())
    deliver(world, mail(), f"({MARK} đã đến nơi hay chưa)")
    assert counted(world, mail(marked=True)) == (0, 0, 1)
    # The ledger's own mark excuses nothing: here lies a second copy without it.
    deliver(world, mail())
    assert counted(world, mail(marked=True)) == (0, 1, 1)
    assert counted(world, mail(marked=False)) == (0, 1, 1)


def test_the_only_copy_may_be_a_marked_one(world: World) -> None:
    deliver(world, mail(), MARK)
    assert counted(world, mail(marked=True)) == (0, 0, 1)


def test_the_letters_say_what_is_looked_for() -> None:
    assert MARK in (files("mappings.mail") / "templates" / "phrases.j2").read_text("utf-8")


def test_a_letter_that_came_back_unknown_to_the_ledger_is_lost(world: World) -> None:
    post = OfficePost(world.hub, world.offices_client, lambda: NOW)
    letter = mail(MINH_TIEN)
    post.mail(MAILBOX, letter.target, f"Message-ID: {letter.message_id}\r\n\r\nx\r\n".encode())
    post.close()
    assert [d.outcome for d in world.hub.deliveries() if not d.is_report] == ["failed"]
    assert counted(world, letter) == (1, 0, 0)
    assert counted(world, mail(MINH_TIEN, status=DispatchStatus.BOUNCED)) == (0, 0, 0)


def test_a_packet_counts_by_receiver_and_document(world: World) -> None:
    unit = directive.UNIT.organ_id
    put_on_exchange(world, directive.issued(NOW))
    ((held, copies),) = world.exchange.held().items()
    assert (held[0], copies) == (unit, 1)
    packet = replace(
        mail(), channel=Channel.EXCHANGE, target=unit, document_id=held[1], message_id=None
    )
    assert counted(world, packet) == (0, 0, 0)
    assert counted(world, replace(packet, target="H37.99.1")) == (1, 0, 0)
