"""A directive that another document replaces: who gets it, what it says, what stays counted."""

from datetime import timedelta
from email import message_from_bytes, policy

import pytest

from domain.campaign import Channel
from domain.errors import DeliveryUnknown, PeerUnavailable
from domain.exchange import Business, Replaced
from domain.ids import OrganId
from domain.kinds import Decision, DispatchKind, ReplyKind, ReviewKind
from domain.state import DispatchState
from domain.status import AssignmentStatus, DispatchStatus
from dondoc.services.resolve import Resolution, resolve
from tests.integration.services.replacement_parts import (
    HOUR,
    REPLACEMENT,
    directive,
    document,
    packet_of,
    sent,
)
from tests.integration.services.service_parts import (
    MINH_TIEN,
    Y_TE,
    YEN_SON,
    short_letter,
)
from tests.integration.services.service_world import World


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


def test_an_office_that_refused_the_first_version_gets_the_next_one(begun: World) -> None:
    begun.put_status(begun.dispatch(Y_TE, Channel.EXCHANGE), "02")
    begun.turn(later=HOUR)
    review = begun.review(ReviewKind.REFUSAL).review
    resolve(begun.app, review, Resolution(decision=Decision.NOTED, by="Lan"), begun.now)
    begun.turn(later=HOUR)
    assert len(begun.dispatches(Y_TE, Channel.EXCHANGE)) == 1
    begun.put(document())
    begun.turn(later=HOUR)
    new = begun.dispatches(Y_TE, Channel.EXCHANGE)[-1]
    assert (new.occurrence, new.edition, new.status) == (2, 2, DispatchStatus.ACCEPTED)
    assert begun.assignment(Y_TE).status is AssignmentStatus.SENT
    assert sent(begun, Y_TE, Channel.EXCHANGE) == []


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
