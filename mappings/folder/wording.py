"""What is said to the clerk whose document is refused: what is wrong, where, what to do.

The words go into the text beside a refused document, so they are Vietnamese. The first part is
about sheets, the last about edXML files.
"""

SHEET = "tờ khai"

TOO_LONG = "tờ khai dài quá {limit} byte; tờ khai chỉ gồm khoảng mười dòng, hãy bỏ phần thừa"
NOT_UTF_8 = "dòng {line}: có ký tự không phải UTF-8; hãy lưu lại tệp với bảng mã UTF-8"
CONTROL = "dòng {line}: có ký tự điều khiển không nhìn thấy; hãy xoá rồi gõ lại dòng này"
NOT_YAML = (
    "dòng {line}: không đúng cú pháp; hãy kiểm tra dấu hai chấm, dấu ngoặc kép và khoảng trắng "
    "đầu dòng"
)
TOO_DEEP = "tờ khai lồng quá nhiều cấp; hãy viết theo mẫu trong tài liệu hướng dẫn"
NO_KEYS = 'tờ khai không có mục nào; mỗi dòng viết dạng "tên mục: nội dung"'
ALIAS = "dòng {line}: dùng ký hiệu & hoặc * để lặp lại; hãy viết hẳn nội dung ra"

UNKNOWN_KEY = 'dòng {line}: mục "{key}" không có trong mẫu; các mục được dùng: {keys}'
TWICE = 'dòng {line}: mục "{key}" ghi hai lần; hãy giữ lại một'
MISSING = 'thiếu mục "{key}" ({meaning}); hãy thêm một dòng "{example}"'
EMPTY = 'dòng {line}: mục "{key}" để trống; hãy ghi {meaning}'
NOT_TEXT = 'dòng {line}: mục "{key}" phải là một dòng chữ; hãy viết "{example}"'
NOT_KEYS = 'dòng {line}: mục "{key}" phải gồm các dòng thụt vào bên dưới; hãy viết "{example}"'
NOT_LIST = (
    'dòng {line}: mục "{key}" phải là danh sách, mỗi tệp một dòng bắt đầu bằng dấu gạch ngang; '
    'hãy viết "{example}"'
)
NOT_DATE = 'dòng {line}: "{text}" không phải là ngày; hãy viết dạng 08/05/2024 hoặc 2024-05-08'
NO_FILES = 'dòng {line}: mục "files" không có tệp nào; hãy ghi tên tệp văn bản'
NOT_NAME = (
    'dòng {line}: "{text}" không phải là tên tệp; chỉ ghi tên, không ghi đường dẫn, và để tệp '
    "cùng chỗ với tờ khai"
)
NOT_THERE = 'dòng {line}: không có tệp "{text}"; hãy chép tệp vào, hoặc sửa tên cho đúng'
FILE_EMPTY = 'dòng {line}: tệp "{text}" rỗng (0 byte); hãy xuất lại tệp từ hệ thống văn bản'

MEANINGS = {
    "number": "số văn bản",
    "notation": "ký hiệu",
    "date": "ngày ban hành",
    "subject": "trích yếu",
    "type": "loại văn bản",
    "issuer": "cơ quan ban hành",
    "issuer.organ_id": "mã định danh của cơ quan ban hành",
    "issuer.name": "tên cơ quan ban hành",
    "due": "hạn trả lời",
    "files": "tên các tệp",
}
EXAMPLES = {
    "number": "number: 512",
    "notation": "notation: UBND-VH",
    "date": "date: 08/05/2024",
    "subject": 'subject: "Về việc triển khai Nghị quyết"',
    "type": "type: Công văn",
    "issuer": 'issuer: {organ_id: H37.12, name: "UBND huyện Hữu Lũng"}',
    "issuer.organ_id": "organ_id: H37.12",
    "issuer.name": 'name: "UBND huyện Hữu Lũng"',
    "due": "due: 10/11/2024",
    "files": "files: [van-ban.pdf]",
}

DETAIL = "chi tiết kỹ thuật"
UNREADABLE = (
    "Dondoc không đọc được tệp này; hãy xuất lại tệp từ hệ thống văn bản, nếu vẫn bị từ chối thì "
    "báo người quản trị Dondoc"
)
OUR_FAULT = "Dondoc gặp lỗi khi đọc tệp này; hãy báo người quản trị Dondoc"
TAKEN = (
    "văn bản trùng với một văn bản khác đã ghi trong sổ của Dondoc; hãy báo người quản trị Dondoc "
    "so lại hai văn bản"
)
DOCUMENT_TYPE = (
    "tệp có phần khai báo kiểu tài liệu (DTD) mà văn bản edXML không dùng và có thể gây hại; hãy "
    "xuất lại tệp không có phần này"
)
NO_XML = (
    "tệp không phải là tệp edXML: đầu tệp không có nội dung XML; hãy kiểm tra xem có chép nhầm tệp "
    "không, hoặc xuất lại từ hệ thống văn bản"
)
WRONG_ENCODING = "tệp bị hỏng hoặc sai bảng mã chữ; hãy xuất lại tệp với bảng mã UTF-8"
BROKEN_XML = (
    "tệp bị hỏng hoặc bị cắt cụt, không đúng cú pháp XML; hãy xuất lại tệp rồi chép cho đến hết"
)
OTHER_XML = (
    "tệp là XML nhưng không phải văn bản điện tử edXML; hãy kiểm tra xem có chép nhầm tệp không"
)
NO_HEADER = (
    "tệp edXML thiếu phần thông tin chung của văn bản (MessageHeader); hãy xuất lại tệp từ hệ "
    "thống văn bản"
)
ZIP_BOMB = (
    "một tệp đính kèm là tệp nén bung ra quá lớn, có thể là tệp phá hoại; hãy xuất lại văn bản với "
    "tệp đính kèm gốc, không nén"
)
LARGE_ATTACHMENT = "một tệp đính kèm quá lớn; hãy giảm dung lượng tệp đó rồi xuất lại văn bản"
LARGE_ATTACHMENTS = (
    "tổng dung lượng các tệp đính kèm quá lớn; hãy giảm dung lượng các tệp rồi xuất lại văn bản"
)
MANY_ATTACHMENTS = "văn bản có quá nhiều tệp đính kèm; hãy gộp bớt tệp rồi xuất lại văn bản"
LARGE_FILE = "tệp edXML quá lớn; hãy giảm dung lượng các tệp đính kèm rồi xuất lại văn bản"
ODD_XML = (
    "tệp có cấu trúc XML bất thường (quá nhiều phần tử hoặc lồng quá nhiều cấp); hãy xuất lại tệp "
    "từ hệ thống văn bản"
)
LONG_TEXT = "một trường của văn bản dài bất thường; hãy xuất lại tệp từ hệ thống văn bản"
FORGED = (
    "tệp có ký hiệu dành riêng cho Dondoc, có thể đã bị sửa; hãy xuất lại tệp từ hệ thống văn bản"
)
IS_STATUS = (
    "tệp là thông báo trạng thái chứ không phải văn bản; hãy kiểm tra xem có chép nhầm tệp không"
)
IS_DOCUMENT = (
    "tệp lẫn lộn giữa văn bản và thông báo trạng thái; hãy xuất lại tệp từ hệ thống văn bản"
)
UNKNOWN_STATUS = (
    "thông báo trạng thái có mã không thuộc Quyết định 28/2018/QĐ-TTg; hãy báo đơn vị gửi sửa mã"
)
