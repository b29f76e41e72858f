"""Ports: what the core needs from outside, named by need. Adapters live in ``connector/``.

Every method may raise ``PeerUnavailable`` (nothing happened, try again later) and
``PeerRefused`` (the peer said no); further errors stand at the method.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import BinaryIO, Protocol, TypeVar, runtime_checkable

from domain.assembled import Piece
from domain.content import Content, Stored
from domain.exchange import Ability, Agency, PacketKind, SentPacket, Settlement, WaitingPacket
from domain.facts import Event, Recorded
from domain.ids import CampaignId, Digest, MessageId, OfficeId, OrganId, RoundId
from domain.mail import Acceptance, Envelope, MailArrival, MailCursor, MailPosition, Trace
from domain.portal import WebAnswer
from domain.state import DispatchStanding, DispatchState, State
from domain.store_mark import StoreMark

S = TypeVar("S", bound=State)


class DocumentExchange(Protocol):
    """A door to an e-office: the document exchange (trục liên thông) or what stands for it.

    ``doc_id`` is always the door's own identifier, never the DocumentId inside the file. What a
    door lacks in ``abilities`` raises ``NotOffered``.
    """

    @property
    def abilities(self) -> frozenset[Ability]:
        """What this door can do."""

    def send(
        self, content: Content, *, kind: PacketKind, sender: OrganId, receivers: Sequence[OrganId]
    ) -> str:
        """Hand over one edXML file and return its doc_id.

        Sending the same bytes again returns the same doc_id. Raises ``DeliveryUnknown`` when the
        connection broke after the file was on its way.
        """

    def waiting(self, kind: PacketKind) -> list[WaitingPacket]:
        """List received packets that have not been settled yet, oldest first.

        Raises ``ListNotWhole`` with what can be had of a list that lacks something.
        """

    def fetch(self, doc_id: str, into: BinaryIO) -> None:
        """Write one packet's file into a stream that can seek, from its beginning.

        The file is as the door holds it, in the form that ``waiting`` names. After an error the
        stream holds nothing of use.
        """

    def settle(self, doc_id: str, outcome: Settlement, reason: str = "") -> None:
        """Tell the exchange what became of a received packet; settling twice is harmless.

        ``reason`` says why it failed, for doors that can pass it on to whoever put it there.
        """

    def sent(self, kind: PacketKind, doc_id: str | None = None) -> list[SentPacket]:
        """List packets that this system sent, one entry per receiver; all or one doc_id."""

    def agencies(self) -> list[Agency]:
        """List the units that the exchange knows; raises ``ListNotWhole`` as ``waiting`` does."""


class MailTransport(Protocol):
    """The one choke point through which every mail leaves."""

    def send(self, envelope: Envelope, message: Content) -> Acceptance:
        """Hand over one whole RFC 5322 message (CRLF line ends) to the mail server.

        Of an ``Assembled`` message the shared pieces may be made ready once for many letters.
        Several threads may send at the same time.
        Raises ``PeerRefused`` when the recipient or the message is refused for good (5yz),
        ``PeerUnavailable`` when it may be tried later (4yz, no connection) and
        ``DeliveryUnknown`` when the connection broke after the final dot.
        """


@runtime_checkable
class SentTrace(Protocol):
    """A transport whose server tells what became of a letter, after an answer was lost."""

    def trace(self, message_id: MessageId) -> Trace:
        """Tell what became of the letter with this Message-ID.

        ``NOT_SENT`` is certain: sending it again cannot make a second one.
        """


class Mailbox(Protocol):
    """A mailbox that replies and receipts arrive in; reading never changes a flag."""

    @property
    def account(self) -> str:
        """Name of the account in the configuration; used in event sources and in logs."""

    def arrivals(self, mailbox: str, after: MailCursor | None) -> Iterator[MailArrival]:
        """Yield what arrived after ``after`` was given, in order of arrival.

        Everything in the mailbox when ``after`` is None, means nothing to the server any more
        (UIDVALIDITY has changed, the SyncState is refused) or cannot be read.
        """

    def message(self, mailbox: str, position: MailPosition) -> MailArrival | None:
        """Return the message at a place, as ``arrivals`` gives it.

        None when it lies there no more or the mailbox was made anew since.
        """

    def contains(self, mailbox: str, message_id: MessageId) -> bool:
        """Tell whether a message with this Message-ID lies in the mailbox."""


@runtime_checkable
class MailSearch(Protocol):
    """A mailbox that can be searched for a word, wherever it stands in a message."""

    def mentioning(self, mailbox: str, word: str) -> list[bytes]:
        """Return the messages in which a word of letters and digits stands, each from its beginning
        on as far as headers and a delivery report go.

        Messages of more than 256 KiB are searched where a message is named, or whom it is for;
        smaller ones everywhere. None of a mailbox that is not there.
        """

    def newest_headers(self, mailbox: str, most: int) -> list[bytes]:
        """Return the headers of the messages that came last, as they came; at most so many.

        None of a mailbox that is not there.
        """


class MailWatch(Protocol):
    """Notices that something may have arrived in a mailbox. It only wakes: it proves nothing, and
    whatever it misses comes with the next regular look. Its methods raise nothing.
    """

    @property
    def heard_at(self) -> datetime | None:
        """When the server last proved that it is there; None before the first time."""

    @property
    def reconnects(self) -> int:
        """How often the connection was lost or could not be made."""

    def start(self, wake: Callable[[], None]) -> None:
        """Begin; ``wake`` is called from another thread, and must not wait for anything."""

    def stop(self) -> None:
        """End; afterwards nobody is woken any more."""


class MailFiling(Protocol):
    """Puts mail that was read out of the way, in the server's mailbox."""

    def unfiled(self, mailbox: str, upto: MailCursor) -> list[MailPosition]:
        """Return the places of what lies in the mailbox up to a cursor and is not filed yet."""

    def headers(
        self, mailbox: str, positions: Sequence[MailPosition]
    ) -> Mapping[MailPosition, bytes]:
        """Return the header of each message that lies at one of these places, as it came."""

    def file(self, mailbox: str, positions: Sequence[MailPosition]) -> None:
        """Move or flag the messages at these places; filing one twice is harmless."""


class PublicPages(Protocol):
    """A portal whose pages and files anybody may read: nobody signs in, nothing is sent."""

    def visit(self, *, seconds: float, octets: int) -> "Visit":
        """Begin a visit. All that is read in it has so many seconds, from now, and octets."""


class Visit(Protocol):
    """What is read of a portal for one purpose.

    Only addresses on the portal's own hosts are asked; others raise ``PeerRefused``, also when a
    redirect leads there, and so do more than ``MOST_REDIRECTS`` of them.
    """

    def fetch(self, url: str, into: BinaryIO, *, limit: int) -> WebAnswer:
        """Write what lies at an address into a stream that can seek, from its beginning.

        ``into`` holds nothing of use after an error. Raises ``TooLarge`` above ``limit`` octets or
        those that the visit has left, and ``PeerUnavailable`` where less came than was announced
        or the visit's time is over.
        """


class DkimKeys(Protocol):
    """Public keys that domains publish for their signatures (RFC 6376 section 3.6.2)."""

    def key(self, name: str) -> bytes | None:
        """Return the key record under a name such as ``mail._domainkey.office.example``.

        None when the domain publishes none. Raises ``PeerUnavailable`` when that cannot be found
        out now; it waits for seconds at most, however often it is asked.
        """


class EvidenceStore(Protocol):
    """Raw input and rendered output, kept whole by content digest; nothing is ever changed.

    Raises ``StoreFailed`` when bytes cannot be written durably.
    """

    def put(self, content: bytes) -> Digest:
        """Store bytes durably before returning; storing them again changes nothing."""

    def assemble(self, pieces: Sequence[Piece]) -> Digest:
        """Store a content in pieces durably and return the digest of the whole.

        A shared piece is kept once, as a content of its own; the whole is found, read and verified
        by its digest like any other, and ``content`` gives it as ``Assembled``.
        """

    def get(self, digest: Digest) -> bytes:
        """Return the bytes, verified; raises ``EvidenceMissing`` when absent or damaged."""

    def receive(self, write: Callable[[BinaryIO], None]) -> Stored:
        """Store what ``write`` leaves in the stream that it is given, which can seek.

        Nothing is kept when ``write`` raises; its error goes on.
        """

    def together(self) -> AbstractContextManager["EvidenceStore"]:
        """Return a block whose stored bytes are durable when it ends, all at once.

        They can be read inside the block. Nothing of it is kept when the block raises.
        """

    def content(self, digest: Digest) -> Content:
        """Return stored bytes to be read where they lie; they are verified when it is opened.

        Raises ``EvidenceMissing`` when they are absent, or when it is known that they are damaged.
        """

    def digests(self) -> Iterator[Digest]:
        """Yield every stored digest."""


class StateView(Protocol):
    """Read access to projected rows, enough for the projection of one event."""

    def get(self, kind: type[S], key: tuple[str, ...]) -> S | None:
        """Return the row of this type with this key, or None."""

    def dispatches_of(
        self, campaign: CampaignId, round_id: RoundId, office: OfficeId
    ) -> list[DispatchState]:
        """Return every dispatch of one assignment, oldest first.

        Those planned at one instant come in the order of their ids.
        """


class Ledger(StateView, Protocol):
    """The append-only record of all events, and the rows projected from it.

    Raises ``StoreFailed`` when the store cannot be read or written, ``Conflict`` when another
    process holds it.
    """

    def append(self, events: Sequence[Event], *, recorded_at: datetime) -> list[Recorded]:
        """Record events and their projection in one durable transaction, all or nothing.

        ``recorded_at`` is the instant of the turn or command that records them; their order is
        their sequence. Raises ``DuplicateEvent`` when a (source, source key) is taken, by an
        earlier event or within ``events``, or when a sending would be planned twice, and
        ``IllegalTransition`` when a state machine refuses; then nothing is written. An event that
        was recorded is never changed or deleted.
        """

    def together(self) -> AbstractContextManager["Ledger"]:
        """Return a block whose appends become durable when it ends, all at once.

        Each append in it is all or nothing as ever, and what it recorded can be read in the
        block; if the block raises, nothing of it is recorded. Nobody else can append meanwhile:
        a block must be short, and only its own ledger is used in it.
        """

    def events(
        self,
        *,
        after: int = 0,
        campaign: CampaignId | None = None,
        office: OfficeId | None = None,
    ) -> Iterator[Recorded]:
        """Yield recorded events in order, all or those about one campaign or office."""

    def find(self, source: str, source_key: str) -> Recorded | None:
        """Return the event that stands under this source and source key, or None."""

    def newest(self) -> Recorded | None:
        """Return the event that was recorded last, or None before the first.

        Outside of a block of ``together`` it is durable, also where another daemon recorded it.
        """

    def select(self, kind: type[S], **equals: str | bool) -> list[S]:
        """Return rows of one type whose named columns equal the given values, in key order."""

    def standings(self, **equals: str | bool) -> list[DispatchStanding]:
        """Return where the sendings stand whose named columns equal the given values, in key order.

        Their letters' texts are not read: for thousands of offices.
        """

    def select_any(self, kind: type[S], **among: Collection[str]) -> list[S]:
        """Return rows of one type of which some named column has one of its values, in key order.

        Good for a handful of values, as one message names.
        """

    def differences(self) -> list[str]:
        """Rebuild every row from the events and name how the kept rows differ from them.

        Events and rows are those of one moment, whatever is appended meanwhile. The lines quote
        what the rows hold: they are for a person's eyes, not for logs.
        """

    def close(self) -> None:
        """Release files and connections."""


class MarkBeside(Protocol):
    """The mark beside a ledger: how far that had come when the mark was written.

    It is kept apart from the ledger, so that a ledger which is put back does not bring its own.
    Raises ``StoreFailed`` when it cannot be read or written.
    """

    def read(self) -> StoreMark | None:
        """Return the mark; None when there is none, or none that can be read."""

    def write(self, mark: StoreMark) -> None:
        """Put a mark in the place of the one before, durably."""


class LedgerMoment(Ledger, Protocol):
    """A ledger that can be copied whole."""

    def snapshot(self) -> AbstractContextManager[Iterator[Recorded]]:
        """Return a block with the events of one moment in order, whatever is appended meanwhile."""

    def fill(self, events: Iterable[Recorded]) -> int:
        """Take over the events of another ledger, each in its place, and return how many.

        All or nothing. Raises ``Conflict`` when there are events already.
        """


class Workers(Protocol):
    """The daemons that work on one store, and what only one of them may do at a time.

    A daemon's *life* is ``NAME.NUMBER``, another one after each start. Raises ``StoreFailed``, and
    ``Fenced`` once others took this daemon for dead.
    """

    @property
    def own(self) -> str:
        """The life of this daemon."""

    def alive(self) -> frozenset[str]:
        """Return the lives that may be at work: this one, and those that nobody took for dead."""

    def beat(self) -> None:
        """Say that this daemon is alive."""

    def bury(self) -> list[str]:
        """Take those for dead who have been silent too long, and return their names.

        From then on they can record nothing, and what they held is free.
        """

    def take(self, lease: str) -> bool:
        """Take a lease or keep it; false while another daemon that is alive has it."""

    def leave(self, lease: str) -> None:
        """Give a lease back, if it is held."""


class Clock(Protocol):
    """The only source of the present instant; everything below gets it as an argument."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
