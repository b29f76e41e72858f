"""The ledger and the evidence in memory, for trials and tests; the same contracts."""

import io
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from threading import RLock
from typing import Any, BinaryIO, TypeVar

from connector.store import codec, replay
from connector.store.memory_rows import MemoryRows
from domain.assembled import Assembled, Piece, Shared, digest_of_pieces, joined
from domain.content import Inline, Stored, whole
from domain.errors import DuplicateEvent, EvidenceMissing, InvariantViolation
from domain.facts import Event, Recorded
from domain.ids import CampaignId, Digest, OfficeId, RoundId, digest_of
from domain.state import DispatchStanding, DispatchState, State, standing_of
from domain.store_mark import StoreMark

S = TypeVar("S", bound=State)


class MemoryLedger:
    """The ledger in memory; events are kept in the form in which the database keeps them."""

    def __init__(self) -> None:
        self._events: list[dict[str, Any]] = []  # values are typed by the columns
        self._keys: dict[tuple[str, str], int] = {}
        self._rows = MemoryRows()
        self._writer = RLock()

    def append(self, events: Sequence[Event], *, recorded_at: datetime) -> list[Recorded]:
        """Record events and their projection, all or nothing."""
        with self._writer:
            changes, keys, kept, done = MemoryRows(self._rows), dict[tuple[str, str], int](), [], []
            for sequence, event in enumerate(events, start=len(self._events) + 1):
                columns = codec.event_columns(event, recorded_at)
                key = (event.source, event.source_key)
                if key in self._keys or key in keys:
                    raise DuplicateEvent(*key)
                keys[key] = sequence
                recorded = Recorded(sequence=sequence, recorded_at=recorded_at, event=event)
                changes.record(recorded)
                kept.append({**columns, "sequence": sequence})
                done.append(recorded)
            changes.settle()
            self._keys |= keys
            self._events += kept
            return done

    @contextmanager
    def together(self) -> Iterator["MemoryLedger"]:
        """Yield a ledger whose appends are kept together when the block ends; see ``Ledger``."""
        with self._writer:
            events, keys = len(self._events), dict(self._keys)
            rows = MemoryRows()
            for row in self._rows.changes():
                rows.put(row)
            try:
                yield self
            except BaseException:
                del self._events[events:]
                self._keys, self._rows = keys, rows
                raise

    def events(
        self,
        *,
        after: int = 0,
        campaign: CampaignId | None = None,
        office: OfficeId | None = None,
    ) -> Iterator[Recorded]:
        """Yield recorded events in order, all or those about one campaign or office."""
        position = max(after, 0)
        while position < len(self._events):
            columns = self._events[position]
            position += 1
            if campaign in (None, columns["campaign"]) and office in (None, columns["office"]):
                yield codec.recorded_of(columns)

    def find(self, source: str, source_key: str) -> Recorded | None:
        """Return the event that stands under this source and source key, or None."""
        sequence = self._keys.get((source, source_key))
        return codec.recorded_of(self._events[sequence - 1]) if sequence else None

    def newest(self) -> Recorded | None:
        """Return the event that was recorded last, or None before the first."""
        return codec.recorded_of(self._events[-1]) if self._events else None

    def get(self, kind: type[S], key: tuple[str, ...]) -> S | None:
        """Return the row of this type with this key, or None."""
        return self._rows.get(kind, key)

    def dispatches_of(
        self, campaign: CampaignId, round_id: RoundId, office: OfficeId
    ) -> list[DispatchState]:
        """Return every dispatch of one assignment, oldest first, of one instant by id."""
        with self._writer:
            return self._rows.dispatches_of(campaign, round_id, office)

    def select(self, kind: type[S], **equals: str | bool) -> list[S]:
        """Return rows of one type whose named columns equal the given values, in key order."""
        with self._writer:
            return self._rows.select(kind, **equals)

    def standings(self, **equals: str | bool) -> list[DispatchStanding]:
        """Return where the sendings stand whose named columns equal the given values."""
        return list(map(standing_of, self.select(DispatchState, **equals)))

    def select_any(self, kind: type[S], **among: Collection[str]) -> list[S]:
        """Return rows of one type of which some named column has one of its values."""
        return self._rows.select_any(kind, **among)

    def differences(self) -> list[str]:
        """Rebuild the rows from the events and name how the kept ones differ from them."""
        with self._writer:
            return replay.audit(self.events(), self._rows)

    def close(self) -> None:
        """Keep everything: memory holds no files."""


class MemoryMark:
    """The mark beside a ledger in memory; see ``MarkBeside``."""

    def __init__(self) -> None:
        self._mark: StoreMark | None = None

    def read(self) -> StoreMark | None:
        """Return the mark, or None when there is none."""
        return self._mark

    def write(self, mark: StoreMark) -> None:
        """Put a mark in the place of the one before."""
        self._mark = mark


class MemoryEvidence:
    """Raw input and rendered output by content digest, in memory."""

    def __init__(self) -> None:
        self._contents: dict[Digest, bytes] = {}
        self._assembled: dict[Digest, Assembled] = {}

    def put(self, content: bytes) -> Digest:
        """Store bytes; storing them again changes nothing."""
        digest = digest_of(content)
        self._contents[digest] = bytes(content)
        return digest

    def assemble(self, pieces: Sequence[Piece]) -> Digest:
        """Store a content whose shared pieces are kept once; see ``EvidenceStore``."""
        digest = digest_of_pieces(pieces)
        self._assembled[digest] = Assembled(tuple(map(self._kept, pieces)))
        return digest

    def get(self, digest: Digest) -> bytes:
        """Return the bytes; raises ``EvidenceMissing`` when absent."""
        if digest in self._assembled:
            return joined(self._assembled[digest].pieces)
        if digest not in self._contents:
            raise EvidenceMissing(digest, "no such bytes are stored")
        return self._contents[digest]

    def together(self) -> AbstractContextManager["MemoryEvidence"]:
        """Return itself: memory is never more durable."""
        return nullcontext(self)

    def receive(self, write: Callable[[BinaryIO], None]) -> Stored:
        """Store what ``write`` leaves in the stream that it is given."""
        with io.BytesIO() as stream:
            write(stream)
            content = stream.getvalue()
        return Stored(self.put(content), len(content))

    def content(self, digest: Digest) -> Inline | Assembled:
        """Return the bytes; raises ``EvidenceMissing`` when absent."""
        return self._assembled.get(digest) or Inline(self.get(digest))

    def digests(self) -> Iterator[Digest]:
        """Yield every stored digest."""
        yield from sorted({*self._contents, *self._assembled})

    def _kept(self, piece: Piece) -> Piece:
        if isinstance(piece, bytes):
            return piece
        digest = self.put(whole(piece.content))
        if digest != piece.digest:
            raise InvariantViolation(f"the shared piece {piece.digest} has other bytes")
        return Shared(digest, self.content(digest))
