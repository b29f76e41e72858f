"""The compiled report as a document."""

from dataclasses import replace

from domain.campaign import CompileRule
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
        "Trong kỳ đã đôn đốc 20 lượt đối với 06 cơ quan, đơn vị; gia hạn báo cáo cho 01",
        "chưa gửi được đến 01 nơi nhận",
        "Tính đến 09 giờ 30 phút ngày 15/11/2024",
        "Đã báo cáo: 58 (đạt 92,1%), trong đó đúng hạn 56, muộn 02",
        "Báo cáo không phát sinh nội dung: 02",
        "Có báo cáo thay thế bản đã gửi: 01",
        "Được miễn báo cáo trong kỳ: 01",
        "Chưa báo cáo: 04.",
    ):
        assert text in words


def test_the_shortcomings_name_each_office_and_its_reminders() -> None:
    items = {b.text for b in report_document(compilation()).body if isinstance(b, Item)}
    assert (
        "UBND xã Hồ Sơn: đã xác nhận nhận văn bản, đã đôn đốc 04 lần, đến nay chưa nhận được "
        "báo cáo;" in items
    )
    assert (
        "Phòng Dân tộc: báo cáo ngày 11/11/2024 (thời hạn 08/11/2024), đã đôn đốc 03 lần." in items
    )
    assert "Huyện Đoàn." in items


def test_the_tables_give_groups_and_offices() -> None:
    groups, offices = tables(report_document(compilation()))
    assert groups.rows[0] == ("Các xã, thị trấn", "24", "21", "1", "2", "91,7%")
    assert groups.rows[-1] == ("Tổng số", "63", "56", "2", "4", "92,1%")
    assert len(offices.rows) == 58
    assert offices.rows[0][:4] == ("1", "UBND thị trấn Hữu Lũng", "11/BC-UBND", "07/11/2024")
    by_name = {row[1]: row for row in offices.rows}
    assert by_name["UBND xã Đồng Tiến"][3] == "11/11/2024 (muộn)"
    assert by_name["Ban Tổ chức Huyện ủy"][2] == "Không số"
    assert by_name["Phòng Văn hóa và Thông tin"][4].startswith("Trong kỳ không phát sinh")


def test_a_round_without_blemish_says_so() -> None:
    report = report_document(compilation(office(1), replace(office(2), summary="")))
    words = texts(report)
    assert "Các cơ quan, đơn vị được giao đều đã báo cáo đúng thời hạn." in words
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
    assert "UBND xã Yên Sơn: đã đôn đốc 02 lần." in words
    assert not any("Văn bản được gửi qua" in text for text in words)
    assert any("chưa đôn đốc, đến nay chưa nhận được báo cáo" in text for text in words)


def test_a_late_report_without_reminder_or_times_is_told_as_far_as_known() -> None:
    row = replace(late(office(1)), reminders=0, reported_at=None, due_at=None)
    report = report_document(compilation(row))
    assert "UBND xã Yên Sơn: muộn." in texts(report)
    assert tables(report)[1].rows[0][3] == " (muộn)"


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
