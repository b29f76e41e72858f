"""Lists that lack something: what they have is taken, and a person hears of the rest."""

from datetime import timedelta

from structlog.testing import capture_logs

from domain.campaign import Channel
from domain.exchange import PacketKind
from domain.kinds import ReviewKind
from domain.status import AssignmentStatus
from dondoc.services.collect import _TURNS_NOT_WHOLE
from dondoc.services.doctor import examine_doors
from tests.integration.services.service_parts import YEN_SON
from tests.integration.services.service_world import World

MINUTE = timedelta(minutes=1)


def hidden(world: World) -> str:
    """Let two answers wait of which the exchange lists one."""
    letter = world.dispatch(YEN_SON, Channel.EXCHANGE)
    doc_id = world.put_answer(letter, number="31")
    world.put_answer(letter, number="32")
    world.exchange._hub.hide(doc_id)
    return doc_id


def test_what_a_list_has_is_taken_and_what_it_lacks_is_told_once(begun: World) -> None:
    doc_id = hidden(begun)
    with capture_logs() as logs:
        for _ in range(_TURNS_NOT_WHOLE - 1):
            begun.turn(later=MINUTE)
    assert begun.assignment(YEN_SON).status is AssignmentStatus.REPORTED
    assert begun.reviews() == []
    told = [entry for entry in logs if entry["event"] == "exchange_list_not_whole"]
    assert len(told) == _TURNS_NOT_WHOLE - 1
    for _ in range(3):
        begun.turn(later=MINUTE)
    review = begun.review(ReviewKind.FAILED)
    assert "0 of 1 packets are given" in review.reason
    assert "ask the operator" in review.reason
    begun.exchange._hub._hidden.discard(doc_id)
    begun.turn(later=MINUTE)
    assert len(begun.replies(YEN_SON)) == 2


def test_the_count_begins_anew_with_a_whole_list(begun: World) -> None:
    doc_id = hidden(begun)
    for _ in range(3):
        for _ in range(_TURNS_NOT_WHOLE - 1):
            begun.turn(later=MINUTE)
        begun.exchange._hub._hidden.discard(doc_id)
        begun.turn(later=MINUTE)
        begun.exchange._hub.hide(doc_id)
    assert begun.reviews() == []


def test_a_door_is_not_heard_by_a_part_of_its_list(begun: World) -> None:
    """What it says of others proves nothing of those that it may leave out."""
    door = begun.app.exchange
    assert door is not None
    begun.turn(later=MINUTE)
    heard = dict(door.heard)
    hidden(begun)
    begun.turn(later=MINUTE)
    assert door.heard[PacketKind.DOCUMENT] == heard[PacketKind.DOCUMENT]
    assert door.heard[PacketKind.STATUS] == begun.now


def test_the_doctor_finds_it_wrong(begun: World) -> None:
    hidden(begun)
    (check,) = (c for c in examine_doors(begun.app, begun.now) if c.name == "exchange")
    assert not check.ok
    assert "a list that is not whole: 1 of 2" in check.what
