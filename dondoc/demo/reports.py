"""The reports that simulated offices attach."""

from datetime import datetime, timedelta

from reportlab.platypus import Spacer

from dondoc.demo.texts import RESULTS
from dondoc.simulators.documents.report import office_report
from mappings.names.fold import fold_loose
from mappings.render.pdf import set_pages
from schedulers.calendar import local_day

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

_SUBJECT = "Kết quả thực hiện Nghị quyết số 47/NQ-CP ngày 15/4/2024 của Chính phủ năm 2024"
_OTHER_SUBJECT = "Kết quả rà soát tổ chức bộ máy theo Công văn số 431/UBND-NV ngày 12/4/2024"
_GROUNDS = "Thực hiện Công văn số 512/UBND-VH ngày 08/5/2024 của UBND huyện Hữu Lũng về việc"
_OTHER_GROUNDS = "Thực hiện Công văn số 431/UBND-NV ngày 12/4/2024 của UBND huyện Hữu Lũng,"
_UNSAID = frozenset({"va", "huyen"})
_SIGNERS = ("Hoàng Văn Minh", "Nông Thị Hà", "Vi Văn Thắng", "Lăng Thị Thu", "Triệu Quang Huy")


def number_of(index: int, *, corrected: bool = False) -> str:
    """Return the number that an office gives its report."""
    return f"{30 + index * 3 + (1 if corrected else 0):02d}"


def notation_of(office: str) -> str:
    """Return the notation under which an office issues reports: ``BC-UBND``, ``BC-PNV``."""
    if office.startswith("UBND"):
        return "BC-UBND"
    words = [word for word in fold_loose(office).split() if word not in _UNSAID]
    return "BC-" + "".join(word[0] for word in words).upper()


def report_files(
    office: str,
    index: int,
    at: datetime,
    *,
    nil: bool = False,
    corrected: bool = False,
    other_letter: bool = False,
) -> list[tuple[str, str, bytes]]:
    """Return the Word file and the signed-looking PDF of one report as (name, type, octets)."""
    number = number_of(index, corrected=corrected)
    day = local_day(at)
    notation = notation_of(office)
    if other_letter:
        body = [f"{_OTHER_GROUNDS} {office} báo cáo như sau:", "I. Kết quả", "Đã rà soát xong./."]
    else:
        body = _body(office, index, nil=nil, corrected=corrected)
    word, signed = office_report(
        office,
        number,
        day,
        body,
        subject=_OTHER_SUBJECT if other_letter else _SUBJECT,
        signer_position="THỦ TRƯỞNG ĐƠN VỊ",
        signer_name=_SIGNERS[index % len(_SIGNERS)],
        signed_at=at - timedelta(minutes=29),
        notation=notation,
    )
    stem = f"BC-{'431' if other_letter else '47'}{'-sua-lai-lan-2' if corrected else ''}"
    return [
        (f"{stem} {office}.docx", DOCX, word),
        (f"{number}_{notation}_{day:%d.%m.%Y}_signed.pdf", "application/pdf", signed),
    ]


def scanned() -> tuple[str, str, bytes]:
    """Return a scan, which holds no text that a program could read, as (name, type, octets)."""
    return "scan0012.pdf", "application/pdf", set_pages([Spacer(1, 1)], title="", author="")


def _body(office: str, index: int, *, nil: bool, corrected: bool) -> list[str]:
    opening = (
        f"{_GROUNDS} triển khai thực hiện Nghị quyết số 47/NQ-CP, {office} báo cáo kết quả như sau:"
    )
    if nil:
        return [opening, "Trong kỳ báo cáo, đơn vị không phát sinh nội dung báo cáo./."]
    count = 3 + index % 9 + (4 if corrected else 0)
    return [
        opening,
        "I. Công tác chỉ đạo, triển khai",
        "Lãnh đạo đơn vị đã phân công bộ phận chuyên môn tham mưu, tổ chức thực hiện.",
        "II. Kết quả thực hiện",
        RESULTS[index % len(RESULTS)].format(n=count),
        "III. Tồn tại, hạn chế",
        "Kinh phí và nhân lực làm công tác thông tin đối ngoại còn hạn chế.",
        "Trên đây là báo cáo kết quả thực hiện của đơn vị./.",
    ]
