"""Confirmations that are none: denied, asked, conditional, hoped for or partial."""

import pytest

from domain.reading import MessageKind
from mappings.names.fold import fold_loose
from tests.unit.mappings.reply.replies import judged, message

IN_DOUBT = [
    "Xã chưa hề nhận được văn bản",
    "Xã chưa từng nhận được công văn này",
    "Đến nay xã vẫn chưa có nhận được văn bản",
    "Xã không hề nhận được văn bản nào",
    "Đơn vị tôi chưa thấy nhận được văn bản",
    "Chúng tôi chưa bao giờ nhận được văn bản",
    "Chưa ai nhận được văn bản cả",
    "Văn thư báo không có nhận được công văn",
    "Xã chưa (kể cả bản giấy)\nnhận được văn bản nào",
    "Đâu có nhận được văn bản",
    "k nhận được văn bản",
    "hem nhận được văn bản",
    "chẳng nhận được văn bản nào",
    "chả nhận được văn bản",
    "Chưa rõ ạ",
    "Xã mình đã nhận được văn bản nào đâu",
    "đã nhận được công văn đâu ạ",
    "Dạ chưa ạ, đã nhận đâu",
    "Đơn vị khác đã nhận được văn bản, còn xã thì chưa",
    "Bao giờ nhận được văn bản, xã sẽ báo lại",
    "Khi nhận được văn bản, xã sẽ báo",
    "Nếu nhận được công văn xã sẽ báo",
    "Rất mong sớm nhận được văn bản",
    "Vui lòng cho biết đã nhận được văn bản hay chưa",
    "UBND huyện đã nhận được báo cáo của xã chưa",
    "Huyện đã nhận được văn bản đề nghị của xã gửi hôm qua chưa ạ",
    "Huyện có nhận được văn bản không ạ",
    "Đã nhận được công văn, báo cáo của xã chưa anh ơi",
    "Đã nhận được 1/3 văn bản, còn thiếu",
    "Tôi đã nhận được thông báo lỗi khi mở tệp",
    "Xã chưa hề nhận được văn bản, không phát sinh",
    "Có nhận được văn bản đâu mà báo cáo",
    "Nhận được văn bản thì xã sẽ xác nhận ngay",
    "Trên hệ thống báo đã nhận nhưng thực tế xã không thấy",
    "Máy báo đã nhận mà em tìm không ra",
    "Theo hệ thống thì đã nhận nhưng văn thư bảo không có",
    "Xã nhận được văn bản nhưng file trắng",
    "Xã nhận được văn bản nhưng là của xã khác",
    "Nhận được văn bản của đơn vị khác chứ không phải của xã",
    "Đã nhận được nhưng file bị hỏng",
    "Đã nhận được công văn nhưng không có phụ lục kèm theo",
    "Xã đã nhận được nhưng file nén cần mật khẩu",
    "Em nhận được mỗi trang đầu",
    "Công văn 512 xã không có, chỉ nhận được công văn 510",
    "Xã bên đã nhận được công văn còn xã em không có",
    "Xã tưởng đã nhận được nhưng hóa ra là văn bản khác",
    "Tôi phủ nhận đã nhận được văn bản này",
    "Sao huyện bảo là xã đã nhận được",
    "Giá mà xã nhận được công văn sớm",
    "Huyện đã nhận được công văn trả lời của xã rồi chứ ạ",
    "Anh xác nhận giúp em đã nhận được báo cáo nhé",
    "Đợi nhận được văn bản xã sẽ báo",
    "Ok để em kiểm tra",
    "Dạ chưa, em nhận được em báo ngay, ok anh",
    "Tôi đã nhận được công văn nhưng đã chuyển công tác",
    "Xã đã nhận được văn bản nào đâu (?)",
]
ACKNOWLEDGED = [
    "Em đã nhận được công văn ạ",
    "Đã nhận, không có ý kiến gì thêm",
    "Không có ý kiến, đã nhận được công văn",
    "Đã nhận được công văn, xã sẽ thực hiện",
    "Xã đã nhận được công văn nhưng chưa triển khai",
    "Đã nhận. Chưa có ý kiến",
    "Kính gửi: Phòng VHTT. Xã đã nhận được công văn số 512 ngày 8/5/2024",
    "Nếu đã nhận thì xác nhận: em đã nhận được công văn",
    "Đã nhận đủ tài liệu",
    "Sở đã nhận được báo cáo tổng hợp của huyện",
    "Xã không có ý kiến gì thêm và xác nhận đã nhận văn bản",
    "Sau khi nhận được văn bản, UBND xã đã triển khai tới các thôn",
    "Em đã nhận được rồi, anh không cần gửi lại nữa ạ",
    "Xã mới nhận được công văn hôm nay, sẽ triển khai ngay",
    "Đã nhận được công văn qua địa chỉ https://huulung.example/?so=512",
]
WHAT_A_GAP_MAY_SWALLOW = [
    ("Đề nghị huyện gia hạn đến 20/11 và xin xác nhận đã nhận được văn bản", "extension_request"),
    ("Mong phòng gia hạn thêm 5 ngày, em xác nhận đã nhận văn bản", "extension_request"),
    ("Đề nghị huyện gửi lại vì xã chưa nhận được, xã sẽ xác nhận khi nhận được thư", "question"),
    ("Đề nghị phòng bỏ tên vì không thuộc chức năng, xã xác nhận đã nhận văn bản", "refusal"),
    ("Xã đã nhận được văn bản từ hôm qua nhưng không mở được", "question"),
    ("Bản cũ và bản mới đều không mở được, xã đã nhận thư", "question"),
    ("Hôm qua đến nay xã vẫn không mở được, đã nhận thư rồi", "question"),
    ("Nếu huyện đồng ý xin gia hạn, không nhận được thì thôi. Đã nhận", "question"),
]
WANTED_OF_OTHERS = [
    "Đề nghị huyện xác nhận đã nhận được báo cáo của xã",
    "Nhờ anh xác nhận là đã nhận báo cáo giúp em",
]
NIL_IN_DOUBT = [
    "Xã đã nhận được công văn, nếu không phát sinh xã sẽ báo cáo sau",
    "Nếu không phát sinh thì có phải gửi không ạ",
    "Khi không phát sinh thì xã không báo cáo đúng không",
    "Trong trường hợp không phát sinh xã có cần gửi công văn không",
    "Xã không phát sinh gì nhưng chưa chốt số liệu",
    "Không phải là không phát sinh đâu ạ",
    "Không biết năm nay không phát sinh thì làm báo cáo kiểu gì",
    "Huyện báo là xã không phát sinh, xã đề nghị xem lại",
]
NIL = [
    "Trong năm, trên địa bàn xã không phát sinh",
    "Xã đã rà soát và không phát sinh",
    "Hiện tại không phát sinh, khi có phát sinh xã sẽ báo cáo bổ sung",
    "Từ đầu năm đến nay chưa có trường hợp nào, xã không phát sinh",
]


@pytest.mark.parametrize("said", NIL_IN_DOUBT)
def test_who_asks_about_nothing_to_report_has_not_reported(said: str) -> None:
    assert judged(message(f"{said}.")).kind is MessageKind.QUESTION
    sent = judged(message(f"{said}.", files=["BC-47.docx"]))
    to_come = "báo cáo sau" in said
    assert sent.kind is (MessageKind.UNCLEAR if to_come else MessageKind.REPORT)
    assert not sent.nil


@pytest.mark.parametrize("said", NIL)
def test_nothing_to_report_is_a_report(said: str) -> None:
    judgement = judged(message(f"{said}."))
    assert (judgement.kind, judgement.nil) == (MessageKind.REPORT, True)


def test_the_latest_day_is_no_delay() -> None:
    said = "Xã đã nhận công văn, {} gửi báo cáo chậm nhất ngày 10/11."
    assert judged(message(said.format("sẽ"))).kind is MessageKind.ACKNOWLEDGEMENT
    assert judged(message(said.format("xin phép"))).kind is MessageKind.EXTENSION_REQUEST


@pytest.mark.parametrize("plain", [False, True], ids=["diacritics", "bare"])
@pytest.mark.parametrize("said", IN_DOUBT)
def test_an_acknowledgement_in_doubt_is_for_a_person(said: str, plain: bool) -> None:
    parts = [fold_loose(part) for part in said.split(",")]
    told = ", ".join(parts) if plain else said
    assert judged(message(f"Kính gửi phòng.\n{told}.")).kind is MessageKind.QUESTION


@pytest.mark.parametrize("said", ACKNOWLEDGED)
def test_an_ordinary_acknowledgement_stays_one(said: str) -> None:
    assert judged(message(f"{said}.")).kind is MessageKind.ACKNOWLEDGEMENT


@pytest.mark.parametrize(("said", "kind"), WHAT_A_GAP_MAY_SWALLOW)
def test_what_is_put_aside_takes_no_request_with_it(said: str, kind: str) -> None:
    assert judged(message(f"{said}.")).kind == kind


@pytest.mark.parametrize("said", WANTED_OF_OTHERS)
def test_whoever_wants_a_confirmation_gives_none(said: str) -> None:
    assert judged(message(f"{said}.")).kind is MessageKind.UNCLEAR
    told = f"Xã báo cáo kết quả như sau: {'đã làm xong ' * 10}. {said}."
    assert judged(message(told)).kind is MessageKind.REPORT


def test_a_report_is_not_in_doubt_by_the_people_of_whom_it_tells() -> None:
    said = "Các hộ chưa ai nhận đủ tiền hỗ trợ"
    assert judged(message(said, files=["BC-47.docx"])).kind is MessageKind.REPORT
    assert judged(message(f"Số: 15/BC-UBND\n{said}")).kind is MessageKind.REPORT


def test_judging_many_acknowledgements_takes_no_long_time() -> None:
    said = "đã nhận " * 2_500
    assert judged(message(said)).kind is MessageKind.UNCLEAR


TO_COME = [
    "Xã chưa có báo cáo, gửi sau",
    "Báo cáo sẽ gửi sau",
    "Báo cáo xã xin gửi sau ạ",
    "Chưa tổng hợp xong, xin gửi sau",
    "Xã đang làm báo cáo",
    "Em gửi file mẫu, còn báo cáo kết quả em gửi sau",
    "Xã chưa kịp làm, tuần sau sẽ nộp báo cáo",
    "Xã gửi lại biểu mẫu, báo cáo chưa xong",
    "Xã chưa có BC, nay gửi công văn hỏi, sẽ gửi báo cáo sau",
    "Đến nay xã chưa có báo cáo nông thôn mới, gửi sau",
]
THERE = [
    "Xã gửi báo cáo, bản có dấu sẽ gửi sau",
    "Em gửi báo cáo bản word, bản giấy gửi sau qua bưu điện",
    "Xã xin lỗi vì chưa gửi báo cáo đúng hạn, nay xã gửi báo cáo ạ",
    "Hôm qua xã chưa có báo cáo. Xin gửi kèm báo cáo ạ",
    "Em gửi báo cáo, hình ảnh gửi sau ạ",
    "Xã gửi báo cáo, trên địa bàn chưa có trường hợp nào",
    "Xã gửi báo cáo các nhiệm vụ chưa hoàn thành",
    "Xin lỗi phòng vì gửi chậm",
    "Em gửi báo cáo, chưa có báo cáo của các thôn",
]


@pytest.mark.parametrize("plain", [False, True], ids=["diacritics", "bare"])
@pytest.mark.parametrize("said", TO_COME)
def test_a_file_beside_a_report_to_come_is_for_a_person(said: str, plain: bool) -> None:
    told = ", ".join(map(fold_loose, said.split(","))) if plain else said
    judgement = judged(message(f"Kính gửi phòng.\n{told}.", files=["BC-47.docx"]))
    assert judgement.kind is MessageKind.UNCLEAR
    assert judgement.reasons[0].rule == "report_to_come"
    assert judgement.reasons[0].evidence in f"Kính gửi phòng. {told}"


@pytest.mark.parametrize("said", THERE)
def test_a_report_that_is_there_stays_one(said: str) -> None:
    assert judged(message(f"{said}.", files=["BC-47.docx"])).kind is MessageKind.REPORT


def test_a_report_to_come_without_a_file_is_no_report() -> None:
    assert judged(message("Xã chưa có báo cáo, gửi sau.")).kind is MessageKind.UNCLEAR


def test_a_request_for_time_beside_a_file_stays_one() -> None:
    judgement = judged(message("Xã xin gia hạn.", files=["BC-47.docx"]))
    assert judgement.kind is MessageKind.EXTENSION_REQUEST


def test_a_report_in_the_mail_itself_that_speaks_of_receipt_is_for_a_person() -> None:
    done = (
        "UBND xã xin báo cáo như sau: đã tổ chức 3 buổi tuyên truyền tại 12 thôn, các thôn đã nhận"
        " đủ tài liệu, đăng 5 bài trên trang thông tin của xã."
    )
    assert judged(message(done)).kind is MessageKind.UNCLEAR
    plan = "UBND xã đã nhận được công văn và sẽ triển khai tới 12 thôn, sau đó sẽ báo cáo kết quả"
    intended = f"{plan} thực hiện về phòng theo đúng thời hạn trong công văn của huyện."
    assert judged(message(intended)).kind is MessageKind.ACKNOWLEDGEMENT
