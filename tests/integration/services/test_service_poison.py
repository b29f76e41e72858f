"""One input that fails for ever: what lies behind it is taken in, and a person is told."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import BinaryIO

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from domain.campaign import Channel
from domain.errors import PeerRefused, PeerUnavailable, StoreFailed
from domain.exchange import PacketKind, WaitingPacket
from domain.kinds import Decision, ReviewKind
from domain.mail import MailArrival, MailCursor, MailPosition
from domain.state import ReviewState
from domain.status import AssignmentStatus, DispatchStatus
from dondoc.services import collect as collecting
from dondoc.services.quarantine import quarantined, release
from dondoc.services.resolve import Resolution, resolve
from schedulers.reminders import held_back
from tests.integration.services.service_parts import CAMPAIGN, MAILBOX, MINH_TIEN, YEN_SON
from tests.integration.services.service_world import World

HOUR = timedelta(hours=1)
BEHIND = "34"


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[EventDict]]:
    """Keep the log, which would else draw each traceback with all its variables."""
    with capture_logs() as entries:
        yield entries


def failed(world: World) -> list[ReviewState]:
    return world.reviews(ReviewKind.FAILED)


@pytest.fixture
def withheld(begun: World, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Let three answers of an office wait that the exchange does not give, and a sound one."""
    letter = begun.dispatch(YEN_SON, Channel.EXCHANGE)
    bad = {begun.put_answer(letter, number=str(number)) for number in (31, 32, 33)}
    begun.put_answer(letter, number=BEHIND)
    real = begun.exchange.fetch

    def fetch(doc_id: str, into: BinaryIO) -> None:
        if doc_id in bad:
            raise PeerUnavailable("truc", "error 21: the exchange failed to process the file")
        real(doc_id, into)

    monkeypatch.setattr(begun.exchange, "fetch", fetch)
    return bad


def test_packets_that_are_never_given_stop_nobody(begun: World, withheld: set[str]) -> None:
    begun.turn(later=HOUR)
    assert begun.replies(YEN_SON) == []
    begun.turn(later=HOUR)
    assert begun.assignment(YEN_SON).status is AssignmentStatus.REPORTED
    assert begun.reviews() == []


def test_packets_that_are_never_given_are_told_and_tried_on(
    begun: World, withheld: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "_TURNS_UNTIL_TOLD", 4)
    for _ in range(5):
        begun.turn(later=HOUR)
    told = failed(begun)
    assert len(told) == len(withheld)
    assert all(any(doc_id in review.reason for doc_id in withheld) for review in told)
    withheld.clear()
    begun.turn(later=HOUR)
    assert len(begun.replies(YEN_SON)) == 4
    assert begun.app.exchange is not None
    assert begun.app.exchange.not_given == {}


def test_a_restart_begins_the_count_anew_and_ends_it(begun: World) -> None:
    begun.put_answer(begun.dispatch(YEN_SON, Channel.EXCHANGE))
    begun.exchange.errors["fetch"] = PeerUnavailable("truc", "no answer")
    for _ in range(collecting._TURNS_UNTIL_TOLD - 1):
        begun.turn()
    assert failed(begun) == []
    begun.turn()
    assert len(failed(begun)) == 1


def test_an_account_that_is_refused_is_no_packets_fault(begun: World) -> None:
    begun.put_answer(begun.dispatch(YEN_SON, Channel.EXCHANGE))
    begun.exchange.errors["fetch"] = PeerRefused("truc", "15", "signature")
    begun.turn(later=HOUR)
    assert begun.app.exchange is not None
    assert begun.app.exchange.not_given == {}
    del begun.exchange.errors["fetch"]
    begun.turn(later=HOUR)
    assert len(begun.replies(YEN_SON)) == 1


# A bug, or a value that nobody thought of.


def listed_first(world: World, monkeypatch: pytest.MonkeyPatch, *doc_ids: str) -> None:
    real = world.exchange.waiting

    def waiting(kind: PacketKind) -> list[WaitingPacket]:
        first = [
            WaitingPacket(doc_id=doc_id, kind=kind, sender="", receiver="", created="")
            for doc_id in doc_ids
        ]
        return [*first, *real(kind)] if kind is PacketKind.DOCUMENT else real(kind)

    monkeypatch.setattr(world.exchange, "waiting", waiting)


def test_identifiers_that_cannot_be_written_down_are_told(
    begun: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun.put_answer(begun.dispatch(YEN_SON, Channel.EXCHANGE))
    listed_first(begun, monkeypatch, "a\ud800b", "c\x00d", "e\u202ef", "g\nh")
    for _ in range(2):
        begun.turn(later=HOUR)
    assert begun.assignment(YEN_SON).status is AssignmentStatus.REPORTED
    reasons = sorted(review.reason for review in failed(begun))
    assert len(reasons) == 4
    assert r"edoc:a\ud800b: the packet's doc_id cannot be read" in reasons[0]
    assert r"c\x00d" in reasons[1]
    for reason in reasons:
        reason.encode()


def test_packets_that_we_fail_on_do_not_stop_those_behind(
    begun: World, monkeypatch: pytest.MonkeyPatch, logged: list[EventDict]
) -> None:
    letter = begun.dispatch(YEN_SON, Channel.EXCHANGE)
    bad = {begun.put_answer(letter, number=str(number)) for number in (31, 32, 33)}
    begun.put_answer(letter, number=BEHIND)
    real = begun.exchange.fetch

    def fetch(doc_id: str, into: BinaryIO) -> None:
        if doc_id in bad:
            raise KeyError("a bug")
        real(doc_id, into)

    monkeypatch.setattr(begun.exchange, "fetch", fetch)
    begun.turn(later=HOUR)
    assert begun.assignment(YEN_SON).status is AssignmentStatus.REPORTED
    assert len(failed(begun)) == 3
    assert {entry["event"] for entry in logged if entry["log_level"] == "error"} == {
        "intake_broken"
    }


def test_a_list_that_we_fail_on_stops_neither_mail_nor_sending(begun: World) -> None:
    begun.exchange.errors["waiting"] = KeyError("a bug")
    begun.answer(MINH_TIEN, "Em gửi báo cáo ạ.", files=begun.report(MINH_TIEN))
    begun.turn(later=HOUR)
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.REPORTED
    assert sorted(review.reason for review in failed(begun)) == [
        f"exchange truc, {kind}: Dondoc failed on it (KeyError); see the log"
        for kind in sorted(PacketKind)
    ]


def test_a_mail_folder_that_we_fail_on_is_told_once_at_a_time(begun: World) -> None:
    begun.box.cut = ValueError("a bug")
    for _ in range(2):
        begun.turn(later=HOUR)
    (review,) = failed(begun)
    assert review.reason.startswith("mail folder nq47/INBOX: Dondoc failed on it (ValueError)")
    resolve(begun.app, review.review, Resolution(decision=Decision.NOTED, by="Lan"), begun.now)
    begun.turn(later=HOUR)
    assert len(failed(begun)) == 1


def test_a_store_that_fails_ends_the_turn(begun: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def put(content: bytes) -> None:
        raise StoreFailed("the disk is full")

    begun.answer(MINH_TIEN, "Đã nhận.")
    monkeypatch.setattr(begun.app.evidence, "put", put)
    with pytest.raises(StoreFailed):
        begun.turn(later=HOUR)


# A message that its server lists and does not give.


def keep_body(world: World, monkeypatch: pytest.MonkeyPatch, raw: bytes) -> Callable[[], None]:
    """Let the mail server give the header of one message only; the function mends it."""
    real = world.box._arrival

    def arrival(mailbox: str, position: MailPosition, message: bytes) -> MailArrival:
        found = real(mailbox, position, message)
        if not message.endswith(raw):
            return found
        header = message.partition(b"\r\n\r\n")[0]
        return replace(found, raw=header, oversize=len(message))

    monkeypatch.setattr(world.box, "_arrival", arrival)
    return lambda: monkeypatch.setattr(world.box, "_arrival", real)


def test_a_message_that_is_not_given_waits_and_is_read_once_it_is(
    begun: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = begun.answer(MINH_TIEN, "Em gửi báo cáo ạ.", files=begun.report(MINH_TIEN))
    begun.answer(YEN_SON, "Đã nhận được văn bản. Trân trọng.")
    mend = keep_body(begun, monkeypatch, raw)
    begun.turn(later=HOUR)
    review = begun.review(ReviewKind.UNREADABLE)
    assert review.candidates == (MINH_TIEN,)
    assert "so the mail server did not give it" in review.reason
    assert begun.assignment(YEN_SON).status is AssignmentStatus.ACKNOWLEDGED
    mend()
    (aside,) = quarantined(begun.app)
    release(begun.app, aside.raw, "Lan", begun.now)
    begun.turn(later=HOUR)
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.REPORTED


LARGE = ("quet.pdf", "application/pdf", b"%PDF-1.4\n" + b"0" * 2_000_000)


@pytest.mark.parametrize(
    ("sender", "thread"), [(None, True), (None, False), ("nguyen.van.an@mail.example", True)]
)
def test_a_message_over_the_limit_tells_it_and_holds_its_office(
    begun: World, sender: str | None, thread: bool
) -> None:
    raw = begun.answer(MINH_TIEN, "Em gửi ạ.", files=[LARGE], sender=sender, thread=thread)
    begun.turn(later=HOUR)
    review = begun.review(ReviewKind.UNREADABLE)
    assert review.candidates == (MINH_TIEN,)
    assert review.campaign == (CAMPAIGN if thread else None)
    stored = begun.mail.folder(MAILBOX).messages[-1]
    assert stored.endswith(raw)
    assert f"it has {len(stored)} octets ({len(stored) / 1_048_576:.1f} MB)" in review.reason
    assert "more than 1.90735 MB, the limit of mailbox nq47; raise its `max_m" in review.reason
    assert held_back(begun.assignment(MINH_TIEN), begun.reviews()) == review


@pytest.mark.parametrize("header", ["In-Reply-To", "References", "To"])
def test_each_field_of_a_header_leads_to_the_office(begun: World, header: str) -> None:
    sent = begun.dispatch(MINH_TIEN, Channel.EMAIL)
    values = {
        "In-Reply-To": sent.message_id,
        "References": f"<mot@khac.example> {sent.message_id}",
        "To": f"nq47+{sent.token}@huulung.example",
    }
    fields = {"From": "an@mail.example", "To": MAILBOX, header: values[header] or ""}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    begun.arrive(f"{head}\r\n".encode() + LARGE[2], path="an@mail.example", to=MAILBOX)
    begun.turn(later=HOUR)
    assert begun.review(ReviewKind.UNREADABLE).candidates == (MINH_TIEN,)


def test_a_limit_that_nobody_knows_is_not_made_up(begun: World) -> None:
    assert begun.app.mail is not None
    inbox = replace(begun.app.mail.inbox, max_octets=None)
    begun.app = replace(begun.app, mail=replace(begun.app.mail, inbox=inbox))
    begun.answer(MINH_TIEN, "Em gửi ạ.", files=[LARGE])
    begun.turn(later=HOUR)
    assert "more than the mailbox's limit" in begun.review(ReviewKind.UNREADABLE).reason


def test_a_message_of_which_nothing_is_given_waits(
    begun: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def arrivals(mailbox: str, after: MailCursor | None) -> Iterator[MailArrival]:
        if after != "1:99":
            position = MailPosition("1:99")
            yield MailArrival(
                mailbox=mailbox,
                position=position,
                cursor=MailCursor("1:99"),
                raw=b"",
                oversize=1,
            )

    monkeypatch.setattr(begun.box, "arrivals", arrivals)
    for _ in range(2):
        begun.turn(later=HOUR)
    assert begun.review(ReviewKind.UNREADABLE).candidates == ()
    assert len(quarantined(begun.app)) == 1


# What a mail system or a person writes without saying so in a form.


def bounce(world: World, subject: str, text: str, *, to: str = "", kind: str = "") -> None:
    sent = world.dispatch(MINH_TIEN, Channel.EMAIL)
    recipient = to or f"nq47+{sent.token}@huulung.example"
    media = kind or "text/plain; charset=utf-8"
    head = (
        f"From: Mail Delivery <MAILER-DAEMON@mx.example>\r\nTo: {recipient}\r\n"
        f"Subject: {subject}\r\nMessage-ID: <b1@mx.example>\r\nContent-Type: {media}\r\n"
    )
    world.arrive(f"{head}\r\n{text}\r\n".encode(), path="", to=recipient)
    world.turn(later=HOUR)


NO_BLOCK = (
    "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n--b--"
)


@pytest.mark.parametrize(
    ("subject", "text", "kind"),
    [
        ("failure notice", "I wasn't able to deliver your message; mailbox is full", ""),
        ("Undelivered Mail Returned to Sender", "Thư không gửi được vì hộp thư đầy.", ""),
        ("Mail delivery failed", "The message could not be delivered.", ""),
        ("Hộp thư", "Rất tiếc.", ""),
        ("Hộp thư", NO_BLOCK, "multipart/report; report-type=delivery-status; boundary=b"),
        (
            "Hộp thư",
            NO_BLOCK.replace("dns; mx.example", "x\r\n\r\nAction: lost\r\nFinal-Recipient: y"),
            "multipart/report; report-type=delivery-status; boundary=b",
        ),
    ],
)
def test_a_bounce_in_words_waits_for_a_person(
    begun: World, subject: str, text: str, kind: str
) -> None:
    bounce(begun, subject, text, kind=kind)
    sent = begun.dispatch(MINH_TIEN, Channel.EMAIL)
    review = begun.review(ReviewKind.UNDELIVERABLE)
    assert (review.office, review.dispatch) == (MINH_TIEN, sent.dispatch)
    assert subject in review.reason
    assert sent.status is DispatchStatus.ACCEPTED
    resolve(begun.app, review.review, Resolution(decision=Decision.RESEND, by="Lan"), begun.now)
    begun.turn(later=HOUR)
    assert len(begun.dispatches(MINH_TIEN, Channel.EMAIL)) == 2


def test_a_bounce_in_words_of_no_letter_waits_too(begun: World) -> None:
    bounce(begun, "failure notice", "Không rõ người nhận.", to=MAILBOX)
    review = begun.review(ReviewKind.UNDELIVERABLE)
    assert (review.office, review.dispatch) == (None, None)


def test_words_from_an_empty_return_path_are_not_lost(begun: World) -> None:
    begun.answer(MINH_TIEN, "Xã đã nhận được văn bản, đề nghị cho biết thời hạn?")
    box = begun.mail.folder(MAILBOX)
    head, _, rest = box.messages[-1].partition(b"\r\n")
    assert head.startswith(b"Return-Path: <")
    box.messages[-1] = b"Return-Path: <>\r\n" + rest
    begun.turn(later=HOUR)
    review = begun.review(ReviewKind.UNCLEAR_REPLY)
    assert review.office == MINH_TIEN
    assert "đề nghị cho biết thời hạn" in review.reason
