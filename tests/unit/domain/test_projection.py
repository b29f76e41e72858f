"""Every fact and branch of the projection, through the ledger in memory."""

from datetime import date

import pytest

from domain import facts
from domain.campaign import Channel, Expected
from domain.errors import IllegalTransition
from domain.facts import About
from domain.ids import Digest, DispatchId, RawId
from domain.intents import PlanDispatch
from domain.kinds import Decision, DispatchKind, RawChannel, ReplyKind, ReviewKind
from domain.mail import MailCursor
from domain.state import CompilationState, CursorState, DirectiveState, RawState, ReviewState
from domain.status import (
    AssignmentStatus,
    DispatchEvent,
    DispatchStatus,
    RawStatus,
    RoundStatus,
)
from tests.unit.domain.round_story import Story, about, first_letter, lost, put_off
from tests.unit.domain.small_district import (
    CAMPAIGN,
    DAY,
    DIGEST,
    DIRECTIVE,
    HOUR,
    LANH_DAO,
    MINH_TIEN,
    PHONG_Y_TE,
    START,
    YEN_SON,
)

MAIL = first_letter(YEN_SON)
PACKET = first_letter(YEN_SON, Channel.EXCHANGE)
MINH_TIEN_MAIL = first_letter(MINH_TIEN)


@pytest.fixture
def story() -> Story:
    return Story().begin()


@pytest.fixture
def sent(story: Story) -> Story:
    story.run(START)
    return story


def test_the_beginning(story: Story) -> None:
    directive = story.ledger.get(DirectiveState, (CAMPAIGN,))
    assert directive is not None
    assert (directive.directive, directive.document_id) == (DIRECTIVE, DIRECTIVE.document_id)
    assert directive.taken_at == START
    round_state = story.round()
    assert round_state.status is RoundStatus.OPEN
    assert (round_state.due_on, round_state.version) == (date(2024, 11, 10), 0)
    made = story.assignment(YEN_SON)
    assert (made.status, made.expected) == (AssignmentStatus.WAITING, Expected.REPORT)
    assert made.due_at == round_state.due_at
    assert story.assignment(LANH_DAO).due_at is None
    assert made.about == about(YEN_SON)


def test_a_planned_dispatch_is_due_at_once_and_attempted(story: Story) -> None:
    plans = [i for i in story.due(START) if isinstance(i, PlanDispatch)]
    story.perform(next(i for i in plans if i.target == "H37.1"), START)
    row = story.dispatch(PACKET)
    assert (row.status, row.due_at, row.planned_at) == (DispatchStatus.PLANNED, START, START)
    story.record(
        facts.DispatchAttempted(
            dispatch=PACKET, about=row.about, attempt=1, marked=True, content=DIGEST
        ),
        at=START + HOUR,
    )
    row = story.dispatch(PACKET)
    assert (row.status, row.attempts, row.marked, row.due_at) == (
        DispatchStatus.SENDING,
        1,
        True,
        None,
    )
    assert row.changed_at == START + HOUR
    assert story.assignment(YEN_SON).status is AssignmentStatus.WAITING


def test_acceptance_keeps_its_first_time_and_the_exchange_id(sent: Story) -> None:
    again = facts.DispatchAccepted(
        dispatch=PACKET, about=about(YEN_SON), answer="again", exchange_id="77", probed=True
    )
    sent.record(again, at=START + DAY)
    sent.record(
        facts.DispatchAccepted(dispatch=PACKET, about=about(YEN_SON), answer="third"),
        at=START + 2 * DAY,
    )
    row = sent.dispatch(PACKET)
    assert (row.accepted_at, row.changed_at, row.exchange_id) == (START, START, "77")
    assert row.detail == "third"
    assert sent.assignment(YEN_SON).status is AssignmentStatus.SENT


def test_deferred_and_lost_say_when_to_go_on(story: Story) -> None:
    story.run(START, put_off)
    row = story.dispatch(MAIL)
    assert (row.status, row.due_at) == (DispatchStatus.DEFERRED, START + HOUR)
    story.run(START + HOUR, lost)
    row = story.dispatch(MAIL)
    assert (row.status, row.due_at) == (DispatchStatus.UNCERTAIN, START + 2 * HOUR)
    assert (row.attempts, row.detail) == (2, "cut")
    assert story.assignment(YEN_SON).status is AssignmentStatus.WAITING


def test_evidence_of_a_lost_attempt_counts_after_a_second_one_was_put_off(story: Story) -> None:
    story.run(START, lost)
    story.run(START + HOUR, put_off)
    assert story.dispatch(PACKET).status is DispatchStatus.DEFERRED
    story.receipt(PACKET, DispatchEvent.REGISTERED, START + HOUR)
    row = story.dispatch(PACKET)
    assert (row.status, row.due_at) == (DispatchStatus.REGISTERED, None)
    assert story.assignment(YEN_SON).status is AssignmentStatus.ACKNOWLEDGED


def test_a_receipt_proves_that_the_relay_accepted(story: Story) -> None:
    story.run(START, lost)
    story.receipt(MAIL, DispatchEvent.DELIVERED, START + DAY)
    assert story.dispatch(MAIL).accepted_at == START + DAY
    assert story.assignment(YEN_SON).delivered_at == START + DAY


def test_evidence_moves_the_assignment_with_its_first_times(sent: Story) -> None:
    for day, event in enumerate(
        [
            DispatchEvent.DISPLAYED,
            DispatchEvent.DELIVERED,
            DispatchEvent.REGISTERED,
            DispatchEvent.ASSIGNED,
        ]
    ):
        sent.receipt(PACKET, event, START + day * DAY)
    row = sent.assignment(YEN_SON)
    assert row.status is AssignmentStatus.ACKNOWLEDGED
    assert (row.delivered_at, row.acknowledged_at) == (START, START + 2 * DAY)


def test_an_office_is_unreached_when_its_last_door_is_closed(sent: Story) -> None:
    sent.receipt(MAIL, DispatchEvent.BOUNCED)
    assert sent.assignment(YEN_SON).status is AssignmentStatus.SENT
    sent.receipt(PACKET, DispatchEvent.REJECTED)
    assert sent.assignment(YEN_SON).status is AssignmentStatus.UNREACHED


def test_the_order_in_which_doors_close_does_not_matter(sent: Story) -> None:
    sent.receipt(PACKET, DispatchEvent.REJECTED)
    assert sent.assignment(YEN_SON).status is AssignmentStatus.SENT
    sent.receipt(MAIL, DispatchEvent.BOUNCED)
    assert sent.assignment(YEN_SON).status is AssignmentStatus.UNREACHED


@pytest.mark.parametrize(
    "late", [DispatchEvent.DELAYED, DispatchEvent.RELAYED, DispatchEvent.ACCEPTED]
)
def test_a_late_delay_does_not_undo_a_bounce(sent: Story, late: DispatchEvent) -> None:
    sent.receipt(MINH_TIEN_MAIL, DispatchEvent.BOUNCED)
    sent.receipt(MINH_TIEN_MAIL, late)
    assert sent.dispatch(MINH_TIEN_MAIL).status is DispatchStatus.BOUNCED
    assert sent.assignment(MINH_TIEN).status is AssignmentStatus.UNREACHED
    sent.receipt(MINH_TIEN_MAIL, DispatchEvent.DISPLAYED)
    assert sent.assignment(MINH_TIEN).status is AssignmentStatus.DISPLAYED


def test_a_refused_mail_closes_the_only_door(story: Story) -> None:
    story.run(
        START,
        lambda d, now: [
            facts.DispatchRefused(dispatch=d.dispatch, about=d.about, reason="550 5.1.1")
        ],
    )
    row = story.dispatch(MINH_TIEN_MAIL)
    assert (row.status, row.detail, row.due_at) == (DispatchStatus.BOUNCED, "550 5.1.1", None)
    assert story.assignment(MINH_TIEN).status is AssignmentStatus.UNREACHED


def test_a_reminder_moves_no_assignment(sent: Story) -> None:
    intent = PlanDispatch(
        about=about(MINH_TIEN),
        kind=DispatchKind.REMINDER,
        occurrence=20241107,
        channel=Channel.EMAIL,
        target="x@huulung.example",
        why="",
    )
    sent.perform(intent, START)
    name = DispatchId(f"nq47/2024/{MINH_TIEN}/reminder/20241107/email")
    cancelled = facts.DispatchCancelled(dispatch=name, about=intent.about, reason="answered")
    sent.record(cancelled)
    row = sent.dispatch(name)
    assert (row.status, row.detail, row.due_at) == (DispatchStatus.CANCELLED, "answered", None)
    assert sent.assignment(MINH_TIEN).status is AssignmentStatus.SENT


def test_an_illegal_event_writes_nothing(sent: Story) -> None:
    before = list(sent.ledger.events())
    with pytest.raises(IllegalTransition):
        sent.record(
            facts.AssignmentWaived(about=about(YEN_SON), reason="", by="lan"),
            facts.DispatchCancelled(dispatch=MAIL, about=about(YEN_SON), reason=""),
        )
    assert list(sent.ledger.events()) == before
    assert sent.assignment(YEN_SON).status is AssignmentStatus.SENT


def test_acknowledgement_question_and_report(sent: Story) -> None:
    question = sent.reply(YEN_SON, ReplyKind.QUESTION, START + DAY)
    assert sent.kept_reply(question).kind is ReplyKind.QUESTION
    assert sent.assignment(YEN_SON).status is AssignmentStatus.SENT
    sent.reply(YEN_SON, ReplyKind.ACKNOWLEDGEMENT, START + 2 * DAY)
    assert sent.assignment(YEN_SON).acknowledged_at == START + 2 * DAY
    report = sent.reply(YEN_SON, ReplyKind.REPORT, START + 3 * DAY)
    row = sent.assignment(YEN_SON)
    assert (row.status, row.report, row.late) == (AssignmentStatus.REPORTED, report, False)
    assert row.reported_at == START + 3 * DAY
    kept = sent.kept_reply(report)
    assert (kept.evidence, kept.number, kept.superseded_by) == (DIGEST, "15/BC-UBND", None)


def test_the_newest_report_counts_whatever_order_they_are_read_in(sent: Story) -> None:
    second = sent.reply(YEN_SON, ReplyKind.REPORT, START + 4 * DAY, corrects=True)
    first = sent.reply(YEN_SON, ReplyKind.REPORT, START + 3 * DAY)
    third = sent.reply(YEN_SON, ReplyKind.REPORT, START + 5 * DAY, corrects=True)
    row = sent.assignment(YEN_SON)
    assert (row.report, row.reported_at) == (third, START + 3 * DAY)
    chain = [sent.kept_reply(reply).superseded_by for reply in (first, second, third)]
    assert chain == [second, third, None]


def test_a_correction_counts_although_its_senders_clock_is_slow(sent: Story) -> None:
    first = sent.reply(YEN_SON, ReplyKind.REPORT, START + 4 * DAY)
    second = sent.reply(YEN_SON, ReplyKind.REPORT, START + DAY, corrects=True)
    assert sent.assignment(YEN_SON).report == second
    assert sent.kept_reply(first).superseded_by == second


def test_the_first_report_decides_whether_it_was_late(sent: Story) -> None:
    due_at = sent.round().due_at
    sent.record(facts.DeadlinePassed(about=about(YEN_SON), due_at=due_at))
    assert sent.assignment(YEN_SON).late
    sent.reply(YEN_SON, ReplyKind.REPORT, due_at + DAY)
    assert sent.assignment(YEN_SON).late
    sent.reply(YEN_SON, ReplyKind.REPORT, due_at - DAY)
    assert not sent.assignment(YEN_SON).late


def test_a_report_that_nothing_made_due_is_never_late(sent: Story) -> None:
    sent.reply(LANH_DAO, ReplyKind.REPORT, START + 900 * DAY)
    assert not sent.assignment(LANH_DAO).late


def test_a_deadline_that_was_moved_meanwhile_makes_nobody_late(sent: Story) -> None:
    due_at = sent.round().due_at
    sent.extend(YEN_SON, due_at + 10 * DAY)
    sent.record(facts.DeadlinePassed(about=about(YEN_SON), due_at=due_at))
    assert not sent.assignment(YEN_SON).late


def test_a_deadline_finds_only_what_is_open_late(sent: Story) -> None:
    due_at = sent.round().due_at
    sent.receipt(first_letter(PHONG_Y_TE, Channel.EXCHANGE), DispatchEvent.REGISTERED)
    sent.record(facts.DeadlinePassed(about=about(PHONG_Y_TE), due_at=due_at))
    assert not sent.assignment(PHONG_Y_TE).late
    sent.reply(YEN_SON, ReplyKind.REPORT, due_at)
    with pytest.raises(IllegalTransition):
        sent.record(facts.DeadlinePassed(about=about(YEN_SON), due_at=due_at))


def test_an_extension_clears_lateness_until_its_own_end(sent: Story) -> None:
    due_at = sent.round().due_at
    sent.record(facts.DeadlinePassed(about=about(YEN_SON), due_at=due_at))
    sent.extend(YEN_SON, due_at + 10 * DAY)
    row = sent.assignment(YEN_SON)
    assert (row.due_at, row.late) == (due_at + 10 * DAY, False)
    sent.reply(YEN_SON, ReplyKind.REPORT, due_at + 11 * DAY)
    assert sent.assignment(YEN_SON).late


@pytest.mark.parametrize(("days", "late"), [(5, False), (2, True)])
def test_an_extension_granted_after_the_report_decides_lateness(
    sent: Story, days: int, late: bool
) -> None:
    due_at = sent.round().due_at
    sent.reply(YEN_SON, ReplyKind.REPORT, due_at + 3 * DAY)
    sent.extend(YEN_SON, due_at + days * DAY)
    row = sent.assignment(YEN_SON)
    assert (row.status, row.late) == (AssignmentStatus.REPORTED, late)


def test_a_waiver_ends_waiting_but_never_a_report(sent: Story) -> None:
    sent.waive(MINH_TIEN)
    row = sent.assignment(MINH_TIEN)
    assert (row.status, row.note, row.late) == (AssignmentStatus.WAIVED, "sáp nhập", False)
    report = sent.reply(MINH_TIEN, ReplyKind.REPORT, START + DAY)
    sent.waive(MINH_TIEN)
    row = sent.assignment(MINH_TIEN)
    assert (row.status, row.report) == (AssignmentStatus.REPORTED, report)


def test_raw_input_is_read_set_aside_and_released(story: Story) -> None:
    raw = RawId("mail|7:41")
    arrived = facts.RawArrived(
        raw=raw, channel=RawChannel.MAIL, account="a", place="INBOX", position="7:41", size=9
    )
    story.record(arrived, evidence=DIGEST)

    def row() -> RawState:
        found = story.ledger.get(RawState, (raw,))
        assert found is not None
        return found

    assert (row().status, row().digest, row().arrived_at) == (RawStatus.ARRIVED, DIGEST, START)
    assert story.ledger.select(CursorState) == [
        CursorState(account="a", place="INBOX", cursor=MailCursor("7:41"))
    ]
    story.record(facts.RawQuarantined(raw=raw, reason="broken"))
    assert (row().status, row().outcome) == (RawStatus.QUARANTINED, "broken")
    story.record(facts.RawReleased(raw=raw, by="lan"))
    assert (row().status, row().outcome) == (RawStatus.ARRIVED, "")
    assert (row().digest, row().size) == (DIGEST, 9)
    story.record(facts.RawQuarantined(raw=raw, reason="too large"))
    whole = Digest("e" * 64)
    story.record(facts.RawReleased(raw=raw, by="lan", size=700), evidence=whole)
    assert (row().status, row().digest, row().size) == (RawStatus.ARRIVED, whole, 700)
    story.record(facts.RawRead(raw=raw, outcome="report"))
    assert (row().status, row().outcome) == (RawStatus.READ, "report")
    story.check_replay()


def test_a_document_from_the_exchange_moves_no_cursor(story: Story) -> None:
    arrived = facts.RawArrived(
        raw=RawId("vxp|9"),
        channel=RawChannel.EXCHANGE_DOCUMENT,
        account="vxp",
        place="vxp",
        position="9",
        size=9,
    )
    story.record(arrived, evidence=DIGEST)
    assert story.ledger.select(CursorState) == []


def test_a_review_is_opened_and_resolved(story: Story) -> None:
    review = story.review(
        ReviewKind.UNKNOWN_SENDER, "R-1", About(campaign=CAMPAIGN), candidates=(YEN_SON,)
    )
    story.resolve(review, START + DAY)
    row = story.ledger.get(ReviewState, (review,))
    assert row is not None
    assert (row.open, row.decision, row.by) == (False, Decision.NOTED, "lan")
    assert (row.note, row.resolved_at, row.opened_at) == ("đã xem", START + DAY, START)
    assert (row.candidates, row.about) == ((YEN_SON,), About(campaign=CAMPAIGN))


def test_a_round_is_compiled_approved_and_forwarded(story: Story) -> None:
    story.record(facts.RoundReadied(about=about(), settled=False))
    story.compile(about(), 1, START)
    story.compile(about(), 2, START + HOUR)
    story.approve(2, START + DAY)
    assert story.round().status is RoundStatus.APPROVED
    story.record(facts.CompilationForwarded(about=about(), version=2), at=START + 2 * DAY)
    assert (story.round().status, story.round().version) == (RoundStatus.FORWARDED, 2)
    first, second = story.ledger.select(CompilationState)
    assert (first.version, first.approved_at, first.forwarded_at) == (1, None, None)
    assert (second.approved_by, second.number) == ("lan", "88")
    assert (second.approved_at, second.forwarded_at) == (START + DAY, START + 2 * DAY)
    story.check_replay()
