"""What its issuer takes back: held until a person decides, remembered where it comes first."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.campaign import Channel
from domain.content import Inline
from domain.errors import NotAllowed
from domain.exchange import (
    Business,
    ExchangeStatus,
    Organ,
    PacketKind,
    Replaced,
    ResponseFor,
    StatusPacket,
)
from domain.ids import OrganId
from domain.kinds import Decision, DispatchKind, ReviewKind
from domain.state import (
    AnswerState,
    DirectiveState,
    DispatchState,
    RecallState,
    RevocationState,
)
from domain.status import AssignmentStatus, DispatchStatus
from dondoc.services.forwarding import approved_round
from dondoc.services.resolve import Resolution, resolve
from dondoc.services.turn import intents
from mappings.edxml.write import write_status
from tests.edxml_files import written
from tests.integration.services.service_parts import MINH_TIEN, NOTE, UNIT, Y_TE, YEN_SON, letter
from tests.integration.services.service_world import World

HOUR = timedelta(hours=1)
PROVINCE = Organ(organ_id=OrganId("H37.8"), name="Sở Thông tin và Truyền thông")
DOCUMENT_ID = "H37.8,2024/05/08,512/UBND-VH"


def _from_province(world: World, content: bytes, kind: PacketKind = PacketKind.DOCUMENT) -> str:
    return world.offices.send(
        Inline(content), kind=kind, sender=PROVINCE.organ_id, receivers=[UNIT]
    )


def _directive(world: World, **members: Any) -> None:
    given: dict[str, Any] = {
        "sender": PROVINCE,
        "document_id": DOCUMENT_ID,
        "attachments": (NOTE,),
    } | members
    _from_province(world, written(replace(letter(), **given)))


def _revocation(world: World, **members: Any) -> None:
    given: dict[str, Any] = {
        "sender": PROVINCE,
        "document_id": "H37.8,2024/05/20,700/STTTT",
        "code_number": "700",
        "code_notation": "STTTT",
        "subject": "Thu hồi công văn",
        "business": Business.REVOCATION,
        "business_document_id": DOCUMENT_ID,
        "business_reason": "sai thẩm quyền",
        "attachments": (),
    } | members
    _from_province(world, written(replace(letter(), **given)))


def _request(world: World, **members: Any) -> None:
    given: dict[str, Any] = {
        "sender": PROVINCE,
        "response_for": ResponseFor(organ_id=UNIT, code="512/UBND-VH", document_id=DOCUMENT_ID),
        "code": "13",
        "description": "gửi nhầm",
        "at": world.now,
    } | members
    packet = StatusPacket(**given)
    _from_province(world, write_status(packet), PacketKind.STATUS)


@pytest.fixture
def taken(world: World) -> World:
    """A world whose directive came from the province and went out to everybody."""
    _directive(world)
    world.turn()
    assert world.dispatch(Y_TE, Channel.EXCHANGE).status is DispatchStatus.ACCEPTED
    return world


def _decide(world: World, decision: Decision) -> None:
    review = world.review(ReviewKind.REVOKED).review
    resolve(world.app, review, Resolution(decision=decision, by="Lan"), world.now)
    world.turn(later=HOUR)


def _answers(world: World) -> list[tuple[str, str]]:
    found = world.app.ledger.select(AnswerState)
    later = [a for a in found if a.code not in ("01", "03")]
    return [(a.code, a.document_id) for a in later]


ASKS = pytest.mark.parametrize("ask", [_revocation, _request])


@ASKS
def test_while_nobody_has_decided_nothing_is_sent(taken: World, ask: Any) -> None:
    ask(taken)
    taken.turn(later=HOUR)
    review = taken.review(ReviewKind.REVOKED)
    assert review.campaign == "nq47"
    assert "the issuer takes back 512/UBND-VH" in review.reason
    before = len(taken.app.ledger.select(DispatchState))
    taken.turn(to=taken.round().due_at - timedelta(days=5))
    assert len(taken.app.ledger.select(DispatchState)) == before
    assert intents(taken.app, taken.now) == []
    with pytest.raises(NotAllowed, match="decide that review of kind revoked first"):
        approved_round(taken.app, "nq47", None)


@ASKS
def test_accepted_the_campaign_is_taken_back_and_the_issuer_gets_15(taken: World, ask: Any) -> None:
    ask(taken)
    taken.turn(later=HOUR)
    _decide(taken, Decision.ACCEPT)
    (order,) = taken.app.ledger.select(RecallState)
    assert order.whole
    assert order.reason.startswith("cơ quan ban hành thu hồi văn bản: ")
    assert taken.dispatch(Y_TE, Channel.EXCHANGE).status is DispatchStatus.RECALL_ASKED
    assert taken.assignment(MINH_TIEN).status is AssignmentStatus.WAIVED
    assert [code for code, _ in _answers(taken)] == [ExchangeStatus.RECALL_AGREED]
    assert [r.agreed for r in taken.app.ledger.select(RevocationState)] == [True]
    assert taken.reviews() == []


@ASKS
def test_rejected_the_campaign_goes_on_and_the_issuer_gets_16(taken: World, ask: Any) -> None:
    ask(taken)
    taken.turn(later=HOUR)
    _decide(taken, Decision.REJECT)
    assert taken.app.ledger.select(RecallState) == []
    assert [code for code, _ in _answers(taken)] == [ExchangeStatus.RECALL_REFUSED]
    taken.turn(to=taken.round().due_at - timedelta(days=3))
    assert taken.reminders(YEN_SON) != []


def test_the_answer_to_a_request_names_the_document(taken: World) -> None:
    _request(taken)
    taken.turn(later=HOUR)
    _decide(taken, Decision.ACCEPT)
    assert _answers(taken) == [("15", DOCUMENT_ID)]
    statuses = [p for p in taken.offices.waiting(PacketKind.STATUS) if p.receiver == "H37.8"]
    assert statuses != []


def test_asked_again_after_a_refusal_it_is_decided_again(taken: World) -> None:
    for _ in range(2):
        taken.now += HOUR
        _request(taken)
        taken.turn()
        _decide(taken, Decision.REJECT)
    assert [code for code, _ in _answers(taken)] == ["16", "16"]


def test_a_repeated_request_is_known_already(taken: World) -> None:
    _request(taken)
    taken.turn(later=HOUR)
    taken.now += HOUR
    _request(taken, description="nhắc lại")
    taken.turn()
    assert len(taken.reviews(ReviewKind.REVOKED)) == 1
    assert len(taken.app.ledger.select(RevocationState)) == 1
    assert "known already" in {raw.outcome for raw in taken.raws().values()}


def test_document_and_request_together_are_one_decision(taken: World) -> None:
    _revocation(taken)
    _request(taken)
    taken.turn(later=HOUR)
    _decide(taken, Decision.ACCEPT)
    assert sorted(code for code, _ in _answers(taken)) == ["15", "15"]
    assert taken.reviews() == []


def test_only_accept_and_reject_decide(taken: World) -> None:
    _request(taken)
    taken.turn(later=HOUR)
    with pytest.raises(NotAllowed, match="accept takes the directive back, reject goes on"):
        _decide(taken, Decision.NOTED)


def test_letters_that_had_not_left_are_held_then_dropped(world: World) -> None:
    world.mail.behave(world.office(MINH_TIEN).emails[0], "tempfail")
    _directive(world)
    world.turn()
    world.mail.behave(world.office(MINH_TIEN).emails[0], None)
    _request(world)
    world.turn(later=timedelta(hours=7))
    assert world.dispatch(MINH_TIEN, Channel.EMAIL).status is DispatchStatus.DEFERRED
    _decide(world, Decision.ACCEPT)
    assert world.dispatch(MINH_TIEN, Channel.EMAIL).status is DispatchStatus.CANCELLED
    assert world.mail.mail_for(world.office(MINH_TIEN).emails[0]) == []


def test_held_letters_leave_once_the_revocation_is_refused(world: World) -> None:
    world.mail.behave(world.office(MINH_TIEN).emails[0], "tempfail")
    _directive(world)
    world.turn()
    world.mail.behave(world.office(MINH_TIEN).emails[0], None)
    _request(world)
    world.turn(later=timedelta(hours=7))
    _decide(world, Decision.REJECT)
    assert world.dispatch(MINH_TIEN, Channel.EMAIL).status is DispatchStatus.ACCEPTED


def test_what_waits_is_not_sent_again_by_hand(taken: World) -> None:
    taken.dsn(taken.dispatch(MINH_TIEN, Channel.EMAIL), "failed")
    _request(taken)
    taken.turn(later=HOUR)
    review = taken.review(ReviewKind.UNDELIVERABLE).review
    with pytest.raises(NotAllowed, match="decide that review of kind revoked first"):
        resolve(taken.app, review, Resolution(decision=Decision.RESEND, by="Lan"), taken.now)


@ASKS
def test_one_that_comes_first_is_remembered_and_holds_its_directive(world: World, ask: Any) -> None:
    ask(world)
    world.turn()
    assert world.reviews() == []
    assert [r.campaign for r in world.app.ledger.select(RevocationState)] == [None]
    _directive(world)
    world.turn(later=HOUR)
    assert world.app.ledger.select(DirectiveState) == []
    assert world.app.ledger.select(DispatchState) == []
    assert "took 512/UBND-VH back before it came" in world.review(ReviewKind.REVOKED).reason
    _decide(world, Decision.ACCEPT)
    assert world.app.ledger.select(DirectiveState) == []
    assert [code for code, _ in _answers(world)] == ["15"]


def test_a_hostile_reason_neither_stops_nor_floods(taken: World) -> None:
    _request(taken, description="thu\nhồi\u200b\u202e " + "x" * 50_000)
    taken.turn(later=HOUR)
    _decide(taken, Decision.ACCEPT)
    (order,) = taken.app.ledger.select(RecallState)
    assert order.reason.startswith("cơ quan ban hành thu hồi văn bản: thu hồi xxx")
    assert len(order.reason) < 700
    assert taken.dispatch(Y_TE, Channel.EXCHANGE).status is DispatchStatus.RECALL_ASKED


def test_names_without_end_are_not_remembered(world: World) -> None:
    names = tuple(Replaced(document_id=f"D{n}") for n in range(100))
    _revocation(world, business_document_id="x" * 5_000, replaced=names)
    world.turn()
    (kept,) = world.app.ledger.select(RevocationState)
    assert len(kept.document_ids) == 20


def test_it_is_known_by_its_code_as_well(world: World) -> None:
    _revocation(
        world,
        business_document_id="",
        response_for=(ResponseFor(organ_id=PROVINCE.organ_id, code="512/UBND-VH"),),
    )
    world.turn()
    _directive(world)
    world.turn(later=HOUR)
    assert world.reviews(ReviewKind.REVOKED) != []
    assert world.app.ledger.select(DirectiveState) == []


def test_a_refused_one_lets_the_directive_go_out_after_all(world: World) -> None:
    _revocation(world)
    world.turn()
    _directive(world)
    world.turn(later=HOUR)
    _decide(world, Decision.REJECT)
    assert world.dispatch(Y_TE, Channel.EXCHANGE).status is DispatchStatus.ACCEPTED
    assert [code for code, _ in _answers(world)] == ["16"]


def test_the_revocation_of_another_issuer_holds_nothing(world: World) -> None:
    _revocation(world, sender=Organ(organ_id=OrganId("H37.99.2"), name="Phòng Y tế"))
    world.turn()
    _directive(world)
    world.turn(later=HOUR)
    assert world.dispatch(Y_TE, Channel.EXCHANGE).status is DispatchStatus.ACCEPTED


def test_another_unit_cannot_take_a_directive_back(taken: World) -> None:
    _revocation(taken, sender=Organ(organ_id=OrganId("H37.99.2"), name="Phòng Y tế"))
    taken.turn(later=HOUR)
    reason = taken.review(ReviewKind.CONTRADICTION).reason
    assert "H37.99.2 takes back 512/UBND-VH, which it did not issue" in reason
    assert taken.reviews(ReviewKind.REVOKED) == []


def test_a_revocation_is_never_taken_for_the_directive(world: World) -> None:
    """It bears the number of what it takes back, so that the rule for the directive fits it."""
    _revocation(
        world,
        document_id=DOCUMENT_ID,
        code_number="512",
        code_notation="UBND-VH",
        subject=letter().subject,
        business_document_id="",
        attachments=(NOTE,),
    )
    world.turn()
    assert world.app.ledger.select(DirectiveState) == []
    _directive(world)
    world.turn(later=HOUR)
    assert world.reviews(ReviewKind.REVOKED) != []


def test_revoked_and_replaced_the_new_version_goes_on(taken: World) -> None:
    _revocation(taken)
    taken.turn(later=HOUR)
    _directive(
        taken,
        document_id="H37.8,2024/05/21,600/UBND-VH",
        code_number="600",
        business=Business.REPLACEMENT,
        business_document_id=DOCUMENT_ID,
    )
    taken.turn(later=HOUR)
    assert taken.dispatches(Y_TE, Channel.EXCHANGE, DispatchKind.REPLACEMENT) == []
    _decide(taken, Decision.ACCEPT)
    assert taken.app.ledger.select(RecallState) == []
    (sent,) = taken.dispatches(Y_TE, Channel.EXCHANGE, DispatchKind.REPLACEMENT)
    assert sent.status is DispatchStatus.ACCEPTED
    assert sorted(code for code, _ in _answers(taken)) == ["15", "15"]


def test_a_version_that_was_replaced_can_be_revoked_without_more(taken: World) -> None:
    _directive(
        taken,
        document_id="H37.8,2024/05/21,600/UBND-VH",
        code_number="600",
        business=Business.REPLACEMENT,
        business_document_id=DOCUMENT_ID,
    )
    taken.turn(later=HOUR)
    _revocation(taken)
    taken.turn(later=HOUR)
    assert taken.reviews() == []
    assert "takes back a version that was replaced already" in {
        raw.outcome for raw in taken.raws().values()
    }
