"""Vietnamese words and dates of the rendered documents, each written in one place.

Day and month follow Nghị định 30/2020/NĐ-CP, Phụ lục I: a day below 10 and the months 1 and 2
take a leading zero. Instants come in as UTC and are told in the time of Việt Nam.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from domain.campaign import Channel, Expected
from domain.compilation import Compilation
from domain.directive import Directive, Urgency
from domain.status import AssignmentStatus

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")

COUNTRY = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"

STATUS = {
    AssignmentStatus.WAITING: "Chưa gửi",
    AssignmentStatus.SENT: "Đã gửi",
    AssignmentStatus.DELIVERED: "Đã đến",
    AssignmentStatus.DISPLAYED: "Đã mở xem",
    AssignmentStatus.ACKNOWLEDGED: "Đã xác nhận",
    AssignmentStatus.REPORTED: "Đã báo cáo",
    AssignmentStatus.UNREACHED: "Không gửi được",
    AssignmentStatus.WAIVED: "Được miễn báo cáo",
}

CHANNEL = {Channel.EXCHANGE: "Trục liên thông", Channel.EMAIL: "Thư điện tử"}

CHANNEL_LONG = {
    Channel.EXCHANGE: "trục liên thông văn bản điện tử",
    Channel.EMAIL: "thư điện tử",
}

EXPECTED = {
    Expected.REPORT: "Báo cáo",
    Expected.ACKNOWLEDGEMENT: "Xác nhận",
    Expected.INFORMATION: "Để biết",
}

URGENCY = {
    Urgency.NORMAL: "",
    Urgency.URGENT: "KHẨN",
    Urgency.VERY_URGENT: "THƯỢNG KHẨN",
    Urgency.FLASH: "HỎA TỐC",
}

_SUBJECT_OPENINGS = ("v/v", "về việc", "về")


def local(instant: datetime) -> datetime:
    """Return an instant in the time of Việt Nam, without a zone, as a spreadsheet stores it."""
    return instant.astimezone(LOCAL).replace(tzinfo=None)


def day_long(day: date) -> str:
    """Return ``08 tháng 5 năm 2024``."""
    return f"{day.day:02d} tháng {month(day.month)} năm {day.year}"


def day_short(day: date) -> str:
    """Return ``08/5/2024``."""
    return f"{day.day:02d}/{month(day.month)}/{day.year}"


def month(number: int) -> str:
    """Return the number of a month, with a leading zero for 1 and 2 only."""
    return f"{number:02d}" if number < 3 else str(number)


def moment(instant: datetime) -> str:
    """Return ``09 giờ 05 phút ngày 18/11/2024``."""
    at = local(instant)
    return f"{at.hour:02d} giờ {at.minute:02d} phút ngày {day_short(at.date())}"


def serial(number: str) -> str:
    """Return a document number with the leading zero that Điều 15 asks for below 10."""
    return number.zfill(2) if number.isdigit() else number


def deadline(compilation: Compilation) -> str:
    """Return a round's deadline in the words of its letter: ``trước ngày 10/11/2024``."""
    until = "trước ngày" if compilation.campaign.rounds.before else "chậm nhất ngày"
    return f"{until} {day_short(compilation.due_on)}"


def count(number: int) -> str:
    """Return a count as it is written in running text: ``05``, ``1.250``."""
    return f"{number:02d}" if number < 10 else f"{number:,}".replace(",", ".")


def percent(part: int, whole: int) -> str:
    """Return ``87,3%``; ``0%`` of nothing."""
    share = f"{100 * part / whole:.1f}" if whole else "0"
    return share.removesuffix(".0").replace(".", ",") + "%"


def subject_of(directive: Directive) -> str:
    """Return what a directive is about, as it stands after "về việc": without "V/v", small."""
    text = " ".join(directive.subject.split())
    for words in _SUBJECT_OPENINGS:
        if text.casefold().startswith(words + " "):
            text = text[len(words) + 1 :]
            break
    return in_sentence(text)


def opening(text: str) -> str:
    """Return a text with the capital that opens a sentence or a cell."""
    return text[:1].upper() + text[1:]


def in_sentence(title: str) -> str:
    """Return a title as it stands inside a sentence: small, unless it opens with an acronym."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def naming(directive: Directive) -> str:
    """Return ``Công văn số 512/UBND-VH ngày 08 tháng 5 năm 2024 của UBND huyện Hữu Lũng``."""
    parts = [directive.type_name or "Văn bản", f"số {directive.code}"]
    if directive.issued_on:
        parts.append(f"ngày {day_long(directive.issued_on)}")
    if directive.issuer:
        parts.append(f"của {directive.issuer}")
    return " ".join(parts)


def directive_line(directive: Directive) -> str:
    """Return ``Công văn số 512/UBND-VH ngày 08/5/2024, UBND huyện Hữu Lũng`` for a register."""
    day = f" ngày {day_short(directive.issued_on)}" if directive.issued_on else ""
    issuer = f", {directive.issuer}" if directive.issuer else ""
    return f"{directive.type_name or 'Văn bản'} số {directive.code}{day}{issuer}"


def group_name(group: str) -> str:
    """Return the name of a group of offices as a table shows it."""
    return opening(group) or "Khác"
