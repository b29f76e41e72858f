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
from tests.integration.services.service_parts import Y_TE, YEN_SON, issued
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


@pytest.mark.parametrize("document_id", ["", "6d0f7f1c-0000-4000-8000-000000000000"])
def test_a_status_for_what_was_never_sent_is_noted(begun: World, document_id: str) -> None:
    doc_id = begun.put_status(_office(begun), "01", document_id=document_id)
    begun.turn()
    assert begun.raws()[doc_id].outcome == "status of a document that is not ours"
    assert begun.reviews() == []


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
