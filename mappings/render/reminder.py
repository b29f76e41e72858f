"""The reminder sheet that goes through the exchange, where no mail can say it."""

from dataclasses import dataclass
from datetime import date

from domain.campaign import Expected
from domain.directive import Directive
from mappings.render.official import IssueDate, OfficialDocument, Paragraph, Signer
from mappings.render.outside import plain
from mappings.render.wording import naming

_ASKED = {
    Expected.REPORT: ("gửi báo cáo kết quả thực hiện", "chưa nhận được báo cáo"),
    Expected.ACKNOWLEDGEMENT: ("xác nhận đã nhận được văn bản", "chưa nhận được xác nhận"),
    Expected.INFORMATION: ("lưu ý thực hiện", "chưa nhận được phản hồi"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderSheet:
    """A page to attach and the same in one sentence for the exchange's own text field."""

    document: OfficialDocument
    summary: str


def reminder_document(
    directive: Directive,
    *,
    unit: str,
    place: str,
    office: str,
    expected: Expected,
    deadline: str,
    day: date,
    overdue: bool,
) -> ReminderSheet:
    """Return the reminder for one office; ``deadline`` is written out, ``trước ngày 10/11/2024``.

    It bears the number of the letter that it reminds of and is no letter of its own.
    """
    asked, lacking = _ASKED[expected]
    opening = f"Thực hiện {plain(naming(directive))}, đề nghị {office} {asked} {deadline}."
    state = f"Đến nay, {unit} {lacking} của {office}." if overdue else ""
    urging = (
        f"Đề nghị {office} khẩn trương thực hiện và trả lời văn bản này. "
        "Nếu đã gửi, đề nghị cho biết ngày gửi và hình thức gửi./."
    )
    sentences = [s for s in (opening, state, urging) if s]
    document = OfficialDocument(
        issuer=unit,
        notation=directive.notation,
        number=directive.number,
        place=place,
        issued=IssueDate.of(day),
        type_name="Phiếu đôn đốc",
        subject=plain(directive.subject),
        addressees=(office,),
        body=tuple(Paragraph(text=text) for text in sentences),
        signer=Signer(),
        recipients=("Như trên", "Lưu: VT"),
    )
    return ReminderSheet(document=document, summary=" ".join(sentences))
