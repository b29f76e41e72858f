"""The ports of an opened application, wrapped so that each boundary is told of.

Nothing in the product knows of this. ``Reached`` gets the name of each boundary as it is reached,
in the thread that reaches it; what it does then is its own, and may be the end of the process.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import BinaryIO, TypeVar

from domain.assembled import Piece
from domain.content import Content, Stored
from domain.exchange import Ability, Agency, PacketKind, SentPacket, Settlement, WaitingPacket
from domain.facts import Event, Recorded
from domain.ids import CampaignId, Digest, MessageId, OfficeId, OrganId, RoundId
from domain.mail import Acceptance, Envelope, MailArrival, MailCursor, MailPosition
from domain.ports import (
    DocumentExchange,
    EvidenceStore,
    Ledger,
    Mailbox,
    MailFiling,
    MailSearch,
    MailTransport,
    Workers,
)
from domain.state import DispatchStanding, DispatchState, State
from dondoc.app import App, ExchangeDoor, Inbox
from schedulers.engine import Batch, BatchWork, Engine, Work
from tests.system.crash.boundaries import BATCH

Reached = Callable[[str], None]
S = TypeVar("S", bound=State)


def stepped(app: App, reached: Reached) -> App:
    """Return the application with every port wrapped."""
    mail = app.mail and replace(
        app.mail,
        transport=SteppedTransport(app.mail.transport, reached),
        inbox=_inbox(app.mail.inbox, reached),
    )
    return replace(
        app,
        ledger=SteppedLedger(app.ledger, reached),
        evidence=SteppedEvidence(app.evidence, reached),
        exchange=app.exchange and _door(app.exchange, reached),
        further=tuple(_door(door, reached) for door in app.further),
        mail=mail,
        workers=SteppedWorkers(app.workers, reached),
        further_inboxes=tuple(_inbox(inbox, reached) for inbox in app.further_inboxes),
    )


def _door(door: ExchangeDoor, reached: Reached) -> ExchangeDoor:
    return replace(door, exchange=SteppedExchange(door.exchange, reached))


def _inbox(inbox: Inbox, reached: Reached) -> Inbox:
    filing = inbox.filing and SteppedFiling(inbox.filing, reached)
    return replace(inbox, mailbox=SteppedMailbox(inbox.mailbox, reached), filing=filing)


@contextmanager
def _step(name: str, reached: Reached) -> Iterator[None]:
    """Tell of a step; one that raises has no *after*."""
    reached(f"{name} before")
    yield
    reached(f"{name} after")


class SteppedExchange:
    """Implements ``DocumentExchange`` over another one."""

    def __init__(self, exchange: DocumentExchange, reached: Reached) -> None:
        self._exchange = exchange
        self._reached = reached

    @property
    def abilities(self) -> frozenset[Ability]:
        return self._exchange.abilities

    def send(
        self, content: Content, *, kind: PacketKind, sender: OrganId, receivers: Sequence[OrganId]
    ) -> str:
        with _step("exchange.send", self._reached):
            return self._exchange.send(content, kind=kind, sender=sender, receivers=receivers)

    def waiting(self, kind: PacketKind) -> list[WaitingPacket]:
        with _step("exchange.waiting", self._reached):
            return self._exchange.waiting(kind)

    def fetch(self, doc_id: str, into: BinaryIO) -> None:
        with _step("exchange.fetch", self._reached):
            self._exchange.fetch(doc_id, into)

    def settle(self, doc_id: str, outcome: Settlement, reason: str = "") -> None:
        with _step("exchange.settle", self._reached):
            self._exchange.settle(doc_id, outcome, reason)

    def sent(self, kind: PacketKind, doc_id: str | None = None) -> list[SentPacket]:
        return self._exchange.sent(kind, doc_id)

    def agencies(self) -> list[Agency]:
        with _step("exchange.agencies", self._reached):
            return self._exchange.agencies()


class SteppedWorkers:
    """Implements ``Workers`` over another one."""

    def __init__(self, workers: Workers, reached: Reached) -> None:
        self._workers = workers
        self._reached = reached

    @property
    def own(self) -> str:
        return self._workers.own

    def alive(self) -> frozenset[str]:
        return self._workers.alive()

    def beat(self) -> None:
        with _step("workers.beat", self._reached):
            self._workers.beat()

    def bury(self) -> list[str]:
        with _step("workers.bury", self._reached):
            return self._workers.bury()

    def take(self, lease: str) -> bool:
        with _step("workers.take", self._reached):
            return self._workers.take(lease)

    def leave(self, lease: str) -> None:
        with _step("workers.leave", self._reached):
            self._workers.leave(lease)


class SteppedEngine:
    """Implements ``Engine`` over another one."""

    def __init__(self, engine: Engine, reached: Reached) -> None:
        self._engine = engine
        self._reached = reached

    def every(self, name: str, seconds: float, work: Work) -> None:
        self._engine.every(name, seconds, work)

    def when_woken(self, name: str, work: Work) -> None:
        self._engine.when_woken(name, work)

    def queue(self, name: str, concurrency: int, work: BatchWork) -> None:
        def stepped_work(batch: Batch) -> int:
            with _step(BATCH, self._reached):
                return work(batch)

        self._engine.queue(name, concurrency, stepped_work)

    def run(self) -> bool:
        return self._engine.run()

    def hand_out(self, batches: Mapping[str, Sequence[Batch]]) -> int:
        with _step("engine.hand_out", self._reached):
            return self._engine.hand_out(batches)

    def take_over(self, living: Collection[str]) -> int:
        with _step("engine.take_over", self._reached):
            return self._engine.take_over(living)

    def not_later(self, name: str, at: datetime) -> None:
        with _step("engine.not_later", self._reached):
            self._engine.not_later(name, at)

    def hasten(self, name: str) -> None:
        self._engine.hasten(name)

    def wake(self) -> None:
        self._engine.wake()

    def stop(self) -> None:
        self._engine.stop()

    def close(self) -> None:
        self._engine.close()


class SteppedTransport:
    """Implements ``MailTransport`` over another one."""

    def __init__(self, transport: MailTransport, reached: Reached) -> None:
        self._transport = transport
        self._reached = reached

    def send(self, envelope: Envelope, message: Content) -> Acceptance:
        with _step("transport.send", self._reached):
            return self._transport.send(envelope, message)


class SteppedMailbox:
    """Implements ``Mailbox`` and ``MailSearch`` over another one."""

    def __init__(self, mailbox: Mailbox, reached: Reached) -> None:
        self._mailbox = mailbox
        self._reached = reached

    @property
    def account(self) -> str:
        return self._mailbox.account

    def arrivals(self, mailbox: str, after: MailCursor | None) -> Iterator[MailArrival]:
        arrivals = iter(self._mailbox.arrivals(mailbox, after))
        while True:
            self._reached("mailbox.arrivals before")
            arrival = next(arrivals, None)
            self._reached("mailbox.arrivals after")
            if arrival is None:
                return
            yield arrival

    def message(self, mailbox: str, position: MailPosition) -> MailArrival | None:
        return self._mailbox.message(mailbox, position)

    def contains(self, mailbox: str, message_id: MessageId) -> bool:
        return self._mailbox.contains(mailbox, message_id)

    def mentioning(self, mailbox: str, word: str) -> list[bytes]:
        searched = self._mailbox
        return searched.mentioning(mailbox, word) if isinstance(searched, MailSearch) else []

    def newest_headers(self, mailbox: str, most: int) -> list[bytes]:
        searched = self._mailbox
        return searched.newest_headers(mailbox, most) if isinstance(searched, MailSearch) else []


class SteppedFiling:
    """Implements ``MailFiling`` over another one."""

    def __init__(self, filing: MailFiling, reached: Reached) -> None:
        self._filing = filing
        self._reached = reached

    def unfiled(self, mailbox: str, upto: MailCursor) -> list[MailPosition]:
        return self._filing.unfiled(mailbox, upto)

    def headers(
        self, mailbox: str, positions: Sequence[MailPosition]
    ) -> Mapping[MailPosition, bytes]:
        return self._filing.headers(mailbox, positions)

    def file(self, mailbox: str, positions: Sequence[MailPosition]) -> None:
        with _step("filing.file", self._reached):
            self._filing.file(mailbox, positions)


class SteppedEvidence:
    """Implements ``EvidenceStore`` over another one."""

    def __init__(self, evidence: EvidenceStore, reached: Reached) -> None:
        self._evidence = evidence
        self._reached = reached

    def put(self, content: bytes) -> Digest:
        with _step("evidence.put", self._reached):
            return self._evidence.put(content)

    def assemble(self, pieces: Sequence[Piece]) -> Digest:
        with _step("evidence.assemble", self._reached):
            return self._evidence.assemble(pieces)

    def receive(self, write: Callable[[BinaryIO], None]) -> Stored:
        with _step("evidence.receive", self._reached):
            return self._evidence.receive(write)

    @contextmanager
    def together(self) -> Iterator["SteppedEvidence"]:
        with self._evidence.together() as evidence:
            members = _Members("evidence.together inside", self._reached)
            yield SteppedEvidence(evidence, members)
            self._reached("evidence.together before")
        self._reached("evidence.together after")

    def get(self, digest: Digest) -> bytes:
        return self._evidence.get(digest)

    def content(self, digest: Digest) -> Content:
        return self._evidence.content(digest)

    def digests(self) -> Iterator[Digest]:
        return self._evidence.digests()


class _Members:
    """Told of the steps within a block; tells of the first that is done, besides each."""

    def __init__(self, inside: str, reached: Reached) -> None:
        self._inside = inside
        self._reached = reached
        self._told = False

    def __call__(self, boundary: str) -> None:
        self._reached(boundary)
        if not self._told and boundary.endswith(" after"):
            self._told = True
            self._reached(self._inside)


class SteppedLedger:
    """Implements ``Ledger`` over another one."""

    def __init__(self, ledger: Ledger, reached: Reached) -> None:
        self._ledger = ledger
        self._reached = reached

    def append(self, events: Sequence[Event], *, recorded_at: datetime) -> list[Recorded]:
        kinds = _kinds(events)
        self._each(kinds, "before")
        recorded = self._ledger.append(events, recorded_at=recorded_at)
        self._each(kinds, "after")
        return recorded

    @contextmanager
    def together(self) -> Iterator["SteppedLedger"]:
        kinds: dict[str, None] = {}
        with self._ledger.together() as ledger:
            yield _Block(ledger, self._reached, kinds)
            self._reached("ledger.together before")
            self._each(kinds, "before")
        self._each(kinds, "after")
        self._reached("ledger.together after")

    def _each(self, kinds: Collection[str], moment: str) -> None:
        for kind in kinds:
            self._reached(f"ledger.append {kind} {moment}")

    def events(
        self,
        *,
        after: int = 0,
        campaign: CampaignId | None = None,
        office: OfficeId | None = None,
    ) -> Iterator[Recorded]:
        return self._ledger.events(after=after, campaign=campaign, office=office)

    def find(self, source: str, source_key: str) -> Recorded | None:
        return self._ledger.find(source, source_key)

    def newest(self) -> Recorded | None:
        return self._ledger.newest()

    def get(self, kind: type[S], key: tuple[str, ...]) -> S | None:
        return self._ledger.get(kind, key)

    def dispatches_of(
        self, campaign: CampaignId, round_id: RoundId, office: OfficeId
    ) -> list[DispatchState]:
        return self._ledger.dispatches_of(campaign, round_id, office)

    def select(self, kind: type[S], **equals: str | bool) -> list[S]:
        return self._ledger.select(kind, **equals)

    def standings(self, **equals: str | bool) -> list[DispatchStanding]:
        return self._ledger.standings(**equals)

    def select_any(self, kind: type[S], **among: Collection[str]) -> list[S]:
        return self._ledger.select_any(kind, **among)

    def differences(self) -> list[str]:
        return self._ledger.differences()

    def close(self) -> None:
        self._ledger.close()


class _Block(SteppedLedger):
    """A block of appends, which become durable at its end and are told of there."""

    def __init__(self, ledger: Ledger, reached: Reached, kinds: dict[str, None]) -> None:
        super().__init__(ledger, reached)
        self._kinds = kinds

    def append(self, events: Sequence[Event], *, recorded_at: datetime) -> list[Recorded]:
        recorded = self._ledger.append(events, recorded_at=recorded_at)
        first = not self._kinds
        self._kinds.update(dict.fromkeys(_kinds(events)))
        if first:
            self._reached("ledger.together inside")
        return recorded


def _kinds(events: Sequence[Event]) -> list[str]:
    return list(dict.fromkeys(type(event.fact).__name__ for event in events))
