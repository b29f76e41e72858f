"""Status messages of the exchange: evidence about a dispatch, in whatever order it comes."""

from datetime import timedelta

import pytest

from domain.campaign import Channel
from domain.errors import PeerUnavailable
from domain.exchange import PacketKind, Settlement
from domain.facts import ReceiptRecorded
from domain.kinds import ReviewKind
from domain.state import DispatchState
from domain.status import AssignmentStatus, DispatchStatus, RawStatus
from tests.integration.services.service_parts import UNIT, Y_TE, YEN_SON, issued
from tests.integration.services.service_world import World


def _office(begun: World) -> DispatchState:
    return begun.dispatch(Y_TE, Channel.EXCHANGE)


def _receipts(world: World) -> list[str]:
    facts = (recorded.event.fact for recorded in world.app.ledger.events(office=Y_TE))
    return [fact.receipt for fact in facts if isinstance(fact, ReceiptRecorded)]


def test_each_status_moves_the_dispatch_on(begun: World) -> None:
    seen = []
    for code in ("01", "03", "04", "05", "06"):
        doc_id = begun.put_status(_office(begun), code)
        begun.turn(later=timedelta(hours=1))
        seen.append(_office(begun).status)
        assert begun.exchange.settled[doc_id] is Settlement.DONE
    assert seen == ["delivered", "registered", "assigned", "processing", "finished"]
    # Status 03 is the notice of receipt, which is all that this office owes.
    assert begun.assignment(Y_TE).status is AssignmentStatus.ACKNOWLEDGED


def test_statuses_out_of_order_never_go_back(begun: World) -> None:
    for code in ("05", "01", "03", "04"):
        begun.put_status(_office(begun), code)
        begun.turn(later=timedelta(hours=1))
    assert _office(begun).status is DispatchStatus.PROCESSING
    assert _receipts(begun) == ["processing", "delivered", "registered", "assigned"]


def test_a_repeated_status_is_evidence_once(begun: World) -> None:
    begun.put_status(_office(begun), "03")
    begun.turn(later=timedelta(hours=1))
    begun.now += timedelta(hours=1)
    begun.put_status(_office(begun), "03", description="lần hai")
    begun.turn()
    assert _receipts(begun) == ["registered"]
    assert "known already" in {raw.outcome for raw in begun.raws().values()}
    assert begun.exchange.waiting(PacketKind.STATUS) == []


def test_a_one_digit_code_means_the_same(begun: World) -> None:
    begun.put_status(_office(begun), "1")
    begun.turn()
    assert _office(begun).status is DispatchStatus.DELIVERED


def test_a_status_from_another_unit_changes_nothing(begun: World) -> None:
    begun.put_status(_office(begun), "03", sender="H37.99.1")
    begun.turn()
    review = begun.review(ReviewKind.CONTRADICTION)
    assert "H37.99.1 is not the receiver" in review.reason
    assert review.dispatch == _office(begun).dispatch
    assert _office(begun).status is DispatchStatus.ACCEPTED


def test_a_status_under_the_old_identifier_counts(begun: World) -> None:
    dispatch = begun.dispatch(YEN_SON, Channel.EXCHANGE)
    begun.put_status(dispatch, "03", sender="000.01.99.H37")
    begun.turn()
    assert begun.dispatch(YEN_SON, Channel.EXCHANGE).status is DispatchStatus.REGISTERED


@pytest.mark.parametrize("code", ["99", "abc", ""])
def test_an_unknown_code_is_set_aside_and_the_next_is_read(begun: World, code: str) -> None:
    bad = begun.put_status(_office(begun), code)
    good = begun.put_status(_office(begun), "01")
    begun.turn()
    assert begun.raws()[bad].status is RawStatus.QUARANTINED
    assert begun.exchange.settled[bad] is Settlement.FAIL
    assert begun.raws()[good].status is RawStatus.READ
    assert _office(begun).status is DispatchStatus.DELIVERED


def test_a_document_among_the_statuses_is_set_aside(begun: World) -> None:
    doc_id = begun.put(issued(), PacketKind.STATUS)
    begun.turn()
    assert "it is a document, not a status" in begun.raws()[doc_id].outcome


def test_a_refusal_on_the_exchange_waits_for_a_person(begun: World) -> None:
    begun.put_status(_office(begun), "02", description="gửi nhầm đơn vị")
    begun.turn()
    review = begun.review(ReviewKind.REFUSAL)
    assert "gửi nhầm đơn vị" in review.reason
    assert _office(begun).status is DispatchStatus.REJECTED
    assert begun.assignment(Y_TE).status is AssignmentStatus.UNREACHED


def test_a_refusal_after_the_registration_contradicts_it(begun: World) -> None:
    begun.put_status(_office(begun), "03")
    begun.turn(later=timedelta(hours=1))
    begun.put_status(_office(begun), "02")
    begun.turn(later=timedelta(hours=1))
    assert "refused although registered before" in begun.review(ReviewKind.CONTRADICTION).reason
    assert _office(begun).status is DispatchStatus.REGISTERED
    assert begun.assignment(Y_TE).status is AssignmentStatus.ACKNOWLEDGED


def test_a_refusal_before_and_after_the_registration_is_told_twice(begun: World) -> None:
    for code in ("02", "03", "02", "02"):
        begun.put_status(_office(begun), code)
        begun.turn(later=timedelta(hours=1))
    assert _receipts(begun) == ["rejected", "registered", "rejected"]
    assert begun.review(ReviewKind.REFUSAL).office == Y_TE
    assert "refused although registered before" in begun.review(ReviewKind.CONTRADICTION).reason
    assert _office(begun).status is DispatchStatus.REGISTERED


def test_a_second_refusal_opens_no_second_review(begun: World) -> None:
    begun.put_status(_office(begun), "02")
    begun.turn(later=timedelta(hours=1))
    begun.now += timedelta(hours=1)
    begun.put_status(_office(begun), "02", description="từ chối lần hai")
    begun.turn()
    assert len(begun.reviews()) == 1


def test_a_recall_status_before_any_recall_is_set_aside(begun: World) -> None:
    """The state machine has no row for it in this status: it must not pass in silence."""
    begun.put_status(_office(begun), "02")
    begun.turn(later=timedelta(hours=1))
    doc_id = begun.put_status(_office(begun), "15")
    begun.turn(later=timedelta(hours=1))
    assert begun.raws()[doc_id].status is RawStatus.QUARANTINED
    assert _office(begun).status is DispatchStatus.REJECTED


@pytest.mark.parametrize("days", [-1500, 1500])
def test_a_status_with_a_wrong_clock_counts_when_it_came(begun: World, days: int) -> None:
    came = begun.now + timedelta(hours=2)
    begun.now += timedelta(days=days)
    begun.put_status(_office(begun), "03")
    begun.turn(to=came)
    assert begun.assignment(Y_TE).acknowledged_at == came


def test_a_status_counts_at_its_own_time(begun: World) -> None:
    begun.now += timedelta(hours=1)
    said = begun.now.replace(microsecond=0)
    begun.put_status(_office(begun), "03")
    begun.turn(later=timedelta(days=2))
    assert begun.assignment(Y_TE).acknowledged_at == said


def test_a_receiver_cannot_ask_to_take_our_document_back(begun: World) -> None:
    begun.put_status(_office(begun), "13")
    begun.turn(later=timedelta(hours=1))
    reason = begun.review(ReviewKind.CONTRADICTION).reason
    assert "H37.99.2 asks to take back a document that it did not send" in reason
    assert _office(begun).status is DispatchStatus.ACCEPTED
    assert _receipts(begun) == []


def test_each_request_to_take_a_document_back_is_answered_anew(begun: World) -> None:
    first = begun.now + timedelta(hours=1)
    for code, by in (("13", UNIT), ("16", ""), ("13", UNIT), ("16", ""), ("13", UNIT), ("15", "")):
        begun.now += timedelta(hours=1)
        begun.put_status(_office(begun), code, sender=by)
        begun.turn()
    asked, refused, agreed = "recall_asked", "recall_refused", "recall_agreed"
    told = [asked, refused, asked, refused, asked, agreed]
    assert _receipts(begun) == told
    assert _office(begun).status is DispatchStatus.RECALLED
    # The first request once more, late and in other words; and an answer twice.
    begun.now, now = first, begun.now
    begun.put_status(_office(begun), "13", sender=UNIT, description="gửi lại")
    begun.now = now + timedelta(hours=1)
    begun.put_status(_office(begun), "15")
    begun.turn()
    assert _receipts(begun) == told
    kept = [review.kind for review in begun.reviews()]
    assert kept == [ReviewKind.RECALL_REFUSED, ReviewKind.RECALL_REFUSED]
    assert begun.consistent() == []


def test_a_packet_that_could_not_be_settled_is_settled_at_the_next_turn(begun: World) -> None:
    doc_id = begun.put_status(_office(begun), "01")
    begun.exchange.errors["settle"] = PeerUnavailable("truc", "it is switched off")
    begun.turn()
    assert begun.raws()[doc_id].status is RawStatus.READ
    assert [p.doc_id for p in begun.exchange.waiting(PacketKind.STATUS)] == [doc_id]
    del begun.exchange.errors["settle"]
    before = begun.events()
    begun.turn(later=timedelta(minutes=1))
    assert begun.exchange.waiting(PacketKind.STATUS) == []
    assert _receipts(begun) == ["delivered"]
    assert begun.events() == before
