"""A round of 67 offices as it stands on 15 November 2024, with every outcome in it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

from domain.campaign import (
    Campaign,
    Channel,
    CompileRule,
    Expected,
    IntakeRule,
    RoundRule,
)
from domain.compilation import Compilation, CompiledRow, Failure, Proof
from domain.directive import Directive
from domain.facts import About
from domain.ids import CampaignId, Digest, OfficeId, RoundId
from domain.status import AssignmentStatus as Status

SENT = datetime(2024, 5, 8, 3, 5, 0, tzinfo=UTC)
DUE = datetime(2024, 11, 8, 10, 0, 0, tzinfo=UTC)
MADE = datetime(2024, 11, 15, 2, 30, 12, tzinfo=UTC)

_GROUPS = {
    "các xã, thị trấn": (
        "UBND thị trấn Hữu Lũng|UBND xã Cai Kinh|UBND xã Đồng Tân|UBND xã Đồng Tiến|"
        "UBND xã Hòa Bình|UBND xã Hòa Lạc|UBND xã Hòa Sơn|UBND xã Hòa Thắng|UBND xã Hồ Sơn|"
        "UBND xã Hữu Liên|UBND xã Minh Hòa|UBND xã Minh Sơn|UBND xã Minh Tiến|"
        "UBND xã Nhật Tiến|UBND xã Quyết Thắng|UBND xã Sơn Hà|UBND xã Tân Thành|"
        "UBND xã Thanh Sơn|UBND xã Thiện Tân|UBND xã Vân Nham|UBND xã Yên Bình|"
        "UBND xã Yên Sơn|UBND xã Yên Thịnh|UBND xã Yên Vượng"
    ),
    "các cơ quan chuyên môn": (
        "Văn phòng HĐND&UBND huyện|Phòng Nội vụ|Phòng Tư pháp|Phòng Tài chính - Kế hoạch|"
        "Phòng Tài nguyên và Môi trường|Phòng Lao động - Thương binh và Xã hội|"
        "Phòng Văn hóa và Thông tin|Phòng Giáo dục và Đào tạo|Phòng Y tế|"
        "Phòng Kinh tế và Hạ tầng|Phòng Nông nghiệp và Phát triển nông thôn|Phòng Dân tộc|"
        "Thanh tra huyện"
    ),
    "các đoàn thể": (
        "Ủy ban MTTQ huyện|Hội Nông dân huyện|Hội Liên hiệp Phụ nữ huyện|"
        "Hội Cựu chiến binh huyện|Huyện Đoàn|Liên đoàn Lao động huyện"
    ),
    "các cơ quan Đảng": (
        "Văn phòng Huyện ủy|Ban Tổ chức Huyện ủy|Ban Tuyên giáo Huyện ủy|"
        "Ban Dân vận Huyện ủy|Trung tâm Chính trị huyện"
    ),
    "các đơn vị ngành dọc và sự nghiệp": (
        "Công an huyện|Ban Chỉ huy Quân sự huyện|Tòa án nhân dân huyện|"
        "Viện kiểm sát nhân dân huyện|Chi cục Thi hành án dân sự huyện|"
        "Chi cục Thuế khu vực Hữu Lũng - Chi Lăng|Kho bạc Nhà nước Hữu Lũng|"
        "Bảo hiểm xã hội huyện|Chi cục Thống kê huyện|Hạt Kiểm lâm Hữu Lũng|"
        "Trung tâm Văn hóa, Thể thao và Truyền thông|Trung tâm Y tế huyện|"
        "Trung tâm GDNN - GDTX|Ban Quản lý dự án đầu tư xây dựng|"
        "Trung tâm Dịch vụ nông nghiệp"
    ),
    "nơi nhận để biết": (
        "Thường trực Huyện ủy|Thường trực HĐND huyện|Lãnh đạo UBND huyện (CT, các PCT)|"
        "Lãnh đạo Văn phòng HĐND&UBND huyện"
    ),
}
_SUMMARIES = (
    "Đã ban hành Kế hoạch triển khai; tổ chức 02 hội nghị quán triệt với 145 lượt cán bộ, công "
    "chức, viên chức tham dự; đăng 18 tin, bài giới thiệu hình ảnh địa phương trên trang thông tin "
    "điện tử và hệ thống truyền thanh cơ sở.",
    "Lồng ghép tuyên truyền trong 06 cuộc họp thôn; phát thanh 24 lượt tin; chưa có vi phạm về "
    "cung cấp thông tin sai sự thật trên không gian mạng.",
    "Phân công 01 lãnh đạo phụ trách công tác thông tin đối ngoại; phối hợp với Phòng Văn hóa và "
    "Thông tin rà soát nội dung đăng tải; đề nghị được tập huấn nghiệp vụ.",
)

DIRECTIVE = Directive(
    number="512",
    notation="UBND-VH",
    issued_on=date(2024, 5, 8),
    issuer="UBND huyện Hữu Lũng",
    issuer_organ=None,
    subject="V/v triển khai thực hiện Nghị quyết số 47/NQ-CP ngày 15/4/2024 của Chính phủ",
    type_name="Công văn",
    document_id="doc-1",
)
RULE = CompileRule(
    title="Kết quả triển khai thực hiện Nghị quyết số 47/NQ-CP ngày 15/4/2024 của Chính phủ trên "
    "địa bàn huyện Hữu Lũng năm 2024",
    place="Hữu Lũng",
    issuer_name="UBND huyện Hữu Lũng",
    signer_capacity="TM. ỦY BAN NHÂN DÂN\nKT. CHỦ TỊCH",
    signer_position="PHÓ CHỦ TỊCH",
    signer_name="Trần Quốc Phong",
)
CAMPAIGN = Campaign(
    id=CampaignId("nq47"),
    title="Nghị quyết 47/NQ-CP",
    intake=IntakeRule(notation="UBND-VH"),
    recipients=(),
    rounds=RoundRule(yearly=True, due_month=11, due_day=10),
    compile=RULE,
)


def compilation(*rows: CompiledRow, rule: CompileRule = RULE, yearly: bool = True) -> Compilation:
    """Return a compilation of the given rows, of the whole district when there are none."""
    return Compilation(
        about=About(campaign=CampaignId("nq47"), round=RoundId("2024")),
        campaign=replace(
            CAMPAIGN, compile=rule, rounds=replace(CAMPAIGN.rounds, yearly=yearly, before=yearly)
        ),
        directive=DIRECTIVE,
        version=1,
        due_on=date(2024, 11, 10),
        due_at=DUE,
        made_at=MADE,
        rows=rows or district(),
    )


def office(position: int = 1, name: str = "UBND xã Yên Sơn", group: str = "các xã") -> CompiledRow:
    """Return an office that reported in time."""
    reported = DUE - timedelta(days=position % 9, hours=position % 7, minutes=7 * position % 60)
    return CompiledRow(
        position=position,
        office=OfficeId(f"office-{position}"),
        name=name,
        group=group,
        expected=Expected.REPORT,
        status=Status.REPORTED,
        late=False,
        due_at=DUE,
        extended=False,
        channels=(Channel.EMAIL,) if position % 4 == 0 else (Channel.EXCHANGE,),
        sent_at=SENT,
        delivered_at=SENT + timedelta(minutes=position),
        acknowledged_at=SENT + timedelta(hours=2, minutes=position),
        proof=Proof.MAIL if position % 4 == 0 else Proof.REGISTERED,
        failures=(),
        reported_at=reported,
        reminders=0,
        reply_number=f"{10 + position}/BC-UBND",
        nil=False,
        corrected=False,
        summary=_SUMMARIES[position % 3],
        note="",
        evidence=Digest(sha256(name.encode()).hexdigest()),
    )


def silent(row: CompiledRow, status: Status = Status.DELIVERED, reminders: int = 4) -> CompiledRow:
    """Return an office that has not reported."""
    return replace(
        row,
        status=status,
        acknowledged_at=row.acknowledged_at if status is Status.ACKNOWLEDGED else None,
        proof=row.proof if status is Status.ACKNOWLEDGED else None,
        reported_at=None,
        late=True,
        reminders=reminders,
        reply_number=None,
        summary="",
        evidence=None,
    )


def late(row: CompiledRow) -> CompiledRow:
    """Return an office that reported three days after the deadline."""
    return replace(row, reported_at=DUE + timedelta(days=3), late=True, reminders=3)


def nil(row: CompiledRow) -> CompiledRow:
    """Return an office that had nothing to report."""
    return replace(row, nil=True, summary="")


def informed(row: CompiledRow) -> CompiledRow:
    """Return an office that was only told."""
    return replace(silent(row, reminders=0), expected=Expected.INFORMATION, late=False, due_at=None)


def unreached(row: CompiledRow) -> CompiledRow:
    """Return an office whose mailbox refuses mail."""
    return replace(
        silent(row, Status.UNREACHED, reminders=0),
        delivered_at=None,
        failures=(Failure.MAIL_RETURNED,),
        note="Hộp thư không tồn tại; đã chuyển văn thư liên hệ",
    )


def district() -> tuple[CompiledRow, ...]:
    """Return the 67 offices of the district."""
    names = [(name, group) for group, listed in _GROUPS.items() for name in listed.split("|")]
    rows = [office(i, name, group) for i, (name, group) in enumerate(names, start=1)]
    rows[3] = late(rows[3])
    rows[8] = silent(rows[8], Status.ACKNOWLEDGED)
    rows[14] = silent(rows[14])
    rows[20] = replace(rows[20], corrected=True)
    rows[21] = replace(late(rows[21]), extended=True, due_at=DUE + timedelta(days=5), late=False)
    rows[30] = nil(rows[30])
    rows[35] = late(rows[35])
    rows[41] = unreached(rows[41])
    rows[44] = replace(rows[44], reply_number=None)
    rows[50] = nil(rows[50])
    rows[52] = replace(
        silent(rows[52], Status.WAIVED, reminders=0), late=False, note="Không thuộc chức năng"
    )
    rows[57] = silent(rows[57], Status.DISPLAYED, reminders=3)
    return (*rows[:63], *(informed(row) for row in rows[63:]))
