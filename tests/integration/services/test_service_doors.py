"""Documents of further doors: taken beside the exchange, read by their rules, told their end."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import structlog

from connector.eoffice.folder import FolderDoor
from domain.bundle import Bundle
from domain.campaign import Channel
from domain.errors import PeerUnavailable
from domain.exchange import Ability, PacketKind, PacketReading, Settlement
from domain.facts import Event, RawReleased
from domain.ids import Digest
from domain.kinds import RawChannel, ReviewKind
from domain.state import DirectiveState, DispatchState, RawState
from domain.status import DispatchStatus, RawStatus
from dondoc.app import ExchangeDoor
from dondoc.simulators.documents.letter import directive_letter
from dondoc.simulators.ioffice import Fault, IOffice
from mappings.folder.read import read_folder
from mappings.render.word import render_word
from tests.integration.services.service_parts import CAMPAIGN, UNIT, YEN_SON, short_letter
from tests.integration.services.service_world import World
from tests.rest_office import door_to, incoming, mapped

SHEET = """\
number: 512
notation: UBND-VH
date: 08/05/2024
subject: "Triển khai thực hiện Nghị quyết số 47/NQ-CP"
issuer: {organ_id: H37.99, name: "UBND huyện Hữu Lũng"}
files: [cong-van.docx]
"""
ANSWER = """\
number: 15
notation: BC-UBND
date: 08/05/2024
subject: "Kết quả thực hiện Nghị quyết số 47/NQ-CP năm 2024 (trả lời 512/UBND-VH)"
type: Báo cáo
issuer: {organ_id: H37.99.1, name: UBND xã Yên Sơn}
files:"""
NOBODYS = SHEET.replace("512", "77").replace("47/NQ-CP", "1/NQ-CP")

OFFERS: list[tuple[set[Ability], list[PacketKind]]] = [
    ({Ability.RECEIVE}, [PacketKind.DOCUMENT]),
    ({Ability.STATUSES}, [PacketKind.STATUS]),
    ({Ability.SENT_LIST}, []),
    ({Ability.RECEIVE, Ability.STATUSES}, [PacketKind.DOCUMENT, PacketKind.STATUS]),
]


def without_digest(bundle: Bundle, _: Digest) -> PacketReading:
    return read_folder(bundle, digest=Digest("0" * 64))


class Watched:
    """A world with a folder beside its exchange."""

    def __init__(self, world: World, root: Path) -> None:
        self.world, self.root = world, root
        root.mkdir()
        self.configure()

    def configure(self, *, reads: bool = True) -> None:
        self.folder = FolderDoor(self.root, name="van-thu", now=lambda: self.world.now)
        door = ExchangeDoor(
            name="van-thu",
            exchange=self.folder,
            read=(lambda bundle, digest: read_folder(bundle, digest=digest)) if reads else None,
        )
        self.world.change(further=(door,))

    def put(self, sheet: str = SHEET, folder: str = "512") -> None:
        (self.root / folder).mkdir()
        (self.root / folder / "512.yaml").write_text(sheet, encoding="utf-8")
        (self.root / folder / "cong-van.docx").write_bytes(render_word(directive_letter()))

    def taken(self) -> None:
        """Run turns until what lies there has rested and was read."""
        self.world.turn()
        self.world.turn(later=timedelta(minutes=1))

    def raw(self) -> RawState:
        (found,) = [r for r in self.world.app.ledger.select(RawState) if r.account == "van-thu"]
        return found

    def places(self) -> list[str]:
        return sorted(f"{p.parent.name}/{p.name}" for p in self.root.glob("*/*"))


@pytest.fixture
def watched(world: World, tmp_path: Path) -> Watched:
    return Watched(world, tmp_path / "van-thu")


def test_a_directive_from_a_folder_is_distributed_as_one_from_the_exchange(
    watched: Watched,
) -> None:
    world = watched.world
    watched.put()
    watched.taken()
    known = world.app.ledger.get(DirectiveState, (CAMPAIGN,))
    assert known is not None
    assert (known.directive.code, known.directive.issuer_organ) == ("512/UBND-VH", UNIT)
    assert [file.name for file in known.directive.files] == ["cong-van.docx"]
    raw = watched.raw()
    assert (raw.channel, raw.status) == (RawChannel.EXCHANGE_BUNDLE, RawStatus.READ)
    assert (watched.root / "done" / "512" / "512.yaml").is_file()
    dispatches = world.app.ledger.select(DispatchState)
    assert {d.status for d in dispatches} == {DispatchStatus.ACCEPTED}
    assert {d.channel for d in dispatches if d.office == YEN_SON} == {*Channel}


def test_each_packet_is_settled_at_the_door_that_gave_it(watched: Watched) -> None:
    world = watched.world
    watched.put(NOBODYS)
    doc_id = world.put(short_letter())
    watched.taken()
    assert world.exchange.settled == {doc_id: Settlement.DONE}
    assert watched.raw().outcome == "no campaign takes it"
    assert "done/512" in watched.places()


def test_a_sheet_with_mistakes_is_refused_with_its_reason(watched: Watched) -> None:
    watched.put(SHEET.replace("08/05/2024", "31/02/2024"))
    watched.taken()
    assert watched.raw().status is RawStatus.QUARANTINED
    assert watched.world.review(ReviewKind.UNREADABLE).raw == watched.raw().raw
    (reason,) = (watched.root / "refused").rglob("*.ly-do.txt")
    assert "31/02/2024" in reason.read_text(encoding="utf-8")


def test_the_same_document_by_folder_and_exchange_waits_for_a_person(watched: Watched) -> None:
    world = watched.world
    world.began()
    watched.put()
    watched.taken()
    assert world.review(ReviewKind.DUPLICATE_DIRECTIVE).raw == watched.raw().raw
    assert len(world.dispatches(YEN_SON, Channel.EMAIL)) == 1


def test_a_copy_of_a_taken_document_changes_nothing(watched: Watched) -> None:
    watched.put()
    watched.taken()
    watched.world.turn()  # takes in our own blind copies
    before = watched.world.events()
    watched.put(folder="once-more")
    watched.taken()
    assert watched.world.events() == before
    assert "done/once-more" in watched.places()


@pytest.mark.parametrize("remark", ["", "# exported once more\n"])
def test_an_answer_that_comes_through_two_doors_counts_once(watched: Watched, remark: str) -> None:
    """A system may word its answer anew for the same document, as a door of JSON gives it."""
    world = watched.world
    world.began()
    second = watched.root.with_name("thu-muc-2")
    second.mkdir()
    first = replace(world.app.further[0], read=without_digest)
    other = FolderDoor(second, name="thu-muc-2", now=lambda: world.now)
    world.change(further=(first, replace(first, name="thu-muc-2", exchange=other)))
    files = {name: content for name, _, content in world.report(YEN_SON)}
    names = "".join(f"\n  - {name}" for name in files)
    for root, before in ((watched.root, ""), (second, remark)):
        (root / "15").mkdir()
        (root / "15" / "15.yaml").write_text(before + ANSWER + names, encoding="utf-8")
        for name, content in files.items():
            (root / "15" / name).write_bytes(content)
    watched.taken()
    outcomes = [r.outcome for r in world.app.ledger.select(RawState)]
    assert len(world.replies(YEN_SON)) == 1
    assert outcomes.count("known already") == 1
    assert world.reviews() == []


def test_without_its_door_a_bundle_is_set_aside_and_can_be_released(watched: Watched) -> None:
    world = watched.world
    watched.put()
    watched.configure(reads=False)
    watched.taken()
    raw = watched.raw()
    assert raw.status is RawStatus.QUARANTINED
    assert "configure that door" in raw.outcome
    watched.configure()
    released = Event(
        source="test",
        source_key="released",
        occurred_at=world.now,
        fact=RawReleased(raw=raw.raw, by="văn thư"),
        evidence=raw.digest,
    )
    world.app.ledger.append([released], recorded_at=world.now)
    world.turn()
    assert watched.raw().status is RawStatus.READ
    assert world.app.ledger.get(DirectiveState, (CAMPAIGN,)) is not None


def test_a_folder_that_is_gone_keeps_no_other_door_from_working(watched: Watched) -> None:
    world = watched.world
    watched.root.rmdir()
    world.put(short_letter())
    with structlog.testing.capture_logs() as logs:
        world.turn()
    assert [line["account"] for line in logs if line["event"] == "exchange_unavailable"] == [
        "van-thu",
        "van-thu",
    ]
    assert world.app.ledger.get(DirectiveState, (CAMPAIGN,)) is not None


def test_a_door_is_asked_only_for_what_it_offers(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[PacketKind] = []

    def waiting(_: FolderDoor, kind: PacketKind) -> list[object]:
        asked.append(kind)
        raise PeerUnavailable("van-thu", "off")

    monkeypatch.setattr(FolderDoor, "waiting", waiting)
    for offered, kinds in OFFERS:
        asked.clear()
        monkeypatch.setattr(FolderDoor, "ABILITIES", frozenset(offered))
        watched.world.turn()
        assert asked == kinds


def test_a_document_that_its_office_gives_as_null_for_a_while_is_taken_without_a_person(
    world: World, tmp_path: Path
) -> None:
    mapping = mapped(tmp_path)
    with IOffice() as office, door_to(office, mapping, now=lambda: world.now) as rest:
        world.change(
            further=(
                ExchangeDoor(
                    name="ioffice", exchange=rest, read=lambda bundle, _: mapping.read(bundle)
                ),
            )
        )
        office.receive(replace(incoming("77"), arrived=world.now))
        office.faults.arm(Fault.NULL, 2, operation="chi-tiet-van-ban-den")
        for taken in (0, 0, 1):
            world.turn(later=timedelta(minutes=1))
            raws = [r for r in world.app.ledger.select(RawState) if r.account == "ioffice"]
            assert len(raws) == taken
        assert raws[0].status is RawStatus.READ
        assert world.reviews() == []
