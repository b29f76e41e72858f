"""Who sent what a machine wrote: in doubt it changes nothing; what comes again proved counts."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from domain.campaign import Channel
from domain.errors import PeerUnavailable
from domain.kinds import Decision, ReviewKind
from domain.state import DispatchState, ReviewState
from domain.status import AssignmentStatus, DispatchStatus
from dondoc.app import SenderProof
from dondoc.services.resolve import Resolution, resolve
from mappings.mail.authentication.rules import SenderRules
from schedulers.reminders import held_back
from tests.integration.services.service_parts import MAILBOX, MINH_TIEN
from tests.integration.services.service_world import World

HOUR = timedelta(hours=1)
SERVER = "mx.huulung.example"
FAILED = f"Authentication-Results: {SERVER}; dmarc=fail header.from=huulung.example\r\n".encode()
PASSED = FAILED.replace(b"fail", b"pass")
AUTOMATIC = [("Auto-Submitted", "auto-replied")]
AWAY = "Tôi vắng mặt đến hết tuần."


@dataclass(slots=True)
class NoKeys:
    """A DNS that is not asked, for our own server said all."""

    def key(self, name: str) -> bytes | None:
        raise PeerUnavailable("DNS", name)


def require(world: World) -> None:
    rules = SenderRules(authserv_ids=frozenset({SERVER}), require=True, signatures=False)
    world.change(proof=SenderProof(rules=rules, keys=NoKeys()))


def came(world: World, raw: bytes, *, said: bytes = b"") -> None:
    world.arrive(said + raw, path="ke.gian@tancong.example")
    world.turn(later=HOUR)


def written(
    world: World, text: str, headers: list[tuple[str, str]] | None = None, **options: str
) -> bytes:
    """Return what Minh Tiến writes in the thread of our letter; it has not arrived."""
    raw = world.answer(MINH_TIEN, text, headers=headers or [], sender=options.get("sender"))
    world.mail.folder(MAILBOX).messages.pop()
    return raw


def by_code(world: World) -> bytes:
    """Return an automatic reply that bears nothing of our letter but the code in its subject."""
    subject = f"Re: [DD-{letter(world).token[:8].upper()}]"
    world.answer(MINH_TIEN, AWAY, headers=AUTOMATIC, thread=False, subject=subject)
    return world.mail.folder(MAILBOX).messages.pop()


def receipt(world: World) -> bytes:
    return (
        "From: xaminhtien@huulung.example\r\nTo: nq47@huulung.example\r\nSubject: Read: 512\r\n"
        "Message-ID: <mdn@huulung.example>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=B\r\n\r\n"
        "--B\r\nContent-Type: message/disposition-notification\r\n\r\n"
        "Final-Recipient: rfc822; xaminhtien@huulung.example\r\n"
        f"Original-Message-ID: {letter(world).message_id}\r\n"
        "Disposition: manual-action/MDN-sent-manually; displayed\r\n\r\n--B--\r\n"
    ).encode()


def letter(world: World) -> DispatchState:
    return world.dispatch(MINH_TIEN, Channel.EMAIL)


def outcome(world: World) -> str:
    return world.latest_raw().outcome or ""


@pytest.mark.parametrize("said", [FAILED, b""], ids=["failed", "unproved"])
@pytest.mark.parametrize("kind", ["auto_reply", "read_receipt"])
def test_a_machine_in_doubt_changes_nothing_and_is_shown(
    begun: World, kind: str, said: bytes
) -> None:
    require(begun)
    raw = receipt(begun) if kind == "read_receipt" else written(begun, AWAY, AUTOMATIC)
    came(begun, raw, said=said)
    assert letter(begun).status is DispatchStatus.ACCEPTED
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.SENT
    review = begun.review(ReviewKind.UNAUTHENTICATED)
    assert "the sender's address is in doubt" in review.reason
    assert f"{kind} of xaminhtien@huulung.example about directive to {MINH_TIEN}" in review.reason
    assert review.dispatch == letter(begun).dispatch
    # Nobody can hold reminders back so.
    assert held_back(begun.assignment(MINH_TIEN), [review]) is None


@pytest.mark.parametrize(
    "called",
    [
        b"multipart/report; report-type=delivery-status",
        b"multipart/mixed; x=delivery-status",
        b"multipart/mixed",
    ],
)
def test_a_receipt_is_asked_whatever_it_calls_itself(begun: World, called: bytes) -> None:
    require(begun)
    usual = b"multipart/report; report-type=disposition-notification"
    also = b"--B\r\nContent-Type: message/delivery-status\r\n\r\nAction: delivered\r\n\r\n--B--"
    raw = receipt(begun).replace(usual, called)
    came(begun, raw, said=FAILED)
    came(begun, raw.replace(b"--B--", also).replace(b"<mdn@", b"<also@"), said=FAILED)
    assert letter(begun).status is DispatchStatus.ACCEPTED
    assert len([r for r in begun.reviews() if r.kind is ReviewKind.UNAUTHENTICATED]) == 2


def test_a_machine_whose_sender_is_proved_counts(begun: World) -> None:
    require(begun)
    came(begun, written(begun, AWAY, AUTOMATIC), said=PASSED)
    assert letter(begun).status is DispatchStatus.DELIVERED
    came(begun, receipt(begun), said=PASSED)
    assert letter(begun).status is DispatchStatus.DISPLAYED
    assert begun.reviews() == []


def test_a_receipt_in_doubt_about_nothing_of_ours_is_only_read(begun: World) -> None:
    require(begun)
    ours = str(letter(begun).message_id).encode()
    came(begun, receipt(begun).replace(ours, b"<other@huulung.example>"), said=FAILED)
    assert begun.reviews() == []


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (FAILED, DispatchStatus.ACCEPTED),
        (b"", DispatchStatus.ACCEPTED),
        (PASSED, DispatchStatus.DELIVERED),
    ],
    ids=["failed", "unproved", "proved"],
)
def test_the_subjects_code_needs_a_proof_of_the_sender(
    begun: World, said: bytes, status: DispatchStatus
) -> None:
    rules = SenderRules(authserv_ids=frozenset({SERVER}), signatures=False)
    begun.change(proof=SenderProof(rules=rules, keys=None))
    came(begun, by_code(begun), said=said)
    assert letter(begun).status is status
    assert begun.reviews() == []
    told = "auto_reply" if said == PASSED else "automatic reply, by the code in its subject only"
    assert outcome(begun) == told


def test_an_automatic_reply_makes_no_delivery_of_a_bounce(begun: World) -> None:
    begun.dsn(letter(begun), "failed")
    begun.turn(later=HOUR)
    assert letter(begun).status is DispatchStatus.BOUNCED
    came(begun, written(begun, AWAY, AUTOMATIC))
    assert letter(begun).status is DispatchStatus.BOUNCED
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.UNREACHED
    assert outcome(begun) == "automatic reply to a letter that came back"


def test_a_notice_of_another_address_tells_that_its_sender_is_in_doubt(begun: World) -> None:
    require(begun)
    words = "Hộp thư này không còn sử dụng, đề nghị gửi về ubndminhtien@langson.example."
    came(begun, written(begun, words), said=FAILED)
    reason = begun.review(ReviewKind.ADDRESS_CHANGE).reason
    assert "the sender's address is in doubt" in reason


def test_a_swindlers_full_mailbox_is_nothing_of_ours(begun: World) -> None:
    begun.answer(
        MINH_TIEN,
        "Your mailbox is full, click here.",
        headers=AUTOMATIC,
        thread=False,
        subject="Quota",
        sender="it@luadao.example",
    )
    begun.turn(later=HOUR)
    assert begun.reviews() == []
    assert outcome(begun) == "not delivered, about nothing of ours"


def test_an_offices_full_mailbox_without_a_thread_is_shown(begun: World) -> None:
    words = "Hộp thư đã đầy, không nhận thêm thư."
    begun.answer(MINH_TIEN, words, headers=AUTOMATIC, thread=False, subject="Hộp thư đầy")
    begun.turn(later=HOUR)
    assert begun.review(ReviewKind.UNDELIVERABLE).open
    assert letter(begun).status is DispatchStatus.ACCEPTED


@pytest.mark.parametrize(
    ("text", "headers"),
    [
        ("Xã chưa nhận được tệp, đề nghị gửi lại", [("Auto-Submitted", "auto-generated")]),
        ("Xã xin gia hạn đến 20/11", [("X-Autoreply", "yes")]),
    ],
)
def test_what_a_person_asks_under_a_gateways_header_waits(
    begun: World, text: str, headers: list[tuple[str, str]]
) -> None:
    came(begun, written(begun, text, headers))
    review = begun.review(ReviewKind.UNCLEAR_REPLY)
    assert review.office == MINH_TIEN
    assert held_back(begun.assignment(MINH_TIEN), [review]) == review
    assert letter(begun).status is DispatchStatus.ACCEPTED


def doubted(world: World, raw: bytes) -> ReviewState:
    """Let a forwarder's copy come, whose sender is in doubt."""
    require(world)
    came(world, raw, said=FAILED)
    return world.review(ReviewKind.UNAUTHENTICATED)


def test_the_same_message_counts_once_it_comes_with_a_proof(begun: World) -> None:
    raw = written(begun, "Đã nhận được văn bản.")
    doubted(begun, raw)
    came(begun, raw, said=PASSED)
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.ACKNOWLEDGED
    assert begun.reviews() == []
    came(begun, raw, said=PASSED + b"X-Again: 1\r\n")
    came(begun, raw, said=FAILED + b"X-Again: 2\r\n")
    assert outcome(begun) == "known already"
    assert len(begun.replies(MINH_TIEN)) == 1


def test_both_copies_may_come_in_one_turn(begun: World) -> None:
    require(begun)
    raw = written(begun, "Đã nhận được văn bản.")
    begun.arrive(FAILED + raw)
    begun.arrive(PASSED + raw)
    begun.turn(later=HOUR)
    assert len(begun.replies(MINH_TIEN)) == 1
    assert begun.reviews() == []


def test_an_automatic_reply_that_comes_again_proved_counts(begun: World) -> None:
    raw = written(begun, AWAY, AUTOMATIC)
    doubted(begun, raw)
    came(begun, raw, said=PASSED)
    assert letter(begun).status is DispatchStatus.DELIVERED
    assert begun.reviews() == []


@pytest.mark.parametrize(
    ("decision", "kinds"), [(Decision.ACCEPT, 1), (Decision.REJECT, 1)], ids=["accept", "reject"]
)
def test_a_decided_copy_is_counted_once(begun: World, decision: Decision, kinds: int) -> None:
    raw = written(begun, "Đã nhận được văn bản.")
    review = doubted(begun, raw)
    chosen = Resolution(decision=decision, by="A", office=MINH_TIEN)
    resolve(begun.app, review.review, chosen, begun.now)
    came(begun, raw, said=PASSED)
    assert len(begun.replies(MINH_TIEN)) == kinds
    told = "known already" if decision is Decision.ACCEPT else "acknowledgement"
    assert outcome(begun) == told
