import re
from dataclasses import replace
from datetime import UTC, date, datetime
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from selectolax.lexbor import LexborHTMLParser

from domain.campaign import Expected
from domain.errors import InvariantViolation
from domain.ids import Address
from mappings.mail.contexts import (
    AnyMail,
    Deadline,
    DirectiveMail,
    ForwardMail,
    Letter,
    LinkedFile,
    NoticeMail,
    PartMail,
    RecallMail,
    ReminderAfterMail,
    ReminderBeforeMail,
    ReplacementMail,
    Sender,
)
from mappings.mail.rendering import (
    NAMES,
    deadline_text,
    mailto,
    render_mail,
    vietnamese_date,
)

LETTER = Letter(
    type_name="Công văn",
    code="512/UBND-VH",
    issued_on=date(2024, 5, 8),
    issuer="UBND huyện Hữu Lũng",
    subject="triển khai thực hiện Nghị quyết số 47/NQ-CP",
)
SENDER = Sender(
    unit="Phòng Văn hóa và Thông tin",
    contact="đồng chí An",
    phone="0205 000 000",
    email="a@b.example",
)
DUE = Deadline(day=date(2024, 11, 10), last=datetime(2024, 11, 8, 10, tzinfo=UTC))
BOX = Address("nq47+abc@huulung.example")

DIRECTIVE = DirectiveMail(
    office="UBND xã Yên Sơn",
    letter=LETTER,
    sender=SENDER,
    code="DD-ABCDEFGH",
    reply_to=BOX,
    deadline=DUE,
    period="năm 2024",
    files=("Công văn 512.pdf", "NQ 47 <1>.pdf"),
)
NOTICE = NoticeMail(
    office="UBND xã Yên Sơn",
    letter=LETTER,
    sender=SENDER,
    code="DD-ABCDEFGH",
    reply_to=BOX,
    deadline=DUE,
    period="năm 2025",
)
BEFORE = ReminderBeforeMail(
    office="UBND xã Yên Sơn",
    letter=LETTER,
    sender=SENDER,
    code="DD-ABCDEFGH",
    reply_to=BOX,
    deadline=DUE,
    period="năm 2024",
    days_left=3,
)
AFTER = ReminderAfterMail(
    office="UBND xã Yên Sơn",
    letter=LETTER,
    sender=SENDER,
    code="DD-ABCDEFGH",
    reply_to=BOX,
    deadline=DUE,
    new_deadline=Deadline(day=date(2024, 11, 15)),
    occurrence=2,
)
FORWARD = ForwardMail(
    office="Sở Thông tin và Truyền thông",
    letter=LETTER,
    sender=SENDER,
    code="DD-ABCDEFGH",
    reply_to=BOX,
    title="kết quả thực hiện Nghị quyết số 47/NQ-CP",
    number="15/BC-UBND",
    issued_on=date(2024, 11, 18),
    period="năm 2024",
    recipients=40,
    reported=38,
    missing=("UBND xã A", "UBND xã B"),
    files=("BC.docx",),
)
RECALL = RecallMail(
    office="UBND xã Yên Sơn",
    letter=LETTER,
    sender=SENDER,
    code="DD-ABCDEFGH",
    reply_to=BOX,
    reason="ban hành nhầm thẩm quyền",
    sent_on=date(2024, 5, 9),
)
REPLACEMENT = ReplacementMail(
    office="UBND xã Yên Sơn",
    letter=replace(LETTER, code="600/UBND-VH", issued_on=date(2024, 6, 3)),
    former=LETTER,
    sender=SENDER,
    code="DD-ABCDEFGH",
    reply_to=BOX,
    changes=("Số, ký hiệu: từ 512/UBND-VH thành 600/UBND-VH", "Bổ sung tệp: Phụ lục.docx"),
    reason="điều chỉnh thời hạn",
    deadline=DUE,
    period="năm 2024",
    files=("Công văn 600.pdf",),
)
LINKED = (LinkedFile(name="Phụ lục 1.pdf", url="https://sotttt.langson.example/47/pl1.pdf"),)
PART = PartMail(
    office="UBND xã Yên Sơn",
    letter=LETTER,
    sender=SENDER,
    code="DD-ABCDEFGH",
    reply_to=BOX,
    files=("Phụ lục 2.pdf",),
    part=2,
    parts=3,
)
ALL: tuple[AnyMail, ...] = (
    DIRECTIVE,
    replace(DIRECTIVE, expected=Expected.INFORMATION),
    replace(DIRECTIVE, expected=Expected.ACKNOWLEDGEMENT),
    replace(DIRECTIVE, deadline=None, period="", files=(), possible_duplicate=True),
    replace(DIRECTIVE, expected=Expected.ACKNOWLEDGEMENT, deadline=None),
    NOTICE,
    replace(NOTICE, expected=Expected.INFORMATION),
    replace(NOTICE, expected=Expected.ACKNOWLEDGEMENT),
    BEFORE,
    replace(BEFORE, expected=Expected.ACKNOWLEDGEMENT, days_left=0, period=""),
    replace(BEFORE, expected=Expected.ACKNOWLEDGEMENT),
    AFTER,
    replace(AFTER, expected=Expected.ACKNOWLEDGEMENT),
    RECALL,
    replace(RECALL, expected=Expected.INFORMATION, sent_on=None),
    replace(RECALL, former=(LETTER, replace(LETTER, code="600/UBND-VH"))),
    REPLACEMENT,
    replace(REPLACEMENT, letter=LETTER, changes=(), reason="", files=(), period=""),
    replace(REPLACEMENT, expected=Expected.INFORMATION),
    replace(REPLACEMENT, expected=Expected.ACKNOWLEDGEMENT),
    replace(REPLACEMENT, expected=Expected.ACKNOWLEDGEMENT, deadline=None),
    replace(REPLACEMENT, deadline=None),
    replace(REPLACEMENT, reported=True),
    FORWARD,
    replace(DIRECTIVE, linked=LINKED, files=()),
    replace(DIRECTIVE, linked=LINKED, elsewhere=("Phụ lục 2.pdf", "Phụ lục 3.pdf"), parts=3),
    replace(FORWARD, elsewhere=("Phụ lục.xlsx",), parts=2),
    PART,
    replace(PART, title="kết quả thực hiện Nghị quyết", number="15/BC-UBND", period="năm 2024"),
    replace(PART, title="kết quả thực hiện Nghị quyết", possible_duplicate=True),
    replace(
        FORWARD, number="", issued_on=None, period="", missing=(), files=(), sender=Sender(unit="X")
    ),
)


def words(html: str) -> list[str]:
    body = LexborHTMLParser(html).body
    assert body is not None
    return body.text(separator=" ").split()


BUTTON = re.compile(r"^(.+):\n<(mailto:[!-~]+)>$", re.MULTILINE)


@pytest.mark.parametrize("mail", ALL)
def test_text_and_html_say_the_same(mail: AnyMail) -> None:
    rendered = render_mail(mail.template, mail)
    text = " ".join(BUTTON.sub(r"\1", rendered.text).replace("<https:", "https:").split())
    html = " ".join(words(rendered.html))
    for mark in ".,;":
        html = html.replace(f" {mark}", mark)
    assert text.replace(".pdf>", ".pdf") == html.replace(".pdf>", ".pdf")


@pytest.mark.parametrize("mail", ALL)
def test_the_button_is_the_link_of_the_text(mail: AnyMail) -> None:
    rendered = render_mail(mail.template, mail)
    # Outlook paints the cell, not the link in it.
    links = LexborHTMLParser(rendered.html).css("td[bgcolor] > a")
    buttons = [(a.text(), a.attributes["href"]) for a in links]
    assert BUTTON.findall(rendered.text) == buttons
    asks = getattr(mail, "expected", Expected.REPORT) is not Expected.INFORMATION
    wanted = mail.template != "part" and (asks or mail.template == "recall")
    assert len(buttons) == (1 if wanted else 0)


@pytest.mark.parametrize("mail", ALL)
def test_every_mail_is_tidy(mail: AnyMail) -> None:
    subject, text, html = render_mail(mail.template, mail)
    assert "\n" not in subject
    assert subject.endswith("[DD-ABCDEFGH]")
    assert "\n\n\n" not in text
    for line in text.splitlines():
        assert line == line.strip()
        assert "  " not in line
        assert " ." not in line
        assert " ," not in line
        assert "None" not in line
    assert f"Kính gửi: {mail.office}" in text
    assert text.rstrip().endswith(mail.sender.unit)
    assert html.startswith("<!DOCTYPE html>")


def test_every_template_is_tried() -> None:
    assert {mail.template for mail in ALL} == set(NAMES)


def test_the_directive_tells_what_when_and_how() -> None:
    subject, text, html = render_mail("directive", DIRECTIVE)
    assert subject == (
        "[512/UBND-VH] V/v triển khai thực hiện Nghị quyết số 47/NQ-CP [DD-ABCDEFGH]"
    )
    assert "Công văn số 512/UBND-VH ngày 08/5/2024 của UBND huyện Hữu Lũng" in text
    assert "trước ngày 10/11/2024 (chậm nhất 17 giờ 00 ngày 08/11/2024)" in text
    assert "- NQ 47 <1>.pdf" in text
    assert "NQ 47 &lt;1&gt;.pdf" in html
    for said in ("“đã nhận”", "mailto:", "bản Word", "0205 000 000", "a@b.example"):
        assert said in text


def test_the_prepared_answer_is_complete() -> None:
    link = LexborHTMLParser(render_mail("directive", DIRECTIVE).html).css_first("a")
    assert link is not None
    target = urlsplit(link.attributes["href"] or "")
    assert unquote(target.path) == BOX
    assert parse_qs(target.query) == {
        "subject": ["Đã nhận 512/UBND-VH [DD-ABCDEFGH]"],
        "body": ["UBND xã Yên Sơn đã nhận được văn bản số 512/UBND-VH ngày 08/5/2024.\r\n"],
    }


@pytest.mark.parametrize("mail", [DIRECTIVE, NOTICE])
def test_information_asks_for_nothing(mail: DirectiveMail | NoticeMail) -> None:
    text = render_mail(mail.template, replace(mail, expected=Expected.INFORMATION)).text
    assert "không yêu cầu trả lời" in text
    for asked in ("mailto:", "báo cáo kết quả", "trước ngày", "xác nhận", "bản Word"):
        assert asked not in text


def test_acknowledgement_asks_for_no_report() -> None:
    text = render_mail("directive", replace(DIRECTIVE, expected=Expected.ACKNOWLEDGEMENT)).text
    assert "xác nhận đã nhận được văn bản trước ngày 10/11/2024" in text
    assert "bản Word" not in text


def test_reminders_name_deadline_and_what_is_missing() -> None:
    before, after = render_mail("reminder_before", BEFORE), render_mail("reminder_after", AFTER)
    assert before.subject.startswith("Nhắc thời hạn: [512/UBND-VH]")
    assert "còn 03 ngày làm việc." in before.text
    assert after.subject.startswith("Đôn đốc lần 2: [512/UBND-VH]")
    assert (
        "Đến nay đã quá thời hạn, Phòng Văn hóa và Thông tin chưa nhận được báo cáo của UBND xã "
        "Yên Sơn; đề nghị "
        "UBND xã Yên Sơn khẩn trương gửi báo cáo trước ngày 15/11/2024"
    ) in after.text


def test_the_compilation_names_who_is_missing() -> None:
    subject, text, _ = render_mail("forward", FORWARD)
    assert subject.startswith("[15/BC-UBND] Báo cáo kết quả thực hiện")
    assert "chưa gửi báo cáo: 2 (UBND xã A, UBND xã B)." in text


def test_a_recall_says_what_why_and_what_to_do() -> None:
    subject, text, _ = render_mail("recall", RECALL)
    assert subject.startswith("Thu hồi văn bản: [512/UBND-VH] V/v triển khai")
    assert "đã gửi UBND xã Yên Sơn qua thư điện tử ngày 09/5/2024." in text
    assert "Lý do thu hồi: ban hành nhầm thẩm quyền." in text
    assert "dừng thực hiện văn bản nêu trên" in text
    assert "UBND xã Yên Sơn không phải gửi báo cáo theo văn bản đã thu hồi." in text
    both = render_mail("recall", replace(RECALL, former=(LETTER, LETTER))).text
    named = "Công văn số 512/UBND-VH ngày 08/5/2024"
    assert f"ngày 09/5/2024, cùng {named}, {named} đã gửi trước đó." in both
    informed = render_mail("recall", replace(RECALL, expected=Expected.INFORMATION)).text
    assert "không phải gửi báo cáo" not in informed


def test_a_replacement_says_what_it_stands_for_and_what_changed() -> None:
    subject, text, _ = render_mail("replacement", REPLACEMENT)
    assert subject.startswith("Văn bản thay thế: [600/UBND-VH]")
    assert "thay thế Công văn số 512/UBND-VH ngày 08/5/2024 đã gửi trước đây." in text
    assert "- Số, ký hiệu: từ 512/UBND-VH thành 600/UBND-VH" in text
    assert "- Bổ sung tệp: Phụ lục.docx" in text
    assert "gửi báo cáo kết quả năm 2024 về Phòng Văn hóa và Thông tin trước ngày" in text


def test_who_has_reported_need_not_report_again() -> None:
    text = render_mail("replacement", replace(REPLACEMENT, reported=True)).text
    assert "UBND xã Yên Sơn không phải gửi lại." in text
    assert "gửi báo cáo kết quả" not in text


def test_a_replacement_of_the_same_number_names_it_once() -> None:
    text = render_mail("replacement", replace(REPLACEMENT, letter=LETTER, changes=())).text
    assert "thay thế văn bản cùng số, cùng ngày đã gửi trước đây." in text
    assert "không thay đổi so với văn bản đã gửi." in text


def test_a_possible_duplicate_says_so_first() -> None:
    text = render_mail("directive", replace(DIRECTIVE, possible_duplicate=True)).text
    assert text.startswith("(Thư gửi lại do chưa xác định được")


@pytest.mark.parametrize("template", ["nothing", "forward"])
def test_a_wrong_template_is_our_bug(template: str) -> None:
    with pytest.raises(InvariantViolation, match=template):
        render_mail(template, DIRECTIVE)


def test_dates_are_written_as_in_letters() -> None:
    assert vietnamese_date(date(2024, 2, 1)) == "01/02/2024"
    assert deadline_text(Deadline(day=date(2024, 3, 9), before=False)) == "chậm nhất ngày 09/3/2024"


def test_what_goes_by_address_says_where() -> None:
    subject, text, html = render_mail("directive", replace(DIRECTIVE, linked=LINKED))
    assert "phần" not in subject
    assert "Tệp không gửi kèm thư do dung lượng lớn (01 tệp)" in text
    assert "- Phụ lục 1.pdf: <https://sotttt.langson.example/47/pl1.pdf>" in text
    assert 'href="https://sotttt.langson.example/47/pl1.pdf"' in html


def test_parts_say_which_one_they_are_and_what_is_in_the_others() -> None:
    first = replace(DIRECTIVE, elsewhere=("Phụ lục 2.pdf", "Phụ lục 3.pdf"), parts=3)
    subject, text, _ = render_mail("directive", first)
    assert subject.endswith("Nghị quyết số 47/NQ-CP (phần 1/3) [DD-ABCDEFGH]")
    assert "được gửi trong 03 thư cùng tiêu đề; thư này là phần 1/3." in text
    assert "- Phụ lục 3.pdf" in text
    subject, text, _ = render_mail("part", PART)
    assert subject.endswith("Nghị quyết số 47/NQ-CP (phần 2/3) [DD-ABCDEFGH]")
    assert "gửi UBND xã Yên Sơn phần 2/3 các tệp kèm theo." in text
    assert "không phải trả lời riêng thư này" in text
    result = replace(PART, title="kết quả thực hiện Nghị quyết", number="15/BC-UBND")
    subject, text, _ = render_mail("part", result)
    assert subject == ("[15/BC-UBND] Báo cáo kết quả thực hiện Nghị quyết (phần 2/3) [DD-ABCDEFGH]")
    assert "Tiếp theo thư gửi Báo cáo số 15/BC-UBND về kết quả thực hiện Nghị quyết" in text


def test_the_link_is_of_plain_ascii_and_short_enough_for_outlook() -> None:
    longest = replace(
        DIRECTIVE, office="Trung tâm Giáo dục nghề nghiệp - Giáo dục thường xuyên " * 2
    )
    for mail in (*ALL, longest):
        for _, link in BUTTON.findall(render_mail(mail.template, mail).text):
            assert re.fullmatch(
                r"mailto:[A-Za-z0-9%@._~-]+\?subject=[A-Za-z0-9%._~-]+&body=[A-Za-z0-9%._~-]+", link
            )
            # Internet Explorer's old limit, which Windows still keeps for links of programs.
            assert len(link) < 2_083


def test_line_ends_and_plus_signs_arrive_as_they_are() -> None:
    link = mailto("nq47+abc@huulung.example", "1 + 1", "a\nb\r\nc")
    assert link == "mailto:nq47%2Babc@huulung.example?subject=1%20%2B%201&body=a%0D%0Ab%0D%0Ac"


def test_hostile_values_stay_text_in_html() -> None:
    html = render_mail("directive", replace(DIRECTIVE, office="<script>x</script>")).html
    assert "<script>" not in html
