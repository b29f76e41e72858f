"""A document exchange in memory: several systems around one hub, for tests and dry runs."""

import hashlib
import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, ClassVar
from zoneinfo import ZoneInfo

from domain.content import Content, whole
from domain.errors import ListNotWhole, PeerRefused
from domain.exchange import Ability, Agency, PacketKind, SentPacket, Settlement, WaitingPacket
from domain.ids import OrganId

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
PEER = "exchange in memory"

# Any settlement takes a packet off the list, `processing` too, as on the real exchange.
WAITING = "initial"


@dataclass(slots=True)
class _Held:
    """One packet with its transport state at each receiver."""

    doc_id: str
    kind: PacketKind
    content: bytes
    sender: OrganId
    created: str
    states: dict[OrganId, str] = field(default_factory=dict)


class MemoryHub:
    """The exchange itself: units, which system speaks for each, and the packets in transit."""

    def __init__(self, *, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._agencies: dict[OrganId, Agency] = {}
        self._system_of: dict[OrganId, str] = {}
        self._packets: dict[str, _Held] = {}
        self._hidden: set[str] = set()

    def hide(self, doc_id: str) -> None:
        """Leave a packet out of the lists of what waits, which then say that they lack one."""
        with self._lock:
            self._hidden.add(doc_id)

    def register(self, agency: Agency, *, system_id: str) -> None:
        """Make a unit known, under its new and its old identifier, with the system it uses."""
        with self._lock:
            self._agencies[agency.code] = agency
            for code in (agency.code, agency.old_code):
                if code is not None:
                    self._system_of[code] = system_id

    def connect(self, system_id: str) -> "MemoryExchange":
        """Return the exchange as one connected system sees it."""
        return MemoryExchange(self, system_id)

    def take(
        self,
        system_id: str,
        content: bytes,
        kind: PacketKind,
        sender: OrganId,
        receivers: Sequence[OrganId],
    ) -> str:
        """Accept one packet and return its doc_id; known bytes of a sender are not new."""
        # Named by content: the same bytes are the same packet, as on the real exchange.
        key = hashlib.sha256(f"{sender}\n{kind}\n".encode() + content).digest()
        doc_id = str(uuid.UUID(bytes=key[:16]))
        with self._lock:
            self._check(system_id, sender, receivers)
            if doc_id not in self._packets:
                created = f"{self._now().astimezone(ZONE):%Y/%m/%d %H:%M:%S}"
                states = dict.fromkeys(receivers, WAITING)
                self._packets[doc_id] = _Held(doc_id, kind, content, sender, created, states)
            return doc_id

    def held(self, system_id: str, doc_id: str) -> bytes:
        """Return the bytes of a packet that one of the system's units received or sent."""
        with self._lock:
            sent = self._packets.get(doc_id)
            if sent is not None and self._system_of[sent.sender] == system_id:
                return sent.content
            packet, _ = self._received(system_id, doc_id)
            return packet.content

    def mark(self, system_id: str, doc_id: str, outcome: Settlement) -> None:
        """Set the transport state of a packet at the units of one system."""
        with self._lock:
            packet, units = self._received(system_id, doc_id)
            for unit in units:
                packet.states[unit] = outcome.value

    def inbox(self, system_id: str, kind: PacketKind) -> list[WaitingPacket]:
        """List what waits for the units of one system, oldest first."""
        with self._lock:
            found = [
                WaitingPacket(
                    doc_id=packet.doc_id,
                    kind=kind,
                    sender=packet.sender,
                    receiver=unit,
                    created=packet.created,
                )
                for packet in self._packets.values()
                for unit, state in packet.states.items()
                if packet.kind is kind and state == WAITING and self._system_of[unit] == system_id
            ]
            given = [packet for packet in found if packet.doc_id not in self._hidden]
        if len(given) < len(found):
            raise ListNotWhole(PEER, f"{len(given)} of {len(found)} packets are given", given)
        return given

    def outbox(self, system_id: str, kind: PacketKind, doc_id: str | None) -> list[SentPacket]:
        """List what the units of one system sent, one entry per receiver."""
        with self._lock:
            return [
                SentPacket(
                    doc_id=packet.doc_id,
                    kind=kind,
                    sender=packet.sender,
                    receiver=unit,
                    sent=packet.created,
                    send_status="done",
                    receive_status=state,
                )
                for packet in self._packets.values()
                for unit, state in packet.states.items()
                if packet.kind is kind
                and doc_id in (None, packet.doc_id)
                and self._system_of[packet.sender] == system_id
            ]

    def units(self) -> list[Agency]:
        """List all units."""
        with self._lock:
            return list(self._agencies.values())

    def _check(self, system_id: str, sender: OrganId, receivers: Sequence[OrganId]) -> None:
        if self._system_of.get(sender) != system_id:
            raise PeerRefused(PEER, "19", "the sending unit is not registered for this system")
        unknown = [receiver for receiver in receivers if receiver not in self._system_of]
        if unknown or not receivers:
            raise PeerRefused(
                PEER, "18", f"unknown receivers: {', '.join(unknown) or 'none named'}"
            )

    def _received(self, system_id: str, doc_id: str) -> tuple[_Held, list[OrganId]]:
        packet = self._packets.get(doc_id)
        units = (
            [unit for unit in packet.states if self._system_of[unit] == system_id] if packet else []
        )
        if packet is None or not units:
            raise PeerRefused(PEER, "10", f"no packet {doc_id} was sent to this system")
        return packet, units


class MemoryExchange:
    """One system's view of a ``MemoryHub``; implements ``domain.ports.DocumentExchange``."""

    ABILITIES: ClassVar = frozenset(Ability)

    def __init__(self, hub: MemoryHub, system_id: str) -> None:
        self._hub = hub
        self._system_id = system_id

    @property
    def abilities(self) -> frozenset[Ability]:
        """What this door can do: everything."""
        return self.ABILITIES

    def send(
        self, content: Content, *, kind: PacketKind, sender: OrganId, receivers: Sequence[OrganId]
    ) -> str:
        """Hand over one file; unlike the real exchange, it is routed by ``receivers`` alone."""
        return self._hub.take(self._system_id, whole(content), kind, sender, receivers)

    def waiting(self, kind: PacketKind) -> list[WaitingPacket]:
        """List received packets that are not settled yet, oldest first."""
        return self._hub.inbox(self._system_id, kind)

    def fetch(self, doc_id: str, into: BinaryIO) -> None:
        """Write the file of a packet, received or sent: the very bytes that were sent."""
        into.write(self._hub.held(self._system_id, doc_id))

    def settle(self, doc_id: str, outcome: Settlement, reason: str = "") -> None:  # noqa: ARG002
        """Record what became of a received packet; settling twice is harmless."""
        self._hub.mark(self._system_id, doc_id, outcome)

    def sent(self, kind: PacketKind, doc_id: str | None = None) -> list[SentPacket]:
        """List packets that this system sent, one entry per receiver; all or one doc_id."""
        return self._hub.outbox(self._system_id, kind, doc_id)

    def agencies(self) -> list[Agency]:
        """List the units that the exchange knows."""
        return self._hub.units()
