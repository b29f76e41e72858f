"""What is shown: where everybody stands with the evidence, and what is made of one message."""

from datetime import timedelta

from domain.campaign import Channel, Expected
from domain.facts import Event, ReceiptRecorded
from domain.status import AssignmentStatus, DispatchEvent
from dondoc.demo import texts
from dondoc.services.read_command import message_view
from dondoc.services.status import campaign_status
from dondoc.views.standing import standing_view
from tests.integration.services.service_parts import LANH_DAO, MINH_TIEN, Y_TE, YEN_SON
from tests.integration.services.service_world import World

HOUR = timedelta(hours=1)


def test_every_office_is_shown_with_its_evidence(begun: World) -> None:
    begun.answer(MINH_TIEN, "Em gửi báo cáo ạ.", files=begun.report(MINH_TIEN))
    begun.answer(YEN_SON, texts.QUESTION)
    begun.put_status(begun.dispatch(Y_TE, Channel.EXCHANGE), "03")
    begun.turn(later=HOUR)
    status = campaign_status(begun.app, "nq47")
    assert [o.office for o in status.offices] == [YEN_SON, MINH_TIEN, Y_TE, LANH_DAO]
    by_name = {o.office: o for o in status.offices}
    assert by_name[MINH_TIEN].settled
    assert by_name[MINH_TIEN].name == "UBND xã Minh Tiến"
    assert [r.kind for r in by_name[YEN_SON].reviews] == ["question"]
    assert [o.office for o in status.missing] == [YEN_SON]
    assert status.count(AssignmentStatus.REPORTED) == 1
    assert status.count(AssignmentStatus.SENT) == 1  # who was only informed is not counted
    assert by_name[LANH_DAO].assignment.expected is Expected.INFORMATION
    assert status.open_reviews == 1
    steps = {s.event.partition(" ")[0] for o in status.offices for s in o.timeline}
    assert {"DispatchAccepted", "ReceiptRecorded", "ReplyRecorded", "ReviewOpened"} <= steps
    for office in status.offices:
        for step in office.timeline:
            if step.event.partition(" ")[0] not in ("AssignmentMade", "DeadlinePassed"):
                assert step.evidence is not None
                assert begun.app.evidence.get(step.evidence) != b""


def test_a_timeline_is_told_by_the_time_of_what_happened(begun: World) -> None:
    """A receipt that is recorded late tells of an earlier time than what was recorded before."""
    accepted = begun.dispatch(Y_TE, Channel.EXCHANGE)
    begun.turn(later=2 * HOUR)
    receipt = ReceiptRecorded(
        dispatch=accepted.dispatch,
        about=accepted.about,
        receipt=DispatchEvent.DISPLAYED,
        detail="displayed",
    )
    for key, at in (("late", begun.now), ("early", begun.now - HOUR), ("same", begun.now)):
        event = Event(source="test", source_key=key, occurred_at=at, fact=receipt)
        begun.app.ledger.append([event], recorded_at=begun.now)
    standing = campaign_status(begun.app, "nq47")
    for office in standing.offices:
        assert [s.at for s in office.timeline] == sorted(s.at for s in office.timeline)
    view = next(o for o in standing_view(standing, begun.now)["offices"] if o["office"] == Y_TE)
    late = begun.now.isoformat()
    early = (begun.now - HOUR).isoformat()
    assert [s["at"] for s in view["timeline"]][-3:] == [early, late, late]


def test_an_earlier_round_can_be_named(begun: World) -> None:
    assert campaign_status(begun.app, "nq47", "2024").round.round == "2024"


def test_a_message_is_shown_and_nothing_is_recorded(begun: World) -> None:
    raw = begun.answer(MINH_TIEN, "Em gửi báo cáo ạ.", files=begun.report(MINH_TIEN))
    before = begun.events()
    view = message_view(begun.app, raw, None, begun.now)
    assert begun.events() == before
    assert (view["kind"], view["machine"], view["match"]) == ("report", False, "certain")
    assert (view["office"], view["campaign"], view["round"]) == (MINH_TIEN, "nq47", "2024")
    assert view["sender"]["belongs_to"] == MINH_TIEN
    assert view["sender"]["address"] == "xaminhtien@huulung.example"
    assert view["numbers"] == ["33/BC-UBND"]
    assert "512/UBND-VH" in view["cites"]
    assert view["new_text"].startswith("Em gửi báo cáo")
    assert "Kính gửi" in view["quoted_text"]
    assert {a["role"] for a in view["attachments"]} == {"report", "signed_copy"}
    assert view["candidates"][0]["office"] == MINH_TIEN
    assert all(r["rule"] and r["evidence"] for r in view["reasons"])


def test_before_the_directive_the_rounds_of_the_rules_count(world: World) -> None:
    raw = begun_elsewhere(world)
    view = message_view(world.app, raw, None, world.now)
    assert (view["kind"], view["match"]) == ("report", "certain")
    assert (view["office"], view["campaign"], view["round"]) == (MINH_TIEN, "nq47", "2024")
    world.change(mail=None)
    assert message_view(world.app, raw, world.now, world.now)["office"] == MINH_TIEN


def begun_elsewhere(world: World) -> bytes:
    """Return a fresh report that cites the directive, which this world never took."""
    text = texts.REPORT_LETTERS[0].format(office="UBND xã Minh Tiến")
    return world.answer(MINH_TIEN, text, files=world.report(MINH_TIEN), thread=False)
