"""What is said to a person about a list of offices, in English and in Vietnamese."""

from collections.abc import Mapping
from typing import Literal

from mappings.directory.doubt import Code, Doubt

Language = Literal["en", "vi"]

# {0} is the first text of the doubt, {rest} all that follow it.
_SAID: Mapping[Code, tuple[str, str]] = {
    Code.HIDDEN_SHEET: (
        "the sheet is hidden and was not read; show it if it belongs to the list",
        "trang tính đang ẩn nên không đọc; hãy bỏ ẩn nếu thuộc danh sách",
    ),
    Code.NO_HEADINGS: (
        "the sheet was not read: no row has the heading of a column of names",
        "không đọc trang tính này: không có dòng tiêu đề nào có cột tên đơn vị",
    ),
    Code.NOTHING_READ: (
        "no office was found; write a row of headings, as STT, Tên đơn vị, Email",
        "không tìm thấy đơn vị nào; hãy ghi dòng tiêu đề, ví dụ STT, Tên đơn vị, Email",
    ),
    Code.UNKNOWN_HEADING: (
        'the column "{0}" is not known and was not read; add its heading to directory_columns',
        'không rõ cột "{0}" nên không đọc; có thể khai báo tiêu đề này trong directory_columns',
    ),
    Code.NOT_USED: (
        'the column "{0}" is not used: the directory does not keep it',
        'không dùng cột "{0}": danh bạ không lưu thông tin này',
    ),
    Code.NOT_A_ROW: (
        'not taken for an office: "{0}"',
        'không phải là đơn vị, bỏ qua: "{0}"',
    ),
    Code.NO_NAME: (
        "the row has no name of an office; write it, or clear the row",
        "dòng không có tên đơn vị; hãy ghi tên hoặc xóa dòng",
    ),
    Code.LONG_NAME: (
        'too long for the name of an office: "{0}"; write the name alone',
        'quá dài đối với tên đơn vị: "{0}"; chỉ ghi tên đơn vị',
    ),
    Code.FORMULA: (
        "the formula has no stored result; open the file in the spreadsheet program and save it",
        "công thức chưa có kết quả; hãy mở tệp bằng phần mềm bảng tính rồi lưu lại",
    ),
    Code.ERROR: (
        "the cell shows an error of the spreadsheet; correct it",
        "ô đang báo lỗi bảng tính; hãy sửa lại",
    ),
    Code.TORN: (
        'another row of the merged name "{0}" was left out, so this one was, too; mend that row',
        'một dòng khác của ô tên gộp "{0}" chưa lấy được nên dòng này cũng chưa lấy; hãy sửa dòng '
        "ấy",
    ),
    Code.ROWS_DIFFER: (
        'the rows of the merged name "{0}" do not say the same here; write it in one of them',
        'các dòng của ô tên gộp "{0}" ghi khác nhau ở cột này; hãy chỉ ghi ở một dòng',
    ),
    Code.BAD_ADDRESS: (
        'no mail address: "{0}"; write only addresses, as xayenson@huulung.example',
        'không phải địa chỉ thư điện tử: "{0}"; chỉ ghi địa chỉ, ví dụ xayenson@huulung.example',
    ),
    Code.BAD_IDENTIFIER: (
        'no identifier: "{0}"; write letters, digits and dots, as H37.99.01',
        'không phải mã định danh: "{0}"; chỉ gồm chữ, số và dấu chấm, ví dụ H37.99.01',
    ),
    Code.BAD_ID: (
        'no id of the directory: "{0}"; use small letters a-z, digits and hyphens, as xa-yen-son',
        'không phải mã trong danh bạ: "{0}"; chỉ dùng chữ thường a-z, số và gạch nối, '
        "ví dụ xa-yen-son",
    ),
    Code.BAD_DAY: (
        'no day: "{0}"; write it as 01/07/2025',
        'không phải ngày: "{0}"; hãy ghi như 01/07/2025',
    ),
    Code.BAD_PERIOD: (
        "the last day lies before the first; exchange them",
        "ngày cuối đứng trước ngày đầu; hãy đổi lại",
    ),
    Code.UNKNOWN_KIND: (
        'unknown kind "{0}"; use a word of the sheet Hướng dẫn of an exported list',
        'không rõ loại "{0}"; hãy dùng từ trong trang Hướng dẫn của danh bạ đã xuất',
    ),
    Code.UNKNOWN_LEVEL: (
        'unknown level "{0}"; write xã, huyện, tỉnh or trung ương',
        'không rõ cấp "{0}"; hãy ghi xã, huyện, tỉnh hoặc trung ương',
    ),
    Code.UNKNOWN_OFFICE: (
        '"{0}" means no office of the directory; write its id',
        '"{0}" không ứng với đơn vị nào trong danh bạ; hãy ghi mã của đơn vị',
    ),
    Code.KEYS_DISAGREE: (
        'the row "{0}" leads to different offices by name, identifier and address: {rest}; '
        "write the id of the right one",
        'dòng "{0}" dẫn đến nhiều đơn vị khác nhau theo tên, mã định danh và địa chỉ: {rest}; '
        "hãy ghi mã trong danh bạ của đơn vị đúng",
    ),
    Code.OTHER_NAME: (
        'the address or identifier is that of {1} ({2}), the name is "{0}"; if the office was '
        "renamed, write the id {1}",
        'địa chỉ hoặc mã định danh là của {1} ({2}) nhưng tên là "{0}"; nếu đơn vị đổi tên, '
        "hãy ghi mã {1}",
    ),
    Code.SEVERAL: (
        '"{0}" may mean {rest}; write the name in full, or the id',
        '"{0}" có thể là {rest}; hãy ghi tên đầy đủ hoặc mã trong danh bạ',
    ),
    Code.BARE_PLACE: (
        '"{0}" may be {rest}, or a larger place of that name; write xã, thị trấn or phường',
        '"{0}" có thể là {rest}, cũng có thể là địa bàn lớn hơn cùng tên; hãy ghi rõ xã, thị trấn '
        "hoặc phường",
    ),
    Code.NOT_THEN: (
        '"{0}" is an office of another time, with those that took over: {rest}; write the id, or '
        "the first day of a new office",
        '"{0}" là đơn vị của thời điểm khác (kèm đơn vị kế thừa): {rest}; hãy ghi mã, hoặc ghi '
        "ngày thành lập nếu là đơn vị mới",
    ),
    Code.SIMILAR: (
        '"{0}" is much like {rest}; correct the name, or write an id if it is another office',
        '"{0}" gần giống {rest}; hãy sửa tên, hoặc ghi mã mới nếu là đơn vị khác',
    ),
    Code.OLD_FONT: (
        '"{0}" seems to be written in an old font (.VnTime, VNI); type it in Unicode',
        '"{0}" có vẻ gõ bằng phông cũ (.VnTime, VNI); hãy gõ lại bằng Unicode',
    ),
    Code.TWICE: (
        '"{0}" stands already in sheet {1}, row {2}; keep one of the rows',
        '"{0}" đã có ở trang {1}, dòng {2}; hãy giữ lại một dòng',
    ),
    Code.ADDRESS_TAKEN: (
        "{1} ({2}) has the address {0} on the same days; each office needs its own",
        "{1} ({2}) đang dùng địa chỉ {0} trong cùng thời gian; mỗi đơn vị phải có địa chỉ riêng",
    ),
    Code.IDENTIFIER_TAKEN: (
        "{1} ({2}) has the identifier {0} on the same days; correct one of them",
        "{1} ({2}) đang mang mã định danh {0} trong cùng thời gian; hãy sửa một trong hai",
    ),
}


def said(doubt: Doubt, language: Language) -> str:
    """Return what a doubt says and what to do about it."""
    text = _SAID[doubt.code][language == "vi"]
    return text.format(*doubt.said, rest=", ".join(doubt.said[1:]))


def located(doubt: Doubt, language: Language) -> str:
    """Return where a doubt is: sheet, row and cell."""
    place = doubt.place
    words = ("sheet", "row", "cell") if language == "en" else ("trang", "dòng", "ô")
    parts = [f"{words[0]} {place.sheet}"] if place.sheet else []
    parts += [f"{words[1]} {place.row}"] if place.row else []
    parts += [f"{words[2]} {place.cell}"] if place.cell else []
    return ", ".join(parts)
