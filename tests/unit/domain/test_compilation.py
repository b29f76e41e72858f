"""What the compiled result of a round contains."""

from dataclasses import replace

from domain import facts
from domain.campaign import Channel, Expected
from domain.compilation import Compilation, compile_round
from domain.directive import Directive
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


def compiled(story: Story, number: str | None = None) -> Compilation:
    picture = story.picture()
    return compile_round(
        picture.campaign,
        picture.directive.directive,
        story.directory,
        story.round(),
        reversed(picture.assignments),
        picture.dispatches,
        {reply.reply: reply for reply in story.ledger.select(ReplyState)},
        made_at=START + 200 * DAY,
        number=number,
    )


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
