"""Documents and status messages that Dondoc can express, as hypothesis draws them."""

import unicodedata
from datetime import UTC, date, datetime

from hypothesis import strategies as st

from domain.exchange import (
    Business,
    Change,
    ChangedReceiver,
    Hop,
    Organ,
    Packet,
    Replaced,
    ResponseFor,
    Signer,
    Staff,
    StatusPacket,
)
from domain.ids import OrganId
from mappings.edxml.attachment_names import content_type_of, safe_name
from mappings.edxml.values import without_invisible, write_text
from tests.edxml_files import attached


def tidy(text: str) -> str:
    """What reading makes of any text: NFC, trimmed, only characters of XML."""
    return unicodedata.normalize("NFC", write_text(text)).strip()


texts = st.text(max_size=40).map(tidy)
words = texts.filter(bool)
organ_ids = (
    words.map(lambda text: without_invisible(text).strip())
    .filter(lambda text: text.lower() not in {"", "null"})
    .map(OrganId)
)
days = st.dates(date(1, 1, 2), date(9999, 12, 30))
instants = st.datetimes(datetime(1980, 1, 1), datetime(9999, 12, 30)).map(  # noqa: DTZ001
    lambda naive: naive.replace(microsecond=0, tzinfo=UTC)
)
organs = st.builds(
    Organ,
    organ_id=organ_ids,
    name=texts,
    in_charge=texts,
    address=texts,
    email=texts,
    telephone=texts,
    fax=texts,
    website=texts,
)
answers = st.builds(
    ResponseFor,
    organ_id=st.none() | organ_ids,
    code=texts,
    document_id=texts,
    promulgated_on=st.none() | days,
).filter(lambda answer: answer != ResponseFor())
replacements = st.builds(
    Replaced, document_id=texts, receivers=st.lists(organ_ids, max_size=3).map(tuple)
).filter(lambda each: each != Replaced())
changes = st.builds(
    Change,
    data=st.booleans(),
    receivers=st.booleans(),
    changed=st.lists(
        st.builds(ChangedReceiver, organ_id=st.none() | organ_ids, kind=texts).filter(
            lambda each: each != ChangedReceiver()
        ),
        max_size=2,
    ).map(tuple),
)
staff = st.builds(
    Staff,
    name=texts,
    staff_id=texts,
    department=texts,
    department_id=texts,
    email=texts,
    mobile=texts,
).filter(lambda each: each != Staff())
hops = st.builds(Hop, organ_id=st.none() | organ_ids, at=st.none() | instants).filter(
    lambda each: each != Hop()
)
signers = st.builds(Signer, competence=texts, position=texts, full_name=texts).filter(
    lambda signer: signer != Signer()
)
names = st.builds(
    lambda stem, end: safe_name(stem + end),
    st.text(min_size=1, max_size=300),
    st.sampled_from([".pdf", ".PDF", ".docx", ".xls", ".zip", ".7z", ".jar", ".txt", ".lạ", ""]),
).filter(bool)
contents = st.binary(min_size=1) | st.sampled_from(
    [b"PK\x03\x04", b"PK\x03\x04 is no archive", b"%PDF-1.7"]
)
attachments = st.builds(
    lambda name, content, description: attached(name, content, content_type_of(name), description),
    names,
    contents,
    texts,
)
numbers = st.integers(-99_999, 999_999)
_packets = st.builds(
    Packet,
    sender=organs,
    receivers=st.lists(organs, min_size=1, max_size=3).map(tuple),
    document_id=words,
    code_number=texts,
    code_notation=texts,
    place=texts,
    promulgated_on=st.none() | days,
    type_code=numbers,
    type_detail=numbers,
    type_name=texts,
    subject=texts,
    content=texts,
    signer=st.none() | signers,
    due_on=st.none() | days,
    priority=numbers,
    sphere=texts,
    typist=texts,
    copies=numbers,
    page_amount=numbers,
    reply_codes=texts,
    direction=st.booleans(),
    reference_codes=texts,
    appendixes=st.lists(words, max_size=3).map(tuple),
    response_for=st.lists(answers, max_size=2).map(tuple),
    steering_type=numbers,
    task_codes=st.lists(words, max_size=3).map(tuple),
    application=texts,
    to_places=st.lists(words, max_size=3).map(tuple),
    business=st.sampled_from(Business),
    business_reason=texts,
    business_document_id=texts,
    changes=st.lists(changes, max_size=2).map(tuple),
    replaced=st.lists(replacements, max_size=3).map(tuple),
    staff=st.lists(staff, max_size=2).map(tuple),
    paper_follows=st.booleans(),
    sent_through=st.none() | organ_ids,
    sent_at=st.none() | instants,
    hops=st.lists(hops, max_size=3).map(tuple),
    attachments=st.lists(attachments, max_size=3).map(tuple),
)
# Who sends through itself is its own sender.
packets = _packets.filter(lambda packet: packet.sent_through != packet.sender.organ_id)
statuses = st.builds(
    StatusPacket,
    sender=organs,
    response_for=answers,
    code=words,
    description=texts,
    staff=st.none() | staff,
    at=st.none() | instants,
)
SENDER = Organ(organ_id=OrganId("H37.02.02"), name="UBND huyện Hữu Lũng")
DIRECTIVE = Packet(
    sender=SENDER,
    receivers=(Organ(organ_id=OrganId("H37.02.02.005"), name="UBND xã Yên Sơn"),),
    document_id="H37.02.02,2024/05/08,512/UBND-VH",
    code_number="512",
    code_notation="UBND-VH",
    place="Hữu Lũng",
    promulgated_on=date(2024, 5, 8),
    type_name="Công văn",
    subject="V/v triển khai Nghị quyết số 47/NQ-CP & các văn bản liên quan\r\n<lần 1>",
    sent_at=datetime(2024, 5, 8, 1, 30, tzinfo=UTC),
    attachments=(
        attached("512-UBND-VH.pdf", b"%PDF-1.7", "application/pdf"),
        attached("Mẫu số 1.txt", "Biểu mẫu".encode(), "text/plain"),
    ),
)
