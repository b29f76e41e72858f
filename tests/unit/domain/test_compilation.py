"""What the compiled result of a round contains."""

from dataclasses import replace
from datetime import datetime

from domain import facts
from domain.campaign import Channel, Expected
from domain.compilation import Compilation, Failure, Proof, compile_round
from domain.directive import Directive
from domain.ids import ReplyId, RoundId
from domain.kinds import ReplyKind
from domain.office import Directory
from domain.state import CompilationState, ReplyState
from domain.status import AssignmentStatus, DispatchEvent
from tests.unit.domain.round_story import Story, about, first_letter
from tests.unit.domain.small_district import (
    DAY,
    DIGEST,
    DIRECTIVE,
    DIRECTORY,
    HOI_NONG_DAN,
    LANH_DAO,
    MINH_TIEN,
    PHONG_Y_TE,
    START,
    YEN_SON,
)


def compiled(
    story: Story, number: str | None = None, made_at: datetime = START + 200 * DAY
) -> Compilation:
    picture = story.picture()
    return compile_round(
        picture.campaign,
        picture.directive.directive,
        story.directory,
        story.round(),
        reversed(picture.assignments),
        picture.dispatches,
        {reply.reply: reply for reply in story.ledger.select(ReplyState)},
        made_at=made_at,
        number=number,
    )


def test_nobody_is_late_by_a_clock_that_was_ahead() -> None:
    story = Story().begin()
    story.run(START)
    due_at = story.round().due_at
    for office in (YEN_SON, MINH_TIEN):
        story.record(facts.DeadlinePassed(about=about(office), due_at=due_at))
    story.reply(MINH_TIEN, ReplyKind.REPORT, due_at + DAY)
    story.extend(PHONG_Y_TE, due_at + 5 * DAY)
    for made_at, late in ((due_at, {MINH_TIEN}), (due_at + 2 * DAY, {YEN_SON, MINH_TIEN})):
        assert {row.office for row in compiled(story, made_at=made_at).rows if row.late} == late


def test_a_round_is_compiled_in_the_order_of_the_directory() -> None:
    story = Story().begin()
    story.run(START)
    due_at = story.round().due_at
    first_reminder = due_at - 16 * DAY
    story.run(first_reminder)
    story.receipt(first_letter(YEN_SON), DispatchEvent.DISPLAYED, START + DAY)
    story.reply(YEN_SON, ReplyKind.ACKNOWLEDGEMENT, START + 2 * DAY)
    story.reply(YEN_SON, ReplyKind.REPORT, due_at - DAY, corrects=True)
    story.waive(HOI_NONG_DAN)
    story.extend(MINH_TIEN, due_at + 5 * DAY)
    result = compiled(story, "88")
    assert (result.about, result.version, result.number) == (about(), 1, "88")
    assert (result.due_on, result.due_at) == (story.round().due_on, due_at)
    assert [(row.position, row.office) for row in result.rows] == [
        (1, YEN_SON),
        (2, MINH_TIEN),
        (3, PHONG_Y_TE),
        (4, HOI_NONG_DAN),
        (5, LANH_DAO),
    ]
    yen_son, minh_tien, phong_y_te, hoi_nong_dan, lanh_dao = result.rows
    assert (yen_son.name, yen_son.group) == (f"UBND {YEN_SON}", "xa")
    assert yen_son.channels == (Channel.EMAIL, Channel.EXCHANGE)
    assert (yen_son.sent_at, yen_son.delivered_at) == (START, START + DAY)
    assert (yen_son.acknowledged_at, yen_son.reported_at) == (START + 2 * DAY, due_at - DAY)
    assert (yen_son.reply_number, yen_son.corrected, yen_son.nil) == ("15/BC-UBND", True, False)
    assert (yen_son.evidence, yen_son.reminders, yen_son.extended) == (DIGEST, 1, False)
    assert (minh_tien.extended, minh_tien.reply_number, minh_tien.evidence) == (True, None, None)
    assert phong_y_te.channels == (Channel.EXCHANGE,)
    assert (hoi_nong_dan.note, hoi_nong_dan.channels, hoi_nong_dan.sent_at) == (
        "sáp nhập",
        (),
        None,
    )
    assert (lanh_dao.due_at, lanh_dao.extended, lanh_dao.summary) == (None, False, "")


def test_who_is_awaited_has_reported_and_is_missing() -> None:
    story = Story().begin()
    story.run(START)
    story.reply(YEN_SON, ReplyKind.REPORT, START + DAY)
    result = compiled(story)
    assert [row.office for row in result.awaited] == [YEN_SON, MINH_TIEN]
    assert [row.office for row in result.reported] == [YEN_SON]
    assert [row.office for row in result.missing] == [MINH_TIEN]
    story.waive(MINH_TIEN)
    assert compiled(story).missing == ()
    assert {row.expected for row in result.awaited} == {Expected.REPORT}
    assert result.reported[0].status is AssignmentStatus.REPORTED


def test_the_story_records_as_missing_what_the_result_names() -> None:
    story = Story().begin()
    story.run(START)
    story.reply(PHONG_Y_TE, ReplyKind.ACKNOWLEDGEMENT, START + DAY)
    story.reply(MINH_TIEN, ReplyKind.ACKNOWLEDGEMENT, START + DAY)
    story.record(facts.RoundReadied(about=about(), settled=False))
    for version, waived in ((1, None), (2, YEN_SON), (3, MINH_TIEN)):
        if waived:
            story.waive(waived)
        story.compile(about(), version, START + DAY)
        made = story.ledger.select(CompilationState)[-1]
        named = {row.office for row in compiled(story).missing}
        assert (made.version, set(made.missing)) == (version, named)
    assert made.missing == ()


def test_an_office_that_left_the_directory_keeps_its_row() -> None:
    story = Story().begin()
    story.directory = Directory(
        replace(office, groups=()) for office in DIRECTORY.offices if office.id != YEN_SON
    )
    last = compiled(story).rows[-1]
    assert (last.office, last.name, last.group) == (YEN_SON, YEN_SON, "")
    assert compiled(story).rows[0].group == ""


def test_equal_ledgers_give_equal_compilations() -> None:
    one, other = Story().begin(), Story().begin()
    for story in (one, other):
        story.run(START)
        story.reply(YEN_SON, ReplyKind.REPORT, START + DAY, name="r")
    assert compiled(one) == compiled(other)


def test_the_code_of_a_directive() -> None:
    draft: Directive = replace(DIRECTIVE, number=None)
    assert (DIRECTIVE.code, DIRECTIVE.draft) == ("512/UBND-VH", False)
    assert (draft.code, draft.draft) == ("/UBND-VH", True)
    assert replace(DIRECTIVE, issued_on=None).draft


def test_what_came_first_proves_that_the_directive_was_taken_in() -> None:
    story = Story().begin()
    story.run(START)
    story.receipt(first_letter(YEN_SON, Channel.EXCHANGE), DispatchEvent.REGISTERED, START + DAY)
    story.reply(YEN_SON, ReplyKind.ACKNOWLEDGEMENT, START + 2 * DAY)
    story.reply(MINH_TIEN, ReplyKind.QUESTION, START + DAY)
    story.reply(MINH_TIEN, ReplyKind.ACKNOWLEDGEMENT, START + DAY)
    document = facts.ReplyRecorded(
        reply=ReplyId("document"),
        about=about(PHONG_Y_TE),
        kind=ReplyKind.ACKNOWLEDGEMENT,
        channel=Channel.EXCHANGE,
        received_at=START + DAY,
    )
    story.record(document)
    assert {row.office: row.proof for row in compiled(story).rows} == {
        YEN_SON: Proof.REGISTERED,
        MINH_TIEN: Proof.MAIL,
        PHONG_Y_TE: Proof.DOCUMENT,
        HOI_NONG_DAN: None,
        LANH_DAO: None,
    }


def test_a_reply_of_another_round_proves_nothing() -> None:
    story = Story().begin()
    story.run(START)
    story.receipt(first_letter(YEN_SON, Channel.EXCHANGE), DispatchEvent.REGISTERED, START + DAY)
    story.reply(YEN_SON, ReplyKind.ACKNOWLEDGEMENT, START + DAY)
    (same_instant,) = story.ledger.select(ReplyState)
    picture = story.picture()
    result = compile_round(
        picture.campaign,
        picture.directive.directive,
        story.directory,
        story.round(),
        picture.assignments,
        picture.dispatches,
        {"other": replace(same_instant, round=RoundId("2023"))},
        made_at=START + DAY,
    )
    assert result.rows[0].proof is Proof.REGISTERED
    assert compiled(story).rows[0].proof is Proof.MAIL


def test_why_an_office_is_not_reached_is_told_once_every_door_is_closed() -> None:
    story = Story().begin()
    story.run(START)
    story.receipt(first_letter(YEN_SON, Channel.EXCHANGE), DispatchEvent.REJECTED)
    story.receipt(first_letter(MINH_TIEN), DispatchEvent.BOUNCED)
    story.receipt(first_letter(PHONG_Y_TE, Channel.EXCHANGE), DispatchEvent.BOUNCED)
    for event in (DispatchEvent.RECALL_ASKED, DispatchEvent.RECALL_AGREED):
        story.receipt(first_letter(LANH_DAO), event)
    found = {row.office: row.failures for row in compiled(story).rows}
    assert found == {
        YEN_SON: (),
        MINH_TIEN: (Failure.MAIL_RETURNED,),
        PHONG_Y_TE: (Failure.NOT_CARRIED,),
        HOI_NONG_DAN: (),
        LANH_DAO: (),
    }
    story.receipt(first_letter(YEN_SON), DispatchEvent.BOUNCED)
    assert compiled(story).rows[0].failures == (Failure.MAIL_RETURNED, Failure.REFUSED)
