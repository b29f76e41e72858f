"""Reports of simulated offices: the editable Word file and the signed-looking PDF of one report.

The PDF shows a box as signing programs draw it; it carries no cryptographic signature.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from mappings.render.official import IssueDate, OfficialDocument, Paragraph, Signer
from mappings.render.pdf import render_pdf
from mappings.render.word import render_word
from mappings.render.wording import local


def office_report(
    office_name: str,
    number: str,
    day: date,
    body: Sequence[str],
    *,
    subject: str,
    signer_position: str,
    signer_name: str,
    signed_at: datetime,
    notation: str = "BC-UBND",
    parent: str = "UBND HUYỆN HỮU LŨNG",
    place: str = "Hữu Lũng",
    capacity: tuple[str, ...] = (),
    recipients: tuple[str, ...] = ("UBND huyện", "Phòng Văn hóa và Thông tin huyện", "Lưu: VT"),
) -> tuple[bytes, bytes]:
    """Return one report as (DOCX, PDF). ``signed_at`` is aware; the box tells local time."""
    signer = Signer(capacity=capacity, position=signer_position, name=signer_name)
    document = OfficialDocument(
        parent=parent,
        issuer=office_name,
        notation=notation,
        number=number,
        place=place,
        issued=IssueDate.of(day),
        type_name="Báo cáo",
        subject=subject,
        body=tuple(Paragraph(text=text) for text in body),
        recipients=recipients,
        signer=signer,
    )
    stamp = (
        "Đã ký số",
        f"Người ký: {signer_name}",
        f"Cơ quan: {office_name}",
        f"Thời gian ký: {local(signed_at):%d/%m/%Y %H:%M:%S} +07:00",
    )
    signed = replace(document, signer=replace(signer, stamp=stamp))
    return render_word(document), render_pdf(signed)
