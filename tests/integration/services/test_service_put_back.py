"""An older ledger that was put back by hand is noticed, and nothing is sent twice unmarked."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connector.store.memory import MemoryLedger, MemoryMark
from domain.campaign import Channel
from domain.errors import PeerUnavailable
from domain.exchange import PacketKind
from domain.ids import DispatchId
from domain.kinds import DispatchKind, ReplyKind, RestorationCause, ReviewKind
from domain.state import DispatchState, RestorationState
from domain.status import AssignmentStatus, DispatchStatus
from dondoc.app import Noticing
from dondoc.services.doctor import examine_store
from dondoc.services.status import campaign_status
from mappings.mail.tokens import reply_token
from tests.integration.services.put_back_parts import (
    HOUR,
    attempted,
    copied,
    copies,
    planned,
    put_back,
    restored,
)
from tests.integration.services.service_parts import (
    CAMPAIGN,
    MAILBOX,
    MINH_TIEN,
    Y_TE,
    short_letter,
)
from tests.integration.services.service_world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.change(mark=MemoryMark())
    return made


def test_a_ledger_that_goes_on_is_no_older_one(world: World) -> None:
    world.began()
    world.answer(MINH_TIEN, "Đã nhận được văn bản.")
    raw = world.answer(MINH_TIEN, "Đã nhận được văn bản.")
    world.arrive(raw)
    for _ in range(3):
        world.turn(later=HOUR)
        world.change(noticing=Noticing())
    assert restored(world) == []
    assert all(check.ok for check in examine_store(world.app, {}, world.now))


def test_the_mark_tells_of_an_older_ledger(world: World) -> None:
    world.began()
    old = copied(world.app.ledger, attempted)
    sent = copies(world, MINH_TIEN)
    world.mail.folder(MAILBOX).messages.clear()
    put_back(world, old)
    world.turn(later=HOUR)
    (found,) = restored(world)
    assert found.cause is RestorationCause.MARK
    assert found.made_at == world.now - HOUR
    assert copies(world, MINH_TIEN) == [*sent, True]
    assert world.review(ReviewKind.STORE_PUT_BACK).reason.startswith("an older ledger was put back")
    assert world.consistent() == []
    world.turn(later=HOUR)
    world.change(noticing=Noticing())
    world.turn(later=HOUR)
    assert len(restored(world)) == 1


def test_a_crash_before_the_mark_is_written_anew_tells_once(world: World) -> None:
    world.began()
    mark = world.app.mark
    assert mark is not None
    newest = mark.read()
    assert newest is not None
    put_back(world, copied(world.app.ledger, attempted))
    world.turn(later=HOUR)
    mark.write(newest)
    world.change(noticing=Noticing())
    world.turn(later=HOUR)
    assert len(restored(world)) == 1


def test_an_empty_ledger_beside_a_mark_is_an_older_one_and_another_ledger_is_not(
    world: World, tmp_path: Path
) -> None:
    world.began()
    put_back(world, MemoryLedger())
    world.turn(later=HOUR)
    assert [one.cause for one in restored(world)] == [RestorationCause.MARK]
    other = World(tmp_path)
    other.put(short_letter())
    other.turn(later=timedelta(days=1))
    other.change(mark=world.app.mark)
    put_back(other, other.app.ledger)
    other.turn()
    assert restored(other) == []


@pytest.mark.parametrize("before", [attempted, planned], ids=["planned", "unknown"])
def test_without_a_mark_our_own_copies_tell_it(
    world: World, before: Callable[[object], bool]
) -> None:
    world.change(mark=None)
    world.began()
    sent = copies(world, MINH_TIEN)
    put_back(world, copied(world.app.ledger, before))
    world.turn(later=HOUR)
    (found,) = restored(world)
    assert found.cause is RestorationCause.MAILBOX
    assert copies(world, MINH_TIEN) == sent
    letter = world.dispatch(MINH_TIEN, Channel.EMAIL)
    assert letter.status is DispatchStatus.ACCEPTED
    assert world.consistent() == []


_REMINDED = datetime(2024, 10, 25, 2, 0, tzinfo=UTC)
"""After the first reminder before the deadline of 10 November."""


@pytest.mark.parametrize("upto", [attempted, planned], ids=["planned", "unknown"])
@pytest.mark.parametrize("copies_come", [True, False], ids=["mailbox", "exchange"])
def test_without_a_mark_reminders_alone_tell_it(
    tmp_path: Path, upto: Callable[[object], bool], copies_come: bool
) -> None:
    world = World(tmp_path, copy_to_self=copies_come).began()
    before = world.app.ledger.newest()
    assert before is not None
    world.turn(to=_REMINDED)
    reminded = reminders(world)
    assert {name.split("/")[-2] for name in reminded} == {"20241025"}
    sent = copies(world, MINH_TIEN)
    assert sent == [False, False]
    put_back(world, copied(world.app.ledger, upto, since=before.sequence))
    world.turn(later=HOUR)
    (found,) = restored(world)
    cause = RestorationCause.MAILBOX if copies_come else RestorationCause.EXCHANGE
    assert found.cause is cause
    # Nothing but the exchange tells of those that left by mail without a copy.
    assert copies(world, MINH_TIEN) == (sent if copies_come else [*sent, True])
    assert reminders(world) == reminded
    # Our own copies are known as ours.
    assert {review.kind for review in world.reviews()} == {ReviewKind.STORE_PUT_BACK}
    assert world.consistent() == []


def test_answers_count_again_also_to_a_letter_that_is_not_known(world: World) -> None:
    world.change(mark=None)
    world.began()
    old = copied(world.app.ledger, planned)
    world.answer(MINH_TIEN, "Đã nhận được văn bản.")
    world.turn(later=HOUR)
    (before,) = world.replies(MINH_TIEN)
    put_back(world, old)
    world.turn(later=HOUR)
    (reply,) = world.replies(MINH_TIEN)
    assert (reply.reply, reply.kind) == (before.reply, ReplyKind.ACKNOWLEDGEMENT)
    assert world.assignment(MINH_TIEN).status is AssignmentStatus.ACKNOWLEDGED
    assert len(copies(world, MINH_TIEN)) == 1
    assert world.consistent() == []


@pytest.mark.parametrize("outcome", ["stored", "failed"])
def test_a_report_about_a_letter_that_was_only_planned_is_its_outcome(
    tmp_path: Path, outcome: str
) -> None:
    world = World(tmp_path, copy_to_self=False).began()
    letter = world.dispatch(MINH_TIEN, Channel.EMAIL)
    old = copied(world.app.ledger, attempted)
    world.dsn(letter, outcome)
    world.turn(later=HOUR)
    before = world.dispatch(MINH_TIEN, Channel.EMAIL).status
    put_back(world, old)
    world.turn(later=HOUR)
    assert [one.cause for one in restored(world)] == [RestorationCause.MAILBOX]
    assert world.dispatch(MINH_TIEN, Channel.EMAIL).status is before
    assert world.reviews(ReviewKind.UNREADABLE) == []
    assert copies(world, MINH_TIEN) == [False]
    assert world.consistent() == []


@pytest.mark.parametrize("before", [attempted, planned], ids=["planned", "unknown"])
def test_the_sent_list_tells_it_and_gives_back_the_doc_ids(
    tmp_path: Path, before: Callable[[object], bool]
) -> None:
    world = World(tmp_path, copy_to_self=False).began()
    old = copied(world.app.ledger, before)
    known = {d.dispatch: d.exchange_id for d in on_exchange(world)}
    sent = len(world.exchange.sent_bytes)
    put_back(world, old)
    world.turn(later=HOUR)
    assert [one.cause for one in restored(world)] == [RestorationCause.EXCHANGE]
    assert {d.dispatch: d.exchange_id for d in on_exchange(world)} == known
    assert {d.status for d in on_exchange(world)} == {DispatchStatus.ACCEPTED}
    assert len(world.exchange.sent_bytes) == sent
    assert copies(world, MINH_TIEN) == [False, True]
    assert world.consistent() == []


def test_a_status_of_a_document_that_was_only_planned_is_its_outcome(world: World) -> None:
    world.change(mark=None)
    world.began()
    old = copied(world.app.ledger, attempted)
    letter = world.dispatch(Y_TE, Channel.EXCHANGE)
    world.put_status(letter, "03")
    world.mail.folder(MAILBOX).messages.clear()
    put_back(world, old)
    world.turn(later=HOUR)
    assert [one.cause for one in restored(world)] == [RestorationCause.EXCHANGE]
    assert world.dispatch(Y_TE, Channel.EXCHANGE).status is DispatchStatus.REGISTERED
    assert world.reviews(ReviewKind.UNREADABLE) == []
    assert world.consistent() == []


def test_forged_tokens_and_those_of_another_key_prove_nothing(world: World) -> None:
    world.began()
    name = DispatchId(
        f"{CAMPAIGN}/2025/{MINH_TIEN}/{DispatchKind.REMINDER}/20240507/{Channel.EMAIL}"
    )
    forged = ["abcdefghijklmnopqrst", reply_token(b"o" * 32, name)]
    for token in forged:
        to = f"nq47+{token}@huulung.example"
        raw = world.answer(MINH_TIEN, f"Đã nhận {token}.", thread=False)
        world.arrive(b"References: <" + token.encode() + b"@huulung.example>\r\n" + raw, to=to)
    world.turn(later=HOUR)
    assert restored(world) == []
    real = reply_token(b"k" * 32, name)
    raw = world.answer(MINH_TIEN, "Đã nhận văn bản đôn đốc.", thread=False)
    world.mail.folder(MAILBOX).messages.pop()
    world.arrive(raw, to=f"nq47+{real}@huulung.example")
    world.turn(later=HOUR)
    assert [one.cause for one in restored(world)] == [RestorationCause.MAILBOX]


def test_a_letter_that_our_own_letter_names_has_not_left_by_that(world: World) -> None:
    """References name every earlier letter, also one that was dropped before it left."""
    world.began()
    letter = world.dispatch(MINH_TIEN, Channel.EMAIL)
    world.change(mark=None)
    old = copied(world.app.ledger, attempted)
    box = world.mail.folder(MAILBOX).messages
    own = next(raw for raw in box if letter.token.encode() in raw)
    named = b"References: " + (letter.message_id or "").encode() + b"\r\n"
    box[:] = [named + own.replace(letter.token.encode(), b"abcdefghijklmnopqrst")]
    world.change(exchange=None)
    put_back(world, old)
    world.turn(later=HOUR)
    assert restored(world) == []


def test_a_letter_that_was_put_off_is_looked_for_as_well(world: World) -> None:
    address = world.office(MINH_TIEN).emails[0]
    world.mail.behave(address, "tempfail")
    world.began()
    assert world.dispatch(MINH_TIEN, Channel.EMAIL).status is DispatchStatus.DEFERRED
    old = copied(world.app.ledger, lambda _: False)
    world.mail.behave(address, None)
    world.turn(later=HOUR)
    assert copies(world, MINH_TIEN) == [False]
    put_back(world, old)
    world.turn(later=HOUR)
    assert len(restored(world)) == 1
    assert copies(world, MINH_TIEN) == [False]
    letter = world.dispatch(MINH_TIEN, Channel.EMAIL)
    assert (letter.status, letter.marked) == (DispatchStatus.ACCEPTED, False)


def test_a_letter_that_was_put_off_and_left_no_trace_is_marked(tmp_path: Path) -> None:
    world = World(tmp_path, copy_to_self=False)
    world.change(mark=MemoryMark())
    world.mail.behave(world.office(MINH_TIEN).emails[0], "tempfail")
    world.began()
    old = copied(world.app.ledger, lambda _: False)
    world.mail.behave(world.office(MINH_TIEN).emails[0], None)
    world.turn(later=HOUR)
    put_back(world, old)
    world.turn(later=HOUR)
    assert copies(world, MINH_TIEN) == [False, True]
    assert world.dispatch(MINH_TIEN, Channel.EMAIL).attempts == 2


@pytest.mark.parametrize(("filed", "sent"), [("INBOX", None), (None, "INBOX")])
def test_mail_that_is_kept_is_looked_at_once_after_the_start(
    world: World, filed: str | None, sent: str | None
) -> None:
    """The box in memory has one folder: it stands for that of read mail, or of sent mail."""
    world.change(mark=None)
    world.began()
    old = copied(world.app.ledger, attempted)
    door = world.app.mail
    assert door is not None
    inbox = replace(door.inbox, folders=(), filed_in=filed, sent_in=sent)
    put_back(world, old)
    world.change(mail=replace(door, inbox=inbox), exchange=None)
    world.turn(later=HOUR)
    assert [one.cause for one in restored(world)] == [RestorationCause.MAILBOX]
    assert copies(world, MINH_TIEN) == [False]
    world.mail.available = False
    world.change(noticing=Noticing())
    world.turn(later=HOUR)
    assert world.app.noticing.looked == set()


def test_status_and_doctor_say_it_until_a_person_has_seen_it(world: World) -> None:
    world.began()
    put_back(world, copied(world.app.ledger, attempted))
    world.turn(later=HOUR)
    standing = campaign_status(world.app, CAMPAIGN)
    assert standing.put_back == world.app.ledger.select(RestorationState)[0]
    checks = {check.name: check for check in examine_store(world.app, {}, world.now)}
    assert not checks["history"].ok
    assert world.review(ReviewKind.STORE_PUT_BACK).review in (checks["history"].advice or "")


def reminders(world: World) -> set[DispatchId]:
    rows = world.app.ledger.select(DispatchState)
    return {row.dispatch for row in rows if row.kind is DispatchKind.REMINDER}


def on_exchange(world: World) -> list[DispatchState]:
    return world.app.ledger.select(DispatchState, channel=Channel.EXCHANGE)


def test_documents_of_the_lost_time_are_read_again_from_the_evidence(world: World) -> None:
    world.began()
    old = copied(world.app.ledger, lambda _: False)
    letter = world.dispatch(Y_TE, Channel.EXCHANGE)
    world.put_status(letter, "03")
    world.put_answer(letter)
    world.turn(later=HOUR)
    (before,) = world.replies(Y_TE)
    statuses = len(world.offices.waiting(PacketKind.STATUS))
    put_back(world, old)
    world.turn(later=HOUR)
    (reply,) = world.replies(Y_TE)
    assert (reply.reply, reply.kind) == (before.reply, before.kind)
    assert world.dispatch(Y_TE, Channel.EXCHANGE).status is DispatchStatus.REGISTERED
    assert len(world.offices.waiting(PacketKind.STATUS)) == statuses
    assert world.reviews(ReviewKind.DUPLICATE_DIRECTIVE) == []
    assert world.consistent() == []
    events = world.events()
    world.change(noticing=Noticing())
    world.turn()
    assert world.events() == events


def test_a_directive_that_the_ledger_lost_is_taken_again_from_the_evidence(world: World) -> None:
    world.began()
    sent = copies(world, MINH_TIEN)
    put_back(world, copied(world.app.ledger, lambda fact: type(fact).__name__ == "RawArrived"))
    world.turn(later=HOUR)
    assert world.dispatch(MINH_TIEN, Channel.EMAIL).status is DispatchStatus.ACCEPTED
    assert copies(world, MINH_TIEN) == sent
    assert world.consistent() == []


def test_what_may_have_been_repeated_in_the_lost_time_is_not_repeated(tmp_path: Path) -> None:
    """It was uncertain before, so the one marked copy that it may get may have left since."""
    world = World(tmp_path, copy_to_self=False)
    world.change(mark=MemoryMark())
    address = world.office(MINH_TIEN).emails[0]
    world.mail.behave(address, "drop_after_data")
    world.began()
    old = copied(world.app.ledger, lambda _: False)
    world.mail.behave(address, None)
    world.turn(later=HOUR)
    assert copies(world, MINH_TIEN) == [False, True]
    put_back(world, old)
    world.box.cut = PeerUnavailable("imap", "no answer")
    world.turn(later=HOUR)
    assert [one.cause for one in restored(world)] == [RestorationCause.MARK]
    world.box.cut = None
    world.turn(later=HOUR)
    assert copies(world, MINH_TIEN) == [False, True]
    letter = world.dispatch(MINH_TIEN, Channel.EMAIL)
    assert (letter.status, letter.due_at) == (DispatchStatus.UNCERTAIN, None)
    assert "in the time that the ledger lacks" in world.review(ReviewKind.UNCERTAIN).reason
    assert world.consistent() == []
