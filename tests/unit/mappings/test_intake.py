"""Which campaign takes a packet, what directive it makes, and what forbids sending it on."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from domain.campaign import IntakeRule
from domain.directive import Citation, Directive, Secrecy, StoredFile, Urgency
from domain.exchange import Organ, Packet, Signer
from domain.ids import Digest, OrganId
from domain.kinds import ReviewKind
from mappings.edxml.identifiers import same_by_formula
from mappings.intake import refusal_reason, secrecy_of, takes, to_directive
from mappings.letter.head import LetterHead, read_head
from tests.edxml_files import attached

SHIPPED = (Path(__file__).parents[2] / "data" / "letters" / "00.txt").read_text("utf-8")
ISSUED = SHIPPED.replace("Số: /", "Số: 512/").replace("ngày tháng 5", "ngày 08 tháng 5")
RESOLUTION = "CHÍNH PHỦ\nSố: 47/NQ-CP\nHà Nội, ngày 15 tháng 4 năm 2024\nNGHỊ QUYẾT"

UNIT = Organ(organ_id=OrganId("H37.99"), name="UBND huyện Hữu Lũng")
PACKET = Packet(
    sender=UNIT,
    receivers=(),
    document_id="d-1",
    code_number="512",
    code_notation="UBND-VH",
    promulgated_on=date(2024, 5, 8),
    type_name="Công văn",
    subject="V/v triển khai thực hiện Nghị quyết số 47/NQ-CP ngày 15/4/2024 của Chính phủ",
    signer=Signer(full_name="Trần Quốc Phong"),
)
RULE = IntakeRule(
    number="512",
    notation="UBND-VH",
    issued_on=date(2024, 5, 8),
    subject_contains=("47/NQ-CP", "nghị quyết"),
    type_names=("Công văn", "Chỉ thị"),
    issuers=(OrganId("000.00.99.H37"),),
)
FILE = StoredFile(name="512.docx", digest=Digest("0" * 64), size=1)


def taken(rule: IntakeRule, packet: Packet) -> bool:
    return takes(rule, packet, same_organ=same_by_formula)


def heads(*texts: str) -> tuple[LetterHead, ...]:
    return tuple(read_head(text) for text in texts)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"code_number": " 0512 "}, True),
        ({"code_number": "512/UBND-VH", "code_notation": ""}, True),
        ({"code_notation": "ubnd – vh"}, True),
        ({"code_number": ""}, True),
        ({"promulgated_on": None}, True),
        ({"promulgated_on": date(2025, 5, 8)}, False),
        ({"type_name": "CÔNG VĂN"}, True),
        ({"subject": "nghị quyết 47/nq–cp"}, True),
        ({"sender": Organ(organ_id=OrganId("000.00.99.H37"))}, True),
        ({"code_number": "513"}, False),
        ({"code_notation": "UBND-NV"}, False),
        ({"code_notation": ""}, False),
        ({"subject": "Nghị quyết 147/NQ-CP"}, False),
        ({"subject": "47/NQ-CP"}, False),
        ({"type_name": "Báo cáo"}, False),
        ({"sender": Organ(organ_id=OrganId("H37.98"))}, False),
    ],
)
def test_every_named_member_must_agree(changes: dict[str, object], expected: bool) -> None:
    packet = replace(PACKET, **changes)  # type: ignore[arg-type]  # members by name, as given
    assert taken(RULE, packet) is expected


def test_a_rule_that_names_nothing_takes_nothing() -> None:
    assert not taken(IntakeRule(), PACKET)
    assert taken(IntakeRule(subject_contains=("Chính phủ",)), PACKET)


@pytest.mark.parametrize(
    ("changes", "secrecy"),
    [
        ({}, Secrecy.NONE),
        ({"sphere": "Văn hóa"}, Secrecy.NONE),
        ({"sphere": "Mật"}, Secrecy.SECRET),
        ({"sphere": "Độ mật: Tuyệt mật"}, Secrecy.UTMOST_SECRET),
        ({"subject": "[MẬT] V/v kế hoạch"}, Secrecy.SECRET),
        ({"subject": "TỐI MẬT: V/v kế hoạch"}, Secrecy.TOP_SECRET),
        ({"subject": "MẬT"}, Secrecy.SECRET),
        ({"subject": "V/v bảo vệ bí mật nhà nước (kế hoạch), tài liệu mật"}, Secrecy.NONE),
        ({"type_name": "Công văn mật"}, Secrecy.SECRET),
        ({"type_name": "Kế hoạch bảo mật"}, Secrecy.NONE),
        ({"code_notation": "UBND-VH (MẬT)"}, Secrecy.SECRET),
        ({"code_notation": "BC-M"}, Secrecy.SECRET),
        ({"attachments": (attached("a", b"", description="Mật"),)}, Secrecy.SECRET),
    ],
)
def test_secrecy_in_the_fields(changes: dict[str, object], secrecy: Secrecy) -> None:
    packet = replace(PACKET, **changes)  # type: ignore[arg-type]  # members by name, as given
    assert secrecy_of(packet, [ISSUED, RESOLUTION]) is secrecy


def test_the_highest_secrecy_of_fields_and_texts_counts() -> None:
    stamped = ISSUED.replace("Số: 512", "TỐI MẬT\nSố: 512")
    assert secrecy_of(replace(PACKET, sphere="Mật"), [ISSUED, stamped]) is Secrecy.TOP_SECRET


def test_a_directive_is_made_of_the_metadata() -> None:
    directive = to_directive(
        replace(PACKET, priority=2, due_on=date(2024, 11, 10)),
        (FILE,),
        heads(ISSUED, RESOLUTION),
        (ISSUED, RESOLUTION),
    )
    assert directive.code == "512/UBND-VH"
    assert (directive.issuer, directive.issuer_organ) == (UNIT.name, UNIT.organ_id)
    assert (directive.signer, directive.urgency) == ("Trần Quốc Phong", Urgency.VERY_URGENT)
    assert (directive.secrecy, directive.due_on) == (Secrecy.NONE, date(2024, 11, 10))
    assert directive.files == (FILE,)
    refs = [citation.ref for citation in directive.citations]
    assert refs[:2] == ["47/NQ-CP", "968/STTTT-TTBCXB"]
    assert set(refs[2:]) == {"57-KL/TW", "126/KH-UBND", "149-KH/TU", "61/KH-UBND"}
    assert directive.citations[0] == Citation(ref="47/NQ-CP", issued_on=date(2024, 4, 15))
    assert not directive.draft


def test_a_letter_does_not_cite_itself() -> None:
    naming_itself = replace(PACKET, subject="Công văn số 512/UBND-VH và 47/NQ-CP")
    directive = to_directive(naming_itself, (), ())
    assert directive.citations == (Citation(ref="47/NQ-CP"),)


def test_what_the_metadata_leaves_out() -> None:
    bare = replace(
        PACKET,
        sender=Organ(organ_id=OrganId("")),
        code_number=" ",
        promulgated_on=None,
        signer=None,
        subject="Công văn 1/UBND ngày 31/2/2024",
    )
    urgent = ISSUED.replace("Số: 512", "HỎA TỐC\nSố: 512")
    directive = to_directive(bare, (), heads(urgent))
    assert (directive.number, directive.issued_on, directive.draft) == (None, None, True)
    assert (directive.issuer, directive.issuer_organ) == ("ỦY BAN NHÂN DÂN HUYỆN HỮU LŨNG", None)
    assert (directive.signer, directive.urgency) == (None, Urgency.FLASH)
    assert directive.citations == (Citation(ref="1/UBND"),)
    nobody = to_directive(replace(bare, signer=Signer()), (), ())
    assert (nobody.issuer, nobody.signer) == ("", None)


def directive(**changes: object) -> Directive:
    made = to_directive(PACKET, (FILE,), heads(ISSUED))
    return replace(made, **changes)  # type: ignore[arg-type]  # members by name, as given


@pytest.mark.parametrize(
    ("made", "lost", "words"),
    [
        (replace(to_directive(PACKET, (), ()), files=()), (), "without any file"),
        (to_directive(PACKET, (FILE,), ()), ("512.pdf",), "'512.pdf' cannot be had"),
        (to_directive(PACKET, (FILE,), ()), tuple("abcdefg"), "'e' and 2 more cannot be had"),
    ],
)
def test_a_letter_without_its_files_waits(
    made: Directive, lost: tuple[str, ...], words: str
) -> None:
    found = refusal_reason(made, heads(ISSUED), lost)
    assert found is not None
    kind, reason = found
    assert kind is ReviewKind.INCOMPLETE
    assert words in reason
    assert "sent again with all its files" in reason


def test_an_issued_letter_goes_out() -> None:
    assert refusal_reason(directive(), heads(ISSUED, RESOLUTION)) is None
    assert refusal_reason(directive(), ()) is None
    assert refusal_reason(directive(number="0512"), heads(ISSUED)) is None


def test_a_blank_editable_copy_beside_the_signed_one_is_no_draft() -> None:
    assert refusal_reason(directive(), heads(SHIPPED, ISSUED)) is None


@pytest.mark.parametrize(
    ("made", "texts", "kind", "words"),
    [
        (directive(number=None), [ISSUED], ReviewKind.DRAFT, "no number"),
        (directive(issued_on=None), [ISSUED], ReviewKind.DRAFT, "no issue date"),
        (directive(), [SHIPPED], ReviewKind.DRAFT, "Số: /UBND-VH"),
        (
            directive(),
            [ISSUED.replace("ngày 08 tháng 5", "ngày tháng 5")],
            ReviewKind.DRAFT,
            "ngày tháng 5",
        ),
        (directive(secrecy=Secrecy.TOP_SECRET), [ISSUED], ReviewKind.SECRET, "top secret"),
        (directive(number=None), [f"MẬT\n{SHIPPED}"], ReviewKind.SECRET, "marked secret"),
        (
            directive(),
            [ISSUED.replace("Số: 512", "Số: 513")],
            ReviewKind.CONTRADICTION,
            "number 512, the letter 513",
        ),
        (
            directive(),
            [ISSUED, ISSUED.replace("ngày 08", "ngày 09")],
            ReviewKind.CONTRADICTION,
            "2024-05-08, the letter 2024-05-09",
        ),
    ],
)
def test_what_a_person_must_see_first(
    made: Directive, texts: list[str], kind: ReviewKind, words: str
) -> None:
    reason = refusal_reason(made, heads(*texts))
    assert reason is not None
    assert reason[0] is kind
    assert words in reason[1]
