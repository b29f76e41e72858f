"""Compiling a round, approving the result, handing it to the Department, and what it answers."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import docx
import openpyxl
import pytest

from domain.campaign import Channel
from domain.errors import DeliveryUnknown, NotAllowed, NotFound, PeerUnavailable
from domain.kinds import Decision, DispatchKind, ReplyKind, ReviewKind
from domain.office import Directory
from domain.state import CompilationState, DispatchState
from domain.status import DispatchStatus, RoundStatus
from dondoc.app import SenderProof
from dondoc.services import compiling
from dondoc.services.compiling import approve, compile_now, latest_version, paths
from dondoc.services.forwarding import forward
from dondoc.services.picture import running
from dondoc.services.resolve import Resolution, resolve
from mappings.mail.authentication.rules import SenderRules
from tests.integration.services.service_parts import (
    CAMPAIGN,
    MAILBOX,
    MINH_TIEN,
    OFFICES,
    PRIVATE,
    RULES,
    SO,
    Y_TE,
    YEN_SON,
)
from tests.integration.services.service_world import World

HOUR = timedelta(hours=1)
COMPILING = datetime(2024, 11, 15, 1, 30, tzinfo=UTC)
NAME = "Nguyễn Thị Lan"


@pytest.fixture
def compiled(begun: World) -> World:
    """A world whose round was compiled: one report came, one is missing."""
    begun.answer(MINH_TIEN, "Em gửi báo cáo ạ.", files=begun.report(MINH_TIEN))
    begun.turn(to=COMPILING)
    return begun


@pytest.fixture
def approved(compiled: World) -> World:
    """A world whose result bears a number and waits to be forwarded."""
    approve(compiled.app, "nq47", None, compiled.now, by=NAME, number="88")
    return compiled


def _versions(world: World) -> list[CompilationState]:
    return world.app.ledger.select(CompilationState)


def _forwarded(world: World) -> dict[Channel, DispatchState]:
    found = world.app.ledger.select(DispatchState, office=SO)
    return {d.channel: d for d in found}


def test_the_round_is_compiled_when_its_time_has_come(compiled: World) -> None:
    (version,) = _versions(compiled)
    assert compiled.round().status is RoundStatus.COMPILED
    assert version.missing == (YEN_SON,)
    assert len(version.reports) == 1
    kept = [(file.name, compiled.app.evidence.get(file.digest)) for file in version.files]
    assert [(p.name, p.read_bytes()) for p in paths(compiled.app, version)] == kept
    assert [name.rpartition(".")[2] for name, _ in kept] == ["docx", "pdf", "xlsx"]
    words = "\n".join(p.text for p in docx.Document(BytesIO(kept[0][1])).paragraphs)
    assert "BÁO CÁO" in words
    assert kept[1][1].startswith(b"%PDF-")
    assert openpyxl.load_workbook(BytesIO(kept[2][1])).worksheets != []


def test_the_round_is_compiled_as_soon_as_everything_is_settled(begun: World) -> None:
    for office in (MINH_TIEN, YEN_SON):
        begun.answer(office, "Em gửi báo cáo ạ.", files=begun.report(office))
    begun.put_status(begun.dispatch(Y_TE, Channel.EXCHANGE), "03")
    begun.turn(later=HOUR)
    assert begun.round().status is RoundStatus.COMPILED
    assert _versions(begun)[0].missing == ()


def test_a_round_that_is_overdue_names_no_date_to_come(begun: World) -> None:
    later = begun.round().compile_at + HOUR
    with pytest.raises(NotAllowed, match=r"was to be compiled from 15/11/2024 on and is still"):
        compile_now(begun.app, "nq47", None, later)


def test_a_report_that_comes_later_makes_a_new_version(compiled: World) -> None:
    compiled.answer(YEN_SON, "Em gửi báo cáo ạ.", files=compiled.report(YEN_SON))
    compiled.turn(later=HOUR)
    first, second = _versions(compiled)
    assert (first.version, second.version) == (1, 2)
    assert len(second.reports) == 2
    assert latest_version(compiled.app, compiled.round()) == second
    compiled.turn(later=HOUR)
    assert len(_versions(compiled)) == 2


def test_a_report_after_the_approval_is_told(approved: World) -> None:
    approved.answer(YEN_SON, "Em gửi báo cáo ạ.", files=approved.report(YEN_SON))
    approved.turn(later=HOUR)
    review = approved.review(ReviewKind.LATE_REPORT)
    assert (review.office, review.raw) == (YEN_SON, approved.latest_raw().raw)
    assert "`dondoc compile nq47`" in review.reason


def test_a_report_that_is_counted_by_hand_after_the_approval_is_told_too(approved: World) -> None:
    approved.answer(YEN_SON, "Em gửi báo cáo ạ.", files=approved.report(YEN_SON), sender=PRIVATE)
    approved.turn(later=HOUR)
    waiting = approved.review(ReviewKind.UNKNOWN_SENDER)
    decision = Resolution(decision=Decision.ACCEPT, by=NAME, office=YEN_SON)
    resolve(approved.app, waiting.review, decision, approved.now)
    assert approved.replies(YEN_SON)[0].kind is ReplyKind.REPORT
    review = approved.review(ReviewKind.LATE_REPORT)
    assert (review.office, review.raw) == (YEN_SON, waiting.raw)


def test_an_acknowledgement_counted_by_hand_after_the_approval_is_none(approved: World) -> None:
    approved.answer(YEN_SON, "Đã nhận.", sender=PRIVATE)
    approved.turn(later=HOUR)
    waiting = approved.review(ReviewKind.UNKNOWN_SENDER)
    decision = Resolution(decision=Decision.ACCEPT, by=NAME, office=YEN_SON)
    resolve(approved.app, waiting.review, decision, approved.now)
    assert approved.reviews(ReviewKind.LATE_REPORT) == []


def test_a_version_by_hand(compiled: World) -> None:
    made = compile_now(compiled.app, "nq47", "2024", compiled.now)
    assert made.version == 2
    assert compiled.round().status is RoundStatus.COMPILED


def test_compiling_by_hand_has_its_limits(begun: World) -> None:
    with pytest.raises(NotAllowed, match=r"still open until 15/11/2024"):
        compile_now(begun.app, "nq47", None, begun.now)
    with pytest.raises(NotFound, match="no round 1999; it has: 2024"):
        compile_now(begun.app, "nq47", "1999", begun.now)
    with pytest.raises(NotFound, match="no campaign 'nq48'; the configuration has: nq47"):
        compile_now(begun.app, "nq48", None, begun.now)


def test_before_the_directive_there_is_nothing_to_compile(world: World) -> None:
    with pytest.raises(NotFound, match="has not taken its directive"):
        compile_now(world.app, "nq47", None, world.now)
    world.change(campaigns={})
    with pytest.raises(NotFound, match="the configuration has: none"):
        compile_now(world.app, "nq47", None, world.now)


def test_a_folder_that_cannot_be_written_is_filled_as_soon_as_it_can_be(begun: World) -> None:
    begun.output.write_text("a file stands where the folder should be", encoding="utf-8")
    begun.turn(to=COMPILING)
    (version,) = _versions(begun)
    begun.output.unlink()
    begun.turn(later=HOUR)
    assert [path.read_bytes() for path in paths(begun.app, version)] == [
        begun.app.evidence.get(file.digest) for file in version.files
    ]


def test_an_approval_that_another_version_overtakes_changes_nothing(
    begun: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun.turn(to=COMPILING)
    stale = running(begun.app, CAMPAIGN)
    compiling.compile_now(begun.app, CAMPAIGN, None, begun.now)
    monkeypatch.setattr(compiling, "running", lambda *_: stale)
    with pytest.raises(NotAllowed, match="approve again"):
        compiling.approve(begun.app, CAMPAIGN, None, begun.now, by="Lan", number="88")
    assert begun.round().status is RoundStatus.COMPILED
    assert [v.approved_by for v in _versions(begun)] == [None, None]


def test_approval_makes_the_version_that_bears_the_number(approved: World) -> None:
    version = _versions(approved)[-1]
    assert (version.version, version.number, version.approved_by) == (2, "88", NAME)
    assert approved.round().status is RoundStatus.APPROVED
    words = "\n".join(
        cell.text
        for table in docx.Document(str(paths(approved.app, version)[0])).tables
        for row in table.rows
        for cell in row.cells
    )
    assert "88/BC-VHTT" in words


@pytest.mark.parametrize("number", ["", "88/BC", "tám", "8.8"])
def test_only_figures_are_a_number(compiled: World, number: str) -> None:
    with pytest.raises(NotAllowed, match="figures only"):
        approve(compiled.app, "nq47", None, compiled.now, by=NAME, number=number)
    assert len(_versions(compiled)) == 1


def test_only_what_was_compiled_can_be_approved(begun: World) -> None:
    with pytest.raises(NotAllowed, match="only a compiled version"):
        approve(begun.app, "nq47", None, begun.now, by=NAME, number="88")


def test_nothing_is_approved_twice(approved: World) -> None:
    with pytest.raises(NotAllowed, match="is approved"):
        approve(approved.app, "nq47", None, approved.now, by=NAME, number="89")


def test_an_approved_result_goes_to_the_department_by_both_doors(approved: World) -> None:
    approved.turn(later=HOUR)
    sent = _forwarded(approved)
    assert {d.status for d in sent.values()} == {DispatchStatus.ACCEPTED}
    assert set(sent) == {Channel.EXCHANGE, Channel.EMAIL}
    assert approved.round().status is RoundStatus.FORWARDED
    version = _versions(approved)[-1]
    assert version.forwarded_at == approved.now
    letter = approved.received(SO)
    assert "88/BC-VHTT" in letter.subject + letter.text
    assert "UBND xã Yên Sơn" in letter.text
    approved.turn(later=HOUR)
    assert len(approved.mail.mail_for(approved.office(SO).emails[0])) == 1


def test_the_departments_statuses_are_recorded(approved: World) -> None:
    approved.turn(later=HOUR)
    approved.put_status(_forwarded(approved)[Channel.EXCHANGE], "03")
    approved.answer(SO, "Sở đã nhận được báo cáo.\n\nĐịa chỉ email mới: so@langson.example")
    approved.turn(later=HOUR)
    assert {d.status for d in _forwarded(approved).values()} == {DispatchStatus.REGISTERED}
    assert "so@langson.example" in approved.review(ReviewKind.ADDRESS_CHANGE).reason


def test_an_acknowledgement_that_the_department_may_not_have_sent_waits(approved: World) -> None:
    approved.turn(later=HOUR)
    approved.change(proof=SenderProof(rules=SenderRules(require=True)))
    approved.answer(SO, "Sở đã nhận được báo cáo.")
    approved.turn(later=HOUR)
    review = approved.review(ReviewKind.UNCLEAR_REPLY)
    assert "the sender's address is in doubt (nothing vouches for it)" in review.reason
    assert _forwarded(approved)[Channel.EMAIL].status is DispatchStatus.ACCEPTED


@pytest.mark.parametrize(
    ("words", "sender"),
    [
        ("Đề nghị bổ sung số liệu của xã Yên Sơn.", None),
        ("Đã nhận.", "nguyen.van.ban@thucanhan.example"),
        ("Đã nhận.\n\nĐịa chỉ email mới: so@langson.example", "an@thucanhan.example"),
    ],
)
def test_what_else_the_department_writes_waits(
    approved: World, words: str, sender: str | None
) -> None:
    approved.turn(later=HOUR)
    approved.answer(SO, words, sender=sender)
    approved.turn(later=HOUR)
    review = approved.review(ReviewKind.UNCLEAR_REPLY)
    assert words in review.reason
    assert ("as the notice says: so@langson.example; " in review.reason) is ("mới" in words)
    assert review.dispatch == _forwarded(approved)[Channel.EMAIL].dispatch
    assert _forwarded(approved)[Channel.EMAIL].status is DispatchStatus.ACCEPTED


@pytest.mark.parametrize("sender", [None, "nguyen.van.ban@thucanhan.example"])
def test_an_office_that_quotes_the_result_too_is_named(approved: World, sender: str | None) -> None:
    approved.turn(later=HOUR)
    forwarded = _forwarded(approved)[Channel.EMAIL]
    files = approved.report(MINH_TIEN)
    approved.answer(MINH_TIEN, "Em gửi báo cáo ạ.", files=files, sender=sender)
    box = approved.mail.folder(MAILBOX)
    quoting = f"References: {forwarded.message_id}\r\n ".encode()
    assert box.messages[-1].count(b"References: ") == 1
    box.messages[-1] = box.messages[-1].replace(b"References: ", quoting)
    approved.turn(later=HOUR)
    review = approved.review(ReviewKind.UNCLEAR_REPLY)
    assert (review.office, review.candidates) == (SO, (MINH_TIEN,))
    assert review.dispatch == forwarded.dispatch


def test_what_the_department_answers_by_exchange_waits(approved: World) -> None:
    approved.turn(later=HOUR)
    packet = _forwarded(approved)[Channel.EXCHANGE]
    subject = "V/v đề nghị bổ sung số liệu của xã Yên Sơn"
    approved.put_answer(packet, subject=subject, type_name="Công văn", attachments=())
    approved.turn(later=HOUR)
    review = approved.review(ReviewKind.UNCLEAR_REPLY)
    assert (review.office, review.dispatch) == (SO, packet.dispatch)
    assert subject in review.reason
    assert approved.replies(SO) == []


def test_a_report_after_the_forwarding_makes_a_version_to_approve(approved: World) -> None:
    approved.turn(later=HOUR)
    approved.answer(YEN_SON, "Em gửi báo cáo ạ.", files=approved.report(YEN_SON))
    approved.turn(later=HOUR)
    assert len(_forwarded(approved)) == 2
    made = compile_now(approved.app, "nq47", None, approved.now)
    assert (made.version, len(made.reports)) == (3, 2)
    approve(approved.app, "nq47", None, approved.now, by=NAME, number="95")
    approved.turn(later=HOUR)
    letters = approved.mail.mail_for(approved.office(SO).emails[0])
    assert len(letters) == 2
    assert "95/BC-VHTT" in approved.received(SO, 1).subject + approved.received(SO, 1).text


def test_a_door_of_the_department_that_is_down_is_tried_again(approved: World) -> None:
    approved.exchange.errors["send"] = PeerUnavailable("truc", "down")
    approved.turn(later=HOUR)
    assert approved.round().status is RoundStatus.APPROVED
    assert _forwarded(approved)[Channel.EMAIL].status is DispatchStatus.ACCEPTED
    del approved.exchange.errors["send"]
    approved.turn(later=HOUR)
    assert approved.round().status is RoundStatus.FORWARDED


def test_forwarding_by_hand(approved: World) -> None:
    sent = forward(approved.app, "nq47", None, approved.now)
    assert {d.status for d in sent} == {DispatchStatus.ACCEPTED}
    assert approved.round().status is RoundStatus.FORWARDED
    again = forward(approved.app, "nq47", "2024", approved.now)
    assert [d.attempts for d in again] == [1, 1]
    before = approved.events()
    approved.turn(later=HOUR)
    kinds = [d.kind for d in approved.app.ledger.select(DispatchState, office=SO)]
    assert kinds == [DispatchKind.COMPILATION] * 2
    assert approved.events() >= before


def test_forwarding_by_hand_tries_again_what_was_put_off(approved: World) -> None:
    approved.exchange.errors["send"] = PeerUnavailable("truc", "down")
    approved.mail.behave(approved.office(SO).emails[0], "lose_after_data")
    statuses = {d.channel: d.status for d in forward(approved.app, "nq47", None, approved.now)}
    assert statuses == {
        Channel.EXCHANGE: DispatchStatus.DEFERRED,
        Channel.EMAIL: DispatchStatus.UNCERTAIN,
    }
    del approved.exchange.errors["send"]
    approved.mail.behave(approved.office(SO).emails[0], None)
    sent = {d.channel: d for d in forward(approved.app, "nq47", None, approved.now)}
    assert sent[Channel.EXCHANGE].status is DispatchStatus.ACCEPTED
    # Evidence may still be on its way: nobody sends again before the wait is over.
    assert sent[Channel.EMAIL].status is DispatchStatus.UNCERTAIN
    late = approved.now + timedelta(minutes=10)
    sent = {d.channel: d for d in forward(approved.app, "nq47", None, late)}
    assert (sent[Channel.EMAIL].status, sent[Channel.EMAIL].marked) == ("accepted", True)
    assert approved.round().status is RoundStatus.FORWARDED


def test_an_uncertain_packet_to_the_department_is_repeated_unmarked(approved: World) -> None:
    approved.exchange.errors["answer"] = DeliveryUnknown("truc", "no answer")
    approved.turn(later=HOUR)
    del approved.exchange.errors["answer"]
    approved.turn(later=timedelta(minutes=10))
    packet = _forwarded(approved)[Channel.EXCHANGE]
    assert (packet.status, packet.attempts, packet.marked) == ("accepted", 2, False)


def test_forwarding_by_hand_has_its_limits(compiled: World) -> None:
    with pytest.raises(NotAllowed, match="only an approved version"):
        forward(compiled.app, "nq47", None, compiled.now)
    with pytest.raises(NotFound, match="no round 1999"):
        forward(compiled.app, "nq47", "1999", compiled.now)
    compiled.change(campaigns={RULES.id: replace(RULES, forward=None)})
    with pytest.raises(NotAllowed, match="forwards to nobody"):
        forward(compiled.app, "nq47", None, compiled.now)


def test_a_department_without_any_door_waits_for_a_person(approved: World) -> None:
    offices = [replace(o, organ_id=None, emails=()) if o.id == SO else o for o in OFFICES]
    approved.change(directory=Directory(offices))
    with pytest.raises(NotAllowed, match="no identifier and no address"):
        forward(approved.app, "nq47", None, approved.now)
    approved.turn(later=HOUR)
    assert approved.review(ReviewKind.NO_DOOR).office == SO


def test_without_a_department_nothing_is_forwarded(compiled: World) -> None:
    compiled.change(campaigns={RULES.id: replace(RULES, forward=None)})
    approve(compiled.app, "nq47", None, compiled.now, by=NAME, number="88")
    compiled.turn(later=HOUR)
    assert _forwarded(compiled) == {}
    assert compiled.round().status is RoundStatus.APPROVED


def test_a_year_that_went_by_unseen_waits_for_a_person(begun: World) -> None:
    begun.turn(to=datetime(2027, 10, 1, 2, tzinfo=UTC))
    assert begun.round("2027").due_on == date(2027, 11, 10)
    assert {r.round for r in begun.reviews(ReviewKind.MISSED_ROUND)} == {"2025", "2026"}
