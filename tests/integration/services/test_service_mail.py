"""What comes by mail: machines' receipts, people's answers, and what a person must decide."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.campaign import Channel
from domain.kinds import RawChannel, ReplyKind, ReviewKind
from domain.status import AssignmentStatus, DispatchStatus, RawStatus
from dondoc.demo import texts
from dondoc.demo.office_mail import read_receipt
from dondoc.services import reading
from tests.integration.services.service_parts import LANH_DAO, MAILBOX, MINH_TIEN, YEN_SON
from tests.integration.services.service_world import World

HOUR = timedelta(hours=1)


def _status(world: World, office: str = MINH_TIEN) -> DispatchStatus:
    return world.dispatch(MINH_TIEN, Channel.EMAIL).status


@pytest.mark.parametrize(
    ("outcome", "dispatch", "assignment"),
    [
        ("stored", DispatchStatus.DELIVERED, AssignmentStatus.DELIVERED),
        ("relayed", DispatchStatus.RELAYED, AssignmentStatus.SENT),
        ("failed", DispatchStatus.BOUNCED, AssignmentStatus.UNREACHED),
    ],
)
def test_a_delivery_report_says_how_far_a_letter_came(
    begun: World, outcome: str, dispatch: DispatchStatus, assignment: AssignmentStatus
) -> None:
    begun.dsn(begun.dispatch(MINH_TIEN, Channel.EMAIL), outcome)
    begun.turn(later=HOUR)
    assert _status(begun) is dispatch
    assert begun.assignment(MINH_TIEN).status is assignment
    bounced = begun.reviews(ReviewKind.UNDELIVERABLE)
    assert [r.office for r in bounced] == ([MINH_TIEN] if outcome == "failed" else [])


def test_a_bounce_of_one_door_leaves_an_office_that_the_other_reached(begun: World) -> None:
    begun.put_status(begun.dispatch(YEN_SON, Channel.EXCHANGE), "03")
    begun.turn(later=HOUR)
    begun.dsn(begun.dispatch(YEN_SON, Channel.EMAIL), "failed")
    begun.turn(later=HOUR)
    assert begun.dispatch(YEN_SON, Channel.EMAIL).status is DispatchStatus.BOUNCED
    assert begun.assignment(YEN_SON).status is AssignmentStatus.ACKNOWLEDGED


def test_a_report_on_our_own_blind_copy_proves_nothing(begun: World) -> None:
    begun.dsn(begun.dispatch(MINH_TIEN, Channel.EMAIL), "stored", recipient=MAILBOX)
    begun.turn(later=HOUR)
    assert _status(begun) is DispatchStatus.ACCEPTED
    assert begun.latest_raw().status is RawStatus.READ


def test_a_bounce_of_nothing_of_ours_is_shown(begun: World) -> None:
    raw = begun.dsn(begun.dispatch(MINH_TIEN, Channel.EMAIL), "failed")
    token = begun.dispatch(MINH_TIEN, Channel.EMAIL).token
    begun.mail.folder(MAILBOX).messages.pop()
    begun.arrive(raw.replace(token.encode(), b"a" * 20).replace(token.upper().encode(), b"B" * 20))
    begun.turn(later=HOUR)
    assert "cannot be told" in begun.review(ReviewKind.UNDELIVERABLE).reason
    assert _status(begun) is DispatchStatus.ACCEPTED


def test_a_read_receipt_shows_that_a_letter_was_opened(begun: World) -> None:
    address = begun.office(MINH_TIEN).emails[0]
    begun.arrive(read_receipt(begun.received(MINH_TIEN), address, begun.now))
    begun.turn(later=HOUR)
    assert _status(begun) is DispatchStatus.DISPLAYED
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.DISPLAYED


def test_a_late_delivery_report_does_not_undo_a_read_receipt(begun: World) -> None:
    address = begun.office(MINH_TIEN).emails[0]
    begun.arrive(read_receipt(begun.received(MINH_TIEN), address, begun.now))
    begun.turn(later=HOUR)
    begun.dsn(begun.dispatch(MINH_TIEN, Channel.EMAIL), "stored")
    begun.turn(later=HOUR)
    assert _status(begun) is DispatchStatus.DISPLAYED


def test_an_automatic_reply_is_no_acknowledgement(begun: World) -> None:
    begun.answer(MINH_TIEN, texts.OUT_OF_OFFICE, headers=[("Auto-Submitted", "auto-replied")])
    begun.turn(later=HOUR)
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.DELIVERED
    assert begun.replies(MINH_TIEN) == []
    assert begun.reviews() == []


def test_an_automatic_reply_to_nothing_of_ours_is_noted(begun: World) -> None:
    begun.answer(
        MINH_TIEN,
        texts.OUT_OF_OFFICE,
        headers=[("Auto-Submitted", "auto-replied")],
        thread=False,
        subject="Trả lời tự động: chúc mừng năm mới",
    )
    begun.turn(later=HOUR)
    assert begun.latest_raw().outcome == "automatic reply to nothing of ours"
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.SENT


def test_a_notice_of_a_new_address_waits_for_a_person(begun: World) -> None:
    words = "Hộp thư này không còn sử dụng, đề nghị gửi về ubndminhtien@langson.example."
    begun.answer(MINH_TIEN, words, headers=[("Auto-Submitted", "auto-replied")])
    begun.turn(later=HOUR)
    assert "ubndminhtien@langson.example" in begun.review(ReviewKind.ADDRESS_CHANGE).reason
    assert begun.replies(MINH_TIEN) == []


def test_our_own_blind_copies_are_known(begun: World) -> None:
    done = begun.turn(later=HOUR)
    assert done.taken == 3  # one for each mail that went out
    assert {r.outcome for r in begun.raws().values() if ":" in r.position} == {"own_copy"}
    assert _status(begun) is DispatchStatus.ACCEPTED


@pytest.mark.parametrize("words", texts.ACKNOWLEDGEMENTS)
def test_an_acknowledgement(begun: World, words: str) -> None:
    begun.answer(MINH_TIEN, words.format(office="UBND xã Minh Tiến"))
    begun.turn(later=HOUR)
    (reply,) = begun.replies(MINH_TIEN)
    assert reply.kind is ReplyKind.ACKNOWLEDGEMENT
    assert reply.dispatch == begun.dispatch(MINH_TIEN, Channel.EMAIL).dispatch
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.ACKNOWLEDGED
    assert begun.assignment(MINH_TIEN).acknowledged_at == begun.now - HOUR


def test_an_information_recipient_may_acknowledge(begun: World) -> None:
    begun.answer(LANH_DAO, "Đã nhận.")
    begun.turn(later=HOUR)
    assert begun.assignment(LANH_DAO).status is AssignmentStatus.ACKNOWLEDGED


def test_a_report_in_the_thread(begun: World) -> None:
    begun.answer(MINH_TIEN, "Em gửi báo cáo ạ.", files=begun.report(MINH_TIEN))
    begun.turn(later=HOUR)
    (reply,) = begun.replies(MINH_TIEN)
    assert (reply.kind, reply.number, reply.nil) == (ReplyKind.REPORT, "33/BC-UBND", False)
    assert len(reply.attachments) == 2
    for file in reply.attachments:
        assert len(begun.app.evidence.get(file.digest)) == file.size
    assignment = begun.assignment(MINH_TIEN)
    assert assignment.status is AssignmentStatus.REPORTED
    assert (assignment.report, assignment.reported_at) == (reply.reply, begun.now - HOUR)
    assert not assignment.late


def test_a_fresh_report_that_cites_the_directive(begun: World) -> None:
    text = texts.REPORT_LETTERS[0].format(office="UBND xã Minh Tiến")
    begun.answer(MINH_TIEN, text, files=begun.report(MINH_TIEN), thread=False)
    begun.turn(later=HOUR)
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.REPORTED
    assert begun.replies(MINH_TIEN)[0].dispatch is None


def test_a_report_from_a_private_address_waits_with_its_candidate(begun: World) -> None:
    begun.answer(
        YEN_SON,
        texts.PRIVATE_REPORT,
        files=begun.report(YEN_SON),
        sender="nguyen.van.ban@thucanhan.example",
        thread=False,
        subject="BC NQ 47",
    )
    begun.turn(later=HOUR)
    review = begun.review(ReviewKind.UNMATCHED_REPLY)
    assert review.candidates[0] == YEN_SON
    assert begun.replies(YEN_SON) == []
    assert begun.assignment(YEN_SON).status is AssignmentStatus.SENT


def test_an_unknown_sender_in_the_right_thread_waits(begun: World) -> None:
    begun.answer(
        MINH_TIEN,
        "Em gửi báo cáo ạ.",
        files=begun.report(MINH_TIEN),
        sender="nguyen.van.ban@thucanhan.example",
    )
    begun.turn(later=HOUR)
    assert begun.review(ReviewKind.UNKNOWN_SENDER).candidates[0] == MINH_TIEN
    assert begun.replies(MINH_TIEN) == []


def test_a_corrected_report_takes_the_place_of_the_first(begun: World) -> None:
    begun.answer(MINH_TIEN, "Em gửi báo cáo ạ.", files=begun.report(MINH_TIEN))
    begun.turn(later=HOUR)
    begun.answer(MINH_TIEN, texts.CORRECTED_REPORT, files=begun.report(MINH_TIEN, corrected=True))
    begun.turn(later=HOUR)
    first, second = begun.replies(MINH_TIEN)
    assert first.superseded_by == second.reply
    assert second.corrects
    assert (first.number, second.number) == ("33/BC-UBND", "34/BC-UBND")
    assignment = begun.assignment(MINH_TIEN)
    assert assignment.report == second.reply
    assert assignment.reported_at == first.received_at


def test_a_nil_report_is_a_report(begun: World) -> None:
    begun.answer(MINH_TIEN, texts.NIL_REPORT)
    begun.turn(later=HOUR)
    (reply,) = begun.replies(MINH_TIEN)
    assert (reply.kind, reply.nil) == (ReplyKind.REPORT, True)
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.REPORTED


@pytest.mark.parametrize(
    ("words", "kind", "review"),
    [
        (texts.QUESTION, ReplyKind.QUESTION, ReviewKind.QUESTION),
        (texts.EXTENSION, ReplyKind.EXTENSION_REQUEST, ReviewKind.EXTENSION_REQUEST),
        (texts.REFUSAL, ReplyKind.REFUSAL, ReviewKind.REFUSAL),
        ("Chiều nay họp giao ban nhé.", ReplyKind.UNCLEAR, ReviewKind.UNCLEAR_REPLY),
    ],
)
def test_what_only_a_person_can_answer_changes_no_status(
    begun: World, words: str, kind: ReplyKind, review: ReviewKind
) -> None:
    begun.answer(MINH_TIEN, words)
    begun.turn(later=HOUR)
    waiting = begun.review(review)
    assert waiting.office == MINH_TIEN
    assert words.split(maxsplit=1)[0] in waiting.reason
    assert begun.replies(MINH_TIEN)[0].kind is kind
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.SENT


def test_a_report_on_another_letter_waits_and_is_not_counted(begun: World) -> None:
    text = texts.WRONG_LETTER.format(office="UBND xã Minh Tiến")
    files = begun.report(MINH_TIEN, other_letter=True)
    begun.answer(MINH_TIEN, text, files=files)
    begun.turn(later=HOUR)
    review = begun.review(ReviewKind.WRONG_LETTER)
    assert MINH_TIEN in (review.office, *review.candidates)
    assert "431/UBND-NV" in review.reason
    assert begun.replies(MINH_TIEN) == []
    begun.answer(MINH_TIEN, "Em gửi lại báo cáo ạ.", files=begun.report(MINH_TIEN))
    begun.turn(later=HOUR)
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.REPORTED


def test_mail_of_strangers_is_kept_for_a_person(begun: World) -> None:
    begun.answer(
        MINH_TIEN,
        "Báo giá văn phòng phẩm tháng 5.",
        sender="nguyen.van.ban@thucanhan.example",
        thread=False,
        subject="Báo giá",
    )
    begun.turn(later=HOUR)
    review = begun.review(ReviewKind.UNMATCHED_REPLY)
    assert review.candidates == () or MINH_TIEN in review.candidates


def test_the_messages_own_time_counts_unless_it_lies_in_the_future(begun: World) -> None:
    begun.now += timedelta(days=30)
    raw = begun.answer(MINH_TIEN, "Đã nhận.")
    begun.mail.folder(MAILBOX).messages.pop()
    begun.now -= timedelta(days=20)
    begun.arrive(raw)
    begun.turn()
    assert begun.assignment(MINH_TIEN).acknowledged_at == begun.now


def test_octets_without_headers_wait_for_a_person_and_the_next_is_read(begun: World) -> None:
    begun.arrive(b"\x00\xff\xfe this is no message \x00" * 10)
    begun.answer(MINH_TIEN, "Đã nhận.")
    begun.turn(later=HOUR)
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.ACKNOWLEDGED
    # Octets that a mail program would show as a text without headers: a person looks at them.
    assert begun.raws()["1:4"].outcome == "unclear, to be decided"
    assert begun.review(ReviewKind.UNMATCHED_REPLY).raw == begun.raws()["1:4"].raw


def test_a_broken_mime_message_is_set_aside_and_the_next_is_read(begun: World) -> None:
    nested = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n)
        for n in range(500)
    )
    begun.arrive(b"From: a@b.example\r\n" + nested + b"Content-Type: text/plain\r\n\r\nx\r\n")
    begun.answer(MINH_TIEN, "Đã nhận.")
    begun.turn(later=HOUR)
    assert begun.raws()["1:4"].status is RawStatus.QUARANTINED
    assert begun.review(ReviewKind.UNREADABLE).raw == begun.raws()["1:4"].raw
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.ACKNOWLEDGED


def test_a_message_over_the_limit_is_set_aside(begun: World) -> None:
    large = ("BC.pdf", "application/pdf", b"\x00" * 2_500_000)
    begun.answer(MINH_TIEN, "Em gửi báo cáo ạ.", files=[large])
    begun.answer(YEN_SON, "Đã nhận.")
    begun.turn(later=HOUR)
    raw = begun.raws()["1:4"]
    assert raw.status is RawStatus.QUARANTINED
    assert "the limit of mailbox nq47" in raw.outcome
    assert raw.size > 2_500_000
    assert begun.assignment(YEN_SON).status is AssignmentStatus.ACKNOWLEDGED


def test_a_bug_in_a_reader_costs_one_message_only(
    begun: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = reading._READERS[RawChannel.MAIL]

    def failing(app, raw, now):  # type: ignore[no-untyped-def]
        if raw.position == "1:4":
            raise KeyError("the part that nobody thought of")
        return real(app, raw, now)

    monkeypatch.setitem(reading._READERS, RawChannel.MAIL, failing)
    begun.answer(MINH_TIEN, "Đã nhận.")
    begun.answer(YEN_SON, "Đã nhận.")
    begun.turn(later=HOUR)
    assert begun.raws()["1:4"].outcome == "Dondoc failed on it (KeyError); see the log"
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.SENT
    assert begun.assignment(YEN_SON).status is AssignmentStatus.ACKNOWLEDGED


def test_a_report_after_the_deadline_is_late(begun: World) -> None:
    begun.turn(to=datetime(2024, 11, 11, 1, 30, tzinfo=UTC))
    assert begun.assignment(MINH_TIEN).late
    begun.answer(MINH_TIEN, "Em gửi báo cáo ạ.", files=begun.report(MINH_TIEN))
    begun.turn(later=HOUR)
    assignment = begun.assignment(MINH_TIEN)
    assert (assignment.status, assignment.late) == (AssignmentStatus.REPORTED, True)


def test_a_report_of_the_last_minute_that_is_read_late_is_in_time(begun: World) -> None:
    begun.now = datetime(2024, 11, 10, 16, 59, 59, tzinfo=UTC)
    begun.answer(MINH_TIEN, "Em gửi báo cáo ạ.", files=begun.report(MINH_TIEN))
    begun.turn(later=timedelta(days=1))
    assert not begun.assignment(MINH_TIEN).late
