"""`exchange: follow` with replacements, recalls, and rules that change while it runs."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from domain.campaign import Channel, ChannelChoice, ExchangeMode, FollowRule
from domain.errors import DeliveryUnknown, PeerUnavailable, StoreFailed
from domain.exchange import Business, Replaced, SentPacket, StatusPacket
from domain.ids import CampaignId, Digest
from domain.kinds import DispatchKind, ReviewKind
from domain.office import Directory
from domain.state import DispatchState
from domain.status import DispatchStatus
from dondoc.services import following
from dondoc.services.recall import Order, take_back
from tests.edxml_files import read, written
from tests.integration.services.follow_parts import followed, mailed, row
from tests.integration.services.service_parts import (
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


def test_what_the_e_office_sent_is_taken_back_by_its_own_identifier(world: World) -> None:
    world.exchange.listed = [row("H37.99.2", "done")]
    world.began()
    _rules(world, ExchangeMode.SEND)
    order = Order(offices=(Y_TE,), round=None, reason="gửi nhầm", by="Lan")
    take_back(world.app, "nq47", order, world.now)
    world.turn(later=HOUR)
    packets = [read(content).packet for content in world.exchange.sent_bytes]
    (status,) = [packet for packet in packets if isinstance(packet, StatusPacket)]
    assert (status.code, status.response_for.document_id) == ("13", letter().document_id)


def test_whoever_answers_the_e_office_s_own_request_is_no_contradiction(world: World) -> None:
    world.exchange.listed = [row("H37.99.2", "done")]
    world.began()
    world.put_status(followed(world, Y_TE), "16")
    world.turn(later=HOUR)
    assert world.reviews(ReviewKind.CONTRADICTION) == []
    assert world.review(ReviewKind.RECALL_REFUSED).office == Y_TE


def test_a_replacement_dropped_by_off_goes_once_the_campaign_sends_again(world: World) -> None:
    _rules(world, ExchangeMode.SEND)
    world.began()
    _replace(world)
    world.exchange.errors["send"] = PeerUnavailable("truc", "down")
    world.turn(later=HOUR)
    assert world.dispatch(Y_TE, Channel.EXCHANGE, DispatchKind.REPLACEMENT).attempts == 1
    _rules(world, ExchangeMode.OFF)
    world.turn(later=HOUR)
    world.exchange.errors.clear()
    _rules(world, ExchangeMode.SEND)
    world.turn(later=HOUR)
    sent = world.dispatches(Y_TE, Channel.EXCHANGE, DispatchKind.REPLACEMENT)
    assert [(d.status, d.edition) for d in sent] == [
        (DispatchStatus.CANCELLED, 2),
        (DispatchStatus.ACCEPTED, 2),
    ]


def test_the_question_of_a_lost_letter_is_closed_by_the_list(world: World) -> None:
    _lost_on_the_exchange(world)
    _rules(world, ExchangeMode.FOLLOW)
    world.turn(later=HOUR)
    assert {r.office for r in world.reviews(ReviewKind.UNCERTAIN)} == {YEN_SON, Y_TE}
    world.exchange.listed = [row("H37.99.2", "done", doc_id="ours-1")]
    world.turn(later=HOUR)
    assert {r.office for r in world.reviews(ReviewKind.UNCERTAIN)} == {YEN_SON}
