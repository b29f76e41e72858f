"""`exchange: follow`: the e-office has sent the directive, Dondoc watches and mails the others."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from domain.campaign import Channel, ChannelChoice, ExchangeMode, FollowRule
from domain.errors import DeliveryUnknown, PeerRefused, PeerUnavailable, StoreFailed
from domain.exchange import Business, PacketKind, Replaced, ResponseFor, SentPacket
from domain.facts import DispatchFollowed, ReceiptRecorded
from domain.ids import CampaignId, Digest, OfficeId
from domain.kinds import DispatchKind, ReviewKind
from domain.office import Directory
from domain.state import DirectiveState, DispatchState
from domain.status import AssignmentStatus, DispatchStatus
from dondoc.services import following
from dondoc.services.turn import intents
from tests.edxml_files import written
from tests.integration.services.service_parts import (
    LANH_DAO,
    MINH_TIEN,
    NOTE,
    OFFICES,
    RULES,
    UNIT,
    Y_TE,
    YEN_SON,
    letter,
    short_letter,
)
from tests.integration.services.service_world import World

HOUR = timedelta(hours=1)
TIME_IS_UP = datetime(2024, 5, 9, 1, tzinfo=UTC)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(output=tmp_path / "result", rules=replace(RULES, exchange=ExchangeMode.FOLLOW))
    yield made
    assert made.consistent() == []


def row(receiver: str, state: str, **changes: str) -> SentPacket:
    made = SentPacket(
        doc_id="e-1",
        kind=PacketKind.DOCUMENT,
        sender=UNIT,
        receiver=receiver,
        title="Triển khai",
        notation="512/UBND-VH",
        sent="08/05/2024 08:30:00",
        received="08/05/2024 08:45:00",
        send_status="done",
        receive_status=state,
    )
    return replace(made, **changes)  # type: ignore[arg-type] # texts only


def followed(world: World, office: OfficeId) -> DispatchState:
    return world.dispatch(office, Channel.EXCHANGE)


def mailed(world: World) -> set[OfficeId]:
    rows = world.app.ledger.select(DispatchState)
    return {d.office for d in rows if d.channel is Channel.EMAIL}


def test_the_sent_list_says_whom_the_exchange_reached(world: World) -> None:
    world.exchange.listed = [row("H37.99.1", "done"), row("H37.99.2", "initial")]
    world.began()
    assert followed(world, YEN_SON).status is DispatchStatus.DELIVERED
    assert followed(world, Y_TE).status is DispatchStatus.ACCEPTED
    assert followed(world, YEN_SON).accepted_at == datetime(2024, 5, 8, 1, 30, tzinfo=UTC)
    assert world.assignment(YEN_SON).delivered_at == datetime(2024, 5, 8, 1, 45, tzinfo=UTC)
    # Nobody who has an identifier is written to yet, and nothing leaves by the exchange.
    assert mailed(world) == {MINH_TIEN, LANH_DAO}
    world.turn(to=TIME_IS_UP)
    assert mailed(world) == {MINH_TIEN, LANH_DAO}
    assert world.review(ReviewKind.NO_DOOR).office == Y_TE
    assert len(world.exchange.sent_bytes) == 1  # the e-office's own document for us


def test_every_state_is_proved_by_the_row_that_showed_it(world: World) -> None:
    world.exchange.listed = [row("H37.99.1", "done")]
    world.began()
    proofs = [
        world.app.evidence.get(recorded.event.evidence).decode()
        for recorded in world.app.ledger.events(office=YEN_SON)
        if isinstance(recorded.event.fact, DispatchFollowed | ReceiptRecorded)
        and recorded.event.evidence
    ]
    assert len(proofs) == 2
    assert all('"receiver": "H37.99.1"' in proof and '"door": "truc"' in proof for proof in proofs)


def test_a_list_that_says_the_same_again_changes_nothing(world: World) -> None:
    world.exchange.listed = [row("H37.99.1", "done"), row("H37.99.2", "initial")]
    world.began()
    world.turn()  # our blind copies come in
    before = world.events()
    world.turn(later=timedelta(minutes=1))
    world.turn(later=timedelta(minutes=1))
    assert world.events() == before
    world.exchange.listed[1] = row("H37.99.2", "03", received="08/05/2024 09:01:00")
    world.turn(later=timedelta(minutes=1))
    assert followed(world, Y_TE).status is DispatchStatus.REGISTERED
    assert world.events() == before + 1


def test_the_whole_list_is_asked_for_now_and_then(world: World) -> None:
    world.exchange.listed = [row("H37.99.1", "initial")]
    world.began()
    for _ in range(3):
        world.turn(later=timedelta(minutes=10))
    whole = [number for number, doc_id in enumerate(world.exchange.lists_asked) if doc_id is None]
    # At first and after half an hour; the letter's own entries at the turns between.
    assert whole == [0, len(world.exchange.lists_asked) - 1]
    assert world.exchange.lists_asked.count("e-1") == 2


def test_who_is_not_in_the_list_gets_a_mail_when_its_time_is_up(world: World) -> None:
    world.began()
    assert world.dispatches(YEN_SON, Channel.EXCHANGE) == []
    world.turn(to=TIME_IS_UP)
    assert mailed(world) == {MINH_TIEN, LANH_DAO, YEN_SON}


def test_a_failed_sending_is_made_good_by_mail_at_once(world: World) -> None:
    world.exchange.listed = [row("H37.99.1", "fail")]
    world.began()
    assert followed(world, YEN_SON).status is DispatchStatus.BOUNCED
    assert YEN_SON in mailed(world)
    assert world.assignment(YEN_SON).status is AssignmentStatus.SENT


def test_a_list_that_cannot_be_had_makes_nobody_unreached(world: World) -> None:
    world.exchange.errors["sent"] = PeerUnavailable("truc", "down")
    world.began()
    world.turn(to=TIME_IS_UP)
    assert YEN_SON not in mailed(world)
    # It comes back and shows that the office has the letter: no second one was sent.
    world.exchange.errors.clear()
    world.exchange.listed = [row("H37.99.1", "done")]
    world.turn(later=HOUR)
    assert YEN_SON not in mailed(world)
    assert followed(world, YEN_SON).status is DispatchStatus.DELIVERED


@pytest.mark.parametrize("error", [PeerRefused("truc", "20", "no"), RuntimeError("a bug")])
def test_a_list_that_fails_costs_no_other_work(world: World, error: Exception) -> None:
    world.exchange.errors["sent"] = error
    world.began()
    assert mailed(world) == {MINH_TIEN, LANH_DAO}


def test_statuses_that_cannot_be_had_make_nobody_unreached(world: World) -> None:
    world.began()
    world.exchange.errors["waiting"] = PeerUnavailable("truc", "down")
    world.turn(to=TIME_IS_UP)
    assert YEN_SON not in mailed(world)
    world.exchange.errors.clear()
    world.turn(later=HOUR)
    assert YEN_SON in mailed(world)


def test_a_silent_exchange_is_waited_for_five_days_and_no_longer(world: World) -> None:
    world.exchange.errors["sent"] = PeerUnavailable("truc", "down")
    world.began()
    world.turn(to=TIME_IS_UP + timedelta(days=5))
    assert YEN_SON in mailed(world)


def test_a_status_message_proves_the_sending_that_nobody_listed(world: World) -> None:
    world.began()
    (taken,) = world.app.ledger.select(DirectiveState)
    dispatch = world.dispatch(MINH_TIEN, Channel.EMAIL)
    world.put_status(dispatch, "01", sender="H37.99.1", document_id=taken.document_id)
    world.turn(later=HOUR)
    world.put_status(dispatch, "03", sender="000.01.99.H37", document_id="")
    world.turn(later=HOUR)
    found = followed(world, YEN_SON)
    assert (found.status, found.followed) == (DispatchStatus.REGISTERED, True)
    assert world.assignment(YEN_SON).status is AssignmentStatus.ACKNOWLEDGED
    assert world.reviews(ReviewKind.CONTRADICTION) == []
    world.turn(to=TIME_IS_UP)
    assert YEN_SON not in mailed(world)


def test_a_status_that_gives_the_number_alone_is_about_the_letter(world: World) -> None:
    world.began()
    dispatch = world.dispatch(MINH_TIEN, Channel.EMAIL)
    world.put_status(dispatch, "03", sender="H37.99.1", document_id="not-ours")
    world.turn(later=HOUR)
    assert followed(world, YEN_SON).status is DispatchStatus.REGISTERED


def test_a_status_of_nobody_that_was_addressed_proves_nothing(world: World) -> None:
    world.began()
    dispatch = world.dispatch(MINH_TIEN, Channel.EMAIL)
    world.put_status(dispatch, "03", sender="H37.8")
    world.turn(later=HOUR)
    rows = world.app.ledger.select(DispatchState)
    assert [d for d in rows if d.channel is Channel.EXCHANGE] == []


def test_a_report_by_the_exchange_counts_for_the_office(world: World) -> None:
    world.exchange.listed = [row("H37.99.1", "done")]
    world.began()
    world.put_answer(
        followed(world, YEN_SON), response_for=(ResponseFor(organ_id=UNIT, code="512/UBND-VH"),)
    )
    world.turn(later=HOUR)
    assert world.assignment(YEN_SON).status is AssignmentStatus.REPORTED


def test_receivers_listed_by_name_are_recognised_and_doubtful_ones_left(world: World) -> None:
    twin = replace(OFFICES[2], id=OfficeId("phong-y-te-2"), organ_id=None, name="Phòng Y tế")
    world.change(directory=Directory([*OFFICES, twin]))
    world.exchange.listed = [
        row("UBND Xã YÊN SƠN", "01"),
        row("Phòng Y tế", "01"),
        row("Một nơi khác", "01"),
    ]
    world.began()
    assert followed(world, YEN_SON).status is DispatchStatus.DELIVERED
    assert world.dispatches(Y_TE, Channel.EXCHANGE) == []


def test_rows_of_other_letters_are_left_alone(world: World) -> None:
    world.exchange.listed = [
        row("H37.99.1", "done", notation="511/UBND-VH"),
        row("H37.99.1", "done", sent="08/05/2023 08:30:00"),
    ]
    world.began()
    assert world.dispatches(YEN_SON, Channel.EXCHANGE) == []


def test_a_plan_shows_who_would_be_written_to(world: World) -> None:
    world.began()
    waiting = {i.about.office for i in intents(world.app, TIME_IS_UP)}
    assert YEN_SON in waiting
    assert YEN_SON not in {i.about.office for i in intents(world.app, world.now)}


# A directive that is replaced, which the e-office sends itself, too.

_NEW_ID = "H37.99,2024/05/20,530/UBND-VH"


def _replace(world: World) -> None:
    """Let the e-office send the replacement to us on 20 May."""
    first = letter()
    replacement = replace(
        first,
        document_id=_NEW_ID,
        code_number="530",
        promulgated_on=date(2024, 5, 20),
        business=Business.REPLACEMENT,
        business_reason="sửa thời hạn",
        replaced=(Replaced(document_id=first.document_id, receivers=(UNIT,)),),
        attachments=(NOTE,),
    )
    world.now = datetime(2024, 5, 20, 2, tzinfo=UTC)
    world.put(written(replacement))


def _second(receiver: str, state: str) -> SentPacket:
    return row(
        receiver,
        state,
        doc_id="e-2",
        notation="530/UBND-VH",
        sent="20/05/2024 08:30:00",
        received="20/05/2024 08:45:00",
    )


def test_a_replacement_is_followed_like_the_first(world: World) -> None:
    world.exchange.listed = [row("H37.99.1", "done"), row("H37.99.2", "done")]
    world.began()
    world.exchange.listed += [_second("H37.99.1", "03"), _second("H37.99.2", "initial")]
    _replace(world)
    world.turn(later=HOUR)
    mine = world.dispatch(YEN_SON, Channel.EXCHANGE, DispatchKind.REPLACEMENT)
    assert (mine.followed, mine.edition, mine.status) == (True, 2, DispatchStatus.REGISTERED)
    assert followed(world, YEN_SON).edition == 1
    # Who had the first by mail gets the second by mail, at once; the others wait for the exchange.
    assert world.dispatch(MINH_TIEN, Channel.EMAIL, DispatchKind.REPLACEMENT).edition == 2
    assert YEN_SON not in mailed(world)
    world.turn(to=datetime(2024, 5, 21, 1, tzinfo=UTC))
    assert YEN_SON not in mailed(world)
    assert world.review(ReviewKind.NO_DOOR).office == Y_TE


def test_whom_the_exchange_does_not_bring_the_replacement_gets_it_by_mail(world: World) -> None:
    world.exchange.listed = [row("H37.99.1", "done")]
    world.began()
    _replace(world)
    world.turn(later=HOUR)
    assert YEN_SON not in mailed(world)
    world.turn(to=datetime(2024, 5, 21, 1, tzinfo=UTC))
    mail = world.dispatch(YEN_SON, Channel.EMAIL, DispatchKind.REPLACEMENT)
    assert (mail.edition, mail.occurrence) == (2, 2)
    world.turn(later=HOUR)
    assert len(world.dispatches(YEN_SON, Channel.EMAIL, DispatchKind.REPLACEMENT)) == 1


def test_whom_nothing_reached_gets_the_new_version_as_first_letter(world: World) -> None:
    world.began()
    _replace(world)
    world.turn(later=HOUR)
    assert YEN_SON not in mailed(world)
    world.turn(to=datetime(2024, 5, 21, 1, tzinfo=UTC))
    (mail,) = world.dispatches(YEN_SON, Channel.EMAIL)
    assert (mail.kind, mail.edition) == (DispatchKind.DIRECTIVE, 2)


# What an administrator changes while the campaign runs, and what goes with other rules.


def _rules(world: World, mode: ExchangeMode) -> None:
    world.change(campaigns={RULES.id: replace(RULES, exchange=mode)})


def test_a_letter_that_was_dropped_by_follow_is_followed(
    world: World,
) -> None:
    _rules(world, ExchangeMode.SEND)
    world.put(short_letter())
    world.exchange.errors["send"] = PeerUnavailable("truc", "down")
    world.turn()
    assert world.dispatch(Y_TE, Channel.EXCHANGE).status is DispatchStatus.DEFERRED
    _rules(world, ExchangeMode.FOLLOW)
    world.exchange.errors.clear()
    world.exchange.listed = [row("H37.99.1", "done"), row("H37.99.2", "03")]
    world.turn(later=HOUR)
    world.turn(later=HOUR)
    assert followed(world, YEN_SON).followed
    assert followed(world, Y_TE).status is DispatchStatus.REGISTERED


def test_a_letter_that_is_not_sent_on_the_exchange_any_more_goes_another_way(world: World) -> None:
    _rules(world, ExchangeMode.SEND)
    rules = tuple(replace(r, channels=ChannelChoice.PREFER_EXCHANGE) for r in RULES.recipients)
    world.change(campaigns={RULES.id: replace(RULES, recipients=rules)})
    world.put(short_letter())
    world.exchange.errors["send"] = PeerUnavailable("truc", "down")
    world.turn()
    assert YEN_SON not in mailed(world)
    world.change(campaigns={RULES.id: replace(RULES, recipients=rules, exchange=ExchangeMode.OFF)})
    world.turn(later=HOUR)
    assert YEN_SON in mailed(world)
    assert world.review(ReviewKind.NO_DOOR).office == Y_TE
    # Back again: who has it by mail gets no second one, the other gets its letter at last.
    world.exchange.errors.clear()
    world.change(campaigns={RULES.id: replace(RULES, recipients=rules)})
    world.turn(later=HOUR)
    (late,) = [
        d for d in world.dispatches(Y_TE, Channel.EXCHANGE) if d.status is DispatchStatus.ACCEPTED
    ]
    assert late.occurrence == 2
    assert {d.status for d in world.dispatches(YEN_SON, Channel.EXCHANGE)} == {
        DispatchStatus.CANCELLED
    }


def test_a_refusal_that_only_the_list_shows_is_told_to_a_person_once(world: World) -> None:
    world.exchange.listed = [row("H37.99.2", "02")]
    world.began()
    world.turn(later=HOUR)
    review = world.review(ReviewKind.REFUSAL)
    assert (review.office, review.dispatch) == (Y_TE, followed(world, Y_TE).dispatch)
    assert "02" in review.reason


def test_a_campaign_that_comes_later_is_looked_for_at_once(world: World) -> None:
    """The whole list was asked for minutes ago, for another campaign."""
    other = replace(
        RULES,
        id=CampaignId("khac"),
        exchange=ExchangeMode.FOLLOW,
        follow=FollowRule(email_after=0),
        intake=replace(RULES.intake, number="600"),
    )
    world.change(campaigns={**world.app.campaigns, other.id: other})
    world.began()
    second = replace(letter(), code_number="600", document_id="H37.99,600", attachments=(NOTE,))
    world.exchange.listed = [row("H37.99.1", "done", notation="600/UBND-VH", doc_id="e-6")]
    world.put(written(second))
    world.turn(later=timedelta(minutes=5))
    rows = world.app.ledger.select(DispatchState, campaign=other.id)
    mine = [d for d in rows if d.office == YEN_SON]
    assert [(d.channel, d.followed) for d in mine] == [(Channel.EXCHANGE, True)]


def test_a_list_that_could_not_be_recorded_is_asked_for_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.exchange.listed = [row("H37.99.1", "done")]

    def full(_content: bytes) -> Digest:
        raise StoreFailed("disk full")

    world.put(short_letter())
    with monkeypatch.context() as patched:
        patched.setattr(following, "_record", lambda *_: full(b""))
        with pytest.raises(StoreFailed):
            world.turn()
    world.turn(later=timedelta(minutes=1))
    assert followed(world, YEN_SON).status is DispatchStatus.DELIVERED


def test_an_old_identifier_alone_is_waited_for_too(world: World) -> None:
    office = replace(OFFICES[0], organ_id=None)
    world.change(directory=Directory([office, *OFFICES[1:]]))
    world.exchange.listed = [row("000.01.99.H37", "done")]
    world.began()
    assert YEN_SON not in mailed(world)
    assert followed(world, YEN_SON).status is DispatchStatus.DELIVERED


def test_an_office_that_has_only_the_replacement_is_reminded(world: World) -> None:
    world.began()
    world.exchange.listed = [_second("H37.99.1", "done")]
    _replace(world)
    world.turn(later=HOUR)
    assert world.dispatches(YEN_SON, Channel.EXCHANGE) == []
    world.turn(to=datetime(2024, 10, 25, 1, tzinfo=UTC))
    assert len(world.reminders(YEN_SON)) == 1


def _lost_on_the_exchange(world: World) -> None:
    """Let every sending on the exchange end without an answer, then tell the campaign to follow."""
    _rules(world, ExchangeMode.SEND)
    world.put(short_letter())
    world.exchange.errors["send"] = DeliveryUnknown("truc", "cut off")
    world.turn()
    world.exchange.errors.clear()
    assert world.dispatch(Y_TE, Channel.EXCHANGE).status is DispatchStatus.UNCERTAIN


def test_the_sent_list_proves_a_letter_of_ours_whose_answer_was_lost(world: World) -> None:
    _lost_on_the_exchange(world)
    _rules(world, ExchangeMode.FOLLOW)
    world.exchange.listed = [row("H37.99.2", "done", doc_id="ours-1")]
    world.turn(later=HOUR)
    mine = world.dispatch(Y_TE, Channel.EXCHANGE)
    assert (mine.status, mine.followed) == (DispatchStatus.DELIVERED, False)
    assert mine.exchange_id == "ours-1"


def test_a_letter_of_ours_that_nothing_proves_is_told_and_made_good(world: World) -> None:
    _lost_on_the_exchange(world)
    _rules(world, ExchangeMode.FOLLOW)
    world.turn(later=HOUR)
    assert {r.office for r in world.reviews(ReviewKind.UNCERTAIN)} == {YEN_SON, Y_TE}
    world.turn(to=TIME_IS_UP)
    assert YEN_SON in mailed(world)
    assert world.review(ReviewKind.NO_DOOR).office == Y_TE


def test_a_letter_of_ours_that_may_be_lost_is_told_when_the_exchange_is_off(world: World) -> None:
    _lost_on_the_exchange(world)
    _rules(world, ExchangeMode.OFF)
    world.turn(later=HOUR)
    assert {r.office for r in world.reviews(ReviewKind.UNCERTAIN)} == {YEN_SON, Y_TE}


def test_a_source_that_stays_silent_is_told_once_mails_wait_for_it(world: World) -> None:
    world.exchange.errors["sent"] = PeerUnavailable("truc", "down")
    world.began()
    assert world.reviews(ReviewKind.FAILED) == []
    world.turn(to=TIME_IS_UP)
    world.turn(later=HOUR)
    assert "truc does not say" in world.review(ReviewKind.FAILED).reason
