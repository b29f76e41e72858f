"""What comes late, twice or out of order moves nothing back and loses no earlier time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import facts
from domain.campaign import Channel
from domain.errors import InvariantViolation
from domain.ids import DispatchId, RawId
from domain.intents import PlanDispatch
from domain.kinds import DispatchKind, RawChannel, ReplyKind
from domain.mail import MailCursor
from domain.state import SENT_AGAIN, CompilationState, CursorState
from domain.status import AssignmentStatus, DispatchEvent, DispatchStatus, RoundStatus
from tests.unit.domain.round_story import Story, about, dispatch_name, first_letter, put_off
from tests.unit.domain.small_district import (
    DAY,
    DIGEST,
    HOUR,
    MINH_TIEN,
    START,
    YEN_SON,
)

PACKET = first_letter(YEN_SON, Channel.EXCHANGE)


@pytest.fixture
def story() -> Story:
    return Story().begin()


@pytest.fixture
def sent(story: Story) -> Story:
    story.run(START)
    return story


def test_an_acknowledgement_read_later_but_given_earlier_is_the_first(sent: Story) -> None:
    sent.receipt(PACKET, DispatchEvent.REGISTERED, START + 4 * DAY)
    sent.reply(YEN_SON, ReplyKind.ACKNOWLEDGEMENT, START + 2 * DAY)
    sent.reply(YEN_SON, ReplyKind.ACKNOWLEDGEMENT, START + 3 * DAY)
    assert sent.assignment(YEN_SON).acknowledged_at == START + 2 * DAY


@pytest.mark.parametrize("days", [(1, 3), (3, 1)])
@pytest.mark.parametrize("last", [DispatchEvent.DELIVERED, DispatchEvent.DISPLAYED])
def test_the_earliest_delivery_counts(
    sent: Story, days: tuple[int, int], last: DispatchEvent
) -> None:
    sent.receipt(PACKET, DispatchEvent.DELIVERED, START + days[0] * DAY)
    sent.receipt(PACKET, last, START + days[1] * DAY)
    assert sent.assignment(YEN_SON).delivered_at == START + DAY


def test_an_acknowledgement_after_the_report_still_gives_its_time(sent: Story) -> None:
    sent.reply(YEN_SON, ReplyKind.REPORT, START + 5 * DAY)
    sent.reply(YEN_SON, ReplyKind.ACKNOWLEDGEMENT, START + DAY)
    row = sent.assignment(YEN_SON)
    assert (row.status, row.acknowledged_at) == (AssignmentStatus.REPORTED, START + DAY)


def test_a_correction_counts_whatever_its_sender_s_clock_says(sent: Story) -> None:
    first = sent.reply(YEN_SON, ReplyKind.REPORT, START + 3 * DAY)
    corrected = sent.reply(YEN_SON, ReplyKind.REPORT, START + 2 * DAY, corrects=True)
    assert sent.assignment(YEN_SON).report == corrected
    assert sent.kept_reply(first).superseded_by == corrected
    assert sent.assignment(YEN_SON).reported_at == START + 2 * DAY


@pytest.mark.parametrize("days", [(4, 5), (5, 4)])
def test_of_two_corrections_the_later_one_counts_in_any_order(
    sent: Story, days: tuple[int, int]
) -> None:
    sent.reply(YEN_SON, ReplyKind.REPORT, START + 3 * DAY)
    replies = {
        day: sent.reply(YEN_SON, ReplyKind.REPORT, START + day * DAY, corrects=True) for day in days
    }
    assert sent.assignment(YEN_SON).report == replies[5]
    assert sent.kept_reply(replies[4]).superseded_by == replies[5]
    assert sent.kept_reply(replies[5]).superseded_by is None


def arrive(story: Story, validity: int, uid: int, place: str = "INBOX") -> None:
    position = f"{validity}:{uid}"
    fact = facts.RawArrived(
        raw=RawId(f"mail|{place} {position}"),
        channel=RawChannel.MAIL,
        account="a",
        place=place,
        position=position,
        size=9,
    )
    story.record(fact, evidence=DIGEST)


@given(st.lists(st.integers(1, 4_294_967_295), min_size=1, unique=True))
def test_the_mark_of_a_mailbox_is_that_of_the_message_taken_in_last(uids: list[int]) -> None:
    story = Story()
    for uid in uids:
        arrive(story, 7, uid)
        (cursor,) = story.ledger.select(CursorState)
        assert cursor.cursor == f"7:{uid}"


def test_each_mailbox_has_its_mark_and_a_new_validity_begins_anew(story: Story) -> None:
    arrivals = ((7, 41, "INBOX"), (7, 9, "Junk"), (3, 1, "INBOX"), (3, 2, "INBOX"))
    for validity, uid, place in arrivals:
        arrive(story, validity, uid, place)
    marks = {(c.place, c.cursor) for c in story.ledger.select(CursorState)}
    assert marks == {("INBOX", "3:2"), ("Junk", "7:9")}
    story.check_replay()


def reminder_dropped(story: Story) -> DispatchId:
    """Put a reminder off once, and drop it before it goes out."""
    plan = PlanDispatch(
        about=about(MINH_TIEN),
        kind=DispatchKind.REMINDER,
        occurrence=20241025,
        channel=Channel.EMAIL,
        target="x@huulung.example",
        why="",
    )
    name = dispatch_name(plan)
    story.perform(plan, START)
    story.record(facts.DispatchAttempted(dispatch=name, about=plan.about, attempt=1))
    story.record(*put_off(story.dispatch(name), START))
    story.record(facts.DispatchCancelled(dispatch=name, about=plan.about, reason="answered"))
    return name


@pytest.mark.parametrize(
    ("event", "status"),
    [
        (DispatchEvent.DELIVERED, DispatchStatus.DELIVERED),
        (DispatchEvent.AUTO_REPLIED, DispatchStatus.DELIVERED),
        (DispatchEvent.DISPLAYED, DispatchStatus.DISPLAYED),
        (DispatchEvent.BOUNCED, DispatchStatus.BOUNCED),
    ],
)
def test_a_dropped_reminder_that_arrived_after_all_is_shown_as_what_it_is(
    sent: Story, event: DispatchEvent, status: DispatchStatus
) -> None:
    name = reminder_dropped(sent)
    assert sent.dispatch(name).status is DispatchStatus.CANCELLED
    sent.receipt(name, event, START + HOUR)
    row = sent.dispatch(name)
    assert (row.status, row.accepted_at, row.due_at) == (status, START + HOUR, None)
    assert sent.assignment(MINH_TIEN).status is AssignmentStatus.SENT
    sent.check_replay()


def test_the_server_s_late_answer_to_a_dropped_reminder_counts(sent: Story) -> None:
    name = reminder_dropped(sent)
    sent.record(
        facts.DispatchAccepted(dispatch=name, about=about(MINH_TIEN), answer="250"), at=START + HOUR
    )
    row = sent.dispatch(name)
    assert (row.status, row.accepted_at) == (DispatchStatus.ACCEPTED, START + HOUR)


def test_an_overtaken_version_is_neither_approved_nor_forwarded(story: Story) -> None:
    story.record(facts.RoundReadied(about=about(), settled=False))
    story.compile(about(), 1, START)
    story.compile(about(), 2, START + HOUR)
    with pytest.raises(InvariantViolation, match="version 1 is not the newest one, 2"):
        story.approve(1, START + DAY)
    assert story.round().status is RoundStatus.COMPILED
    story.approve(2, START + DAY)
    forwarded = facts.CompilationForwarded(about=about(), version=1)
    with pytest.raises(InvariantViolation, match="version 1 is not the newest one, 2"):
        story.record(forwarded, at=START + DAY)
    assert story.round().status is RoundStatus.APPROVED
    rows = story.ledger.select(CompilationState)
    assert [(c.version, c.approved_by, c.forwarded_at) for c in rows] == [
        (1, None, None),
        (2, "lan", None),
    ]


@pytest.mark.parametrize("version", [1, 2, 57])
def test_a_compilation_sent_again_still_tells_its_version(sent: Story, version: int) -> None:
    for again in range(3):
        plan = PlanDispatch(
            about=about(MINH_TIEN),
            kind=DispatchKind.COMPILATION,
            occurrence=version + again * SENT_AGAIN,
            channel=Channel.EMAIL,
            target="x@huulung.example",
            why="",
        )
        sent.perform(plan, START)
        row = sent.dispatch(dispatch_name(plan))
        assert (row.version, row.occurrence) == (version, version + again * SENT_AGAIN)


def test_a_message_says_how_far_its_mailbox_is_taken_in(story: Story) -> None:
    """Messages of one answer of the server share what comes after them: the last one bears it."""
    for position, cursor, expected in (
        ("AAM1", "", []),
        ("AAM2", "state 1", ["state 1"]),
        ("AAM3", "", ["state 1"]),
        ("7:41", None, ["7:41"]),
    ):
        story.record(
            facts.RawArrived(
                raw=RawId(f"mail|{position}"),
                channel=RawChannel.MAIL,
                account="a",
                place="INBOX",
                position=position,
                size=9,
                cursor=None if cursor is None else MailCursor(cursor),
            ),
            evidence=DIGEST,
            key=position,
        )
        assert [row.cursor for row in story.ledger.select(CursorState)] == expected
    moved = facts.MailboxRead(account="a", place="INBOX", cursor=MailCursor("state 2"))
    story.record(moved)
    assert [row.cursor for row in story.ledger.select(CursorState)] == ["state 2"]
    story.check_replay()
