"""The register as a workbook, read back by another library."""

from dataclasses import replace
from datetime import datetime
from io import BytesIO
from zipfile import ZipFile

import pytest
from openpyxl import Workbook, load_workbook

from domain.campaign import CompileRule, Expected
from domain.compilation import Compilation
from domain.status import AssignmentStatus
from mappings.render.register import register_workbook
from tests.unit.mappings.render.compilations import MADE, compilation, office, silent

HEAD = 8
LAST_DAY = datetime.fromisoformat("2024-11-08")
FIRST = 10


def opened(compiled: Compilation) -> Workbook:
    return load_workbook(BytesIO(register_workbook(compiled)))


def test_equal_compilations_give_equal_bytes() -> None:
    assert register_workbook(compilation()) == register_workbook(compilation())


def test_the_first_sheet_has_the_seven_legal_columns() -> None:
    sheet = opened(compilation())["Sổ theo dõi"]
    assert [cell.value for cell in sheet[HEAD]] == [
        "Số đến",
        "Tên loại, số, ký hiệu, ngày tháng, tác giả văn bản",
        "Đơn vị hoặc người nhận",
        "Thời hạn giải quyết",
        "Tiến độ giải quyết",
        "Số, ký hiệu văn bản trả lời",
        "Ghi chú",
    ]
    assert sheet["A1"].value == "ỦY BAN NHÂN DÂN"
    assert sheet["D2"].value == "Độc lập - Tự do - Hạnh phúc"
    assert sheet["A5"].value == "SỔ THEO DÕI GIẢI QUYẾT VĂN BẢN ĐẾN"
    assert "báo cáo trước ngày 10/11/2024" in str(sheet["A6"].value)
    assert sheet.max_row == FIRST + 66


def test_a_parent_stands_above_the_issuer() -> None:
    rule = CompileRule(parent_name="UBND huyện Hữu Lũng", issuer_name="Phòng Y tế")
    sheet = opened(compilation(office(1), rule=rule))["Sổ theo dõi"]
    assert [sheet["A1"].value, sheet["A2"].value] == ["UBND HUYỆN HỮU LŨNG", "PHÒNG Y TẾ"]


def test_each_office_is_told_in_words() -> None:
    sheet = opened(compilation())["Sổ theo dõi"]
    lines = {row[2].value: [cell.value for cell in row] for row in sheet.iter_rows(min_row=FIRST)}
    assert lines["UBND thị trấn Hữu Lũng"] == [
        1,
        "Công văn số 512/UBND-VH ngày 08/5/2024, UBND huyện Hữu Lũng",
        "UBND thị trấn Hữu Lũng",
        LAST_DAY,
        "Đã báo cáo ngày 07/11/2024, đúng hạn",
        "11/BC-UBND",
        None,
    ]
    assert lines["UBND xã Đồng Tiến"][4] == "Đã báo cáo ngày 11/11/2024, muộn"
    assert lines["UBND xã Hồ Sơn"][4] == (
        "Chưa báo cáo (đã tiếp nhận trên trục liên thông ngày 08/5/2024)"
    )
    assert lines["UBND xã Quyết Thắng"][4] == "Chưa báo cáo (văn bản đã đến ngày 08/5/2024)"
    assert lines["UBND xã Yên Sơn"][4] == (
        "Đã báo cáo ngày 11/11/2024, đúng hạn (gia hạn đến 13/11/2024)"
    )
    assert lines["UBND xã Yên Sơn"][6] == "Đã đôn đốc 03 lần"
    assert lines["UBND xã Yên Bình"][6] == "Đã thay thế bản gửi trước"
    assert lines["Huyện Đoàn"][4] == "Chưa báo cáo (không gửi được thư điện tử)"
    assert lines["Chi cục Thi hành án dân sự huyện"][4] == "Được miễn báo cáo"
    assert lines["Thường trực Huyện ủy"][3:5] == [None, "Văn bản đã đến ngày 08/5/2024"]


def test_what_an_office_is_waited_for_after_an_extension_is_told() -> None:
    row = replace(silent(office(1)), extended=True, due_at=MADE)
    told = replace(office(2), expected=Expected.INFORMATION)
    sheet = opened(compilation(row, told))["Sổ theo dõi"]
    assert sheet.cell(FIRST, 5).value == (
        "Chưa báo cáo (văn bản đã đến ngày 08/5/2024; gia hạn đến 15/11/2024)"
    )
    assert sheet.cell(FIRST + 1, 5).value == "Đã báo cáo"


def test_times_unknown_are_left_out() -> None:
    row = replace(office(1), reported_at=None)
    other = replace(
        silent(office(2), AssignmentStatus.ACKNOWLEDGED), acknowledged_at=None, proof=None
    )
    sheet = opened(compilation(row, other))["Sổ theo dõi"]
    assert sheet.cell(FIRST, 5).value == "Đã báo cáo, đúng hạn"
    assert sheet.cell(FIRST + 1, 5).value == "Chưa báo cáo (đã xác nhận)"


def test_dates_are_real_dates_in_local_time() -> None:
    book = opened(compilation())
    due = book["Sổ theo dõi"].cell(FIRST, 4)
    assert due.number_format == "dd/mm/yyyy"
    sent = book["Chi tiết"].cell(2, 6)
    assert sent.value == datetime.fromisoformat("2024-05-08T10:05")
    assert sent.number_format == "dd/mm/yyyy hh:mm"
    assert due.value == LAST_DAY


def test_the_details_show_what_is_known() -> None:
    sheet = opened(compilation())["Chi tiết"]
    heads = [cell.value for cell in sheet[1]]
    rows = {
        row[1].value: dict(zip(heads, (c.value for c in row), strict=True))
        for row in sheet.iter_rows(min_row=2)
    }
    assert rows["UBND xã Yên Sơn"]["Gia hạn đến"] == datetime.fromisoformat("2024-11-13")
    assert rows["UBND xã Đồng Tiến"]["Gia hạn đến"] is None
    by = "Tiếp nhận, xác nhận bằng"
    assert rows["UBND xã Hồ Sơn"][by] == "Trạng thái trên trục liên thông"
    assert rows["UBND xã Đồng Tiến"][by] == "Thư điện tử"
    assert rows["UBND xã Quyết Thắng"][by] is None
    assert rows["UBND xã Hồ Sơn"]["Trạng thái"] == "Đã tiếp nhận"
    assert rows["UBND xã Yên Sơn"]["Đúng hạn / muộn"] == "Đúng hạn"
    assert rows["UBND xã Đồng Tiến"]["Đúng hạn / muộn"] == "Muộn"
    assert rows["UBND xã Đồng Tiến"]["Kênh gửi"] == "Thư điện tử"
    assert rows["Thường trực Huyện ủy"]["Đúng hạn / muộn"] is None
    assert rows["Thường trực Huyện ủy"]["Yêu cầu"] == "Để biết"
    assert rows["Phòng Văn hóa và Thông tin"]["Nội dung tóm tắt"] == "Không phát sinh nội dung"
    assert len(str(rows["UBND xã Yên Sơn"]["Chứng cứ (SHA-256)"])) == 64


def test_the_counts_by_group_end_with_their_total() -> None:
    sheet = opened(compilation())["Tổng hợp"]
    total = [cell.value for cell in sheet[sheet.max_row]]
    assert total[:-1] == ["Tổng số", 67, 66, 0, 1, 59, 63, 56, 2, 1, 4, 2]
    informed = [c.value for c in sheet[sheet.max_row - 1]]
    assert informed[0] == "Nơi nhận để biết"
    assert informed[-1] is None


def test_sheets_are_ready_for_screen_and_paper() -> None:
    book = opened(compilation())
    for sheet in book.worksheets:
        assert sheet.page_setup.orientation == "landscape"
        assert str(sheet.page_setup.paperSize) == "9"
        assert sheet.print_title_rows
        assert sheet.auto_filter.ref
        assert sheet.freeze_panes
    assert book["Sổ theo dõi"].freeze_panes == "A10"
    assert book["Sổ theo dõi"].auto_filter.ref == "A9:G76"
    assert book["Chi tiết"].print_title_cols == "$A:$B"


@pytest.mark.parametrize("hostile", ["=cmd|' /C calc'!A0", "+1", "@x", "-1", "{=1}", "12"])
def test_text_from_outside_never_becomes_a_formula_or_a_number(hostile: str) -> None:
    row = replace(
        office(1, name=hostile, group=hostile),
        reply_number=hostile,
        summary=hostile,
        note=hostile,
    )
    data = register_workbook(compilation(row))
    book = load_workbook(BytesIO(data))
    cells = [c for s in book.worksheets for r in s.iter_rows() for c in r if c.value == hostile]
    assert len(cells) == 9
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.quotePrefix for cell in cells)
    with ZipFile(BytesIO(data)) as package:
        sheets = [n for n in package.namelist() if n.startswith("xl/worksheets/")]
        assert not any(b"<f>" in package.read(name) for name in sheets)


def test_links_and_control_characters_are_plain_text() -> None:
    row = replace(office(1), summary="http://bad.example/\x00\x0b_x0041_", note="a" * 5000)
    data = register_workbook(compilation(row))
    book = load_workbook(BytesIO(data))
    assert book["Chi tiết"].cell(2, 17).value == "http://bad.example/ _x0041_"
    assert book["Chi tiết"].cell(2, 17).hyperlink is None
    assert len(str(book["Chi tiết"].cell(2, 18).value)) == 600
