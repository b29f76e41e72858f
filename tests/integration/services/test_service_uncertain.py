"""What nobody can find out: one marked repeat at most, then a person, and nothing by itself."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from connector.email.memory import Behaviour
from connector.store.memory import MemoryEvidence
from domain.campaign import Channel
from domain.errors import DeliveryUnknown, NotAllowed, PeerRefused, PeerUnavailable
from domain.exchange import PacketKind
from domain.ids import Digest
from domain.kinds import Decision, ReviewKind
from domain.mail import OwnCopy
from domain.state import DirectiveState, DispatchState
from domain.status import AssignmentStatus, DispatchStatus
from dondoc.encoded import EncodedFiles
from dondoc.services.handing_over import Resting
from dondoc.services.recall import Order, take_back
from dondoc.services.resolve import Resolution, resolve
from dondoc.services.transmit import DoorSign, probe
from tests.integration.services.service_parts import CAMPAIGN, MAILBOX, MINH_TIEN, Y_TE, issued
from tests.integration.services.service_world import World

PROBE = timedelta(minutes=10)
DAY = timedelta(days=1)


def _mail(world: World) -> DispatchState:
    return world.dispatch(MINH_TIEN, Channel.EMAIL)


def _packet(world: World) -> DispatchState:
    return world.dispatch(Y_TE, Channel.EXCHANGE)


def _behave(world: World, behaviour: Behaviour | None) -> None:
    world.mail.behave(world.office(MINH_TIEN).emails[0], behaviour)


def _losing(world: World, behaviour: Behaviour = "lose_after_data") -> World:
    _behave(world, behaviour)
    return world.began(issued())


def _left_open(world: World) -> World:
    """Lose the letter to one commune and its repeat."""
    _losing(world)
    for _ in range(2):
        world.turn(later=PROBE)
    return world


def _forget(world: World, digest: Digest) -> None:
    evidence = world.app.evidence
    assert isinstance(evidence, MemoryEvidence)
    gone = (evidence._contents.pop(digest, None), evidence._assembled.pop(digest, None))
    assert any(gone)


def _days_go_by(world: World, days: int = 10) -> None:
    for step in (PROBE,) * 20 + (timedelta(hours=7),) * (days * 3):
        world.turn(later=step)


@pytest.mark.parametrize("behaviour", ["drop_after_data", "lose_after_data"])
@pytest.mark.parametrize("copied", [False, True])
def test_a_server_that_never_says_what_it_took_gets_two_copies_at_most(
    world: World, behaviour: Behaviour, copied: bool
) -> None:
    world.copy_to_self = copied
    world.__post_init__()
    _losing(world, behaviour)
    _days_go_by(world)
    proved = copied and behaviour == "drop_after_data"
    assert _mail(world).attempts == (1 if proved else 2)
    assert len(world.mail.mail_for(world.office(MINH_TIEN).emails[0])) <= 2
    expected = DispatchStatus.ACCEPTED if proved else DispatchStatus.UNCERTAIN
    assert _mail(world).status is expected
    reviews = world.reviews(ReviewKind.UNCERTAIN)
    assert [r.office for r in reviews] == ([] if proved else [MINH_TIEN])
    assert _mail(world).due_at is None


@pytest.mark.parametrize(
    ("behaviour", "found"),
    [
        ("drop_after_data", DispatchStatus.ACCEPTED),
        ("lose_after_data", DispatchStatus.UNCERTAIN),
    ],
)
def test_what_was_taken_back_is_looked_for_and_not_repeated(
    world: World, behaviour: Behaviour, found: DispatchStatus
) -> None:
    _losing(world, behaviour)
    order = Order(offices=(MINH_TIEN,), reason="nhầm", by="Lan")
    take_back(world.app, CAMPAIGN, order, world.now)
    world.turn(later=PROBE)
    assert (_mail(world).status, _mail(world).attempts) == (found, 1)
    assert _mail(world).due_at is None


def test_a_person_is_told_that_it_may_have_arrived(world: World) -> None:
    review = _left_open(world).review(ReviewKind.UNCERTAIN)
    assert (review.office, review.dispatch) == (MINH_TIEN, _mail(world).dispatch)
    assert "it may or may not have arrived" in review.reason
    assert "no report about it and no answer to it" in review.reason
    assert world.assignment(MINH_TIEN).status is AssignmentStatus.WAITING


def test_a_person_may_send_it_again(world: World) -> None:
    name = _left_open(world).review(ReviewKind.UNCERTAIN).review
    _behave(world, None)
    resolve(world.app, name, Resolution(decision=Decision.RESEND, by="Lan"), world.now)
    world.turn(later=PROBE)
    first, second = world.dispatches(MINH_TIEN, Channel.EMAIL)
    assert (first.status, first.attempts) == (DispatchStatus.UNCERTAIN, 2)
    assert second.status is DispatchStatus.ACCEPTED
    assert world.assignment(MINH_TIEN).status is AssignmentStatus.SENT


def test_a_person_may_say_that_it_has_arrived(world: World) -> None:
    review = _left_open(world).review(ReviewKind.UNCERTAIN)
    arrived = Resolution(decision=Decision.ACCEPT, by="Lan")
    resolve(world.app, review.review, arrived, world.now)
    assert _mail(world).status is DispatchStatus.ACCEPTED
    assert _mail(world).detail == "its arrival was confirmed by Lan"
    assert world.assignment(MINH_TIEN).status is AssignmentStatus.SENT


def test_what_is_known_meanwhile_needs_no_confirmation(world: World) -> None:
    review = _left_open(world).review(ReviewKind.UNCERTAIN)
    world.dsn(_mail(world), "stored")
    world.turn(later=DAY)
    with pytest.raises(NotAllowed, match="not uncertain any more"):
        resolve(world.app, review.review, Resolution(decision=Decision.ACCEPT, by="L"), world.now)


def test_a_person_may_leave_it_as_it_is(world: World) -> None:
    name = _left_open(world).review(ReviewKind.UNCERTAIN).review
    resolve(world.app, name, Resolution(decision=Decision.NOTED, by="Lan"), world.now)
    _days_go_by(world)
    assert (_mail(world).status, _mail(world).attempts) == (DispatchStatus.UNCERTAIN, 2)
    assert world.reviews(ReviewKind.UNCERTAIN) == []


def test_evidence_that_comes_later_still_counts(world: World) -> None:
    world.dsn(_mail(_left_open(world)), "stored")
    world.turn(later=DAY)
    assert _mail(world).status is DispatchStatus.DELIVERED
    assert world.assignment(MINH_TIEN).status is AssignmentStatus.DELIVERED


def test_a_repeat_that_is_put_off_is_still_the_one_repeat(world: World) -> None:
    _losing(world)
    _behave(world, "tempfail")
    world.turn(later=PROBE)
    assert (_mail(world).status, _mail(world).marked) == (DispatchStatus.DEFERRED, True)
    _behave(world, "lose_after_data")
    _days_go_by(world)
    assert (_mail(world).status, _mail(world).attempts) == (DispatchStatus.UNCERTAIN, 3)
    assert len(world.reviews(ReviewKind.UNCERTAIN)) == 1


def test_a_mailbox_that_stays_unreachable_is_told_after_five_days(world: World) -> None:
    _losing(world)
    world.box.cut = PeerUnavailable("imap", "no answer")
    _days_go_by(world, 4)
    assert world.reviews(ReviewKind.UNCERTAIN) == []
    _days_go_by(world, 2)
    assert "could not be searched" in world.review(ReviewKind.UNCERTAIN).reason
    assert (_mail(world).attempts, _mail(world).due_at) == (1, None)


def test_repeats_on_the_exchange_end_after_five_days(world: World) -> None:
    world.put(issued())
    world.exchange.errors["answer"] = DeliveryUnknown("truc", "no answer")
    world.turn()
    _days_go_by(world, 4)
    assert _packet(world).status is DispatchStatus.UNCERTAIN
    assert world.reviews(ReviewKind.UNCERTAIN) == []
    _days_go_by(world, 2)
    attempts = _packet(world).attempts
    _days_go_by(world)
    assert (_packet(world).status, _packet(world).attempts) == (DispatchStatus.UNCERTAIN, attempts)
    (review,) = (r for r in world.reviews(ReviewKind.UNCERTAIN) if r.office == Y_TE)
    assert "given up after 5 days" in review.reason
    waiting = world.offices.waiting(PacketKind.DOCUMENT)
    assert len([p for p in waiting if p.receiver == _packet(world).target]) == 1


def test_a_repeat_on_the_exchange_is_made_however_late_it_is(world: World) -> None:
    world.put(issued())
    world.exchange.errors["answer"] = DeliveryUnknown("truc", "no answer")
    world.turn()
    del world.exchange.errors["answer"]
    world.turn(later=6 * DAY)
    assert _packet(world).status is DispatchStatus.ACCEPTED


def test_a_refused_repeat_by_mail_does_not_say_that_the_first_failed(world: World) -> None:
    _losing(world)
    _behave(world, "refuse")
    world.turn(later=PROBE)
    assert _mail(world).status is DispatchStatus.UNCERTAIN
    assert world.assignment(MINH_TIEN).status is AssignmentStatus.WAITING
    assert "550" in world.review(ReviewKind.UNCERTAIN).reason
    assert world.reviews(ReviewKind.UNDELIVERABLE) == []
    _days_go_by(world)
    assert _mail(world).attempts == 2


def test_a_repeat_that_is_put_off_for_days_does_not_say_that_the_first_failed(
    world: World,
) -> None:
    _losing(world)
    _behave(world, "tempfail")
    _days_go_by(world)
    assert _mail(world).status is DispatchStatus.UNCERTAIN
    assert "given up after 5 days" in world.review(ReviewKind.UNCERTAIN).reason


def test_a_refused_repeat_on_the_exchange_does_not_say_that_the_first_failed(
    world: World,
) -> None:
    world.put(issued())
    world.exchange.errors["answer"] = DeliveryUnknown("truc", "no answer")
    world.turn()
    world.exchange.errors["send"] = PeerRefused("truc", "18", "unknown receiver")
    world.turn(later=PROBE)
    assert _packet(world).status is DispatchStatus.UNCERTAIN
    assert world.assignment(Y_TE).status is AssignmentStatus.WAITING
    assert Y_TE in {r.office for r in world.reviews(ReviewKind.UNCERTAIN)}


@pytest.mark.parametrize(
    ("of", "office"), [(_mail, MINH_TIEN), (_packet, Y_TE)], ids=["mail", "exchange"]
)
def test_a_letter_whose_octets_are_gone_waits_for_a_person(
    world: World, of: Callable[[World], DispatchState], office: str
) -> None:
    world.put(issued())
    world.line.cut = world.exchange.errors["send"] = PeerUnavailable("peer", "down")
    world.turn()
    _forget(world, of(world).content)
    world.line.cut = None
    del world.exchange.errors["send"]
    world.turn(later=PROBE)
    assert (of(world).status, of(world).attempts) == (DispatchStatus.BOUNCED, 2)
    review = world.review(ReviewKind.UNDELIVERABLE)
    assert review.office == office
    assert of(world).content in review.reason
    assert "restore the evidence from a backup" in review.reason
    _days_go_by(world)
    assert of(world).attempts == 2


def test_a_packet_that_was_lost_and_is_gone_is_not_tried_for_ever(world: World) -> None:
    world.put(issued())
    world.exchange.errors["answer"] = DeliveryUnknown("truc", "no answer")
    world.turn()
    del world.exchange.errors["answer"]
    _forget(world, _packet(world).content)
    _days_go_by(world)
    assert (_packet(world).status, _packet(world).attempts) == (DispatchStatus.UNCERTAIN, 2)
    assert _packet(world).content in world.review(ReviewKind.UNCERTAIN).reason


def test_a_mail_that_cannot_be_written_again_waits_for_a_person(world: World) -> None:
    _losing(world)
    (directive,) = world.app.ledger.select(DirectiveState)
    gone = directive.directive.files[0].digest
    _forget(world, gone)
    assert world.app.mail is not None
    # As after a restart: this process has not encoded the file before.
    world.app = replace(world.app, mail=replace(world.app.mail, encoded=EncodedFiles()))
    _days_go_by(world)
    assert (_mail(world).status, _mail(world).attempts) == (DispatchStatus.UNCERTAIN, 1)
    assert gone in world.review(ReviewKind.UNCERTAIN).reason


def test_a_server_that_refuses_our_copy_is_named(world: World) -> None:
    world.mail.behave(MAILBOX, "refuse")
    world.began(issued())
    assert _mail(world).status is DispatchStatus.ACCEPTED
    assert _mail(world).detail.startswith("250 ")
    assert "our blind copy was refused" in _mail(world).detail


@pytest.mark.parametrize("sign", [DoorSign.NOTHING, DoorSign.ANSWERED])
def test_what_is_left_to_a_person_puts_no_door_to_rest(world: World, sign: DoorSign) -> None:
    _losing(world)
    world.turn(later=PROBE)
    resting = Resting()
    resting.note(Channel.EMAIL, DoorSign.FAILED)
    resting.note(Channel.EMAIL, DoorSign.FAILED)
    resting.note(Channel.EMAIL, sign)
    assert not resting.rests(Channel.EMAIL)
    assert probe(world.app, _mail(world), world.now) is DoorSign.NOTHING
    assert _mail(world).due_at is None


def test_without_copies_nothing_is_repeated_while_the_mailbox_is_away(tmp_path: Path) -> None:
    world = World(tmp_path, copy_to_self=False)
    _losing(world, "drop_after_data")
    world.box.cut = PeerUnavailable("imap", "no answer")
    for _ in range(3):
        world.turn(later=PROBE)
    assert (_mail(world).status, _mail(world).attempts) == (DispatchStatus.UNCERTAIN, 1)
    world.dsn(_mail(world), "stored")
    world.box.cut = None
    world.turn(later=PROBE)
    assert (_mail(world).status, _mail(world).attempts) == (DispatchStatus.DELIVERED, 1)


def _probed(world: World) -> DispatchState:
    """Look for evidence before what lies in the mailbox was read."""
    probe(world.app, _mail(world), world.now)
    return _mail(world)


def test_a_report_in_the_mailbox_proves_a_letter_of_which_no_copy_was_asked(tmp_path: Path) -> None:
    world = World(tmp_path, copy_to_self=False)
    _losing(world, "drop_after_data")
    world.dsn(_mail(world), "stored")
    probed = _probed(world)
    assert (probed.status, probed.attempts) == (DispatchStatus.ACCEPTED, 1)


def test_a_copy_that_came_proves_also_when_copies_are_switched_off(world: World) -> None:
    _losing(world, "drop_after_data")
    door = world.app.mail
    assert door is not None
    world.change(mail=replace(door, own_copy=OwnCopy.NEVER))
    probed = _probed(world)
    assert (probed.status, probed.attempts) == (DispatchStatus.ACCEPTED, 1)


def test_a_letter_among_those_sent_is_found(world: World) -> None:
    """The box in memory has one folder: it stands for the one in which the server files them."""
    _losing(world, "drop_after_data")
    door = world.app.mail
    assert door is not None
    inbox = replace(door.inbox, folders=(), sent_in="INBOX")
    world.change(mail=replace(door, inbox=inbox, own_copy=OwnCopy.NEVER))
    probed = _probed(world)
    assert (probed.status, probed.attempts) == (DispatchStatus.ACCEPTED, 1)


def test_what_only_follows_a_letter_does_not_prove_it(world: World) -> None:
    """A further part names the letter among its References, whether or not that has left."""
    _losing(world)
    letter = _mail(world)
    token = b"abcdefghijklmnopqrst"
    part = b"From: nq47@huulung.example\r\nMessage-ID: <" + token + b"@huulung.example>\r\n"
    named = (letter.message_id or "").encode()
    world.arrive(part + b"References: " + named + b"\r\nSubject: x\r\n\r\nx\r\n")
    probed = _probed(world)
    assert (probed.attempts, probed.marked) == (2, True)
