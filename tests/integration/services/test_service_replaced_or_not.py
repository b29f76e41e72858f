"""Which documents replace a directive by themselves, and what a person decides of the others."""

from datetime import date
from email import message_from_bytes, policy

import pytest

from domain.campaign import Channel
from domain.errors import NotAllowed
from domain.exchange import Business, Organ, ResponseFor
from domain.ids import OrganId
from domain.kinds import Decision, ReviewKind
from domain.status import DispatchStatus
from dondoc.services.recall import Order, take_back
from dondoc.services.resolve import Resolution, resolve
from schedulers.calendar import end_of
from tests.integration.services.replacement_parts import (
    HOUR,
    directive,
    document,
    packet_of,
    sent,
)
from tests.integration.services.service_parts import (
    MINH_TIEN,
    NOTE,
    Y_TE,
    letter,
    short_letter,
)
from tests.integration.services.service_world import World


def test_it_may_name_the_directive_in_any_sure_way(begun: World) -> None:
    begun.put(
        document(
            business_document_id="", response_for=(ResponseFor(document_id=letter().document_id),)
        )
    )
    begun.turn(later=HOUR)
    assert directive(begun).version == 2


def test_an_update_with_all_its_files_counts_like_a_replacement(begun: World) -> None:
    begun.put(document(business=Business.UPDATE))
    begun.turn(later=HOUR)
    assert directive(begun).version == 2


def test_a_replacement_without_its_files_waits(begun: World) -> None:
    begun.put(document(attachments=()))
    begun.turn(later=HOUR)
    assert directive(begun).version == 1
    assert begun.review(ReviewKind.INCOMPLETE).campaign == "nq47"


def test_a_replacement_by_another_unit_is_a_contradiction(begun: World) -> None:
    begun.put(document(sender=Organ(organ_id=OrganId("H37.77"), name="Đơn vị khác")))
    begun.turn(later=HOUR)
    assert directive(begun).version == 1
    assert "H37.77 replaces 512/UBND-VH, which it did not issue" in (
        begun.review(ReviewKind.CONTRADICTION).reason
    )


def test_the_same_replacement_again_changes_nothing(begun: World) -> None:
    begun.put(document())
    begun.turn(later=HOUR)
    begun.put(document(sent_at=begun.now))
    begun.put(short_letter())
    begun.turn(later=HOUR)
    assert directive(begun).version == 2
    assert begun.reviews() == []


def test_a_replacement_in_which_nothing_differs_is_sent_to_nobody(begun: World) -> None:
    given = {"code_number": "512", "promulgated_on": letter().promulgated_on}
    begun.put(document(document_id="another", attachments=(NOTE,), **given))
    begun.turn(later=HOUR)
    assert directive(begun).version == 1
    assert begun.reviews() == []
    assert "replaces a directive, known already" in {r.outcome for r in begun.raws().values()}


def test_a_reason_from_outside_is_one_bounded_line(begun: World) -> None:
    begun.put(document(business_reason="sửa\nlỗi\u200b " + "x" * 50_000))
    begun.turn(later=HOUR)
    reason = directive(begun).reason
    assert reason.startswith("sửa lỗi xxx")
    assert len(reason) <= 600
    (dispatch,) = sent(begun, MINH_TIEN, Channel.EMAIL)
    assert dispatch.status is DispatchStatus.ACCEPTED


def test_a_second_replacement_goes_to_whoever_has_the_first_one(begun: World) -> None:
    begun.put(document())
    begun.turn(later=HOUR)
    third = document(
        document_id="H37.20,2024/07/01,700/UBND-VH",
        code_number="700",
        promulgated_on=date(2024, 7, 1),
        business_document_id="H37.20,2024/06/03,600/UBND-VH",
    )
    begun.put(third)
    begun.turn(later=HOUR)
    second, newest = sent(begun, Y_TE, Channel.EXCHANGE)
    assert (newest.occurrence, newest.edition) == (3, 3)
    packet = packet_of(begun, newest)
    first = begun.dispatch(Y_TE, Channel.EXCHANGE)
    assert packet.business_document_id == second.document_id
    assert [r.document_id for r in packet.replaced] == [first.document_id, second.document_id]
    assert "từ 600/UBND-VH thành 700/UBND-VH" in packet.business_reason


def test_a_replacement_of_an_earlier_version_waits(begun: World) -> None:
    begun.put(document())
    begun.turn(later=HOUR)
    begun.put(document(document_id="X", code_number="601"))
    begun.turn(later=HOUR)
    assert directive(begun).version == 2
    reason = begun.review(ReviewKind.DUPLICATE_DIRECTIVE).reason
    assert "512/UBND-VH, the version 1, which 600/UBND-VH replaced already" in reason


def test_a_person_says_whether_a_new_deadline_holds(begun: World) -> None:
    begun.put(document(due_on=date(2024, 12, 1)))
    begun.turn(later=HOUR)
    review = begun.review(ReviewKind.DUPLICATE_DIRECTIVE)
    assert "names 01/12/2024 as its deadline" in review.reason
    assert directive(begun).version == 1
    given = Resolution(decision=Decision.ACCEPT, by="Lan", until=date(2024, 12, 1))
    resolve(begun.app, review.review, given, begun.now)
    begun.turn(later=HOUR)
    assert begun.assignment(MINH_TIEN).due_at == end_of(date(2024, 12, 1))
    raw = begun.mail.mail_for(begun.office(MINH_TIEN).emails[0])[-1]
    body = message_from_bytes(raw, policy=policy.default).get_body(("plain",))
    assert body is not None
    assert "Thời hạn: bổ sung 01/12/2024" in body.get_content()
    assert "chậm nhất ngày 01/12/2024" in body.get_content()
    packet = packet_of(begun, sent(begun, Y_TE, Channel.EXCHANGE)[0])
    assert packet.due_on == date(2024, 12, 1)


def test_without_more_time_the_deadline_stays_and_nothing_else_is_said(begun: World) -> None:
    begun.put(document(due_on=date(2024, 12, 1)))
    begun.turn(later=HOUR)
    review = begun.review(ReviewKind.DUPLICATE_DIRECTIVE).review
    gone = Resolution(decision=Decision.ACCEPT, by="Lan", until=date(2024, 5, 1))
    with pytest.raises(NotAllowed, match="has gone by"):
        resolve(begun.app, review, gone, begun.now)
    _resolve(begun, review, Decision.ACCEPT)
    raw = begun.mail.mail_for(begun.office(MINH_TIEN).emails[0])[-1]
    body = message_from_bytes(raw, policy=policy.default).get_body(("plain",))
    assert body is not None
    assert "01/12/2024" not in body.get_content()
    assert "trước ngày 10/11/2024" in body.get_content()


def test_the_deadline_of_the_round_itself_needs_nobody(begun: World) -> None:
    begun.put(document(due_on=begun.round().due_on))
    begun.turn(later=HOUR)
    assert directive(begun).version == 2


def _second(world: World) -> str:
    content = document(business=Business.NEW, business_document_id="", code_number="512")
    world.put(content)
    world.turn(later=HOUR)
    return world.review(ReviewKind.DUPLICATE_DIRECTIVE).review


def _resolve(world: World, review: str, decision: Decision) -> None:
    resolve(world.app, review, Resolution(decision=decision, by="Lan"), world.now)
    world.turn(later=HOUR)


def test_a_person_makes_a_second_document_the_directive(begun: World) -> None:
    _resolve(begun, _second(begun), Decision.ACCEPT)
    assert directive(begun).version == 2
    assert begun.reviews() == []
    assert [d.status for d in sent(begun, MINH_TIEN, Channel.EMAIL)] == [DispatchStatus.ACCEPTED]


def test_a_person_keeps_the_first_document(begun: World) -> None:
    _resolve(begun, _second(begun), Decision.REJECT)
    assert directive(begun).version == 1
    assert begun.reviews() == []
    assert sent(begun, MINH_TIEN, Channel.EMAIL) == []


def test_taken_back_after_that_both_versions_are_named(begun: World) -> None:

    begun.put(document())
    begun.turn(later=HOUR)
    take_back(begun.app, "nq47", Order(reason="sai thẩm quyền", by="Lan"), begun.now)
    begun.turn(later=HOUR)
    mails = begun.mail.mail_for(begun.office(MINH_TIEN).emails[0])
    assert len(mails) == 3
    body = message_from_bytes(mails[-1], policy=policy.default).get_body(("plain",))
    assert body is not None
    said = " ".join(body.get_content().split())
    assert "thu hồi Công văn số 600/UBND-VH" in said
    assert "cùng Công văn số 512/UBND-VH ngày 08/5/2024 đã gửi trước đó." in said
    letters = [*begun.dispatches(MINH_TIEN, Channel.EMAIL), *sent(begun, MINH_TIEN, Channel.EMAIL)]
    assert {d.status for d in letters} == {DispatchStatus.RECALL_ASKED}


def test_nothing_replaces_what_was_taken_back(begun: World) -> None:

    review = _second(begun)
    take_back(begun.app, "nq47", Order(reason="sai thẩm quyền", by="Lan"), begun.now)
    with pytest.raises(NotAllowed, match="was taken back from every office"):
        _resolve(begun, review, Decision.ACCEPT)
    begun.put(document())
    begun.turn(later=HOUR)
    assert directive(begun).version == 1
    assert sent(begun, MINH_TIEN, Channel.EMAIL) == []
