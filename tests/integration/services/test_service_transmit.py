"""Sending: the intent, the attempt, then what the server said; nothing twice in silence."""

from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy

import pytest

from domain.campaign import Channel
from domain.errors import DeliveryUnknown, PeerRefused, PeerUnavailable
from domain.exchange import PacketKind
from domain.facts import DispatchAttempted, Event
from domain.kinds import ReviewKind
from domain.state import DispatchState
from domain.status import AssignmentStatus, DispatchStatus
from dondoc.services.transmit import probe, recover, transmit
from tests.integration.services.service_parts import MAILBOX, MINH_TIEN, UNIT, Y_TE, YEN_SON, issued
from tests.integration.services.service_world import World

MINUTE = timedelta(minutes=1)


def _mail(world: World) -> DispatchState:
    return world.dispatch(MINH_TIEN, Channel.EMAIL)


def _packet(world: World) -> DispatchState:
    return world.dispatch(Y_TE, Channel.EXCHANGE)


def _in_box(world: World) -> list[bytes]:
    return world.mail.mail_for(world.office(MINH_TIEN).emails[0])


def _with_behaviour(world: World, behaviour: str | None) -> World:
    world.mail.behave(world.office(MINH_TIEN).emails[0], behaviour)  # type: ignore[arg-type]
    return world


def test_each_mail_goes_to_one_office_with_our_blind_copy(world: World) -> None:
    begun = world.began(issued())
    envelopes = {e.recipient: e for e, _ in begun.line.sent}
    assert len(envelopes) == len(begun.line.sent) == 3
    envelope = envelopes[begun.office(MINH_TIEN).emails[0]]
    dispatch = _mail(begun)
    assert envelope.blind_copies == (MAILBOX,)
    assert envelope.sender == f"nq47+{dispatch.token}@huulung.example"
    assert envelope.envelope_id == dispatch.token
    message = message_from_bytes(_in_box(begun)[0], policy=policy.default)
    assert message["Message-ID"] == dispatch.message_id
    assert message["Subject"] == dispatch.subject
    assert message["Bcc"] is None
    names = [part.get_filename() for part in message.iter_attachments()]
    assert names == ["512-UBND-VH.docx", "512-UBND-VH.pdf", "Nghi-quyet-47-NQ-CP.pdf"]


def test_without_blind_copies_none_is_sent(world: World) -> None:
    world.copy_to_self = False
    world.__post_init__()
    world.began()
    assert {e.blind_copies for e, _ in world.line.sent} == {()}


def test_a_mail_that_is_put_off_waits_longer_each_time(world: World) -> None:
    _with_behaviour(world, "tempfail").began()
    waits = []
    for _ in range(6):
        dispatch = _mail(world)
        assert dispatch.status is DispatchStatus.DEFERRED
        assert dispatch.due_at is not None
        waits.append(dispatch.due_at - world.now)
        world.turn(to=dispatch.due_at - MINUTE)
        assert _mail(world).attempts == dispatch.attempts
        world.turn(to=dispatch.due_at)
    hours = [wait / timedelta(hours=1) for wait in waits]
    assert hours == pytest.approx([1 / 12, 0.5, 2, 6, 6, 6])
    _with_behaviour(world, None)
    world.turn(later=timedelta(hours=6))
    assert _mail(world).status is DispatchStatus.ACCEPTED
    assert len(_in_box(world)) == 1
    assert world.assignment(MINH_TIEN).status is AssignmentStatus.SENT


def test_a_mail_that_is_put_off_for_days_waits_for_a_person(world: World) -> None:
    _with_behaviour(world, "tempfail").began()
    for _ in range(21):
        assert _mail(world).status is DispatchStatus.DEFERRED
        world.turn(later=timedelta(hours=6))
    assert _mail(world).status is DispatchStatus.BOUNCED
    assert "given up after 5 days" in world.review(ReviewKind.UNDELIVERABLE).reason


def test_a_refused_mail_waits_for_a_person(world: World) -> None:
    _with_behaviour(world, "refuse").began()
    assert _mail(world).status is DispatchStatus.BOUNCED
    review = world.review(ReviewKind.UNDELIVERABLE)
    assert (review.office, review.dispatch) == (MINH_TIEN, _mail(world).dispatch)
    assert "550" in review.reason
    assert world.assignment(MINH_TIEN).status is AssignmentStatus.UNREACHED
    world.turn(later=timedelta(days=1))
    assert _mail(world).attempts == 1


def test_an_unknown_outcome_is_proved_by_our_own_copy_as_it_arrives(world: World) -> None:
    _with_behaviour(world, "drop_after_data").began()
    assert _mail(world).status is DispatchStatus.UNCERTAIN
    world.turn(later=MINUTE)
    assert _mail(world).status is DispatchStatus.ACCEPTED
    assert _mail(world).attempts == 1
    assert len(_in_box(world)) == 1


def test_an_unknown_outcome_is_proved_by_looking_for_our_copy(world: World) -> None:
    _with_behaviour(world, "drop_after_data").began()
    dispatch = _mail(world)
    probe(world.app, dispatch, world.now + timedelta(minutes=10))
    assert _mail(world).status is DispatchStatus.ACCEPTED
    assert _mail(world).attempts == 1
    assert len(_in_box(world)) == 1


def test_without_a_trace_it_is_sent_once_more_and_marked(world: World) -> None:
    _with_behaviour(world, "lose_after_data").began()
    first = _mail(world)
    assert first.status is DispatchStatus.UNCERTAIN
    assert first.due_at == world.now + timedelta(minutes=10)
    world.turn(later=9 * MINUTE)
    assert _mail(world).attempts == 1
    _with_behaviour(world, None)
    world.turn(later=MINUTE)
    again = _mail(world)
    assert (again.status, again.attempts, again.marked) == (DispatchStatus.ACCEPTED, 2, True)
    (raw,) = _in_box(world)
    before = message_from_bytes(world.app.evidence.get(first.content), policy=policy.default)
    after = message_from_bytes(raw, policy=policy.default)
    assert after["Message-ID"] == before["Message-ID"] == first.message_id
    assert after["Date"] == before["Date"]
    body, original = after.get_body(("plain",)), before.get_body(("plain",))
    assert body is not None
    assert original is not None
    words = "Thư gửi lại do chưa xác định được lần gửi trước đã đến nơi hay chưa"
    assert words in body.get_content()
    assert words not in original.get_content()


def test_a_repeat_bears_its_first_name_whatever_became_of_the_account(world: World) -> None:
    """Else mail programs show it as another letter, and an answer to the first one misses it."""
    _with_behaviour(world, "lose_after_data").began()
    first = _mail(world)
    _with_behaviour(world, None)
    assert world.app.mail is not None
    world.change(mail=replace(world.app.mail, domain="huulung.test", plus_addressing=False))
    world.turn(later=10 * MINUTE)
    assert _mail(world).marked
    (raw,) = _in_box(world)
    again = message_from_bytes(raw, policy=policy.default)
    assert (again["Message-ID"], again["Reply-To"]) == (first.message_id, first.reply_to)


def test_nothing_is_sent_again_while_the_mailbox_cannot_be_searched(world: World) -> None:
    _with_behaviour(world, "lose_after_data").began()
    world.box.cut = PeerUnavailable("imap", "it is switched off")
    for _ in range(3):
        world.turn(later=10 * MINUTE)
        assert (_mail(world).status, _mail(world).attempts) == (DispatchStatus.UNCERTAIN, 1)
    world.box.cut = None
    _with_behaviour(world, None)
    world.turn(later=10 * MINUTE)
    assert _mail(world).status is DispatchStatus.ACCEPTED


def test_a_mailbox_that_refuses_to_be_searched_stops_only_the_probe(world: World) -> None:
    _with_behaviour(world, "lose_after_data").began()
    world.box.cut = PeerRefused("imap", "NO", "no such mailbox; check the mailbox name")
    world.turn(later=10 * MINUTE)
    assert (_mail(world).status, _mail(world).attempts) == (DispatchStatus.UNCERTAIN, 1)
    assert len(world.line.sent) == 2


def test_a_probe_is_put_off_as_often_as_it_must_be(world: World) -> None:
    _with_behaviour(world, "lose_after_data").began()
    world.box.cut = PeerUnavailable("imap", "no answer")
    for _ in range(3):
        probe(world.app, _mail(world), world.now)
    assert (_mail(world).status, _mail(world).attempts) == (DispatchStatus.UNCERTAIN, 1)
    keys = [r.event.source_key for r in world.app.ledger.events(office=MINH_TIEN)]
    postponed = [key.rpartition(" ")[2] for key in keys if "postponed" in key]
    assert postponed == ["1", "2", "3"]


def test_without_blind_copies_an_unknown_outcome_is_repeated_and_marked(world: World) -> None:
    world.copy_to_self = False
    world.__post_init__()
    _with_behaviour(world, "drop_after_data").began()
    _with_behaviour(world, None)
    world.turn(later=10 * MINUTE)
    assert (_mail(world).status, _mail(world).marked) == (DispatchStatus.ACCEPTED, True)
    assert len(_in_box(world)) == 2


def test_a_repeat_on_the_exchange_makes_no_second_document(world: World) -> None:
    world.put(issued())
    world.exchange.errors["answer"] = DeliveryUnknown("truc", "no answer")
    world.turn()
    first = _packet(world)
    assert first.status is DispatchStatus.UNCERTAIN
    del world.exchange.errors["answer"]
    world.turn(later=10 * MINUTE)
    again = _packet(world)
    assert (again.status, again.attempts, again.marked) == (DispatchStatus.ACCEPTED, 2, False)
    assert again.content == first.content
    waiting = [p for p in world.offices.waiting(PacketKind.DOCUMENT) if p.receiver == "H37.99.2"]
    assert [p.doc_id for p in waiting] == [again.exchange_id]


@pytest.mark.parametrize("code", ["15", "19"])
def test_a_refusal_of_our_own_account_parks_the_letter(world: World, code: str) -> None:
    world.put(issued())
    world.exchange.errors["send"] = PeerRefused("truc", code, "signature or sender refused")
    world.turn()
    dispatch = _packet(world)
    assert dispatch.status is DispatchStatus.DEFERRED
    assert world.reviews() == []
    assert world.assignment(Y_TE).status is AssignmentStatus.WAITING
    del world.exchange.errors["send"]
    assert dispatch.due_at is not None
    world.turn(to=dispatch.due_at)
    assert _packet(world).status is DispatchStatus.ACCEPTED


def test_a_receiver_that_the_exchange_does_not_know_waits_for_a_person(world: World) -> None:
    world.put(issued())
    world.exchange.errors["send"] = PeerRefused("truc", "18", "unknown receiver")
    world.turn()
    assert _packet(world).status is DispatchStatus.BOUNCED
    assert {r.office for r in world.reviews(ReviewKind.UNDELIVERABLE)} == {Y_TE, YEN_SON}
    # The other door of the commune is open.
    assert world.assignment(YEN_SON).status is AssignmentStatus.SENT


@pytest.mark.parametrize("channel", list(Channel))
def test_a_sending_that_a_crash_interrupted_is_uncertain_at_the_start(
    world: World, channel: Channel
) -> None:
    world.put(issued())
    world.line.cut = world.exchange.errors["send"] = KeyboardInterrupt()  # type: ignore[assignment]
    # The process ends in the midst of its first sending; the attempt is committed already.
    with pytest.raises(KeyboardInterrupt):
        world.turn()
    planned = world.app.ledger.select(DispatchState, status=DispatchStatus.PLANNED)
    one = next(d for d in planned if d.channel is channel)
    attempted = DispatchAttempted(dispatch=one.dispatch, about=one.about, attempt=1)
    event = Event(
        source="dispatch",
        source_key=f"{one.dispatch} attempt 1",
        occurred_at=world.now,
        fact=attempted,
        evidence=one.content,
    )
    world.app.ledger.append([event], recorded_at=world.now)
    world.line.cut = None
    del world.exchange.errors["send"]
    assert recover(world.app, world.now) == 2
    assert recover(world.app, world.now) == 0
    world.turn()
    interrupted = world.app.ledger.get(DispatchState, one.key)
    assert interrupted is not None
    assert interrupted.status is DispatchStatus.UNCERTAIN
    world.turn(later=10 * MINUTE)
    after = world.app.ledger.get(DispatchState, one.key)
    assert after is not None
    assert after.status is DispatchStatus.ACCEPTED
    assert after.marked is (channel is Channel.EMAIL)


def test_evidence_of_an_interrupted_sending_settles_it(world: World) -> None:
    _with_behaviour(world, "lose_after_data").began()
    world.dsn(_mail(world), "stored")
    world.turn(later=MINUTE)
    assert _mail(world).status is DispatchStatus.DELIVERED
    world.turn(later=timedelta(hours=1))
    assert _mail(world).attempts == 1


def test_doors_that_are_no_longer_configured_put_letters_off(world: World) -> None:
    _with_behaviour(world, "tempfail")
    world.put(issued())
    world.exchange.errors["send"] = PeerUnavailable("truc", "it is switched off")
    world.turn()
    world.change(mail=None, exchange=None)
    world.turn(later=timedelta(minutes=5))
    for dispatch in (_mail(world), _packet(world)):
        assert (dispatch.status, dispatch.attempts) == (DispatchStatus.DEFERRED, 2)
        assert "no" in dispatch.detail
        assert "is configured" in dispatch.detail


def test_sending_again_by_hand_uses_the_stored_octets(world: World) -> None:
    _with_behaviour(world, "tempfail").began()
    _with_behaviour(world, None)
    transmit(world.app, _mail(world), world.now)
    (raw,) = _in_box(world)
    assert raw.endswith(world.app.evidence.get(_mail(world).content))
    assert _packet(world).target != UNIT
