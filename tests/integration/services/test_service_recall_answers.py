"""Answers to requests to take back: after a refusal by 02, and to what nobody asked."""

from datetime import timedelta

import pytest

from domain.campaign import Channel
from domain.kinds import Decision, DispatchKind, ReviewKind
from domain.status import DispatchStatus
from dondoc.services.recall import Order, take_back
from dondoc.services.resolve import Resolution, resolve
from tests.integration.services.service_parts import Y_TE
from tests.integration.services.service_world import World

HOUR = timedelta(hours=1)


def test_who_rejects_the_request_can_be_asked_again_once(begun: World) -> None:
    order = Order(offices=(Y_TE,), round=None, reason="gửi nhầm", by="Lan")
    take_back(begun.app, "nq47", order, begun.now)
    begun.turn(later=HOUR)
    begun.now += HOUR
    begun.put_status(begun.dispatch(Y_TE, Channel.EXCHANGE), "02")
    begun.turn()
    review = begun.review(ReviewKind.RECALL_REFUSED)
    resolve(begun.app, review.review, Resolution(decision=Decision.RESEND, by="Lan"), begun.now)
    for _ in range(3):
        begun.turn(later=HOUR)
    requests = begun.dispatches(Y_TE, Channel.EXCHANGE, DispatchKind.RECALL)
    assert [(d.status, d.attempts) for d in requests] == [(DispatchStatus.ACCEPTED, 1)] * 2
    assert begun.reviews(ReviewKind.FAILED) == []
    # Refused once more, which is told once more; then given back after all.
    begun.now += HOUR
    begun.put_status(begun.dispatch(Y_TE, Channel.EXCHANGE), "02", description="lần hai")
    begun.turn()
    assert "lần hai" in begun.review(ReviewKind.RECALL_REFUSED).reason
    begun.now += HOUR
    begun.put_status(begun.dispatch(Y_TE, Channel.EXCHANGE), "15")
    begun.turn()
    assert begun.dispatch(Y_TE, Channel.EXCHANGE).status is DispatchStatus.RECALLED


@pytest.mark.parametrize("code", ["15", "16"])
def test_an_answer_to_what_nobody_asked_contradicts(begun: World, code: str) -> None:
    begun.put_status(begun.dispatch(Y_TE, Channel.EXCHANGE), code)
    begun.turn(later=HOUR)
    review = begun.review(ReviewKind.CONTRADICTION)
    assert (review.office, "never made" in review.reason) == (Y_TE, True)
    assert begun.reviews(ReviewKind.RECALL_REFUSED) == []
