"""What a person decides in a review, and what is released from quarantine."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from domain.campaign import Channel, IntakeRule
from domain.errors import MalformedDocument, NotAllowed, NotFound
from domain.ids import Address, CampaignId, OfficeId, ReviewId
from domain.kinds import Decision, ReplyKind, ReviewKind
from domain.office import Directory
from domain.state import RawState, ReviewState, RoundState
from domain.status import AssignmentStatus, DispatchStatus, RawStatus
from dondoc.demo import texts
from dondoc.services.quarantine import quarantined, release
from dondoc.services.resolve import Resolution, open_reviews, resolve
from tests.edxml_files import written
from tests.integration.services.service_parts import (
    MINH_TIEN,
    NOTE,
    OFFICES,
    RULES,
    Y_TE,
    YEN_SON,
    letter,
)
from tests.integration.services.service_world import World

HOUR = timedelta(hours=1)
NAME = "Nguyễn Thị Lan"


def _private(world: World) -> ReviewState:
    """A report of Yên Sơn from somebody's own mailbox."""
    world.answer(
        YEN_SON,
        texts.PRIVATE_REPORT,
        files=world.report(YEN_SON),
        sender="nguyen.van.ban@thucanhan.example",
        thread=False,
        subject="BC NQ 47",
    )
    world.turn(later=HOUR)
    return world.review(ReviewKind.UNMATCHED_REPLY)


def _decide(
    world: World,
    review: ReviewState,
    decision: Decision,
    *,
    office: OfficeId | None = None,
    counts_as: ReplyKind | None = None,
    until: date | None = None,
    note: str = "",
) -> ReviewState:
    resolution = Resolution(
        decision=decision, by=NAME, office=office, counts_as=counts_as, until=until, note=note
    )
    return resolve(world.app, review.review, resolution, world.now)


def test_accepting_counts_a_report_with_its_evidence(begun: World) -> None:
    review = _private(begun)
    told = _decide(begun, review, Decision.ACCEPT, office=YEN_SON, note="đã gọi điện")
    assert (told.open, told.decision, told.by) == (False, Decision.ACCEPT, NAME)
    (reply,) = begun.replies(YEN_SON)
    assert reply.evidence == review.evidence
    assert len(reply.attachments) == 2
    assert begun.assignment(YEN_SON).status is AssignmentStatus.REPORTED
    kept = begun.app.ledger.get(ReviewState, (review.review,))
    assert kept is not None
    assert (kept.open, kept.note, kept.resolved_at) == (False, "đã gọi điện", begun.now)


def test_the_only_candidate_is_meant_when_none_is_named(begun: World) -> None:
    begun.answer(
        MINH_TIEN,
        "Em gửi báo cáo ạ.",
        files=begun.report(MINH_TIEN),
        sender="nguyen.van.ban@thucanhan.example",
    )
    begun.turn(later=HOUR)
    review = begun.review(ReviewKind.UNKNOWN_SENDER)
    assert review.candidates == (MINH_TIEN,)
    _decide(begun, review, Decision.ACCEPT)
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.REPORTED


def test_rejecting_counts_nothing(begun: World) -> None:
    review = _private(begun)
    _decide(begun, review, Decision.REJECT)
    assert begun.replies(YEN_SON) == []
    assert begun.reviews() == []


def test_nothing_is_decided_twice(begun: World) -> None:
    review = _private(begun)
    _decide(begun, review, Decision.NOTED)
    with pytest.raises(NotAllowed, match="was resolved already: noted by Nguyễn Thị Lan"):
        _decide(begun, review, Decision.ACCEPT, office=YEN_SON)
    assert begun.replies(YEN_SON) == []


def test_an_unknown_review(begun: World) -> None:
    with pytest.raises(NotFound, match="no review R-nothing"):
        resolve(begun.app, "R-nothing", Resolution(decision=Decision.NOTED, by=NAME), begun.now)


def test_the_office_must_be_clear_and_take_part(begun: World) -> None:
    review = replace(_private(begun), candidates=())
    with pytest.raises(NotFound, match="no assignment in round 2024"):
        _decide(begun, review, Decision.ACCEPT, office=OfficeId("so-thong-tin"))
    begun.put_status(begun.dispatch(Y_TE, Channel.EXCHANGE), "99")
    begun.turn(later=HOUR)
    unreadable = begun.review(ReviewKind.UNREADABLE)
    with pytest.raises(NotAllowed, match="say which office is meant"):
        _decide(begun, unreadable, Decision.WAIVE)


def test_the_kind_can_be_set_by_the_person(begun: World) -> None:
    begun.answer(MINH_TIEN, "Chiều nay họp giao ban nhé.")
    begun.turn(later=HOUR)
    _decide(
        begun,
        begun.review(ReviewKind.UNCLEAR_REPLY),
        Decision.ACCEPT,
        counts_as=ReplyKind.ACKNOWLEDGEMENT,
    )
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.ACKNOWLEDGED


def test_an_extension_needs_its_date_and_moves_the_deadline(begun: World) -> None:
    begun.answer(MINH_TIEN, texts.EXTENSION)
    begun.turn(later=HOUR)
    review = begun.review(ReviewKind.EXTENSION_REQUEST)
    with pytest.raises(NotAllowed, match="needs the new date"):
        _decide(begun, review, Decision.ACCEPT)
    with pytest.raises(NotAllowed, match="gives no more time"):
        _decide(begun, review, Decision.ACCEPT, until=date(2024, 11, 10))
    _decide(begun, review, Decision.ACCEPT, until=date(2024, 11, 15))
    due_at = begun.assignment(MINH_TIEN).due_at
    assert due_at == datetime(2024, 11, 15, 16, 59, 59, tzinfo=UTC)
    begun.turn(to=datetime(2024, 11, 12, 1, 30, tzinfo=UTC))
    assert not begun.assignment(MINH_TIEN).late
    assert begun.assignment(YEN_SON).late


def test_an_extension_does_not_cause_a_reminder_that_is_past(begun: World) -> None:
    """The new deadline's own first reminder lies before the day on which it was granted."""
    begun.turn(to=datetime(2024, 10, 25, 1, 30, tzinfo=UTC))
    begun.now = datetime(2024, 11, 4, 2, 0, tzinfo=UTC)
    begun.answer(MINH_TIEN, texts.EXTENSION)
    begun.turn()
    before = len(begun.reminders(MINH_TIEN))
    _decide(
        begun,
        begun.review(ReviewKind.EXTENSION_REQUEST),
        Decision.ACCEPT,
        until=date(2024, 11, 15),
    )
    begun.turn(later=timedelta(minutes=5))
    assert len(begun.reminders(MINH_TIEN)) == before


def test_a_waiver_releases_an_office(begun: World) -> None:
    begun.answer(MINH_TIEN, texts.REFUSAL)
    begun.turn(later=HOUR)
    _decide(begun, begun.review(ReviewKind.REFUSAL), Decision.WAIVE)
    assignment = begun.assignment(MINH_TIEN)
    assert assignment.status is AssignmentStatus.WAIVED
    assert assignment.note != ""
    begun.turn(to=datetime(2024, 11, 11, 1, 30, tzinfo=UTC))
    assert begun.reminders(MINH_TIEN) == []


def test_a_bounced_letter_is_sent_again_to_the_corrected_address(begun: World) -> None:
    begun.dsn(begun.dispatch(MINH_TIEN, Channel.EMAIL), "failed")
    begun.turn(later=HOUR)
    review = begun.review(ReviewKind.UNDELIVERABLE)
    offices = [
        replace(o, emails=(Address("lanhdao@huulung.example"),)) if o.id == MINH_TIEN else o
        for o in OFFICES
    ]
    begun.change(directory=Directory(offices))
    _decide(begun, review, Decision.RESEND)
    begun.turn(later=HOUR)
    first, second = begun.dispatches(MINH_TIEN, Channel.EMAIL)
    assert (first.occurrence, second.occurrence) == (1, 2)
    assert second.target == "lanhdao@huulung.example"
    assert second.status is DispatchStatus.ACCEPTED
    assert first.message_id != second.message_id
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.SENT


def test_sending_again_needs_a_dispatch_and_a_door(begun: World) -> None:
    review = _private(begun)
    with pytest.raises(NotAllowed, match="about no dispatch"):
        _decide(begun, review, Decision.RESEND)
    begun.dsn(begun.dispatch(MINH_TIEN, Channel.EMAIL), "failed")
    begun.turn(later=HOUR)
    begun.change(
        directory=Directory([replace(o, emails=()) if o.id == MINH_TIEN else o for o in OFFICES])
    )
    with pytest.raises(NotAllowed, match="has no email in the directory any more"):
        _decide(begun, begun.review(ReviewKind.UNDELIVERABLE), Decision.RESEND)
    begun.change(directory=Directory([o for o in OFFICES if o.id != MINH_TIEN]))
    with pytest.raises(NotAllowed, match="has no email in the directory any more"):
        _decide(begun, begun.review(ReviewKind.UNDELIVERABLE), Decision.RESEND)


def test_an_answer_of_another_unit_by_exchange_can_be_counted(begun: World) -> None:
    begun.put_answer(begun.dispatch(YEN_SON, Channel.EXCHANGE), by="H37.99.2")
    begun.turn(later=HOUR)
    _decide(begun, begun.review(ReviewKind.UNKNOWN_SENDER), Decision.ACCEPT)
    (reply,) = begun.replies(YEN_SON)
    assert (reply.channel, reply.number) == (Channel.EXCHANGE, "15/BC-UBND")


def test_a_refusal_on_the_exchange_is_no_answer_to_count(begun: World) -> None:
    begun.put_status(begun.dispatch(Y_TE, Channel.EXCHANGE), "02")
    begun.turn(later=HOUR)
    review = begun.review(ReviewKind.REFUSAL)
    with pytest.raises(NotAllowed, match="--as report"):
        _decide(begun, review, Decision.ACCEPT)
    with pytest.raises(MalformedDocument, match="status message"):
        _decide(begun, review, Decision.ACCEPT, counts_as=ReplyKind.REPORT)
    assert begun.review(ReviewKind.REFUSAL).open
    _decide(begun, review, Decision.WAIVE, note="không thuộc chức năng")
    assert begun.assignment(Y_TE).status is AssignmentStatus.WAIVED


def test_a_question_that_is_recorded_counts_only_as_something_else(begun: World) -> None:
    begun.answer(YEN_SON, texts.QUESTION)
    begun.turn(later=HOUR)
    review = begun.review(ReviewKind.QUESTION)
    with pytest.raises(NotAllowed, match="recorded already"):
        _decide(begun, review, Decision.ACCEPT)
    _decide(begun, review, Decision.ACCEPT, counts_as=ReplyKind.ACKNOWLEDGEMENT)
    assert begun.assignment(YEN_SON).status is AssignmentStatus.ACKNOWLEDGED


def test_reviews_are_listed_oldest_first(begun: World) -> None:
    begun.answer(YEN_SON, texts.QUESTION)
    begun.turn(later=HOUR)
    begun.answer(MINH_TIEN, texts.REFUSAL)
    begun.turn(later=HOUR)
    kinds = [r.kind for r in open_reviews(begun.app)]
    assert kinds == [ReviewKind.QUESTION, ReviewKind.REFUSAL]


_STRAY = b"From: a@noikhac.example\r\nSubject: X\r\nMessage-ID: <x@noikhac.example>\r\n\r\nX\r\n"


def test_a_stray_reply_can_be_counted_in_the_only_campaign(begun: World) -> None:
    begun.arrive(_STRAY)
    begun.turn(later=HOUR)
    review = begun.review(ReviewKind.UNMATCHED_REPLY)
    assert (review.campaign, review.candidates) == (None, ())
    with pytest.raises(NotAllowed, match="say which office is meant"):
        _decide(begun, review, Decision.ACCEPT)
    _decide(begun, review, Decision.ACCEPT, office=MINH_TIEN, counts_as=ReplyKind.ACKNOWLEDGEMENT)
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.ACKNOWLEDGED


def test_with_several_campaigns_a_stray_reply_is_counted_in_none(begun: World) -> None:
    other = replace(RULES, id=CampaignId("nq48"), intake=IntakeRule(number="77"), forward=None)
    begun.change(campaigns={RULES.id: RULES, other.id: other})
    second = replace(letter(), code_number="77", document_id="H37.99,2024,77", attachments=(NOTE,))
    begun.put(written(second))
    begun.arrive(_STRAY)
    begun.turn(later=HOUR)
    assert {r.campaign for r in begun.app.ledger.select(RoundState)} == {"nq47", "nq48"}
    review = begun.review(ReviewKind.UNMATCHED_REPLY)
    with pytest.raises(NotAllowed, match="several campaigns are running"):
        _decide(begun, review, Decision.ACCEPT, office=MINH_TIEN)


def test_before_any_round_there_is_nothing_to_count_for(world: World) -> None:
    world.arrive(_STRAY)
    world.turn(later=HOUR)
    review = world.review(ReviewKind.UNMATCHED_REPLY)
    with pytest.raises(NotFound, match="no round is open"):
        _decide(world, review, Decision.ACCEPT, office=MINH_TIEN)


def test_quarantined_input_is_read_again_when_released(
    begun: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(rounds: object, app: object, raw: RawState, now: datetime) -> list[object]:
        raise KeyError("the part that nobody thought of")

    monkeypatch.setattr("dondoc.services.reading.read_mail", failing)
    begun.answer(MINH_TIEN, "Đã nhận.")
    begun.turn(later=HOUR)
    assert len(quarantined(begun.app)) == 4
    monkeypatch.undo()
    raw = begun.raws()["1:4"]
    release(begun.app, raw.raw, NAME, begun.now)
    begun.turn(later=HOUR)
    assert begun.raws()["1:4"].status is RawStatus.READ
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.ACKNOWLEDGED
    assert len(begun.reviews(ReviewKind.UNREADABLE)) == 3


def test_a_packet_that_is_released_and_read_is_quarantined_again_if_it_must(begun: World) -> None:
    doc_id = begun.put_status(begun.dispatch(Y_TE, Channel.EXCHANGE), "99")
    begun.turn(later=HOUR)
    raw = begun.raws()[doc_id]
    release(begun.app, raw.raw, NAME, begun.now)
    assert begun.reviews() == []
    begun.turn(later=HOUR)
    assert begun.raws()[doc_id].status is RawStatus.QUARANTINED
    assert begun.review(ReviewKind.UNREADABLE).raw == raw.raw


def test_only_what_is_set_aside_can_be_released(begun: World) -> None:
    begun.turn(later=HOUR)
    with pytest.raises(NotFound, match="quarantine list"):
        release(begun.app, "nothing", NAME, begun.now)
    with pytest.raises(NotAllowed, match="is read; only quarantined"):
        release(begun.app, begun.raws()["1:1"].raw, NAME, begun.now)


def test_a_question_that_was_answered_holds_nothing_back(begun: World) -> None:
    begun.answer(MINH_TIEN, texts.QUESTION)
    begun.turn(later=HOUR)
    _decide(begun, begun.review(ReviewKind.QUESTION), Decision.NOTED)
    assert begun.app.ledger.select(ReviewState, open=True) == []
    begun.turn(to=datetime(2024, 11, 5, 1, 30, tzinfo=UTC))
    assert len(begun.reminders(MINH_TIEN)) == 1


def test_a_machines_message_counts_only_as_what_the_person_says(begun: World) -> None:
    words = "Hộp thư này không còn sử dụng, đề nghị gửi về ubndminhtien@langson.example."
    begun.answer(MINH_TIEN, words, headers=[("Auto-Submitted", "auto-replied")])
    begun.turn(later=HOUR)
    review = begun.review(ReviewKind.ADDRESS_CHANGE)
    with pytest.raises(NotAllowed, match="nothing to accept"):
        _decide(begun, review, Decision.ACCEPT)
    _decide(begun, review, Decision.NOTED)
    assert begun.replies(MINH_TIEN) == []
    assert ReviewId(review.review) not in {r.review for r in begun.reviews()}
