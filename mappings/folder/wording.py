"""What is said to the clerk who wrote a sheet: what is wrong, in which line, what to do.

The words go into the text beside a refused document, so they are Vietnamese.
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
