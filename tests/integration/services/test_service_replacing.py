"""A directive that another document replaces: who gets it, what it says, what stays counted."""

from dataclasses import replace
from datetime import date, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest

from domain.campaign import Channel
from domain.errors import DeliveryUnknown, NotAllowed, PeerUnavailable
from domain.exchange import Business, Organ, Packet, Replaced, ResponseFor
from domain.ids import OfficeId, OrganId
from domain.kinds import Decision, DispatchKind, ReplyKind, ReviewKind
from domain.state import DirectiveState, DispatchState
from domain.status import AssignmentStatus, DispatchStatus
from dondoc.services.recall import Order, take_back
from dondoc.services.resolve import Resolution, resolve
from schedulers.calendar import end_of
from tests.edxml_files import attached, read, written
from tests.integration.services.service_parts import (
    MINH_TIEN,
    NOTE,
    Y_TE,
    YEN_SON,
    letter,
    short_letter,
)
from tests.integration.services.service_world import World

HOUR = timedelta(hours=1)
ANNEX = attached("phu-luc.txt", b"Phu luc.", "text/plain")
REPLACEMENT = DispatchKind.REPLACEMENT


def document(**members: Any) -> bytes:
    """The issuer's replacement of the letter: another number, another day, one file more."""
    given: dict[str, Any] = {
        "document_id": "H37.20,2024/06/03,600/UBND-VH",
        "code_number": "600",
        "promulgated_on": date(2024, 6, 3),
        "attachments": (NOTE, ANNEX),
        "business": Business.REPLACEMENT,
        "business_reason": "điều chỉnh nội dung",
        "business_document_id": letter().document_id,
    } | members
    return written(replace(letter(), **given))


def directive(world: World) -> DirectiveState:
    found = world.app.ledger.get(DirectiveState, ("nq47",))
    assert found is not None
    return found


def sent(world: World, office: OfficeId, channel: Channel) -> list[DispatchState]:
    return world.dispatches(office, channel, REPLACEMENT)


def packet_of(world: World, dispatch: DispatchState) -> Packet:
    packet = read(world.app.evidence.get(dispatch.content)).packet
    assert isinstance(packet, Packet)
    return packet


def test_whoever_got_the_first_gets_the_replacement_by_the_same_door(begun: World) -> None:
    begun.put(document())
    begun.turn(later=HOUR)
    assert directive(begun).version == 2
    assert directive(begun).directive.code == "600/UBND-VH"
    found = [d for d in begun.app.ledger.select(DispatchState) if d.kind is REPLACEMENT]
    first = [d for d in begun.app.ledger.select(DispatchState) if d.kind is DispatchKind.DIRECTIVE]
    assert {(d.office, d.channel, d.target) for d in found} == {
        (d.office, d.channel, d.target) for d in first
    }
    assert {(d.status, d.occurrence, d.edition) for d in found} == {("accepted", 2, 2)}
    assert begun.reviews() == []
    before = begun.events()
    begun.turn(later=HOUR)
    begun.turn(later=HOUR)
    assert [d for d in begun.app.ledger.select(DispatchState) if d.kind is REPLACEMENT] == found
    assert begun.events() - before < 10


def test_the_packet_names_what_it_replaces_and_what_changed(begun: World) -> None:
    begun.put(document())
    begun.turn(later=HOUR)
    (dispatch,) = sent(begun, Y_TE, Channel.EXCHANGE)
    first = begun.dispatch(Y_TE, Channel.EXCHANGE)
    packet = packet_of(begun, dispatch)
    assert packet.business is Business.REPLACEMENT
    assert packet.document_id == dispatch.document_id != first.document_id
    assert packet.business_document_id == first.document_id
    assert packet.replaced == (
        Replaced(document_id=first.document_id or "", receivers=(OrganId("H37.99.2"),)),
    )
    assert (packet.code_number, packet.code_notation) == ("600", "UBND-VH")
    assert "Số, ký hiệu: từ 512/UBND-VH thành 600/UBND-VH" in packet.business_reason
    assert "Bổ sung tệp: phu-luc.txt" in packet.business_reason
    assert [a.name for a in packet.attachments] == ["512-UBND-VH.txt", "phu-luc.txt"]


def test_the_mail_stands_in_the_thread_and_says_what_changed(begun: World) -> None:
    begun.put(document())
    begun.turn(later=HOUR)
    first, second = begun.mail.mail_for(begun.office(MINH_TIEN).emails[0])
    message = message_from_bytes(second, policy=policy.default)
    before = message_from_bytes(first, policy=policy.default)
    assert message["In-Reply-To"] == before["Message-ID"]
    body = message.get_body(("plain",))
    assert body is not None
    said = " ".join(body.get_content().split())
    assert "thay thế Công văn số 512/UBND-VH ngày 08/5/2024 đã gửi trước đây." in said
    assert "Lý do thay thế: điều chỉnh nội dung." in said
    assert "- Bổ sung tệp: phu-luc.txt" in said
    names = [part.get_filename() for part in message.iter_attachments()]
    assert names == ["512-UBND-VH.txt", "phu-luc.txt"]


def test_whoever_has_nothing_yet_gets_the_new_one_as_first_letter(world: World) -> None:
    world.put(short_letter())
    world.exchange.errors["send"] = PeerUnavailable("truc", "it is switched off")
    world.line.cut = PeerUnavailable("smtp", "it is switched off")
    world.turn()
    del world.exchange.errors["send"]
    world.line.cut = None
    world.put(document())
    world.turn(later=timedelta(minutes=1))
    for office, channel in ((Y_TE, Channel.EXCHANGE), (MINH_TIEN, Channel.EMAIL)):
        old, new = world.dispatches(office, channel)
        assert (old.status, old.edition) == (DispatchStatus.CANCELLED, 1)
        assert (new.status, new.edition, new.occurrence) == (DispatchStatus.ACCEPTED, 2, 2)
        assert sent(world, office, channel) == []
    packet = packet_of(world, world.dispatch(Y_TE, Channel.EXCHANGE, index=1))
    assert packet.business is Business.NEW
    assert packet.code_number == "600"
    assert len(world.mail.mail_for(world.office(MINH_TIEN).emails[0])) == 1


def test_whoever_perhaps_has_the_first_gets_the_replacement_once(world: World) -> None:
    world.put(short_letter())
    world.exchange.errors["answer"] = DeliveryUnknown("truc", "no answer")
    world.turn()
    del world.exchange.errors["answer"]
    world.put(document())
    world.turn(later=timedelta(minutes=1))
    world.turn(later=HOUR)
    first = world.dispatch(Y_TE, Channel.EXCHANGE)
    assert (first.status, first.attempts) == (DispatchStatus.UNCERTAIN, 1)
    assert [d.status for d in sent(world, Y_TE, Channel.EXCHANGE)] == [DispatchStatus.ACCEPTED]


def test_a_mail_whose_outcome_is_unknown_is_not_repeated_in_its_old_form(world: World) -> None:
    world.put(short_letter())
    world.mail.behave(world.office(MINH_TIEN).emails[0], "lose_after_data")
    world.turn()
    world.mail.behave(world.office(MINH_TIEN).emails[0], None)
    world.put(document())
    world.turn(later=timedelta(minutes=1))
    world.turn(later=HOUR)
    assert world.dispatch(MINH_TIEN, Channel.EMAIL).attempts == 1
    assert [d.status for d in sent(world, MINH_TIEN, Channel.EMAIL)] == [DispatchStatus.ACCEPTED]


@pytest.mark.parametrize("code", ["01", "03", "04", "05", "06"])
def test_an_office_far_ahead_gets_it_too(begun: World, code: str) -> None:
    begun.now += HOUR
    begun.put_status(begun.dispatch(Y_TE, Channel.EXCHANGE), code)
    begun.turn()
    begun.put(document())
    begun.turn(later=HOUR)
    assert [d.status for d in sent(begun, Y_TE, Channel.EXCHANGE)] == [DispatchStatus.ACCEPTED]


def test_an_office_that_refused_or_whose_mail_came_back_waits_for_a_person(begun: World) -> None:
    begun.now += HOUR
    begun.put_status(begun.dispatch(Y_TE, Channel.EXCHANGE), "02")
    begun.dsn(begun.dispatch(MINH_TIEN, Channel.EMAIL), "failed")
    begun.turn()
    begun.put(document())
    begun.turn(later=HOUR)
    assert sent(begun, Y_TE, Channel.EXCHANGE) == sent(begun, MINH_TIEN, Channel.EMAIL) == []
    review = begun.review(ReviewKind.UNDELIVERABLE).review
    resolve(begun.app, review, Resolution(decision=Decision.RESEND, by="Lan"), begun.now)
    begun.turn(later=HOUR)
    new = begun.dispatches(MINH_TIEN, Channel.EMAIL)[-1]
    assert (new.occurrence, new.edition, new.status) == (2, 2, DispatchStatus.ACCEPTED)
    assert "600/UBND-VH" in new.subject


def test_a_report_stays_counted_and_is_not_asked_for_again(begun: World) -> None:
    begun.answer(MINH_TIEN, "Xin gửi báo cáo.", files=begun.report(MINH_TIEN))
    begun.turn(later=HOUR)
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.REPORTED
    begun.put(document())
    begun.turn(later=HOUR)
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.REPORTED
    raw = begun.mail.mail_for(begun.office(MINH_TIEN).emails[0])[-1]
    body = message_from_bytes(raw, policy=policy.default).get_body(("plain",))
    assert body is not None
    assert "không phải gửi lại" in body.get_content()
    begun.turn(later=timedelta(days=170))
    assert begun.reminders(MINH_TIEN) == []


def test_an_answer_that_names_either_number_counts(begun: World) -> None:
    begun.put(document())
    begun.turn(later=HOUR)
    for office, number in ((MINH_TIEN, "512/UBND-VH"), (YEN_SON, "600/UBND-VH")):
        begun.answer(
            office, f"Đã nhận Công văn số {number}.", thread=False, subject="Xác nhận văn bản"
        )
        begun.turn(later=HOUR)
        assert [r.kind for r in begun.replies(office)] == [ReplyKind.ACKNOWLEDGEMENT]
    assert begun.reviews() == []


def test_a_status_that_names_either_number_means_that_letter(begun: World) -> None:
    begun.put(document())
    begun.turn(later=HOUR)
    (second,) = sent(begun, Y_TE, Channel.EXCHANGE)
    begun.now += HOUR
    first = begun.dispatch(Y_TE, Channel.EXCHANGE)
    # put_status names 512/UBND-VH and no DocumentId.
    begun.put_status(first, "01", document_id="")
    begun.turn()
    assert begun.dispatch(Y_TE, Channel.EXCHANGE).status is DispatchStatus.DELIVERED
    assert sent(begun, Y_TE, Channel.EXCHANGE)[0].status is DispatchStatus.ACCEPTED
    begun.put_status(second, "03")
    begun.turn(later=HOUR)
    assert sent(begun, Y_TE, Channel.EXCHANGE)[0].status is DispatchStatus.REGISTERED
    assert begun.assignment(Y_TE).status is AssignmentStatus.ACKNOWLEDGED


def test_an_office_that_does_not_take_the_replacement_is_shown(begun: World) -> None:
    begun.put(document())
    begun.turn(later=HOUR)
    begun.now += HOUR
    begun.put_status(sent(begun, Y_TE, Channel.EXCHANGE)[0], "16", description="đã thực hiện xong")
    begun.turn()
    review = begun.review(ReviewKind.RECALL_REFUSED)
    assert "phong-y-te does not take the replacement" in review.reason
    assert "đã thực hiện xong" in review.reason


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
