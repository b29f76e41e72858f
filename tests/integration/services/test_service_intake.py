"""Taking the directive: what is distributed, what a person must see first, what is set aside."""

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from domain.campaign import Channel
from domain.content import whole
from domain.exchange import Business, Packet, PacketKind, Settlement
from domain.kinds import ReplyKind, ReviewKind
from domain.state import AssignmentState, DirectiveState, DispatchState
from domain.status import AssignmentStatus, DispatchStatus, RawStatus, RoundStatus
from dondoc.demo import directive
from tests.contract.fetching import fetched
from tests.edxml_files import attached, read, written
from tests.integration.services.service_parts import (
    CAMPAIGN,
    LANH_DAO,
    MINH_TIEN,
    START,
    Y_TE,
    YEN_SON,
    issued,
    letter,
    short_letter,
)
from tests.integration.services.service_world import World

_DTD = b"<?xml version='1.0'?><!DOCTYPE edXML SYSTEM 'http://dtd.example/e.dtd'><edXML>&a;</edXML>"
_ENTITIES = (
    b"<?xml version='1.0'?><!DOCTYPE edXML [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;'>]>"
    b"<edXML>&b;</edXML>"
)
_LOCAL_FILE = (
    b"<?xml version='1.0'?><!DOCTYPE edXML [<!ENTITY a SYSTEM 'file:///etc/hostname'>]>"
    b"<edXML>&a;</edXML>"
)


def _bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * 200_000_000)
    return packed.getvalue()


def test_the_directive_is_taken_and_brought_to_every_office(world: World) -> None:
    doc_id = world.put(issued())
    done = world.turn()
    assert (done.taken, done.read) == (1, 1)
    taken = world.app.ledger.get(DirectiveState, (CAMPAIGN,))
    assert taken is not None
    assert taken.directive.code == "512/UBND-VH"
    assert taken.directive.issued_on == date(2024, 5, 8)
    assert [f.name for f in taken.directive.files] == [
        "512-UBND-VH.docx",
        "512-UBND-VH.pdf",
        "Nghi-quyet-47-NQ-CP.pdf",
    ]
    assert world.round().status is RoundStatus.OPEN
    assert world.exchange.settled[doc_id] is Settlement.DONE
    sent = {(d.office, d.channel) for d in world.app.ledger.select(DispatchState)}
    assert sent == {
        (YEN_SON, Channel.EXCHANGE),
        (YEN_SON, Channel.EMAIL),
        (MINH_TIEN, Channel.EMAIL),
        (Y_TE, Channel.EXCHANGE),
        (LANH_DAO, Channel.EMAIL),
    }
    assert {d.status for d in world.app.ledger.select(DispatchState)} == {DispatchStatus.ACCEPTED}
    assert world.assignment(YEN_SON).status is AssignmentStatus.SENT
    assert world.assignment(LANH_DAO).due_at is None


def test_a_second_turn_changes_nothing(begun: World) -> None:
    begun.turn()  # takes in our own blind copies
    before = begun.events()
    done = begun.turn(later=timedelta(minutes=1))
    assert (done.taken, done.read, done.done) == (0, 0, 0)
    assert begun.events() == before


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (directive.draft, ReviewKind.DRAFT, "no number"),
        (directive.secret, ReviewKind.SECRET, "marked secret"),
    ],
)
def test_drafts_and_secrets_wait_for_a_person(
    world: World, content: Callable[[datetime], bytes], kind: ReviewKind, words: str
) -> None:
    doc_id = world.put(content(START))
    world.turn()
    review = world.review(kind)
    assert words in review.reason
    assert review.campaign == CAMPAIGN
    assert world.app.ledger.select(DispatchState) == []
    assert world.app.ledger.select(AssignmentState) == []
    assert world.mail.mail_for(world.office(YEN_SON).emails[0]) == []
    assert world.exchange.settled[doc_id] is Settlement.DONE
    world.put(issued())
    world.turn()
    assert world.app.ledger.get(DirectiveState, (CAMPAIGN,)) is not None


def test_metadata_that_the_letter_contradicts_wait_for_a_person(world: World) -> None:
    world.put(written(replace(letter(), promulgated_on=date(2024, 5, 9))))
    world.turn()
    assert "ask the issuer" in world.review(ReviewKind.CONTRADICTION).reason
    assert world.app.ledger.select(DispatchState) == []


def test_the_same_document_again_is_known(begun: World) -> None:
    taken = read(short_letter()).packet
    assert isinstance(taken, Packet)
    doc_id = begun.put(written(replace(taken, content="bản gửi lại")))
    begun.turn()
    assert begun.raws()[doc_id].outcome == "directive known already"
    assert begun.reviews() == []
    assert len(begun.dispatches(YEN_SON, Channel.EMAIL)) == 1


def test_other_files_under_the_directives_own_identifier_wait(begun: World) -> None:
    begun.put(issued())
    begun.turn()
    review = begun.review(ReviewKind.DUPLICATE_DIRECTIVE)
    assert "same DocumentId but differs in files" in review.reason
    assert len(begun.dispatches(YEN_SON, Channel.EMAIL)) == 1


def test_another_document_for_a_running_campaign_waits(begun: World) -> None:
    begun.put(written(replace(letter(), document_id="H37.99,2024/05/08,512,khac")))
    begun.turn()
    review = begun.review(ReviewKind.DUPLICATE_DIRECTIVE)
    assert "512/UBND-VH already" in review.reason
    assert len(begun.dispatches(YEN_SON, Channel.EMAIL)) == 1


def test_documents_of_others_are_left_alone(world: World) -> None:
    other = replace(letter(), code_number="77", document_id="H37.99,2024/05/08,77", subject="Khác")
    doc_id = world.put(written(other))
    world.turn()
    assert world.raws()[doc_id].outcome == "no campaign takes it"
    assert world.reviews() == []
    assert world.exchange.settled[doc_id] is Settlement.DONE


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (_DTD, "document type declaration"),
        (_ENTITIES, "document type declaration"),
        (_LOCAL_FILE, "document type declaration"),
        (b"", "no <"),
        (issued()[:5_000], "not well-formed"),
        (b"\x00" * 100, "cannot be read"),
    ],
    ids=["dtd", "entities", "local file", "empty", "cut off", "zeros"],
)
def test_a_hostile_packet_is_set_aside_and_the_next_is_read(
    world: World, content: bytes, reason: str
) -> None:
    bad = world.put(content)
    good = world.put(issued())
    world.turn()
    raw = world.raws()[bad]
    assert raw.status is RawStatus.QUARANTINED
    assert reason in raw.outcome
    review = world.review(ReviewKind.UNREADABLE)
    assert review.raw == raw.raw
    assert world.app.evidence.get(raw.digest) == content
    assert world.exchange.settled == {bad: Settlement.FAIL, good: Settlement.DONE}
    assert world.exchange.waiting(PacketKind.DOCUMENT) == []
    assert world.assignment(YEN_SON).status is AssignmentStatus.SENT


def test_a_zip_bomb_in_the_directive_harms_nobody(world: World) -> None:
    bomb = attached("phu-luc.docx", _bomb())
    packet = replace(letter(), attachments=(*letter().attachments, bomb))
    doc_id = world.put(written(packet))
    world.turn()
    assert world.raws()[doc_id].status is RawStatus.READ
    assert "phu-luc.docx" in world.review(ReviewKind.INCOMPLETE).reason
    world.put(issued())
    world.turn(later=timedelta(hours=1))
    assert world.assignment(YEN_SON).status is AssignmentStatus.SENT


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("512-UBND-VH.docx", whole(letter().attachments[0].content)[:20_000]),
        ("512-UBND-VH.docx", b"PK\x03\x04garbage"),
        ("512-UBND-VH.pdf", b"%PDF-1.7" + b"\0" * 99),
        ("512-UBND-VH.pdf", b""),
    ],
)
def test_a_directive_with_a_file_that_cannot_be_opened_waits(
    world: World, name: str, content: bytes
) -> None:
    """Stamps of secrecy and a blank number stand in the file: unread, it goes to nobody."""
    files = (attached(name, content), *letter().attachments[1:])
    world.put(written(replace(letter(), attachments=files)))
    world.turn()
    assert name in world.review(ReviewKind.INCOMPLETE).reason
    assert world.app.ledger.select(DispatchState) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (written(replace(letter(), attachments=())), "without any file"),
        (re.sub(rb"<AttachmentEncoded>.*</AttachmentEncoded>", b"", issued(), flags=re.S), "had"),
        (issued().replace(b">JVBERi", b">*VBERi"), "512-UBND-VH.pdf'"),
    ],
    ids=["no file", "only listed", "not base64"],
)
def test_a_directive_without_all_its_files_waits_for_a_person(
    world: World, content: bytes, words: str
) -> None:
    world.put(content)
    world.turn()
    assert words in world.review(ReviewKind.INCOMPLETE).reason
    assert world.app.ledger.select(DispatchState) == []
    world.put(issued())
    world.turn(later=timedelta(hours=1))
    assert world.assignment(YEN_SON).status is AssignmentStatus.SENT


def test_an_attachment_without_a_name_gets_one_and_a_warning(world: World) -> None:
    content = issued().replace(b"<AttachmentName>512-UBND-VH.pdf</AttachmentName>", b"")
    content = content.replace(b"<edXML:AttachmentName>512-UBND-VH.pdf</edXML:AttachmentName>", b"")
    assert len(content) < len(issued())
    world.put(content)
    world.turn()
    taken = world.app.ledger.get(DirectiveState, (CAMPAIGN,))
    assert taken is not None
    assert len(taken.directive.files) == 3
    assert all(file.name for file in taken.directive.files)


def test_a_status_message_among_the_documents_is_set_aside(begun: World) -> None:
    dispatch = begun.dispatch(YEN_SON, Channel.EXCHANGE)
    held = begun.put_status(dispatch, "01")
    content = fetched(begun.exchange, held)
    wrong = begun.put(content)
    begun.turn()
    assert begun.raws()[wrong].status is RawStatus.QUARANTINED
    assert "it is a status message" in begun.raws()[wrong].outcome


def test_a_report_of_another_unit_about_our_document_waits(begun: World) -> None:
    dispatch = begun.dispatch(YEN_SON, Channel.EXCHANGE)
    begun.put_answer(dispatch, by="H37.99.2")
    begun.turn()
    review = begun.review(ReviewKind.UNKNOWN_SENDER)
    assert review.office == YEN_SON
    assert begun.replies(YEN_SON) == []


def test_the_same_answer_by_exchange_counts_once(begun: World) -> None:
    dispatch = begun.dispatch(YEN_SON, Channel.EXCHANGE)
    begun.put_answer(dispatch)
    begun.turn()
    begun.put_answer(dispatch, sent_at=begun.now + timedelta(minutes=1))
    begun.turn()
    (reply,) = begun.replies(YEN_SON)
    assert reply.number == "15/BC-UBND"
    assert begun.assignment(YEN_SON).status is AssignmentStatus.REPORTED
    assert "known already" in {r.outcome for r in begun.raws().values()}


def test_another_report_under_the_same_document_id_counts_in_its_place(begun: World) -> None:
    dispatch = begun.dispatch(YEN_SON, Channel.EXCHANGE)
    begun.put_answer(dispatch)
    begun.turn()
    other = attached("BC-sua.pdf", b"%PDF-1.4 other", "application/pdf")
    begun.put_answer(dispatch, attachments=(other,))
    begun.turn(later=timedelta(hours=1))
    assert len(begun.replies(YEN_SON)) == 2


def test_other_words_under_the_same_document_id_are_another_answer(begun: World) -> None:
    dispatch = begun.dispatch(YEN_SON, Channel.EXCHANGE)
    words = ("Xin gia hạn thời gian gửi báo cáo đến ngày 20/11/2024.", "Đã nhận được văn bản.")
    for content in words:
        begun.put_answer(
            dispatch,
            type_name="Công văn",
            code_notation="UBND",
            subject="V/v phúc đáp",
            content=content,
            attachments=(),
        )
        begun.turn(later=timedelta(hours=1))
    assert {r.kind for r in begun.replies(YEN_SON)} == {
        ReplyKind.EXTENSION_REQUEST,
        ReplyKind.ACKNOWLEDGEMENT,
    }
    assert begun.assignment(YEN_SON).status is AssignmentStatus.ACKNOWLEDGED


def test_a_withdrawal_in_the_words_of_the_report_waits_for_a_person(begun: World) -> None:
    dispatch = begun.dispatch(YEN_SON, Channel.EXCHANGE)
    begun.put_answer(dispatch)
    begun.turn()
    doc_id = begun.put_answer(dispatch, business=Business.REVOCATION)
    begun.turn()
    raw = begun.raws()[doc_id]
    assert raw.status is RawStatus.READ
    review = begun.review(ReviewKind.CONTRADICTION)
    assert (review.raw, review.office, review.round) == (raw.raw, YEN_SON, "2024")
    assert "takes back" in review.reason
    assert "its report, which stays counted until it sends another one" in review.reason
    assert begun.reviews() == [review]
    assert len(begun.replies(YEN_SON)) == 1
    assert begun.assignment(YEN_SON).status is AssignmentStatus.REPORTED


def test_a_withdrawal_that_comes_twice_is_told_once(begun: World) -> None:
    dispatch = begun.dispatch(YEN_SON, Channel.EXCHANGE)
    begun.put_answer(dispatch)
    begun.turn()
    for _ in range(2):
        begun.put_answer(dispatch, business=Business.REVOCATION, attachments=())
        begun.turn(later=timedelta(hours=1))
    assert len(begun.reviews(ReviewKind.CONTRADICTION)) == 1
    assert begun.reviews(ReviewKind.UNREADABLE) == []


def test_an_answer_by_exchange_that_is_no_report_waits(begun: World) -> None:
    dispatch = begun.dispatch(YEN_SON, Channel.EXCHANGE)
    begun.put_answer(
        dispatch,
        type_name="Công văn",
        code_notation="UBND",
        subject="Xin gia hạn thời gian gửi báo cáo đến ngày 20/11/2024",
        attachments=(),
    )
    begun.turn()
    assert begun.review(ReviewKind.EXTENSION_REQUEST).office == YEN_SON
    assert begun.assignment(YEN_SON).status is not AssignmentStatus.REPORTED


def test_the_old_form_of_an_identifier_is_the_same_office(begun: World) -> None:
    begun.put_answer(begun.dispatch(YEN_SON, Channel.EXCHANGE), by="000.01.99.H37")
    begun.turn()
    assert begun.assignment(YEN_SON).status is AssignmentStatus.REPORTED
