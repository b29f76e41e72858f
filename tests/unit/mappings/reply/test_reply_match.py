"""To which assignment a message belongs: certain only with two independent signs."""

from dataclasses import replace
from datetime import date

import pytest

from domain.directive import Citation, Directive
from domain.ids import Address, CampaignId, DispatchId, MessageId, OfficeId, RoundId
from domain.office import Directory, Office
from domain.reading import Clue, LiveRound, MailContent, Match, Matching, Via
from mappings.reply.candidates import Sign, candidates
from mappings.reply.match import match
from tests.unit.mappings.reply.replies import attached, directory, judged, message, texts_of

OFFICES = directory()
DAY = date(2024, 11, 8)
YEN_SON = OfficeId("xa-yen-son")
CAI_KINH = OfficeId("xa-cai-kinh-2024")
PRIVATE = "yenson.ubnd@gmail.example"


def letter(
    number: str | None = "512", subject: str = "triển khai Nghị quyết số 47/NQ-CP"
) -> Directive:
    return Directive(
        number=number,
        notation="UBND-VH",
        issued_on=date(2024, 5, 8),
        issuer="UBND huyện Hữu Lũng",
        issuer_organ=None,
        subject=subject,
        type_name="Công văn",
        document_id="512",
        citations=(Citation(ref="126/KH-UBND"),),
    )


def live(campaign: str = "nq47", round_id: str = "2024", **changes: object) -> LiveRound:
    made = LiveRound(
        campaign=CampaignId(campaign),
        round=RoundId(round_id),
        directive=letter(),
        keywords=("NQ47", "Nghị quyết 47"),
        offices=frozenset({YEN_SON, CAI_KINH, OfficeId("phong-noi-vu")}),
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # members by name, as given


ROUND = live()


def clue(via: Via = Via.THREAD, office: OfficeId = YEN_SON, round_id: str = "2024") -> Clue:
    return Clue(
        via=via,
        dispatch=DispatchId(f"nq47/{round_id}/{office}/directive/1/email"),
        campaign=CampaignId("nq47"),
        round=RoundId(round_id),
        office=office,
    )


def matched(
    content: MailContent,
    *clues: Clue,
    texts: tuple[str, ...] = (),
    rounds: tuple[LiveRound, ...] = (ROUND,),
    day: date = DAY,
    offices: Directory = OFFICES,
    sender_office: OfficeId | None = None,
) -> Matching:
    return match(
        content,
        judged(content, *texts),
        clues,
        rounds,
        offices,
        day,
        texts=texts_of(content, *texts) if texts else None,
        sender_office=sender_office,
    )


def rule(matching: Matching) -> str:
    """Return the rule that decided; empty when none did."""
    last = matching.reasons[-1]
    return last.rule if last.hit else ""


REPORT = """UBND HUYỆN HỮU LŨNG
{issuer}
Số: 15/BC-UBND
BÁO CÁO
kết quả thực hiện thông tin đối ngoại
Thực hiện {letter} của UBND huyện"""
OURS = "Công văn số 512/UBND-VH"


@pytest.mark.parametrize("via", list(Via))
def test_a_clue_and_its_own_sender_are_certain(via: Via) -> None:
    found = matched(message("Đã nhận."), clue(via))
    assert found.match is Match.CERTAIN
    assert (found.office, found.campaign, found.round) == (YEN_SON, "nq47", "2024")
    assert found.dispatch == clue().dispatch
    assert found.sender_office == YEN_SON
    assert found.candidates[0].office == YEN_SON
    assert rule(found) == "clue_and_sender"


def test_the_strongest_of_agreeing_clues_names_the_dispatch() -> None:
    reminder = replace(
        clue(Via.THREAD), dispatch=DispatchId("nq47/2024/xa-yen-son/reminder/1/email")
    )
    found = matched(message("Đã nhận."), clue(Via.SUBJECT_TOKEN), reminder)
    assert found.dispatch == reminder.dispatch


@pytest.mark.parametrize(
    "content",
    [
        message("Em gửi BC thực hiện CV 512", files=["BC.docx"]),
        message("Em gửi BC theo công văn số 512", files=["BC.docx"]),
        message("Em gửi BC", files=["BC ket qua thuc hien NQ47.docx"]),
        message("", subject="Báo cáo Nghị quyết số 47", files=["a.docx"]),
        message("Em gửi BC", subject="Re: Công văn 512/UBND-VH", files=["BC.docx"]),
        message("UBND xã báo cáo kết quả 47/NQ-CP", files=["BC.docx"]),
    ],
)
def test_a_known_sender_that_cites_its_only_round_is_certain(content: MailContent) -> None:
    found = matched(content)
    assert found.match is Match.CERTAIN
    assert (found.office, found.round, found.dispatch) == (YEN_SON, "2024", None)
    assert rule(found) == "sender_and_citation"
    assert any(not reason.hit for reason in found.reasons)


def test_the_text_of_the_report_may_cite_it() -> None:
    text = REPORT.format(issuer="UBND XÃ YÊN SƠN", letter=OURS)
    found = matched(message("Em gửi BC", files=["BC.docx"]), texts=(text,))
    assert (found.match, found.office) == (Match.CERTAIN, YEN_SON)


def test_a_sender_proved_by_the_exchange_needs_no_address() -> None:
    content = message("Báo cáo", sender=None)
    found = matched(content, clue(Via.RESPONSE_FOR), sender_office=YEN_SON)
    assert (found.match, found.office) == (Match.CERTAIN, YEN_SON)
    assert matched(content, clue(Via.RESPONSE_FOR)).match is Match.REVIEW


def test_a_private_address_in_the_right_thread_goes_to_a_person() -> None:
    content = message("Em gửi BC.\n\nUBND xã Yên Sơn", files=["BC-xa-Yen-Son.docx"], sender=PRIVATE)
    text = REPORT.format(issuer="UBND XÃ YÊN SƠN", letter=OURS)
    found = matched(content, clue(), texts=(text,))
    assert (found.match, found.office, rule(found)) == (Match.REVIEW, None, "sender_unknown")
    assert (found.campaign, found.round, found.sender_office) == ("nq47", "2024", None)
    best = found.candidates[0]
    assert best.office == YEN_SON
    assert 0.9 < best.score <= 1
    kinds = [why.partition(":")[0] for why in best.why]
    assert kinds == ["thread", "document_head", "text", "file_name"]


def test_another_office_in_the_thread_goes_to_a_person() -> None:
    content = message("Đã nhận.", sender="phongnoivu@huulung.example")
    found = matched(content, clue())
    assert (found.match, rule(found)) == (Match.REVIEW, "sender_of_another_office")
    assert {c.office for c in found.candidates} == {YEN_SON, "phong-noi-vu"}


def test_a_successor_is_named_as_such() -> None:
    content = message("Đã nhận.", sender="xacaikinh@langson.example")
    found = matched(content, clue(), day=date(2025, 8, 1))
    assert found.match is Match.REVIEW
    assert "the successor" in found.reasons[-1].evidence


def test_an_ended_office_still_answers_in_its_own_thread() -> None:
    found = matched(message("Đã nhận."), clue(), day=date(2025, 8, 1))
    assert (found.match, found.office) == (Match.CERTAIN, YEN_SON)


def test_a_clue_to_an_office_that_left_the_directory() -> None:
    gone = matched(message("Đã nhận."), clue(office=OfficeId("xa-cu")))
    assert (gone.match, rule(gone)) == (Match.REVIEW, "sender_of_another_office")


def test_clues_that_disagree_go_to_a_person() -> None:
    found = matched(message("Đã nhận."), clue(), clue(Via.TOKEN, CAI_KINH))
    assert (found.match, rule(found)) == (Match.REVIEW, "clues_disagree")
    assert (found.campaign, found.office) == (None, None)
    rounds = matched(message("Đã nhận."), clue(), clue(Via.TOKEN, round_id="2025"))
    assert rule(rounds) == "clues_disagree"


@pytest.mark.parametrize("clues", [(), (clue(),)], ids=["no clue", "thread"])
def test_the_answer_to_another_letter_goes_to_a_person(clues: tuple[Clue, ...]) -> None:
    text = REPORT.format(issuer="UBND XÃ YÊN SƠN", letter="Công văn số 45/UBND-NV")
    found = matched(message("Em gửi BC", files=["BC.docx"]), *clues, texts=(text,))
    assert (found.match, rule(found)) == (Match.REVIEW, "wrong_letter")
    assert "45/UBND-NV" in found.reasons[-1].evidence
    assert found.office is None


@pytest.mark.parametrize(
    ("say", "rule_name"),
    [
        ("Đã nhận công văn số 512/UBND-NV", "wrong_letter"),
        ("Đã nhận công văn số 512 của huyện", "clue_and_sender"),
        ("Thực hiện Kế hoạch số 126/KH-UBND, đã nhận", "clue_and_sender"),
        ("Thực hiện Công văn số 512, đã nhận", "clue_and_sender"),
        ("Thực hiện Công văn số 45/UBND-NV và 47/NQ-CP, đã nhận", "clue_and_sender"),
    ],
)
def test_what_counts_as_another_letter(say: str, rule_name: str) -> None:
    assert rule(matched(message(say), clue())) == rule_name


def test_a_closed_round_makes_no_letter_wrong() -> None:
    closed = live(offices=frozenset())
    content = message("Thực hiện Công văn số 513/UBND-VH, đã nhận")
    found = matched(content, clue(round_id="2023"), rounds=(closed,))
    assert rule(found) == "clue_and_sender"


def test_a_report_headed_by_another_office_goes_to_a_person() -> None:
    text = REPORT.format(issuer="UBND XÃ CAI KINH", letter=OURS)
    found = matched(message("Em gửi BC", files=["BC.docx"]), clue(), texts=(text,))
    assert (found.match, rule(found)) == (Match.REVIEW, "document_of_another_office")


def test_several_rounds_go_to_a_person() -> None:
    rounds = (ROUND, live(round_id="2025"))
    found = matched(message("Em gửi BC NQ47", files=["BC.docx"]), rounds=rounds)
    assert (found.match, rule(found)) == (Match.REVIEW, "several_rounds")


def test_a_sender_alone_is_never_enough() -> None:
    found = matched(message("Em gửi BC", files=["BC.docx"]))
    assert (found.match, rule(found)) == (Match.REVIEW, "sender_alone")
    assert (found.campaign, found.round) == ("nq47", "2024")


def test_a_citation_alone_is_never_enough() -> None:
    found = matched(message("Đã nhận CV 512", sender=PRIVATE))
    assert (found.match, rule(found), found.round) == (Match.REVIEW, "citation_alone", "2024")
    two = matched(message("Đã nhận CV 512", sender=PRIVATE), rounds=(ROUND, live(round_id="2025")))
    assert (rule(two), two.round) == ("citation_alone", None)


def test_a_report_of_an_assigned_office_is_never_lost() -> None:
    named = message("", subject="BC xã Cai Kinh", files=["BC.docx"], sender=PRIVATE)
    found = matched(named)
    assert (found.match, rule(found)) == (Match.REVIEW, "office_alone")
    other = message("", subject="BC xã Hồ Sơn", files=["BC.docx"], sender=PRIVATE)
    unassigned = matched(other)
    assert unassigned.match is Match.NONE
    assert unassigned.candidates[0].office == "xa-ho-son"


def test_nothing_at_all() -> None:
    found = matched(message("Khuyến mại lớn", sender="ads@shop.example"))
    assert (found.match, found.candidates, rule(found)) == (Match.NONE, (), "")
    assert len(found.reasons) > 5


def test_machines_need_a_clue_only() -> None:
    automatic = [("auto-submitted", "auto-replied")]
    answer = message("x", headers=automatic, sender=None)
    found = matched(answer, clue(Via.TOKEN))
    assert (found.match, found.office, rule(found)) == (Match.CERTAIN, YEN_SON, "machine_clue")
    assert matched(answer).match is Match.NONE
    disagreeing = matched(answer, clue(), clue(Via.TOKEN, CAI_KINH))
    assert (disagreeing.match, disagreeing.office) == (Match.REVIEW, None)


def test_a_shared_mailbox_is_nobody_until_the_thread_tells() -> None:
    shared = Address("chung@huulung.example")
    two = Directory(
        [
            Office(id=YEN_SON, name="UBND xã Yên Sơn", emails=(shared,)),
            Office(id=CAI_KINH, name="UBND xã Cai Kinh", emails=(shared,)),
        ]
    )
    content = message("Đã nhận CV 512", sender=shared)
    alone = matched(content, offices=two)
    assert (alone.match, alone.sender_office) == (Match.REVIEW, None)
    assert {c.office for c in alone.candidates} == {YEN_SON, CAI_KINH}
    asked = matched(content, clue(office=CAI_KINH), offices=two)
    assert (asked.match, asked.office) == (Match.CERTAIN, CAI_KINH)


def test_a_directive_without_number_is_known_by_what_it_passes_on() -> None:
    draft = live(directive=letter(number=None), keywords=())
    assert rule(matched(message("thực hiện 47/NQ-CP"), rounds=(draft,))) == "sender_and_citation"
    assert rule(matched(message("CV 512"), rounds=(draft,))) == "sender_alone"


def test_an_empty_keyword_names_nothing() -> None:
    assert rule(matched(message("x"), rounds=(live(keywords=("-",)),))) == "sender_alone"


def test_files_that_nobody_read_still_speak_by_their_names() -> None:
    content = message("Em gửi BC", files=["BC NQ47.docx", attached("x.png", b"x")])
    found = match(content, judged(content), (), (ROUND,), OFFICES, DAY)
    assert found.match is Match.CERTAIN


def test_candidates_are_few_and_sorted() -> None:
    signs = [Sign(office=OfficeId(f"o{n}"), kind="text", words="x") for n in range(9)]
    signs += [Sign(office=OfficeId("o8"), kind="sender", words="y")]
    signs += [Sign(office=OfficeId("o8"), kind="sender", words="z")]
    found = candidates(signs)
    assert [c.office for c in found] == ["o8", "o0", "o1", "o2", "o3"]
    assert found[0].score == 0.82
    assert found[0].why == ("text: x", "sender: y")


def test_a_reply_whose_subject_repeats_ours_may_answer_another_letter() -> None:
    """The mail program wrote the subject; the enclosed report answers somebody else's letter."""
    content = replace(
        message(
            "Xã gửi báo cáo thực hiện Công văn số 431/UBND-NV ngày 12/4/2024.",
            subject="Re: [512/UBND-VH] V/v triển khai thực hiện 47/NQ-CP",
            files=["BC.docx"],
        ),
        thread=(MessageId("<first@huulung.example>"),),
    )
    found = matched(content, clue())
    assert found.match is Match.REVIEW
    assert rule(found) == "wrong_letter"


def test_an_answer_in_the_thread_of_a_round_that_is_over_waits() -> None:
    """Last year's thread is handy; whether the report is this year's only a person can tell."""
    found = matched(message("Gửi BC", files=["BC.docx"]), clue(round_id="2023"))
    assert (found.match, found.round) == (Match.REVIEW, "2024")
    assert rule(found) == "clue_and_sender"


def test_a_late_answer_counts_when_its_office_has_nothing_newer() -> None:
    found = matched(message("Gửi BC", files=["BC.docx"]), clue(round_id="2023"), rounds=())
    assert (found.match, found.round) == (Match.CERTAIN, "2023")
