"""What the district's e-office puts on the exchange: the letter, its draft, and a secret one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial

from domain.content import Inline, gathered
from domain.exchange import Attachment, Organ, Packet, Signer
from domain.ids import OrganId
from dondoc.simulators.documents.letter import ISSUED_ON, NUMBER, directive_letter
from dondoc.simulators.documents.resolution import resolution_placeholder
from mappings.edxml.write import write_packet
from mappings.render.pdf import render_pdf
from mappings.render.word import render_word

UNIT = Organ(organ_id=OrganId("H37.99"), name="UBND huyện Hữu Lũng")

_SUBJECT = "Triển khai thực hiện Nghị quyết số 47/NQ-CP ngày 15/4/2024 của Chính phủ"
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def issued(at: datetime) -> bytes:
    """Return the issued letter as edXML: Word, PDF and the resolution."""
    return _file(_packet(at, NUMBER, ISSUED_ON))


def draft(at: datetime) -> bytes:
    """Return the letter as it was published: number and day are blank, so it is a draft."""
    return _file(_packet(at, None, None))


def secret(at: datetime) -> bytes:
    """Return a letter that bears the mark MẬT and must never be distributed."""
    packet = _packet(at, NUMBER, ISSUED_ON)
    return _file(replace(packet, document_id="H37.99,2024/05/08,512,mat", sphere="MẬT"))


def issued_to(at: datetime, receivers: Sequence[Organ]) -> bytes:
    """Return the issued letter as the e-office itself sends it, to us and to all its receivers."""
    return _file(replace(_packet(at, NUMBER, ISSUED_ON), receivers=(UNIT, *receivers)))


def _file(packet: Packet) -> bytes:
    return gathered(partial(write_packet, packet))


def _packet(at: datetime, number: str | None, day: date | None) -> Packet:
    letter = directive_letter(number, day)
    name = f"{number or 'du-thao'}-UBND-VH"
    return Packet(
        sender=UNIT,
        receivers=(UNIT,),
        document_id=f"H37.99,{day or 'du-thao'},{number or ''}/UBND-VH",
        code_number=number or "",
        code_notation="UBND-VH",
        place="Hữu Lũng",
        promulgated_on=day,
        type_name="Công văn",
        subject=_SUBJECT,
        content=_SUBJECT,
        signer=Signer(
            competence="KT. CHỦ TỊCH", position="PHÓ CHỦ TỊCH", full_name="Trần Quốc Phong"
        ),
        steering_type=1,
        sent_at=at,
        attachments=(
            Attachment(
                name=f"{name}.docx", content=Inline(render_word(letter)), content_type=_DOCX
            ),
            Attachment(
                name=f"{name}.pdf",
                content=Inline(render_pdf(letter)),
                content_type="application/pdf",
            ),
            Attachment(
                name="Nghi-quyet-47-NQ-CP.pdf",
                content=Inline(resolution_placeholder()),
                content_type="application/pdf",
            ),
        ),
    )
