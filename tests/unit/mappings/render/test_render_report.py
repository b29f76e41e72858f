"""The compiled report as a document."""

from dataclasses import replace
from datetime import timedelta

from domain.campaign import CompileRule, Expected
from domain.compilation import Failure
from domain.status import AssignmentStatus as Status
from mappings.render.official import Heading, Item, OfficialDocument, Paragraph, Table
from mappings.render.report import report_document
from tests.unit.mappings.render.compilations import (
    MADE,
    RULE,
    compilation,
    informed,
    late,
    nil,
    office,
    silent,
    unreached,
)

DEPARTMENT = "Sở Thông tin và Truyền thông tỉnh Lạng Sơn"


def texts(document: OfficialDocument) -> list[str]:
    return [b.text for b in document.body if not isinstance(b, Table)]


def tables(document: OfficialDocument) -> list[Table]:
    return [b for b in document.body if isinstance(b, Table)]


def test_the_report_of_the_district_can_be_signed_as_it_is() -> None:
    report = report_document(compilation(), addressee=DEPARTMENT)
    assert report.number_line.endswith("/BC-UBND")
    assert report.place_line == "Hữu Lũng, ngày 15 tháng 11 năm 2024"
    assert report.type_name == "Báo cáo"
    assert report.subject == RULE.title
    assert report.addressees == (DEPARTMENT,)
    assert report.signer.capacity == ("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH")
    assert report.recipients == (
        "Như trên (để báo cáo)",
        "Thường trực Huyện ủy (để b/c)",
        "Thường trực HĐND huyện (để b/c)",
        "Lãnh đạo UBND huyện (CT, các PCT) (để b/c)",
        "Lãnh đạo Văn phòng HĐND&UBND huyện (để b/c)",
        "Lưu: VT",
    )
    words = texts(report)
    assert words[0].startswith(
        "Thực hiện Công văn số 512/UBND-VH ngày 08 tháng 5 năm 2024 của UBND huyện Hữu Lũng về "
        "việc triển khai thực hiện Nghị quyết số 47/NQ-CP"
    )
    assert words[-1].endswith("./.")


def test_the_parts_stand_in_their_order() -> None:
    report = report_document(compilation())
    parts = [b.text for b in report.body if isinstance(b, Heading) and b.level == 1]
    assert [part.split(".")[0] for part in parts] == ["I", "II", "III", "IV"]


def test_the_counts_are_those_of_the_round() -> None:
    words = " ".join(texts(report_document(compilation())))
    for text in (
        "giao 63 cơ quan, đơn vị",
        "trước ngày 10/11/2024; gửi 04 cơ quan, đơn vị để biết",
        "Văn bản được gửi qua trục liên thông văn bản điện tử và thư điện tử; 66/67 nơi nhận",
        "trong đó 44 nơi đã tiếp nhận trên trục liên thông, 15 nơi đã xác nhận bằng thư điện tử;",
        "Trong kỳ đã đôn đốc 20 lượt đối với 06 cơ quan, đơn vị; gia hạn báo cáo cho 01",
        "chưa gửi được đến 01 nơi nhận",
        "Tính đến 09 giờ 30 phút ngày 15/11/2024, trong tổng số 63 cơ quan, đơn vị",
        "Đã báo cáo: 58 (đạt 92,1%), gồm 56 đúng hạn (01 đơn vị được gia hạn) và 02 muộn; trong "
        "số đó có 02 báo cáo không phát sinh nội dung, 01 báo cáo thay thế bản đã gửi;",
        "Được miễn báo cáo: 01;",
        "Chưa báo cáo: 04, gồm 03 đơn vị đã nhận được văn bản nhưng chưa gửi báo cáo, 01 đơn vị "
        "chưa nhận được văn bản do không gửi đến được.",
    ):
        assert text in words


def test_the_shortcomings_name_each_office_and_its_reminders() -> None:
    body = report_document(compilation()).body
    words = [b.text for b in body if isinstance(b, Heading | Item)]
    first = words.index("III. Tồn tại, hạn chế")
    assert words[first + 1 : words.index("IV. Kiến nghị, đề xuất")] == [
        "1. Cơ quan, đơn vị chưa báo cáo (04)",
        "a) Đã nhận được văn bản nhưng chưa gửi báo cáo (03):",
        "UBND xã Hồ Sơn: đã tiếp nhận trên trục liên thông ngày 08/5/2024, đã đôn đốc 04 lần;",
        "UBND xã Quyết Thắng: văn bản đã đến ngày 08/5/2024, đã đôn đốc 04 lần;",
        "Hạt Kiểm lâm Hữu Lũng: đã mở xem, đã đôn đốc 03 lần.",
        "b) Chưa nhận được văn bản do không gửi đến được (01):",
        "Huyện Đoàn: không gửi được thư điện tử.",
        "2. Cơ quan, đơn vị báo cáo muộn (02)",
        "UBND xã Đồng Tiến: báo cáo ngày 11/11/2024 (thời hạn 08/11/2024), đã đôn đốc 03 lần;",
        "Phòng Dân tộc: báo cáo ngày 11/11/2024 (thời hạn 08/11/2024), đã đôn đốc 03 lần.",
    ]


def test_the_tables_give_groups_and_offices() -> None:
    groups, offices = tables(report_document(compilation()))
    assert groups.rows[0] == ("Các xã, thị trấn", "24", "21", "1", "0", "2", "91,7%")
    assert groups.rows[-1] == ("Tổng số", "63", "56", "2", "1", "4", "92,1%")
    for _, awaited, *parts, _share in groups.rows:
        assert sum(int(part) for part in parts) == int(awaited)
    assert len(offices.rows) == 58
    assert offices.rows[0][:4] == ("1", "UBND thị trấn Hữu Lũng", "11/BC-UBND", "07/11/2024")
    by_name = {row[1]: row for row in offices.rows}
    assert by_name["UBND xã Đồng Tiến"][3] == "11/11/2024 (muộn)"
    assert by_name["UBND xã Yên Sơn"][3] == "11/11/2024 (gia hạn đến 13/11/2024)"
    assert by_name["Ban Tổ chức Huyện ủy"][2] == "Không số"
    assert by_name["Phòng Văn hóa và Thông tin"][4].startswith("Trong kỳ không phát sinh")


def test_offices_that_were_waived_are_not_said_to_have_reported() -> None:
    waived = replace(office(2), status=Status.WAIVED, reported_at=None)
    some = texts(report_document(compilation(office(1), waived)))
    assert "Các cơ quan, đơn vị không được miễn đều đã báo cáo đúng thời hạn." in some
    none = texts(report_document(compilation(waived)))
    assert "Các cơ quan, đơn vị được giao đều được miễn báo cáo." in none


def test_a_round_without_blemish_says_so() -> None:
    report = report_document(compilation(office(1), replace(office(2), summary="")))
    words = texts(report)
    assert "Các cơ quan, đơn vị được giao đều đã báo cáo đúng thời hạn." in words
    assert "Đã báo cáo: 02 (đạt 100%), gồm 02 đúng hạn và 00 muộn;" in words
    assert "Chưa báo cáo: 00." in words
    assert not any("chưa gửi báo cáo khẩn trương" in text for text in words)
    assert "Trong kỳ không phải đôn đốc cơ quan, đơn vị nào." in words
    assert not any("đã đôn đốc" in text or "để biết" in text for text in words)
    assert tables(report)[1].rows[1][4] == "Nội dung theo báo cáo gửi kèm."


def test_a_round_that_nobody_answered_has_no_table_of_reports() -> None:
    row = silent(office(1), reminders=0)
    closed = replace(unreached(office(2)), reminders=2)
    rows = [replace(r, channels=()) for r in (row, closed, informed(office(3)))]
    report = report_document(compilation(*rows))
    words = texts(report)
    assert "Chưa có cơ quan, đơn vị nào gửi báo cáo." in words
    assert len(tables(report)) == 1
    assert "UBND xã Yên Sơn: không gửi được thư điện tử, đã đôn đốc 02 lần." in words
    assert not any("Văn bản được gửi qua" in text for text in words)
    assert "UBND xã Yên Sơn: văn bản đã đến ngày 08/5/2024." in words


def test_a_late_report_without_reminder_or_times_is_told_as_far_as_known() -> None:
    row = replace(late(office(1)), reminders=0, reported_at=None, due_at=None)
    report = report_document(compilation(row))
    assert "UBND xã Yên Sơn: muộn." in texts(report)
    assert tables(report)[1].rows[0][3] == "(muộn)"


def test_a_single_class_of_missing_reports_needs_no_letter() -> None:
    words = texts(report_document(compilation(silent(office(1)), office(2))))
    assert "Đã nhận được văn bản nhưng chưa gửi báo cáo (01):" in words


def test_an_extension_is_named_wherever_its_office_is_listed() -> None:
    until = MADE + timedelta(days=5)
    waits = replace(silent(office(1)), extended=True, due_at=until)
    ended = replace(late(office(2)), extended=True, due_at=MADE - timedelta(days=5))
    report = report_document(compilation(waits, ended))
    words = texts(report)
    assert "Chưa báo cáo: 01, gồm 01 đơn vị đang trong thời gian được gia hạn." in words
    assert (
        "UBND xã Yên Sơn: văn bản đã đến ngày 08/5/2024, gia hạn đến 20/11/2024, đã đôn đốc 04 lần."
    ) in words
    assert (
        "UBND xã Yên Sơn: báo cáo ngày 11/11/2024 (gia hạn đến 10/11/2024), đã đôn đốc 03 lần."
    ) in words
    assert tables(report)[1].rows[0][3] == "11/11/2024 (muộn; gia hạn đến 10/11/2024)"


def test_recipients_without_sign_or_door_are_counted_apart() -> None:
    quiet = replace(informed(office(1)), status=Status.SENT, delivered_at=None)
    closed = replace(unreached(informed(office(2))), due_at=None)
    refused = replace(silent(office(3)), failures=(Failure.REFUSED,))
    words = texts(report_document(compilation(quiet, closed, refused, office(4))))
    sending = next(text for text in words if "nơi nhận đã nhận được" in text)
    assert sending.endswith(
        "01/04 nơi nhận đã nhận được văn bản (căn cứ hồi báo hoặc trả lời), trong đó 01 nơi đã xác "
        "nhận bằng thư điện tử; 01 nơi nhận chưa có hồi báo; chưa gửi được đến 02 nơi nhận, trong "
        "đó 01 nơi từ chối tiếp nhận."
    )
    assert "2. Nơi nhận khác chưa gửi được văn bản (01)" in words
    assert "Đã từ chối tiếp nhận văn bản (01):" in words
    nobody = texts(report_document(compilation(replace(quiet, expected=Expected.REPORT))))
    assert "00/01 nơi nhận đã nhận được" in " ".join(nobody)
    assert not any("trong đó" in text for text in nobody)


def test_the_period_is_added_to_a_title_without_it_and_only_to_yearly_duties() -> None:
    untitled = report_document(compilation(nil(office(1)), rule=CompileRule()))
    assert untitled.subject == (
        "Kết quả thực hiện Công văn số 512/UBND-VH ngày 08 tháng 5 năm 2024 của UBND huyện Hữu "
        "Lũng (năm 2024)"
    )
    assert untitled.place_line.startswith("……………, ngày 15")
    assert untitled.issuer == "UBND huyện Hữu Lũng"
    once = report_document(compilation(office(1), rule=CompileRule(title="Kết quả"), yearly=False))
    assert once.subject == "Kết quả"
    assert not any("hằng năm" in text for text in texts(once))
    assert "chậm nhất ngày 10/11/2024" in " ".join(texts(once))


def test_text_from_outside_enters_as_text_only() -> None:
    row = replace(
        office(1),
        name="UBND <b>xã</b>\x00 & A\u202e",
        reply_number="=1+1\x07",
        summary="<para>\x1b]0;x\x07 dòng\n2" + "x" * 5000,
    )
    (_, offices) = tables(report_document(compilation(row)))
    _, name, number, _, summary = offices.rows[0]
    assert name == "UBND <b>xã</b> & A"
    assert number == "=1+1"
    assert summary.startswith("<para>]0;x dòng 2x")
    assert len(summary) == 600


def test_equal_compilations_give_equal_reports() -> None:
    assert report_document(compilation()) == report_document(compilation())
    assert compilation().made_at == MADE
    assert isinstance(report_document(compilation()).body[0], Paragraph)
