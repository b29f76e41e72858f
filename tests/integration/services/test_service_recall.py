"""Taking back: by every door, only from those who may have it, and nothing more to them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from domain.campaign import Channel, ExchangeMode
from domain.errors import DeliveryUnknown, NotAllowed, NotFound, PeerUnavailable
from domain.exchange import ExchangeStatus, PacketKind, StatusPacket
from domain.facts import DispatchAccepted, Event, ReceiptRecorded
from domain.ids import OfficeId, RoundId
from domain.kinds import Decision, DispatchKind, ReviewKind
from domain.state import DispatchState, RecallState
from domain.status import AssignmentStatus, DispatchStatus
from dondoc.services.compiling import approve, compile_now
from dondoc.services.forwarding import approved_round
from dondoc.services.recall import Order, outlook, take_back
from dondoc.services.recall_requests import asked_back
from dondoc.services.resolve import Resolution, resolve
from dondoc.services.transmit import recover
from tests.edxml_files import read
from tests.integration.services.service_parts import (
    LANH_DAO,
    MINH_TIEN,
    RULES,
    UNIT,
    Y_TE,
    YEN_SON,
    short_letter,
)
from tests.integration.services.service_world import World

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
REASON = "ban hành nhầm thẩm quyền"


def _order(world: World, *offices: OfficeId, round_name: RoundId | None = None) -> None:
    order = Order(offices=offices, round=round_name, reason=REASON, by="Lan")
    take_back(world.app, "nq47", order, world.now)


def _requests(world: World, office: OfficeId, channel: Channel) -> list[DispatchState]:
    return world.dispatches(office, channel, DispatchKind.RECALL)


def _letter(
    world: World, office: OfficeId = Y_TE, channel: Channel = Channel.EXCHANGE
) -> DispatchState:
    return world.dispatch(office, channel)


def test_each_office_is_asked_by_each_door_that_the_letter_went_by(begun: World) -> None:
    _order(begun)
    begun.turn(later=HOUR)
    asked = {
        (d.office, d.channel): d
        for d in begun.app.ledger.select(DispatchState)
        if d.kind is DispatchKind.RECALL
    }
    assert asked.keys() == {
        (YEN_SON, Channel.EXCHANGE),
        (YEN_SON, Channel.EMAIL),
        (MINH_TIEN, Channel.EMAIL),
        (Y_TE, Channel.EXCHANGE),
        (LANH_DAO, Channel.EMAIL),
    }
    assert {d.status for d in asked.values()} == {DispatchStatus.ACCEPTED}
    for (office, channel), request in asked.items():
        letter = _letter(begun, office, channel)
        assert request.recalls == letter.dispatch
        assert request.target == letter.target
        assert letter.status is DispatchStatus.RECALL_ASKED
        assert begun.assignment(office).status is AssignmentStatus.WAIVED
        assert REASON in begun.assignment(office).note


def test_the_exchange_gets_a_status_13_for_the_document(begun: World) -> None:
    _order(begun, Y_TE)
    begun.turn(later=HOUR)
    (waiting,) = begun.offices.waiting(PacketKind.STATUS)
    assert waiting.receiver == "H37.99.2"
    packet = read(
        begun.app.evidence.get(_requests(begun, Y_TE, Channel.EXCHANGE)[0].content)
    ).packet
    assert isinstance(packet, StatusPacket)
    assert packet.code == ExchangeStatus.RECALL_ASKED
    assert packet.sender.organ_id == UNIT
    assert packet.response_for.organ_id == "H37.99.2"
    assert packet.response_for.code == "512/UBND-VH"
    assert packet.response_for.document_id == _letter(begun).document_id
    assert packet.description == REASON


def test_the_mail_says_in_the_thread_what_is_taken_back_and_why(begun: World) -> None:
    _order(begun, MINH_TIEN)
    begun.turn(later=HOUR)
    first, second = begun.mail.mail_for(begun.office(MINH_TIEN).emails[0])
    letter = message_from_bytes(first, policy=policy.default)
    request = message_from_bytes(second, policy=policy.default)
    assert request["In-Reply-To"] == letter["Message-ID"]
    assert request["Subject"].startswith("Thu hồi văn bản: [512/UBND-VH]")
    body = request.get_body(("plain",))
    assert body is not None
    said = body.get_content()
    assert f"Lý do thu hồi: {REASON}." in said
    assert "dừng thực hiện văn bản nêu trên" in said
    assert list(request.iter_attachments()) == []


def test_an_office_that_agrees_has_given_it_back(begun: World) -> None:
    _order(begun, Y_TE)
    begun.turn(later=HOUR)
    begun.now += HOUR
    begun.put_status(_letter(begun), "15")
    begun.turn()
    assert _letter(begun).status is DispatchStatus.RECALLED
    assert begun.reviews() == []
    assert begun.reminders(Y_TE) == []


def test_an_office_that_refuses_is_shown_and_can_be_asked_again(begun: World) -> None:
    _order(begun, Y_TE)
    begun.turn(later=HOUR)
    begun.now += HOUR
    begun.put_status(_letter(begun), "16", description="đã triển khai")
    begun.turn()
    assert _letter(begun).status is DispatchStatus.RECALL_REFUSED
    review = begun.review(ReviewKind.RECALL_REFUSED)
    assert "đã triển khai" in review.reason
    resolve(begun.app, review.review, Resolution(decision=Decision.RESEND, by="Lan"), begun.now)
    begun.turn(later=HOUR)
    assert _letter(begun).status is DispatchStatus.RECALL_ASKED
    assert [d.status for d in _requests(begun, Y_TE, Channel.EXCHANGE)] == ["accepted", "accepted"]
    begun.now += HOUR
    begun.put_status(_letter(begun), "16", description="vẫn giữ")
    begun.turn()
    assert "vẫn giữ" in begun.review(ReviewKind.RECALL_REFUSED).reason
    assert _letter(begun).status is DispatchStatus.RECALL_REFUSED


def test_an_office_that_rejects_instead_is_shown(begun: World) -> None:
    _order(begun, Y_TE)
    begun.turn(later=HOUR)
    begun.now += HOUR
    begun.put_status(_letter(begun), "02", description="không có văn bản này")
    begun.turn()
    assert "không có văn bản này" in begun.review(ReviewKind.RECALL_REFUSED).reason
    assert _letter(begun).status is DispatchStatus.RECALL_ASKED


def test_a_request_that_came_back_is_shown(begun: World) -> None:
    _order(begun, MINH_TIEN)
    begun.turn(later=HOUR)
    begun.dsn(_requests(begun, MINH_TIEN, Channel.EMAIL)[0], "failed")
    begun.turn(later=HOUR)
    assert begun.review(ReviewKind.UNDELIVERABLE).office == MINH_TIEN


@pytest.mark.parametrize("copy_to_self", [True, False])
def test_a_request_that_is_sent_again_leaves_once_and_its_outcome_is_recorded(
    tmp_path: Path, copy_to_self: bool
) -> None:
    world = World(output=tmp_path, copy_to_self=copy_to_self).began()
    _order(world, MINH_TIEN)
    world.turn(later=HOUR)
    world.dsn(_requests(world, MINH_TIEN, Channel.EMAIL)[0], "failed")
    world.turn(later=HOUR)
    review = world.review(ReviewKind.UNDELIVERABLE).review
    resolve(world.app, review, Resolution(decision=Decision.RESEND, by="Lan"), world.now)
    for _ in range(4):
        world.turn(later=HOUR)
    _, again = _requests(world, MINH_TIEN, Channel.EMAIL)
    assert (again.status, again.attempts) == (DispatchStatus.ACCEPTED, 1)
    assert len(world.mail.mail_for(world.office(MINH_TIEN).emails[0])) == 3
    assert _letter(world, MINH_TIEN, Channel.EMAIL).status is DispatchStatus.RECALL_ASKED
    assert world.reviews() == []
    assert world.consistent() == []


def test_what_follows_from_an_outcome_never_undoes_it(begun: World) -> None:
    """An event of that key stands already, whatever the letter's status says."""
    _order(begun, MINH_TIEN)
    begun.turn(later=HOUR)
    letter = _letter(begun, MINH_TIEN, Channel.EMAIL)
    request = replace(_requests(begun, MINH_TIEN, Channel.EMAIL)[0], accepted_at=None)
    fact = DispatchAccepted(dispatch=request.dispatch, about=request.about, answer="250")
    event = Event(source="dispatch", source_key="outcome", occurred_at=begun.now, fact=fact)
    rows = {
        (DispatchState, request.key): request,
        (DispatchState, letter.key): replace(letter, status=DispatchStatus.ACCEPTED),
    }
    app = replace(begun.app, ledger=_Seen(begun.app.ledger, rows))
    assert asked_back(app, [event], begun.now) == []


class _Seen:
    """The ledger with some rows as they were before."""

    def __init__(self, ledger: Any, rows: Mapping[Any, DispatchState]) -> None:
        self._ledger, self._rows = ledger, rows

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    def get(self, kind: Any, key: tuple[str, ...]) -> Any:
        return self._rows.get((kind, key)) or self._ledger.get(kind, key)

    def dispatches_of(self, *place: Any) -> list[DispatchState]:
        found = self._ledger.dispatches_of(*place)
        return [self._rows.get((DispatchState, d.key), d) for d in found]


def test_our_own_request_come_back_is_known_already(begun: World) -> None:
    _order(begun, Y_TE)
    begun.turn(later=HOUR)
    request = _requests(begun, Y_TE, Channel.EXCHANGE)[0]
    begun.put(begun.app.evidence.get(request.content), PacketKind.STATUS)
    before = _receipts(begun)
    begun.turn(later=HOUR)
    assert _receipts(begun) == before == ["recall_asked"]
    assert begun.reviews() == []


def _receipts(world: World) -> list[str]:
    facts = (recorded.event.fact for recorded in world.app.ledger.events(office=Y_TE))
    return [fact.receipt for fact in facts if isinstance(fact, ReceiptRecorded)]


def test_nothing_is_asked_for_that_never_left(world: World) -> None:
    world.put(short_letter())
    world.exchange.errors["send"] = PeerUnavailable("truc", "it is switched off")
    world.line.cut = PeerUnavailable("smtp", "it is switched off")
    world.turn()
    _order(world)
    del world.exchange.errors["send"]
    world.line.cut = None
    world.turn(later=HOUR)
    found = world.app.ledger.select(DispatchState)
    assert {d.status for d in found} == {DispatchStatus.CANCELLED}
    assert {d.kind for d in found} == {DispatchKind.DIRECTIVE}
    assert world.offices.waiting(PacketKind.DOCUMENT) == []
    assert all("taken back by Lan" in d.detail for d in found)


def test_what_is_uncertain_is_asked_for_and_not_repeated(world: World) -> None:
    world.put(short_letter())
    world.exchange.errors["answer"] = DeliveryUnknown("truc", "no answer")
    world.turn()
    assert _letter(world).status is DispatchStatus.UNCERTAIN
    del world.exchange.errors["answer"]
    _order(world, Y_TE)
    world.turn(later=MINUTE)
    assert _letter(world).status is DispatchStatus.RECALL_ASKED
    world.turn(later=HOUR)
    assert _letter(world).attempts == 1
    assert _letter(world).accepted_at is None


def test_an_order_is_carried_out_after_a_crash_between_any_two_steps(begun: World) -> None:
    _order(begun, Y_TE)
    begun.exchange.errors["answer"] = KeyboardInterrupt()  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        begun.turn(later=HOUR)
    del begun.exchange.errors["answer"]
    # The server took it; the process ended before it could be recorded.
    assert _requests(begun, Y_TE, Channel.EXCHANGE)[0].status is DispatchStatus.SENDING
    assert _letter(begun).status is DispatchStatus.ACCEPTED
    assert recover(begun.app, begun.now) == 1
    begun.turn(later=timedelta(minutes=10))
    (request,) = _requests(begun, Y_TE, Channel.EXCHANGE)
    assert request.status is DispatchStatus.ACCEPTED
    assert _letter(begun).status is DispatchStatus.RECALL_ASKED
    assert len(begun.offices.waiting(PacketKind.STATUS)) == 1


def test_ordering_twice_changes_nothing(begun: World) -> None:
    _order(begun)
    begun.turn(later=HOUR)
    begun.turn(later=HOUR)
    before = begun.events()
    seen = take_back(begun.app, "nq47", Order(reason="khác", by="Hà"), begun.now)
    assert seen.known
    begun.turn(later=HOUR)
    assert begun.events() == before


def test_nothing_more_is_sent_of_what_was_taken_back(begun: World) -> None:
    _order(begun)
    begun.turn(later=HOUR)
    before = len(begun.app.ledger.select(DispatchState))
    begun.turn(later=timedelta(days=200))
    begun.turn(later=timedelta(days=365))
    assert len(begun.app.ledger.select(DispatchState)) == before
    assert begun.round().status == "open"


def test_the_others_go_on_when_one_office_is_left_out(begun: World) -> None:
    _order(begun, MINH_TIEN)
    begun.turn(later=timedelta(days=180))
    assert begun.reminders(MINH_TIEN) == []
    assert begun.reminders(YEN_SON) != []
    begun.turn(to=begun.round().compile_at + HOUR)
    assert begun.round().status == "compiled"
    begun.turn(later=timedelta(days=330))
    assert begun.dispatches(MINH_TIEN, Channel.EMAIL, DispatchKind.NOTICE) == []
    assert begun.dispatches(YEN_SON, Channel.EMAIL, DispatchKind.NOTICE) != []


def test_one_round_taken_back_leaves_the_next_year(begun: World) -> None:
    _order(begun, round_name=RoundId("2024"))
    begun.turn(later=HOUR)
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.WAIVED
    begun.turn(later=timedelta(days=500))
    assert begun.round("2024").status == "open"
    assert begun.assignment(MINH_TIEN, "2025").status is not AssignmentStatus.WAIVED


def test_what_was_taken_back_is_not_sent_again_by_hand(begun: World) -> None:
    begun.dsn(_letter(begun, MINH_TIEN, Channel.EMAIL), "failed")
    begun.turn(later=HOUR)
    review = begun.review(ReviewKind.UNDELIVERABLE).review
    _order(begun)
    with pytest.raises(NotAllowed, match="directive to xa-minh-tien was taken back by Lan"):
        resolve(begun.app, review, Resolution(decision=Decision.RESEND, by="Lan"), begun.now)


def test_a_letter_that_came_back_is_not_asked_for(begun: World) -> None:
    begun.dsn(_letter(begun, MINH_TIEN, Channel.EMAIL), "failed")
    begun.turn(later=HOUR)
    _order(begun)
    begun.turn(later=HOUR)
    assert _requests(begun, MINH_TIEN, Channel.EMAIL) == []


def test_under_follow_only_the_mails_are_taken_back(begun: World) -> None:
    following = replace(RULES, exchange=ExchangeMode.FOLLOW)
    begun.change(campaigns={RULES.id: following})
    seen = outlook(begun.app, "nq47", Order(reason=REASON, by="Lan"), begun.now)
    assert {i.channel for i in seen.asked} == {Channel.EMAIL}
    assert seen.elsewhere == (Y_TE, YEN_SON)
    _order(begun)
    begun.turn(later=HOUR)
    assert begun.offices.waiting(PacketKind.STATUS) == []
    assert _letter(begun).status is DispatchStatus.ACCEPTED


def test_what_cannot_be_ordered_is_said(begun: World) -> None:
    def order(**members: object) -> None:
        given = {"reason": REASON, "by": "Lan"} | members
        take_back(begun.app, "nq47", Order(**given), begun.now)  # type: ignore[arg-type]

    with pytest.raises(NotFound, match="office so-thong-tin takes no part"):
        order(offices=(OfficeId("so-thong-tin"),))
    with pytest.raises(NotFound, match="has no round 2030; it has: 2024"):
        order(round=RoundId("2030"))
    with pytest.raises(NotAllowed, match="say why in plain words"):
        order(reason=" ")
    assert begun.app.ledger.select(RecallState) == []


def test_nothing_is_compiled_of_a_round_that_was_taken_back(begun: World) -> None:
    begun.turn(to=begun.round().compile_at + HOUR)
    assert begun.round().status == "compiled"
    _order(begun)
    said = "was taken back from every office"
    with pytest.raises(NotAllowed, match=said):
        compile_now(begun.app, "nq47", None, begun.now)
    with pytest.raises(NotAllowed, match=said):
        approve(begun.app, "nq47", None, begun.now, by="Lan", number="88")
    with pytest.raises(NotAllowed, match=said):
        approved_round(begun.app, "nq47", None)


def test_an_office_confirms_by_mail_that_it_gave_the_letter_back(begun: World) -> None:
    _order(begun, MINH_TIEN)
    begun.turn(later=HOUR)
    said = "Đã nhận thông báo thu hồi và đã hủy bỏ văn bản."
    moved = "\n\nĐịa chỉ email mới: ubndminhtien@langson.example"
    begun.answer(MINH_TIEN, said + moved, index=1)
    begun.turn(later=HOUR)
    assert _letter(begun, MINH_TIEN, Channel.EMAIL).status is DispatchStatus.RECALLED
    assert begun.replies(MINH_TIEN) == []
    assert begun.assignment(MINH_TIEN).acknowledged_at is None
    assert "ubndminhtien" in begun.review(ReviewKind.ADDRESS_CHANGE).reason


def test_a_question_about_the_recall_is_a_question(begun: World) -> None:
    _order(begun, MINH_TIEN)
    begun.turn(later=HOUR)
    begun.answer(MINH_TIEN, "Xin hỏi có văn bản khác thay thế không?", index=1)
    begun.turn(later=HOUR)
    assert begun.review(ReviewKind.QUESTION).office == MINH_TIEN
    assert _letter(begun, MINH_TIEN, Channel.EMAIL).status is DispatchStatus.RECALL_ASKED
