"""A person's words beside phrases that machines write, and what is no acknowledgement."""

from dataclasses import replace

import pytest

from domain.reading import MessageKind
from tests.unit.mappings.reply.replies import OUR_LETTER, judged, message

AWAY = "Hiện lãnh đạo đang đi công tác, xã sẽ trả lời sau."


@pytest.mark.parametrize(
    ("say", "kind"),
    [
        (f"Đã nhận được công văn. {AWAY}", "acknowledgement"),
        (
            "UBND xã đã nhận được văn bản. Đồng chí phụ trách đang nghỉ phép, xã sẽ trả lời bằng"
            " văn bản trước ngày 10/11.",
            "acknowledgement",
        ),
        ("Đã nhận được công văn.\n\nViệc gấp xin liên hệ: 0912 000 000", "acknowledgement"),
        ("Xã xin gia hạn.\n\nViệc gấp xin liên hệ: 0912 000 000", "extension_request"),
        ("Xã chưa nhận được phụ lục.\n\nViệc gấp xin liên hệ: 0912", "unclear"),
        ("Đã nhận được công văn.\n\nThư này được gửi tự động từ hệ thống eOffice", "unclear"),
        (f"Tôi đã nhận được thư của anh. {AWAY}", "unclear"),
        (AWAY, "auto_reply"),
        ("Hệ thống đã nhận được thư của quý đơn vị. Đây là thư tự động.", "auto_reply"),
        ("Đã nhận công văn. Email của bạn đang bị tạm giữ trong hộp thư rác.", "acknowledgement"),
        ("Đã nhận được thư. Email của bạn đang bị tạm giữ.", "auto_reply"),
    ],
)
def test_a_phrase_alone_swallows_no_answer(say: str, kind: str) -> None:
    assert judged(message(say)).kind == kind


AUTOMATIC = "Trả lời tự động: 512/UBND-VH: V/v triển khai Nghị quyết số 47/NQ-CP"


@pytest.mark.parametrize("subject", [AUTOMATIC, "Automatic reply: 512/UBND-VH"])
@pytest.mark.parametrize(
    ("say", "kind"),
    [
        ("UBND xã đã nhận được Công văn số 512/UBND-VH, sẽ báo cáo đúng hạn.", "unclear"),
        (f"Đã nhận được công văn. {AWAY}", "unclear"),
        ("Xã xin gia hạn đến ngày 15/11.", "unclear"),
        ("Xã chưa nhận được phụ lục.", "unclear"),
        ("Em gửi báo cáo của xã ạ.", "unclear"),
        ("Trong năm, trên địa bàn xã không phát sinh.", "unclear"),
        ("Tôi đang đi công tác, sẽ trả lời sau.", "auto_reply"),
        ("Tôi đang nghỉ phép, sẽ trả lời sau. Báo cáo đề nghị gửi báo cáo viên.", "auto_reply"),
        ("Chúng tôi đã nhận được thư của quý cơ quan và sẽ phản hồi sớm nhất.", "auto_reply"),
        ("Đây là thư trả lời tự động. Hệ thống đã nhận được thư của quý vị.", "auto_reply"),
        ("Cảm ơn quý vị đã liên hệ.", "auto_reply"),
        ("", "auto_reply"),
    ],
)
def test_a_subject_alone_swallows_no_answer(subject: str, say: str, kind: str) -> None:
    judgement = judged(message(say, subject=subject))
    assert judgement.kind == kind
    assert judgement.reasons[0].rule == "auto_subject"


@pytest.mark.parametrize("headers", [("auto-submitted", "auto-replied"), ("return-path", "<>")])
def test_a_machine_is_believed_by_its_header_first(headers: tuple[str, str]) -> None:
    said = message("Đã nhận được công văn.", subject=AUTOMATIC, headers=[headers])
    assert judged(said).kind is MessageKind.AUTO_REPLY


@pytest.mark.parametrize(
    ("file", "kind"),
    [("Báo cáo 47.docx", "report"), ("IMG_0001.jpg", "unclear"), ("so-lieu.zip", "unclear")],
)
def test_a_file_below_such_a_subject_is_not_lost(file: str, kind: str) -> None:
    assert judged(message("Kính gửi.", subject=AUTOMATIC, files=(file,))).kind == kind


def test_a_header_field_still_tells_a_machine() -> None:
    held = "Đã nhận công văn. Email của bạn đang bị tạm giữ."
    for headers in ([("auto-submitted", "auto-replied")], [("return-path", "<>")]):
        assert judged(message(held, headers=headers)).held


@pytest.mark.parametrize(
    ("say", "kind"),
    [
        ("", "unclear"),
        ("Xã đã nhận được văn bản.", "acknowledgement"),
        ("Thư của bạn đã được đọc lúc 08:10 ngày 09/5/2024.", "read_receipt"),
    ],
)
def test_a_receipt_in_words_proves_nothing(say: str, kind: str) -> None:
    assert judged(message(say, subject="Đã đọc: [512/UBND-VH] V/v")).kind == kind


def test_an_address_change_beside_an_answer_is_proposed() -> None:
    judgement = judged(message("Đã nhận được văn bản.\n\nĐịa chỉ email mới: a@langson.example"))
    assert judgement.kind is MessageKind.ACKNOWLEDGEMENT
    assert judgement.proposed == ("a@langson.example",)
    assert "address_change" in [reason.rule for reason in judgement.reasons]


@pytest.mark.parametrize(
    ("say", "kind"),
    [
        ("Đã nhận được thư nhưng không có file.", "question"),
        ("Xã chưa xác nhận đã nhận được văn bản này.", "question"),
        ("Xã sẽ xác nhận khi đã nhận được văn bản giấy.", "unclear"),
        ("Nếu đã nhận được báo cáo của xã, đề nghị huyện xác nhận.", "unclear"),
        ("Khi nào đã nhận được văn bản giấy xã sẽ trả lời.", "unclear"),
    ],
)
def test_a_receipt_denied_or_to_come_is_none(say: str, kind: str) -> None:
    assert judged(message(say)).kind == kind


@pytest.mark.parametrize(
    ("say", "kind"),
    [
        ("Xã chưa nhận được tệp, đề nghị gửi lại.", "unclear"),
        ("UBND xã xin gia hạn đến 20/11.", "unclear"),
        ("Văn bản này không thuộc thẩm quyền của xã.", "unclear"),
        ("Báo cáo theo mẫu năm ngoái được không ạ?", "unclear"),
        ("Trong năm, trên địa bàn xã không phát sinh.", "unclear"),
        (f"{AWAY} Xã xin gia hạn đến 20/11.", "unclear"),
        ("Xã chưa hề nhận được văn bản nào.", "unclear"),
        ("Xã có nhận được công văn nào đâu ạ", "unclear"),
        ("Số: 15/BC-UBND\nNăm 2024 xã mở 3 lớp, 20 người học.", "unclear"),
        ("Xã gửi báo cáo theo đường dẫn https://tep.example/a", "unclear"),
        ("Bạn sẽ nhận được thư trả lời trong 3 ngày.", "auto_reply"),
        ("Đã nhận được công văn.", "auto_reply"),
        (AWAY, "auto_reply"),
        (f"{AWAY} Có việc gấp? Gọi số 0912 000 000.", "auto_reply"),
        ("Trong thời gian nghỉ, tôi không đọc được email, xin phép trả lời chậm.", "auto_reply"),
        ("Xin lỗi vì chưa kịp trả lời. Xin hỏi đồng chí Lan.", "auto_reply"),
    ],
)
def test_a_header_swallows_nothing_that_a_person_asks(say: str, kind: str) -> None:
    headers = [("auto-submitted", "auto-replied")]
    answers = message(say, subject="Re: 512/UBND-VH", headers=headers)
    assert judged(answers).kind == kind
    assert judged(replace(answers, thread=(OUR_LETTER,), subject="512")).kind == kind


@pytest.mark.parametrize(
    ("subject", "kind"), [("Bản tin", "auto_reply"), ("V/v Công văn số 512/UBND-VH", "unclear")]
)
def test_what_a_program_writes_of_itself_asks_nothing(subject: str, kind: str) -> None:
    headers = [("auto-submitted", "auto-generated")]
    said = message("Xã xin gia hạn đến 20/11.", subject=subject, headers=headers)
    assert judged(said).kind == kind


FULL = "Hộp thư của người nhận đã đầy, không nhận thêm thư"
OVER = "Thư của bạn chưa được chuyển đến người nhận vì hộp thư đã vượt quá dung lượng"


@pytest.mark.parametrize("say", [FULL, OVER, "", "Xem phần trên."])
@pytest.mark.parametrize(
    "subject", ["Hộp thư đầy", "Mailbox full", "Quota exceeded", "Undeliverable: 512/UBND-VH"]
)
@pytest.mark.parametrize(
    ("sender", "headers"),
    [
        ("xayenson@huulung.example", [("auto-submitted", "auto-replied")]),
        ("xayenson@huulung.example", [("x-autoreply", "yes")]),
        ("postmaster@huulung.example", [("return-path", "<postmaster@huulung.example>")]),
    ],
)
def test_a_full_mailbox_is_no_delivery(
    say: str, subject: str, sender: str, headers: list[tuple[str, str]]
) -> None:
    judgement = judged(message(say, subject=subject, sender=sender, headers=headers))
    assert judgement.kind is MessageKind.DELIVERY_STATUS


def test_a_full_mailbox_below_an_automatic_subject_is_no_delivery() -> None:
    assert judged(message(FULL, subject=AUTOMATIC)).kind is MessageKind.DELIVERY_STATUS


def test_a_person_may_tell_of_a_full_mailbox() -> None:
    assert judged(message(FULL)).kind is MessageKind.UNCLEAR
    sent = message(FULL, files=("BC-47.docx",), headers=[("auto-submitted", "auto-generated")])
    assert judged(sent).kind is MessageKind.REPORT
