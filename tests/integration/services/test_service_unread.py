"""Input that could not be read: nobody is chased for it, a person counts it or has it read."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.campaign import Channel
from domain.errors import NotAllowed, NotFound, PeerUnavailable, StoreFailed
from domain.ids import OfficeId
from domain.kinds import Decision, ReplyKind, ReviewKind
from domain.reading import MessageKind
from domain.state import ReviewState
from domain.status import AssignmentStatus, DispatchStatus, RawStatus
from dondoc.services import own_words, reading, unread
from dondoc.services.quarantine import quarantined, release
from dondoc.services.resolve import Resolution, resolve
from mappings.reply.summary import UNREAD
from tests.integration.services.service_parts import (
    MAILBOX,
    MINH_TIEN,
    PRIVATE,
    Y_TE,
    YEN_SON,
    Reader,
)
from tests.integration.services.service_world import World

HOUR = timedelta(hours=1)
NAME = "Nguyễn Thị Lan"
ANNEX = ("phu-luc.pdf", "application/pdf", b"%PDF" + b"x" * 3_000_000)


def limit(world: World, octets: int) -> None:
    """Open the same mailbox under another limit, as a changed configuration does."""
    assert world.app.mail is not None
    world.box = Reader("nq47", world.mail, MAILBOX, max_message_octets=octets)
    inbox = replace(world.app.mail.inbox, mailbox=world.box)
    world.change(mail=replace(world.app.mail, inbox=inbox))


def send_large(world: World, sender: OfficeId = MINH_TIEN, *, thread: bool = True) -> ReviewState:
    files = [*world.report(sender), ANNEX]
    world.answer(sender, "Gửi báo cáo kèm theo.", files=files, thread=thread)
    world.turn(later=HOUR)
    return world.review(ReviewKind.UNREADABLE)


def accept(world: World, review: ReviewState, **members: object) -> None:
    decision = Resolution(decision=Decision.ACCEPT, by=NAME, **members)  # type: ignore[arg-type] # its own members
    resolve(world.app, review.review, decision, world.now)


def until_reminded(world: World) -> None:
    world.turn(to=world.round().due_at + timedelta(days=3))
    world.turn(later=HOUR)


def test_a_large_report_is_fetched_whole_once_the_limit_allows(begun: World) -> None:
    review = send_large(begun)
    (raw,) = quarantined(begun.app)
    header = raw.digest
    limit(begun, 60_000_000)
    release(begun.app, raw.raw, NAME, begun.now)
    begun.turn(later=HOUR)
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.REPORTED
    assert quarantined(begun.app) == []
    assert begun.reviews() == []
    after = begun.raws()[raw.position]
    assert after.digest != header
    assert len(begun.app.evidence.get(after.digest)) == after.size
    assert begun.app.evidence.get(header) != b""
    (reply,) = begun.replies(MINH_TIEN)
    assert reply.evidence == after.digest
    assert {file.name for file in reply.attachments} > {ANNEX[0]}
    assert review.raw == after.raw


def test_a_message_that_is_still_too_large_stays_set_aside(begun: World) -> None:
    send_large(begun)
    (raw,) = quarantined(begun.app)
    told = "still more than 1.90735 MB, the limit of mailbox nq47, .* raise `max_megabytes`"
    with pytest.raises(NotAllowed, match=told):
        release(begun.app, raw.raw, NAME, begun.now)
    assert quarantined(begun.app) == [raw]
    assert len(begun.reviews(ReviewKind.UNREADABLE)) == 1


def test_a_large_message_that_is_gone_cannot_be_fetched(begun: World) -> None:
    send_large(begun)
    (raw,) = quarantined(begun.app)
    limit(begun, 60_000_000)
    begun.mail.renumber(MAILBOX)
    with pytest.raises(NotFound, match="lies in its mailbox no more"):
        release(begun.app, raw.raw, NAME, begun.now)
    begun.mail.available = False
    with pytest.raises(PeerUnavailable):
        release(begun.app, raw.raw, NAME, begun.now)
    begun.change(mail=None)
    with pytest.raises(NotAllowed, match="nq47 is not configured"):
        release(begun.app, raw.raw, NAME, begun.now)
    assert quarantined(begun.app) == [raw]


@pytest.mark.parametrize("thread", [True, False])
def test_whoever_may_have_answered_unread_is_not_reminded(begun: World, thread: bool) -> None:
    review = send_large(begun, thread=thread)
    assert review.candidates == (MINH_TIEN,)
    assert (review.round == "2024") == thread
    until_reminded(begun)
    assert begun.reminders(MINH_TIEN) == []
    assert begun.reminders(YEN_SON) != []
    resolve(begun.app, review.review, Resolution(decision=Decision.REJECT, by=NAME), begun.now)
    begun.turn(later=HOUR)
    assert begun.reminders(MINH_TIEN) != []


def test_a_private_sender_is_known_by_the_thread(begun: World) -> None:
    begun.answer(MINH_TIEN, "Báo cáo.", files=[ANNEX], sender=PRIVATE)
    begun.turn(later=HOUR)
    assert begun.review(ReviewKind.UNREADABLE).candidates == (MINH_TIEN,)


def test_a_thread_of_no_live_round_limits_nothing(
    begun: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unread, "live_rounds", lambda app: [])
    review = send_large(begun)
    assert (review.campaign, review.round, review.candidates) == (None, None, (MINH_TIEN,))


def test_our_own_mail_unread_is_nobodys_answer(world: World) -> None:
    limit(world, 500)
    world.began()
    world.turn(later=HOUR)
    found = world.reviews(ReviewKind.UNREADABLE)
    assert len(found) == 3
    assert {review.candidates for review in found} == {()}


def test_a_message_that_we_fail_on_is_set_aside_with_its_sender(
    begun: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise KeyError("the part that nobody thought of")

    begun.turn(later=HOUR)
    monkeypatch.setattr(own_words, "judge", failing)
    begun.answer(MINH_TIEN, "Đã nhận.")
    begun.turn(later=HOUR)
    assert begun.review(ReviewKind.UNREADABLE).candidates == (MINH_TIEN,)
    monkeypatch.setattr(reading, "whose", failing)
    begun.answer(YEN_SON, "Đã nhận.")
    begun.turn(later=HOUR)
    assert sorted(r.candidates for r in begun.reviews(ReviewKind.UNREADABLE)) == [(), (MINH_TIEN,)]


def test_a_store_that_is_busy_sets_nothing_aside_without_its_sender(
    begun: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise StoreFailed("the disk is full")

    monkeypatch.setattr(reading, "whose", busy)
    begun.answer(MINH_TIEN, "Báo cáo.", files=[ANNEX])
    with pytest.raises(StoreFailed):
        begun.turn(later=HOUR)
    assert quarantined(begun.app) == []


def test_a_person_counts_what_only_the_person_has_read(begun: World) -> None:
    review = send_large(begun)
    (raw,) = quarantined(begun.app)
    with pytest.raises(NotAllowed, match="--as report"):
        accept(begun, review)
    accept(begun, review, counts_as=ReplyKind.REPORT)
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.REPORTED
    (reply,) = begun.replies(MINH_TIEN)
    assert (reply.channel, reply.summary) == (Channel.EMAIL, UNREAD)
    assert [file.digest for file in reply.attachments] == [reply.evidence] == [raw.digest]
    assert begun.raws()[raw.position].status is RawStatus.READ
    assert NAME in begun.raws()[raw.position].outcome
    with pytest.raises(NotAllowed, match="is read; only quarantined"):
        release(begun.app, raw.raw, NAME, begun.now)


def test_input_that_has_no_header_is_counted_for_the_office_named(begun: World) -> None:
    begun.arrive(b"\x00\x01 no header at all", path="")
    begun.mail.folder(MAILBOX).messages[-1] = b"\x00\x01 no header at all"
    begun.turn(later=HOUR)
    review = begun.review(ReviewKind.UNREADABLE)
    assert review.candidates == ()
    with pytest.raises(NotAllowed, match="say which office"):
        accept(begun, review, counts_as=ReplyKind.REPORT)
    accept(begun, review, counts_as=ReplyKind.REPORT, office=YEN_SON)
    assert begun.assignment(YEN_SON).status is AssignmentStatus.REPORTED


def test_an_unread_packet_is_counted_and_an_unread_status_is_not(begun: World) -> None:
    begun.put(b"<edXML/>")
    begun.turn(later=HOUR)
    packet = begun.review(ReviewKind.UNREADABLE)
    accept(begun, packet, counts_as=ReplyKind.REPORT, office=YEN_SON)
    assert [reply.channel for reply in begun.replies(YEN_SON)] == [Channel.EXCHANGE]
    begun.put_status(begun.dispatch(Y_TE, Channel.EXCHANGE), "99")
    begun.turn(later=HOUR)
    status = begun.review(ReviewKind.UNREADABLE)
    with pytest.raises(NotAllowed, match="no answer that waits in quarantine"):
        accept(begun, status, counts_as=ReplyKind.REPORT, office=Y_TE)


# Machines, and what only looks like one.


def test_a_bounce_of_a_copy_passed_on_changes_no_status(begun: World) -> None:
    sent = begun.dispatch(MINH_TIEN, Channel.EMAIL)
    begun.dsn(sent, "failed", recipient="can.bo@noikhac.example")
    begun.turn(later=HOUR)
    review = begun.review(ReviewKind.UNDELIVERABLE)
    assert (review.office, review.dispatch) == (MINH_TIEN, sent.dispatch)
    assert "can.bo@noikhac.example" in review.reason
    assert begun.dispatch(MINH_TIEN, Channel.EMAIL).status is DispatchStatus.ACCEPTED
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.SENT


def test_a_copy_that_reached_somebody_else_proves_nothing(begun: World) -> None:
    sent = begun.dispatch(MINH_TIEN, Channel.EMAIL)
    begun.dsn(sent, "stored", recipient="can.bo@noikhac.example")
    begun.turn(later=HOUR)
    assert begun.dispatch(MINH_TIEN, Channel.EMAIL).status is DispatchStatus.ACCEPTED
    assert begun.reviews() == []


@pytest.mark.parametrize("original", [True, False])
def test_our_recipient_is_known_whatever_its_letters(begun: World, original: bool) -> None:
    sent = begun.dispatch(MINH_TIEN, Channel.EMAIL)
    begun.dsn(sent, "failed", recipient=sent.target.upper())
    box = begun.mail.folder(MAILBOX)
    if original:
        ours = f"Original-Recipient: rfc822;{sent.target}\r\nFinal-Recipient:".encode()
        raw = box.messages[-1].replace(sent.target.upper().encode(), b"can.bo@noikhac.example")
        box.messages[-1] = raw.replace(b"Final-Recipient:", ours)
    begun.turn(later=HOUR)
    assert begun.dispatch(MINH_TIEN, Channel.EMAIL).status is DispatchStatus.BOUNCED
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.UNREACHED


@pytest.mark.parametrize("thread", [True, False])
@pytest.mark.parametrize(
    "header",
    [("Auto-Submitted", "auto-replied"), ("X-Autoreply", "yes"), ("Precedence", "auto_reply")],
)
def test_a_report_sent_as_an_automatic_answer_waits_for_a_person(
    begun: World, header: tuple[str, str], thread: bool
) -> None:
    text = "UBND xã gửi báo cáo kết quả thực hiện Nghị quyết 47/NQ-CP."
    files = begun.report(MINH_TIEN)
    begun.answer(MINH_TIEN, text, files=files, headers=[header], thread=thread)
    sent = len(begun.line.sent)
    begun.turn(later=HOUR)
    review = begun.review(ReviewKind.UNCLEAR_REPLY)
    assert (review.office, len(begun.line.sent)) == (MINH_TIEN, sent)
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.SENT
    accept(begun, review, counts_as=ReplyKind.REPORT)
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.REPORTED


def test_a_report_that_bears_our_header_is_the_offices_report(begun: World) -> None:
    token = begun.dispatch(MINH_TIEN, Channel.EMAIL).token
    headers = [("X-Dondoc-Id", token)]
    begun.answer(MINH_TIEN, "Gửi báo cáo.", files=begun.report(MINH_TIEN), headers=headers)
    begun.turn(later=HOUR)
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.REPORTED


def test_a_report_passed_on_from_our_own_mailbox_waits_for_a_person(begun: World) -> None:
    begun.answer(
        MINH_TIEN,
        "Chuyển báo cáo của xã.",
        files=begun.report(MINH_TIEN),
        sender=MAILBOX,
        headers=[("X-Dondoc-Id", "x")],
    )
    begun.turn(later=HOUR)
    assert begun.latest_raw().outcome != MessageKind.OWN_COPY
    assert begun.review(ReviewKind.UNKNOWN_SENDER).candidates == (MINH_TIEN,)
