"""Acknowledgements that are none: denied, asked, conditional, hoped for or partial."""

import time

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
]


@pytest.mark.parametrize("plain", [False, True], ids=["diacritics", "bare"])
@pytest.mark.parametrize("said", IN_DOUBT)
def test_an_acknowledgement_in_doubt_is_for_a_person(said: str, plain: bool) -> None:
    parts = [fold_loose(part) for part in said.split(",")]
    told = ", ".join(parts) if plain else said
    assert judged(message(f"Kính gửi phòng.\n{told}.")).kind is MessageKind.QUESTION


@pytest.mark.parametrize("said", ACKNOWLEDGED)
def test_an_ordinary_acknowledgement_stays_one(said: str) -> None:
    assert judged(message(f"{said}.")).kind is MessageKind.ACKNOWLEDGEMENT


def test_a_report_is_not_in_doubt_by_the_people_of_whom_it_tells() -> None:
    said = "Các hộ chưa ai nhận đủ tiền hỗ trợ"
    assert judged(message(said, files=["BC-47.docx"])).kind is MessageKind.REPORT
    assert judged(message(f"Số: 15/BC-UBND\n{said}")).kind is MessageKind.REPORT


def test_judging_many_acknowledgements_takes_no_long_time() -> None:
    said = "đã nhận " * 2_500
    started = time.perf_counter()
    assert judged(message(said)).kind is MessageKind.UNCLEAR
    assert time.perf_counter() - started < 1


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
