"""What a turn makes of the corpus' machines, and that none of them causes a mail."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.campaign import Channel
from domain.facts import ReceiptRecorded
from domain.ids import Address, OfficeId
from domain.kinds import Decision, ReplyKind, ReviewKind
from domain.office import Directory
from domain.state import DispatchState
from domain.status import DispatchStatus, RawStatus
from dondoc.services.resolve import Resolution, resolve
from tests.integration.services.service_parts import MAILBOX, MINH_TIEN, OFFICES, YEN_SON
from tests.integration.services.service_world import World
from tests.mail_corpus import MACHINES, Sample, letters, samples

BEHIND = b"From: nhac@thongbao.example\r\nMessage-ID: <behind@thongbao.example>\r\n\r\nTin vui."


def ours(world: World, office: OfficeId) -> DispatchState:
    return world.dispatch(office, Channel.EMAIL)


def about_this_world(world: World, raw: bytes) -> bytes:
    """Put the tokens of this world's letters in the place of the corpus' own."""
    offices = {YEN_SON: "directive", MINH_TIEN: "directive"}
    for letter in letters():
        if offices.get(letter.office) == letter.kind:
            token = ours(world, letter.office).token
            raw = raw.replace(letter.token.encode(), token.encode())
            raw = raw.replace(letter.token[:8].upper().encode(), token[:8].upper().encode())
    return raw


@pytest.mark.parametrize("sample", samples(*MACHINES), ids=lambda sample: sample.name)
def test_a_machine_changes_what_it_proves_and_causes_no_mail(begun: World, sample: Sample) -> None:
    begun.turn(later=timedelta(hours=1))
    before, tried, raws = (
        len(begun.app.ledger.select(DispatchState)),
        begun.line.tried,
        begun.raws(),
    )
    begun.mail.folder(MAILBOX).messages += [about_this_world(begun, sample.raw), BEHIND]
    begun.turn(later=timedelta(hours=1))
    begun.turn(later=timedelta(hours=1))
    read = [raw for position, raw in begun.raws().items() if position not in raws]
    assert [raw.status for raw in read] == [RawStatus.READ, RawStatus.READ]
    assert (len(begun.app.ledger.select(DispatchState)), begun.line.tried) == (before, tried)
    assert begun.replies(YEN_SON) == begun.replies(MINH_TIEN) == []
    if "status" in sample.expected:
        reviews = [r.kind for r in begun.reviews() if r.raw == read[0].raw]
        assert ours(begun, YEN_SON).status == sample.expected["status"]
        assert reviews == sample.expected["review"]
    for address in sample.expected.get("proposed", []):
        assert address in begun.review(ReviewKind.ADDRESS_CHANGE).reason


def arrived(world: World, name: str) -> None:
    (sample,) = [each for each in samples(name.partition("/")[0]) if each.name == name]
    world.mail.folder(MAILBOX).messages.append(about_this_world(world, sample.raw))
    world.turn(later=timedelta(hours=1))


def test_a_proposed_address_is_used_once_the_directory_has_it(begun: World) -> None:
    arrived(begun, "moved/by-a-clerk-vi")
    review = begun.review(ReviewKind.ADDRESS_CHANGE)
    assert review.reason.startswith("new address, as the notice says: ubndyenson@langson.example;")
    assert review.dispatch == ours(begun, YEN_SON).dispatch
    new = (Address("ubndyenson@langson.example"),)
    begun.change(
        directory=Directory([replace(o, emails=new) if o.id == YEN_SON else o for o in OFFICES])
    )
    begun.turn(later=timedelta(hours=1))
    assert len(begun.dispatches(YEN_SON, Channel.EMAIL)) == 1
    decided = Resolution(decision=Decision.RESEND, by="Trần Thị Lan")
    resolve(begun.app, review.review, decided, begun.now)
    begun.turn(later=timedelta(hours=1))
    first, second = begun.dispatches(YEN_SON, Channel.EMAIL)
    assert (first.target, second.target) == ("xayenson@huulung.example", new[0])


def test_a_notice_from_nobody_we_wrote_to_offers_nothing_to_send(begun: World) -> None:
    arrived(begun, "moved/forged")
    assert begun.review(ReviewKind.ADDRESS_CHANGE).dispatch is None


def test_a_refusal_that_names_the_new_address_proposes_it(begun: World) -> None:
    arrived(begun, "dsn/mailbox-moved")
    reason = begun.review(ReviewKind.UNDELIVERABLE).reason
    assert reason.endswith("new address, as the report says: ubndyenson@langson.example")


def test_a_letter_that_is_kept_back_has_not_arrived(begun: World) -> None:
    arrived(begun, "challenge/tmda")
    assert ours(begun, YEN_SON).status is DispatchStatus.ACCEPTED
    assert "is kept back until its sender confirms it" in begun.reviews()[0].reason


def test_what_only_the_subjects_code_points_at_names_the_office_to_a_person(begun: World) -> None:
    arrived(begun, "dsn/subject-code-only")
    assert begun.review(ReviewKind.UNDELIVERABLE).candidates == (YEN_SON,)


def test_a_receipt_says_in_its_detail_that_a_program_sent_it(begun: World) -> None:
    arrived(begun, "mdn/outlook-displayed")
    facts = [recorded.event.fact for recorded in begun.app.ledger.events(office=YEN_SON)]
    details = [fact.detail for fact in facts if isinstance(fact, ReceiptRecorded)]
    assert len(details) == 1
    assert "sent by a program of itself" in details[0]


def test_an_address_change_beside_an_acknowledgement_is_shown_and_the_answer_counts(
    begun: World,
) -> None:
    arrived(begun, "reply/acknowledged-with-new-address")
    assert [reply.kind for reply in begun.replies(YEN_SON)] == [ReplyKind.ACKNOWLEDGEMENT]
    reason = begun.review(ReviewKind.ADDRESS_CHANGE).reason
    assert reason.startswith("new address, as the notice says: ubndyenson@langson.example;")


MOVED = "Đã nhận được văn bản.\n\nĐịa chỉ email mới: ubndminhtien@langson.example"
PROPOSED = "new address, as the notice says: ubndminhtien@langson.example; "


@pytest.mark.parametrize(
    ("sender", "thread", "kind"),
    [
        ("an@mail.example", True, ReviewKind.UNKNOWN_SENDER),
        (None, False, ReviewKind.UNMATCHED_REPLY),
    ],
)
def test_an_address_change_beside_an_undecided_answer_is_in_its_review(
    begun: World, sender: str | None, thread: bool, kind: ReviewKind
) -> None:
    begun.answer(MINH_TIEN, MOVED, sender=sender, thread=thread, subject="V/v hộp thư")
    begun.turn(later=timedelta(hours=1))
    (review,) = begun.reviews()
    assert review.kind is kind
    assert review.reason.startswith(PROPOSED)
    assert review.candidates == (MINH_TIEN,)
    assert begun.replies(MINH_TIEN) == []


def test_a_notice_that_may_be_an_offices_names_it_to_a_person(begun: World) -> None:
    words = "Hộp thư này không còn sử dụng, đề nghị gửi về ubndminhtien@langson.example."
    begun.answer(MINH_TIEN, words, thread=False, subject="V/v đổi hộp thư")
    begun.turn(later=timedelta(hours=1))
    review = begun.review(ReviewKind.ADDRESS_CHANGE)
    assert review.reason.startswith(PROPOSED)
    assert (review.office, review.candidates) == (None, (MINH_TIEN,))


def test_a_receipt_in_words_waits_for_a_person(begun: World) -> None:
    arrived(begun, "reply/receipt-in-words")
    assert [review.kind for review in begun.reviews()] == [ReviewKind.UNCLEAR_REPLY]
