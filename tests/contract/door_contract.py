"""What every door to an e-office must do, one class per ability.

A door's test module subclasses the contracts of its abilities, and ``AbilitiesContract`` in any
case, and gives their fixtures: ``door``, ``arriving``, and ``hub`` where several units are
connected to what stands behind the door.
"""

import io
from collections.abc import Callable, Mapping
from typing import Protocol

import pytest

from domain.content import Inline
from domain.errors import ListNotWhole, NotOffered, PeerRefused, PeerUnavailable
from domain.exchange import Ability, PacketKind, Settlement, WaitingPacket
from domain.ids import OrganId
from domain.ports import DocumentExchange
from tests.contract.door_documents import (
    COMMUNE,
    DISTRICT,
    NAMES,
    NOBODY,
    NOW,
    SYSTEM_OF,
    TOWN,
    document,
    meaning,
    status,
)
from tests.contract.fetching import fetched

__all__ = [
    "COMMUNE",
    "DISTRICT",
    "NAMES",
    "NOBODY",
    "NOW",
    "SYSTEM_OF",
    "TOWN",
    "AbilitiesContract",
    "Arriving",
    "ArrivingThroughHub",
    "Hub",
    "NotWholeContract",
    "ReceivingContract",
    "SendingContract",
    "SentListContract",
    "StatusContract",
    "document",
    "meaning",
    "status",
]


class Arriving(Protocol):
    """A door and what stands behind it, seen from there."""

    @property
    def door(self) -> DocumentExchange: ...

    def put(self, number: str) -> None:
        """Make one document with one attachment wait for us, later than those before."""

    def assert_same(self, content: bytes, number: str) -> None:
        """Fail unless a fetched file is the document that was put under this number."""


class Hub:
    """Every unit's own connection to the exchange under test.

    ``keeps_bytes`` says whether the exchange returns the very bytes that were sent. ``cut`` makes
    lists lack a packet from then on, the named one or another.
    """

    def __init__(
        self,
        connections: Mapping[OrganId, DocumentExchange],
        *,
        cut: Callable[[str], None],
        keeps_bytes: bool = True,
    ) -> None:
        self.cut = cut
        self._connections = connections
        self._keeps_bytes = keeps_bytes

    def of(self, unit: OrganId) -> DocumentExchange:
        return self._connections[unit]

    def send(self, number: str, *receivers: OrganId) -> str:
        return self.of(DISTRICT).send(
            Inline(document(number, *receivers)),
            kind=PacketKind.DOCUMENT,
            sender=DISTRICT,
            receivers=receivers,
        )

    def waiting(self, unit: OrganId, kind: PacketKind = PacketKind.DOCUMENT) -> list[WaitingPacket]:
        return self.of(unit).waiting(kind)

    def assert_same(self, received: bytes, content: bytes) -> None:
        if self._keeps_bytes:
            assert received == content
        assert meaning(received) == meaning(content)


class ArrivingThroughHub:
    """Documents that the district sends to the commune; implements ``Arriving``."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    @property
    def door(self) -> DocumentExchange:
        return self._hub.of(COMMUNE)

    def put(self, number: str) -> None:
        self._hub.send(number, COMMUNE)

    def assert_same(self, content: bytes, number: str) -> None:
        self._hub.assert_same(content, document(number, COMMUNE))


class NotWholeContract:
    """What a list has is given when it lacks something, and its flaw with it."""

    def test_a_list_that_is_not_whole_gives_what_it_has(self, hub: Hub) -> None:
        sent = [hub.send("1", TOWN), hub.send("2", TOWN)]
        hub.cut(sent[0])
        with pytest.raises(ListNotWhole) as caught:
            hub.waiting(TOWN, PacketKind.DOCUMENT)
        (packet,) = caught.value.rows
        assert packet.doc_id in sent
        hub.of(TOWN).fetch(packet.doc_id, io.BytesIO())
        assert hub.waiting(COMMUNE, PacketKind.STATUS) == []


class ReceivingContract:
    """``Ability.RECEIVE``; subclasses give the fixture ``arriving``."""

    def test_no_document_waits_at_first(self, arriving: Arriving) -> None:
        assert arriving.door.waiting(PacketKind.DOCUMENT) == []

    def test_a_document_waits_until_it_is_settled(self, arriving: Arriving) -> None:
        arriving.put("512")
        (packet,) = arriving.door.waiting(PacketKind.DOCUMENT)
        assert packet.kind is PacketKind.DOCUMENT
        arriving.assert_same(fetched(arriving.door, packet.doc_id), "512")
        assert arriving.door.waiting(PacketKind.DOCUMENT) == [packet]
        arriving.door.settle(packet.doc_id, Settlement.DONE)
        assert arriving.door.waiting(PacketKind.DOCUMENT) == []

    def test_fetching_twice_gives_the_same_bytes(self, arriving: Arriving) -> None:
        arriving.put("512")
        (packet,) = arriving.door.waiting(PacketKind.DOCUMENT)
        assert fetched(arriving.door, packet.doc_id) == fetched(arriving.door, packet.doc_id)

    def test_settling_twice_is_harmless(self, arriving: Arriving) -> None:
        arriving.put("512")
        (packet,) = arriving.door.waiting(PacketKind.DOCUMENT)
        arriving.door.settle(packet.doc_id, Settlement.DONE)
        arriving.door.settle(packet.doc_id, Settlement.DONE)
        assert arriving.door.waiting(PacketKind.DOCUMENT) == []

    def test_a_packet_that_failed_waits_no_longer(self, arriving: Arriving) -> None:
        arriving.put("512")
        (packet,) = arriving.door.waiting(PacketKind.DOCUMENT)
        arriving.door.settle(packet.doc_id, Settlement.FAIL)
        assert arriving.door.waiting(PacketKind.DOCUMENT) == []

    def test_a_packet_in_work_waits_no_longer_and_is_settled_later(
        self, arriving: Arriving
    ) -> None:
        arriving.put("512")
        (packet,) = arriving.door.waiting(PacketKind.DOCUMENT)
        arriving.door.settle(packet.doc_id, Settlement.PROCESSING)
        assert arriving.door.waiting(PacketKind.DOCUMENT) == []
        arriving.door.settle(packet.doc_id, Settlement.DONE)
        assert arriving.door.waiting(PacketKind.DOCUMENT) == []

    def test_a_settled_packet_can_still_be_fetched(self, arriving: Arriving) -> None:
        arriving.put("512")
        (packet,) = arriving.door.waiting(PacketKind.DOCUMENT)
        arriving.door.settle(packet.doc_id, Settlement.DONE)
        arriving.assert_same(fetched(arriving.door, packet.doc_id), "512")

    def test_settling_one_leaves_the_others(self, arriving: Arriving) -> None:
        arriving.put("512")
        arriving.put("513")
        first, second = arriving.door.waiting(PacketKind.DOCUMENT)
        arriving.door.settle(first.doc_id, Settlement.DONE)
        assert arriving.door.waiting(PacketKind.DOCUMENT) == [second]

    def test_packets_wait_oldest_first(self, arriving: Arriving) -> None:
        numbers = ["9", "10", "8"]
        for number in numbers:
            arriving.put(number)
        waiting = arriving.door.waiting(PacketKind.DOCUMENT)
        assert len({packet.doc_id for packet in waiting}) == len(numbers)
        for packet, number in zip(waiting, numbers, strict=True):
            arriving.assert_same(fetched(arriving.door, packet.doc_id), number)

    # No exchange documents its code for a packet that it does not have, and some use one that
    # is temporary elsewhere; what counts is that nothing is returned as if it were the file.
    def test_a_packet_that_does_not_exist_is_an_error(self, arriving: Arriving) -> None:
        unknown = "00000000-0000-4000-8000-000000000000"
        with pytest.raises((PeerRefused, PeerUnavailable)):
            fetched(arriving.door, unknown)
        with pytest.raises((PeerRefused, PeerUnavailable)):
            arriving.door.settle(unknown, Settlement.DONE)


class SendingContract:
    """``Ability.SEND``, seen through ``Ability.RECEIVE``; subclasses give the fixture ``hub``.

    The codes are those with which the exchange refuses an unknown receiver and a sender that is
    none of the system's units.
    """

    unknown_receiver = "18"
    foreign_sender = "19"

    def test_a_document_travels_to_its_receiver_alone(self, hub: Hub) -> None:
        assert hub.send("512", COMMUNE)
        assert hub.waiting(DISTRICT) == []
        assert hub.waiting(TOWN) == []
        (packet,) = hub.waiting(COMMUNE)
        assert packet.kind is PacketKind.DOCUMENT
        assert packet.sender == DISTRICT
        assert packet.receiver == COMMUNE
        hub.assert_same(fetched(hub.of(COMMUNE), packet.doc_id), document("512", COMMUNE))

    def test_the_same_bytes_are_the_same_packet(self, hub: Hub) -> None:
        first = hub.send("512", COMMUNE)
        assert hub.send("512", COMMUNE) == first
        assert len(hub.waiting(COMMUNE)) == 1
        assert hub.send("513", COMMUNE) != first

    def test_the_same_bytes_after_settling_do_not_wait_again(self, hub: Hub) -> None:
        first = hub.send("512", COMMUNE)
        (packet,) = hub.waiting(COMMUNE)
        hub.of(COMMUNE).settle(packet.doc_id, Settlement.DONE)
        assert hub.send("512", COMMUNE) == first
        assert hub.waiting(COMMUNE) == []

    def test_one_document_for_two_receivers(self, hub: Hub) -> None:
        hub.send("512", COMMUNE, TOWN)
        (at_commune,) = hub.waiting(COMMUNE)
        (at_town,) = hub.waiting(TOWN)
        hub.of(COMMUNE).settle(at_commune.doc_id, Settlement.DONE)
        assert hub.waiting(TOWN) == [at_town]

    def test_an_unknown_receiver_is_refused(self, hub: Hub) -> None:
        with pytest.raises(PeerRefused) as caught:
            hub.send("512", NOBODY)
        assert caught.value.code == self.unknown_receiver

    def test_a_system_sends_for_its_own_units_only(self, hub: Hub) -> None:
        with pytest.raises(PeerRefused) as caught:
            hub.of(TOWN).send(
                Inline(document("512", COMMUNE)),
                kind=PacketKind.DOCUMENT,
                sender=DISTRICT,
                receivers=[COMMUNE],
            )
        assert caught.value.code == self.foreign_sender
        assert hub.waiting(COMMUNE) == []

    def test_a_packet_of_others_is_an_error(self, hub: Hub) -> None:
        hub.send("512", COMMUNE)
        (packet,) = hub.waiting(COMMUNE)
        with pytest.raises((PeerRefused, PeerUnavailable)):
            fetched(hub.of(TOWN), packet.doc_id)
        with pytest.raises((PeerRefused, PeerUnavailable)):
            hub.of(TOWN).settle(packet.doc_id, Settlement.DONE)
        assert hub.waiting(COMMUNE) == [packet]


class StatusContract:
    """``Ability.STATUSES`` of a door that can also send; subclasses give the fixture ``hub``."""

    def test_no_status_waits_at_first(self, hub: Hub) -> None:
        assert hub.waiting(COMMUNE, PacketKind.STATUS) == []

    def test_a_status_goes_back_to_the_sender(self, hub: Hub) -> None:
        content = self._answer(hub)
        assert hub.waiting(DISTRICT) == []
        assert hub.waiting(COMMUNE, PacketKind.STATUS) == []
        (packet,) = hub.waiting(DISTRICT, PacketKind.STATUS)
        assert packet.kind is PacketKind.STATUS
        assert packet.sender == COMMUNE
        hub.assert_same(fetched(hub.of(DISTRICT), packet.doc_id), content)
        hub.of(DISTRICT).settle(packet.doc_id, Settlement.DONE)
        assert hub.waiting(DISTRICT, PacketKind.STATUS) == []

    def _answer(self, hub: Hub) -> bytes:
        content = status(COMMUNE, DISTRICT, "512")
        hub.of(COMMUNE).send(
            Inline(content), kind=PacketKind.STATUS, sender=COMMUNE, receivers=[DISTRICT]
        )
        return content


class SentListContract:
    """``Ability.SENT_LIST`` of a door that can also send; subclasses give the fixture ``hub``."""

    def test_nothing_was_sent_at_first(self, hub: Hub) -> None:
        assert hub.of(DISTRICT).sent(PacketKind.DOCUMENT) == []

    def test_the_sent_list_is_evidence_of_one_send(self, hub: Hub) -> None:
        doc_id = hub.send("512", COMMUNE)
        hub.send("513", COMMUNE)
        assert len(hub.of(DISTRICT).sent(PacketKind.DOCUMENT)) == 2
        (packet,) = hub.of(DISTRICT).sent(PacketKind.DOCUMENT, doc_id)
        assert (packet.doc_id, packet.kind) == (doc_id, PacketKind.DOCUMENT)
        assert (packet.sender, packet.receiver) == (DISTRICT, COMMUNE)
        assert hub.of(TOWN).sent(PacketKind.DOCUMENT) == []

    def test_the_same_bytes_are_sent_once(self, hub: Hub) -> None:
        hub.send("512", COMMUNE)
        hub.send("512", COMMUNE)
        assert len(hub.of(DISTRICT).sent(PacketKind.DOCUMENT)) == 1

    def test_every_receiver_has_its_own_entry(self, hub: Hub) -> None:
        doc_id = hub.send("512", COMMUNE, TOWN)
        sent = hub.of(DISTRICT).sent(PacketKind.DOCUMENT, doc_id)
        assert {packet.receiver for packet in sent} == {COMMUNE, TOWN}
        assert {packet.doc_id for packet in sent} == {doc_id}

    def test_what_was_refused_was_not_sent(self, hub: Hub) -> None:
        with pytest.raises(PeerRefused):
            hub.send("512", NOBODY)
        assert hub.of(DISTRICT).sent(PacketKind.DOCUMENT) == []

    def test_a_status_is_listed_apart(self, hub: Hub) -> None:
        hub.of(COMMUNE).send(
            Inline(status(COMMUNE, DISTRICT, "512")),
            kind=PacketKind.STATUS,
            sender=COMMUNE,
            receivers=[DISTRICT],
        )
        assert len(hub.of(COMMUNE).sent(PacketKind.STATUS)) == 1
        assert hub.of(COMMUNE).sent(PacketKind.DOCUMENT) == []


UNKNOWN = "00000000-0000-4000-8000-000000000000"


def _send(door: DocumentExchange) -> None:
    door.send(
        Inline(document("512", NOBODY)),
        kind=PacketKind.DOCUMENT,
        sender=DISTRICT,
        receivers=[NOBODY],
    )


CALLS: dict[str, tuple[frozenset[Ability], Callable[[DocumentExchange], object]]] = {
    "send": (frozenset({Ability.SEND}), _send),
    "waiting documents": (
        frozenset({Ability.RECEIVE}),
        lambda door: door.waiting(PacketKind.DOCUMENT),
    ),
    "waiting statuses": (
        frozenset({Ability.STATUSES}),
        lambda door: door.waiting(PacketKind.STATUS),
    ),
    "fetch": (
        frozenset({Ability.RECEIVE, Ability.STATUSES}),
        lambda door: fetched(door, UNKNOWN),
    ),
    "settle": (
        frozenset({Ability.RECEIVE, Ability.STATUSES}),
        lambda door: door.settle(UNKNOWN, Settlement.DONE),
    ),
    "sent": (frozenset({Ability.SENT_LIST}), lambda door: door.sent(PacketKind.DOCUMENT)),
    "agencies": (frozenset({Ability.AGENCIES}), lambda door: door.agencies()),
}


class AbilitiesContract:
    """``abilities`` says beforehand what a door can do; subclasses give the fixture ``door``."""

    @pytest.mark.parametrize("call", CALLS)
    def test_what_is_no_ability_is_not_offered(self, door: DocumentExchange, call: str) -> None:
        any_of, act = CALLS[call]
        try:
            act(door)
        except NotOffered:
            assert not door.abilities & any_of
        except (PeerRefused, PeerUnavailable):
            # A made-up receiver or packet is refused, for a reason of its own.
            assert door.abilities & any_of
        else:
            assert door.abilities & any_of

    def test_a_door_can_do_no_more_than_its_class_says(self, door: DocumentExchange) -> None:
        # docs/doors.md is made from the classes; configuration may take something away.
        assert door.abilities <= type(door).ABILITIES  # type: ignore[attr-defined]
