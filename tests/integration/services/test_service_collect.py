"""What the exchange does not give stops nothing that it gives."""

from dataclasses import replace
from datetime import timedelta
from typing import BinaryIO

from domain.errors import PeerRefused, PeerUnavailable
from domain.kinds import Decision, ReviewKind
from domain.state import DirectiveState
from domain.status import AssignmentStatus
from dondoc.services.resolve import Resolution, resolve
from tests.edxml_files import written
from tests.integration.services.service_parts import (
    CAMPAIGN,
    NOTE,
    YEN_SON,
    issued,
    letter,
)
from tests.integration.services.service_world import World

HOUR = timedelta(hours=1)


def test_packets_that_are_not_given_end_the_round_after_three(world: World) -> None:
    for n in range(5):
        world.put(written(replace(letter(), document_id=f"H37.99,2024,{n}", code_number="9")))
    asked = []
    world.exchange.errors["fetch"] = PeerUnavailable("truc", "broke off")
    real = world.exchange.fetch

    def counted(doc_id: str, into: BinaryIO) -> None:
        asked.append(doc_id)
        real(doc_id, into)

    world.exchange.fetch = counted  # type: ignore[method-assign]
    assert world.turn().taken == 0
    assert len(asked) == 3
    del world.exchange.errors["fetch"]
    assert world.turn(later=HOUR).taken == 5


def test_one_packet_that_is_not_given_is_skipped(world: World) -> None:
    bad = world.put(b"<edXML/>")
    world.put(issued())
    real = world.exchange.fetch

    def refusing(doc_id: str, into: BinaryIO) -> None:
        if doc_id == bad:
            raise PeerRefused("truc", "10", "damaged")
        real(doc_id, into)

    world.exchange.fetch = refusing  # type: ignore[method-assign]
    assert world.turn().taken == 1
    assert world.assignment(YEN_SON).status is AssignmentStatus.SENT
    review = world.review(ReviewKind.FAILED)
    assert bad in review.reason or "damaged" in review.reason
    assert "max_megabytes" in review.reason


def test_packets_that_are_refused_keep_nothing_behind_them_waiting(world: World) -> None:
    """Any unit may lay three packets that cannot be fetched in front of the directive."""
    bad = [world.put(written(replace(letter(), document_id=f"H37.99,2024,{n}"))) for n in range(4)]
    world.put(issued())
    fetched: list[str] = []
    real = world.exchange.fetch

    def refusing(doc_id: str, into: BinaryIO) -> None:
        fetched.append(doc_id)
        if doc_id in bad:
            raise PeerRefused("truc", "too large", "over the limit")
        real(doc_id, into)

    world.exchange.fetch = refusing  # type: ignore[method-assign]
    assert world.turn().taken == 1
    assert world.assignment(YEN_SON).status is AssignmentStatus.SENT
    first, *others = world.reviews(ReviewKind.FAILED)
    assert len(others) == 3
    fetched.clear()
    world.turn(later=HOUR)
    assert fetched == []
    resolve(world.app, first.review, Resolution(decision=Decision.NOTED, by="Lan"), world.now)
    assert world.turn(later=HOUR).taken == 0
    assert len(fetched) == 1
    assert len(world.reviews(ReviewKind.FAILED)) == 4


def test_an_account_that_the_exchange_refuses_is_no_fault_of_a_packet(world: World) -> None:
    world.put(issued())
    world.exchange.errors["fetch"] = PeerRefused("truc", "15", "wrong secret")
    assert world.turn().taken == 0
    assert world.reviews() == []
    del world.exchange.errors["fetch"]
    assert world.turn(later=HOUR).taken == 1


def test_documents_of_one_turn_are_read_in_the_order_of_their_arrival(world: World) -> None:
    for number in range(9):
        note = replace(NOTE, name=f"{number}.txt")
        world.put(written(replace(letter(), attachments=(note,), document_id=f"d{number}")))
        world.now += timedelta(minutes=1)
    world.turn()
    taken = world.app.ledger.get(DirectiveState, (CAMPAIGN,))
    assert taken is not None
    assert taken.document_id == "d0"
