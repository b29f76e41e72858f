"""Answers and statuses of the exchange that do not give the DocumentId of what they answer."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from domain.campaign import Channel
from domain.content import Inline, whole
from domain.exchange import (
    Business,
    Organ,
    ResponseFor,
)
from domain.ids import CampaignId, OfficeId, OrganId
from domain.kinds import Decision, DispatchKind, ReplyKind, ReviewKind
from domain.office import Directory
from domain.status import AssignmentStatus, DispatchStatus
from dondoc.services.resolve import Resolution, resolve
from tests.edxml_files import written
from tests.integration.services.pointer_parts import (
    CODE,
    HOUR,
    SILENT,
    UNKNOWN,
    answered,
    directive_id,
    put_status,
    yen_son,
)
from tests.integration.services.service_parts import (
    CAMPAIGN,
    MINH_TIEN,
    NOTE,
    OFFICES,
    RULES,
    START,
    UNIT,
    Y_TE,
    YEN_SON,
    letter,
)
from tests.integration.services.service_world import World


@pytest.mark.parametrize(
    "code",
    [CODE, "512 / UBND - VH", "0512/ubnd-vh", "Số: 512/UBND-VH", "512/UBND–VH"],
)
def test_an_answer_that_gives_only_the_number_counts(begun: World, code: str) -> None:
    wrong_day = date(2023, 1, 1)
    answer = ResponseFor(organ_id=UNIT, code=code, promulgated_on=wrong_day)
    assert answered(begun, answer, **SILENT) == "report by exchange"
    (reply,) = begun.replies(YEN_SON)
    assert (reply.channel, reply.dispatch) == (Channel.EXCHANGE, yen_son(begun).dispatch)
    assert begun.assignment(YEN_SON).status is AssignmentStatus.REPORTED
    assert begun.reviews() == []


@pytest.mark.parametrize("change", [str, str.lower, lambda text: text.replace("/", "-", 2)])
def test_an_answer_to_the_letter_s_own_document_id_counts(begun: World, change: Any) -> None:
    answer = ResponseFor(document_id=change(directive_id(begun)))
    assert answered(begun, answer, **SILENT) == "report by exchange"
    assert begun.assignment(YEN_SON).status is AssignmentStatus.REPORTED


def test_a_document_id_made_of_issuer_day_and_code_is_enough(begun: World) -> None:
    answer = ResponseFor(document_id=f"{UNIT},2024-05-09,{CODE}")
    assert answered(begun, answer, **SILENT) == "report by exchange"


def test_a_number_without_its_issuer_is_enough(begun: World) -> None:
    unnumbered = {**SILENT, "code_number": "", "code_notation": ""}
    assert answered(begun, ResponseFor(code=CODE), **unnumbered) == "report by exchange"


def test_our_document_id_may_be_written_in_capitals(begun: World) -> None:
    written = f"{{{(yen_son(begun).document_id or '').upper()}}}"
    assert answered(begun, ResponseFor(document_id=written), **SILENT) == "report by exchange"


def test_the_answer_is_to_the_letter_although_a_reminder_has_its_number(begun: World) -> None:
    """The office in question is reminded on the exchange alone."""
    begun.turn(to=begun.round().due_at + timedelta(days=30))
    (reminder,) = begun.dispatches(Y_TE, Channel.EXCHANGE, DispatchKind.REMINDER)[:1]
    assert reminder.status is DispatchStatus.ACCEPTED
    put_status(begun, Y_TE, "03", ResponseFor(organ_id=UNIT, code=CODE))
    assert begun.dispatch(Y_TE, Channel.EXCHANGE).status is DispatchStatus.REGISTERED
    again = begun.dispatch(Y_TE, Channel.EXCHANGE, DispatchKind.REMINDER)
    assert again.status is DispatchStatus.ACCEPTED


def test_an_answer_without_a_pointer_that_cites_the_letter_counts(begun: World) -> None:
    cited = {**SILENT, "subject": "Kết quả thực hiện Nghị quyết số 47/NQ-CP năm 2024"}
    assert answered(begun, None, **cited) == "report by exchange"
    (reply,) = begun.replies(YEN_SON)
    assert (reply.channel, reply.dispatch, reply.number) == (Channel.EXCHANGE, None, "15/BC-UBND")
    later = begun.now + HOUR
    assert answered(begun, None, **cited, sent_at=later) == "known already"
    pointed = ResponseFor(organ_id=UNIT, code=CODE)
    assert answered(begun, pointed, **cited) == "known already"
    assert len(begun.replies(YEN_SON)) == 1


def test_an_answer_by_number_of_an_office_without_that_door_counts(begun: World) -> None:
    """Its own e-office was served by somebody else; sender and number agree."""
    identifier = OrganId("H37.99.3")
    offices = [replace(o, organ_id=identifier) if o.id == MINH_TIEN else o for o in OFFICES]
    begun.change(directory=Directory(offices))
    sender = Organ(organ_id=identifier, name="UBND xã Minh Tiến")
    answer = ResponseFor(organ_id=UNIT, code=f"Số {CODE}")
    (file,) = SILENT["attachments"]
    text = whole(file.content).replace("YÊN SƠN".encode(), "MINH TIẾN".encode())
    own = replace(file, content=Inline(text))
    silent = {**SILENT, "attachments": (own,)}
    assert answered(begun, answer, sender=sender, **silent) == "report by exchange"
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.REPORTED


def test_the_sender_alone_waits_and_is_not_reminded(begun: World) -> None:
    outcome = answered(begun, None, **SILENT)
    assert outcome == "report by exchange, to be decided"
    review = begun.review(ReviewKind.UNMATCHED_REPLY)
    assert review.candidates[0] == YEN_SON
    assert "only the sender" in review.reason
    begun.turn(to=begun.round().due_at + timedelta(days=30))
    assert begun.reminders(YEN_SON) == []
    assert begun.reminders(Y_TE) != []
    resolve(
        begun.app,
        review.review,
        Resolution(decision=Decision.ACCEPT, by="Nguyễn Thị Lan", counts_as=ReplyKind.REPORT),
        begun.now,
    )
    (reply,) = begun.replies(YEN_SON)
    assert (reply.channel, reply.number) == (Channel.EXCHANGE, "15/BC-UBND")
    assert begun.consistent() == []


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (ResponseFor(organ_id=UNIT, code="88/UBND-TC"), ReviewKind.WRONG_LETTER),
        (ResponseFor(organ_id=OrganId("H99"), code=CODE), ReviewKind.WRONG_LETTER),
        (ResponseFor(document_id=UNKNOWN), ReviewKind.UNMATCHED_REPLY),
    ],
)
def test_an_answer_to_something_else_waits_whatever_it_cites(
    begun: World, answer: ResponseFor, kind: ReviewKind
) -> None:
    answered(begun, answer)
    review = begun.review(kind)
    assert "none of our documents" in review.reason
    assert review.candidates == (YEN_SON,)
    assert begun.replies(YEN_SON) == []


def test_a_withdrawal_without_a_pointer_waits(begun: World) -> None:
    answered(begun, None, business=Business.REVOCATION)
    review = begun.review(ReviewKind.CONTRADICTION)
    assert "takes back" in review.reason
    assert (review.office, review.candidates) == (YEN_SON, (YEN_SON,))


def test_an_identifier_of_two_assigned_offices_waits(begun: World) -> None:
    identifier = yen_son(begun).target
    offices = [
        replace(o, organ_id=OrganId(identifier)) if o.id == MINH_TIEN else o for o in OFFICES
    ]
    begun.change(directory=Directory(offices))
    answered(begun, None)
    review = begun.review(ReviewKind.UNMATCHED_REPLY)
    assert set(review.candidates) == {YEN_SON, MINH_TIEN}


def test_an_office_is_known_by_what_was_sent_to_it(begun: World) -> None:
    """Its identifier was corrected in the directory; its program still uses the other one."""
    dispatch = yen_son(begun)
    offices = [
        replace(o, organ_id=OrganId("H37.1"), organ_id_old=None) if o.id == YEN_SON else o
        for o in OFFICES
    ]
    begun.change(directory=Directory(offices))
    begun.put_answer(dispatch, response_for=())
    begun.turn(later=HOUR)
    assert begun.assignment(YEN_SON).status is AssignmentStatus.REPORTED


def test_words_of_an_automatic_reply_in_a_document_wait(begun: World) -> None:
    words = "Đây là thư trả lời tự động. Tôi đang nghỉ phép."
    pointer = ResponseFor(document_id=yen_son(begun).document_id or "")
    members = {"type_name": "", "subject": "Automatic reply", "content": words, "attachments": ()}
    answered(begun, pointer, **members)
    assert begun.review(ReviewKind.UNCLEAR_REPLY).office == YEN_SON


@pytest.mark.parametrize("code", ["9/UBND-VH", ""])
def test_a_unit_that_is_no_recipient_is_none_of_our_business(begun: World, code: str) -> None:
    stranger = Organ(organ_id=OrganId("H37.55"), name="UBND huyện khác")
    answer = ResponseFor(organ_id=UNIT, code=code)
    assert answered(begun, answer, sender=stranger) == "no campaign takes it"
    assert begun.reviews() == []


def _second_campaign(world: World, number: str) -> None:
    """Bring another letter to the same offices under a number of its own."""
    rules = replace(
        RULES,
        id=CampaignId("khac"),
        intake=replace(RULES.intake, number=number, subject_contains=("rà soát",)),
    )
    world.change(campaigns={RULES.id: RULES, rules.id: rules})
    packet = replace(
        letter(),
        document_id="H37.99,2024/05/20,khac",
        code_number=number,
        subject="Về việc rà soát thủ tục",
        attachments=(NOTE,),
    )
    world.put(written(packet))
    world.turn(later=HOUR)


def test_a_number_of_two_campaigns_waits(begun: World) -> None:
    _second_campaign(begun, "512")
    answer = ResponseFor(organ_id=UNIT, code=CODE)
    assert "several assignments" in answered(begun, answer, **SILENT)
    review = begun.review(ReviewKind.UNMATCHED_REPLY)
    assert (review.campaign, review.candidates) == (None, (YEN_SON,))
    put_status(begun, YEN_SON, "03", answer)
    assert "may mean any of" in begun.review(ReviewKind.CONTRADICTION).reason
    assert yen_son(begun).status is DispatchStatus.ACCEPTED


def test_the_number_tells_one_of_two_campaigns(begun: World) -> None:
    _second_campaign(begun, "600")
    answer = ResponseFor(organ_id=UNIT, code="600/UBND-VH")
    assert answered(begun, answer, **SILENT) == "report by exchange"
    (reply,) = begun.replies(YEN_SON)
    assert reply.campaign == "khac"


@pytest.mark.parametrize("document_id", ["", UNKNOWN])
def test_a_status_that_gives_the_number_counts(begun: World, document_id: str) -> None:
    answer = ResponseFor(organ_id=UNIT, code=CODE, document_id=document_id)
    assert put_status(begun, Y_TE, "03", answer) == "status 03"
    dispatch = begun.dispatch(Y_TE, Channel.EXCHANGE)
    assert dispatch.status is DispatchStatus.REGISTERED
    assert begun.assignment(Y_TE).status is AssignmentStatus.ACKNOWLEDGED
    # With another pointer to the same letter it is the same status.
    pointed = ResponseFor(document_id=dispatch.document_id or "")
    assert put_status(begun, Y_TE, "3", pointed) == "known already"
    assert begun.reviews() == []


def test_a_number_in_two_rounds_means_the_round_of_its_time(begun: World) -> None:
    begun.turn(to=begun.round().compile_at + timedelta(days=1))
    begun.turn(to=datetime(2025, 10, 1, 2, tzinfo=START.tzinfo))
    begun.turn(later=HOUR)
    (notice,) = begun.dispatches(YEN_SON, Channel.EXCHANGE, DispatchKind.NOTICE)
    assert notice.round == "2025"
    answer = ResponseFor(organ_id=UNIT, code=CODE)
    assert put_status(begun, YEN_SON, "03", answer, START + timedelta(days=3)) == "status 03"
    assert yen_son(begun).status is DispatchStatus.REGISTERED
    assert put_status(begun, YEN_SON, "04", answer) == "status 04"
    notice = begun.dispatch(YEN_SON, Channel.EXCHANGE, DispatchKind.NOTICE)
    assert notice.status is DispatchStatus.ASSIGNED
    # An answer has no such order: a late report and an early one look alike.
    assert "several assignments" in answered(begun, answer, **SILENT)
    assert begun.review(ReviewKind.UNMATCHED_REPLY).campaign == CAMPAIGN


@pytest.mark.parametrize(
    "answer",
    [
        ResponseFor(organ_id=UNIT, code="88/UBND-TC"),
        ResponseFor(document_id=UNKNOWN),
        ResponseFor(organ_id=OrganId("H99"), code=CODE),
    ],
)
def test_a_status_of_something_else_is_noted(begun: World, answer: ResponseFor) -> None:
    assert put_status(begun, Y_TE, "03", answer) == "status of a document that is not ours"
    assert begun.reviews() == []


def test_a_status_that_names_nothing_waits(begun: World) -> None:
    empty = ResponseFor(organ_id=UNIT)
    assert "names no document; nothing is counted" in put_status(begun, Y_TE, "01", empty)
    assert begun.reviews() == []
    put_status(begun, Y_TE, "03", empty)
    review = begun.review(ReviewKind.CONTRADICTION)
    assert (review.office, review.candidates) == (Y_TE, (Y_TE,))
    assert "status 03 of phong-y-te names no document" in review.reason


def test_a_status_of_a_letter_that_went_by_mail_only_waits(begun: World) -> None:
    offices = [replace(o, organ_id=OrganId("H37.7")) if o.id == MINH_TIEN else o for o in OFFICES]
    begun.change(directory=Directory(offices))
    put_status(begun, MINH_TIEN, "03", ResponseFor(organ_id=UNIT, code=CODE))
    assert "got nothing on the exchange" in begun.review(ReviewKind.CONTRADICTION).reason


def test_a_status_of_a_stranger_that_names_nothing_is_noted(begun: World) -> None:
    outcome = put_status(begun, OfficeId("so-thong-tin"), "03", ResponseFor(organ_id=UNIT))
    assert outcome == "status of a document that is not ours"
