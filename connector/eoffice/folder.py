"""A watched folder as a door, for an e-office that can only export.

A document is one edXML file, or a sheet of metadata (YAML) with the files that it names, beside
one another or in a subfolder of their own. Reading what they mean is for ``mappings``.
"""

import errno
import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, ClassVar
from zoneinfo import ZoneInfo

import structlog

from connector.eoffice.folder_contents import Changed, Contents, Facts, Locked, doc_id_of
from connector.eoffice.folder_journal import Kept
from connector.eoffice.folder_look import DONE, PROCESSING, REFUSED, Seen, look, opened, shown
from connector.eoffice.folder_lots import Lot, lots
from connector.eoffice.folder_places import Places
from connector.eoffice.folder_sheet import SHEET_LIMIT
from domain.bundle import Bundle, write_bundle
from domain.content import Content, pieces
from domain.errors import NotOffered, PeerRefused, PeerUnavailable
from domain.exchange import (
    Ability,
    Agency,
    Attachment,
    PacketForm,
    PacketKind,
    SentPacket,
    Settlement,
    WaitingPacket,
)
from domain.ids import OrganId

KIND = "folder"
"""The kind of the bundles that this door gives."""

DOCUMENT_LIMIT = 128 * 1024 * 1024
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")

_PLACES = {
    Settlement.DONE: DONE,
    Settlement.FAIL: REFUSED,
    Settlement.PROCESSING: PROCESSING,
}

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Ready:
    doc_id: str
    kind: PacketKind
    lot: Lot


class FolderDoor:
    """One watched folder; implements ``domain.ports.DocumentExchange``.

    A file is taken once it has been seen unchanged for ``settle_seconds``, measured by ``now``
    and not by the clock of the file server. A document that looks unfinished all the same (named
    files missing, an end of zeros, edXML that does not end) is waited for ``patience_seconds``
    and then given as it is, to be refused with the reason. ``document_limit`` is in bytes of all
    files of one document. ``name`` is the door's name in the configuration, used in errors.
    ``in_words`` makes the reason of a refusal one for clerks.

    ``doc_id`` is a digest of the content: the same export copied again is the same packet, and
    another content under the same name is another.
    """

    ABILITIES: ClassVar = frozenset({Ability.RECEIVE, Ability.STATUSES})

    def __init__(
        self,
        path: Path,
        *,
        name: str,
        now: Callable[[], datetime],
        settle_seconds: float = 10.0,
        patience_seconds: float = 3600.0,
        document_limit: int = DOCUMENT_LIMIT,
        in_words: Callable[[str], str] = str,
    ) -> None:
        self._root = path
        self._name = name
        self._now = now
        self._settle = timedelta(seconds=settle_seconds)
        self._patience = timedelta(seconds=patience_seconds)
        self._limit = document_limit
        self._in_words = in_words
        self._contents = Contents(path)
        self._places = Places(path)
        self._since: dict[Seen, datetime] = {}
        self._ready: dict[str, _Ready] = {}
        self._looked: datetime | None = None

    def __repr__(self) -> str:
        return f"FolderDoor({self._name!r})"

    def close(self) -> None:
        """Release nothing: no file stays open between two calls."""

    @property
    def abilities(self) -> frozenset[Ability]:
        """What this door can do: it only receives."""
        return self.ABILITIES

    def send(
        self,
        content: Content,  # noqa: ARG002 - these are the port's words
        *,
        kind: PacketKind,  # noqa: ARG002
        sender: OrganId,  # noqa: ARG002
        receivers: Sequence[OrganId],  # noqa: ARG002
    ) -> str:
        """Raise ``NotOffered``."""
        raise NotOffered(self._name, "send")

    def sent(self, kind: PacketKind, doc_id: str | None = None) -> list[SentPacket]:  # noqa: ARG002
        """Raise ``NotOffered``."""
        raise NotOffered(self._name, "list what was sent")

    def agencies(self) -> list[Agency]:
        """Raise ``NotOffered``."""
        raise NotOffered(self._name, "list agencies")

    def waiting(self, kind: PacketKind) -> list[WaitingPacket]:
        """List the complete documents or statuses in the folder, oldest first.

        Last come those that cannot be given (links, files without rights, over the limit): they
        must be seen, and others must not wait behind them. ``fetch`` says what is wrong.
        """
        self._look()
        return [self._entry(ready) for ready in self._ready.values() if ready.kind is kind]

    def fetch(self, doc_id: str, into: BinaryIO) -> None:
        """Write an edXML file, or the bundle of a sheet and its files; also of a settled one."""
        into.seek(0)
        into.truncate()
        ready = self._known(doc_id)
        if ready is None:
            self._give_settled(doc_id, into)
        elif ready.lot.flaw:
            raise PeerRefused(self._name, "unfit", f"{shown(ready.lot.name)}: {ready.lot.flaw}")
        else:
            self._give(ready.lot, into)
        log.info("folder_packet_fetched", door=self._name, doc_id=doc_id, size=into.tell())

    def settle(self, doc_id: str, outcome: Settlement, reason: str = "") -> None:
        """Move a document to ``done``, ``refused`` or ``processing``.

        Beside a refused one lies a text with ``reason`` for the clerk. What was changed or taken
        away since it was listed stays as it is: it is another document now.
        """
        place, reason = _PLACES[outcome], self._in_words(reason)
        ready = self._known(doc_id)
        with self._files():
            if ready is None:
                kept = self._places.find(doc_id)
                if kept is None:
                    raise self._unknown(doc_id)
                if kept.place == PROCESSING and place != PROCESSING:
                    self._places.move_on(kept, doc_id, place, reason)
                return
            if ready.lot.flaw:
                raise PeerRefused(self._name, "unfit", f"{shown(ready.lot.name)}: {ready.lot.flaw}")
            if self._is_as_listed(ready.lot):
                self._places.move(ready.lot, doc_id, place, reason)
        del self._ready[doc_id]
        log.info("folder_packet_settled", door=self._name, doc_id=doc_id, outcome=outcome.value)

    def _known(self, doc_id: str) -> _Ready | None:
        """Return what was listed; a look is repeated only when more may have come to rest.

        After a restart many are asked for before the folder has rested; a look at each would
        take hours.
        """
        looked = self._looked
        if doc_id not in self._ready and (looked is None or self._now() - looked >= self._settle):
            self._look()
        return self._ready.get(doc_id)

    def _look(self) -> None:
        """Look at the folder anew and keep what is ready, oldest first."""
        now = self._now()
        with self._files():
            if self._looked is None:
                self._places.finish()
            found = look(self._root)
            self._since = {file: self._since.get(file, now) for file in found.all_files()}
            self._contents.forget_all_but(self._since)
            ready = [r for lot in lots(found, self._names) if (r := self._judge(lot, now))]
        self._looked = now
        ready.sort(key=lambda r: (bool(r.lot.flaw), r.lot.modified, r.lot.name))
        self._ready = {}
        for one in ready:
            # The same export twice is one packet: the second is settled in its own turn.
            self._ready.setdefault(one.doc_id, one)

    def _names(self, sheet: Seen) -> tuple[str, ...]:
        if sheet.size > SHEET_LIMIT:
            return ()
        try:
            return self._contents.names(sheet)
        except (Changed, Locked, OSError):
            return ()

    def _judge(self, lot: Lot, now: datetime) -> _Ready | None:
        """Return what can be listed now; None for what is still being written."""
        if lot.flaw and not lot.files:
            return _unfit(lot, lot.flaw)
        last = max(self._since[member] for member in lot.members)
        if now - last < self._settle:
            return None
        if lot.flaw:
            # A subfolder may still be waiting for its sheet.
            return _unfit(lot, lot.flaw) if now - last >= self._patience else None
        if lot.size > self._limit or (lot.sheet and lot.sheet.size > SHEET_LIMIT):
            return _unfit(lot, f"it is over the limit of {self._limit} bytes")
        try:
            facts = [self._contents.facts(member) for member in lot.members]
        except (Changed, Locked, FileNotFoundError):
            return None
        except OSError as error:
            return _unfit(lot, f"it cannot be read ({error.strerror}); allow Dondoc to read it")
        if (lot.absent or _is_cut_off(lot, facts)) and now - last < self._patience:
            return None
        kind = PacketKind.DOCUMENT
        if lot.sheet is None and facts[0].is_status:
            kind = PacketKind.STATUS
        return _Ready(_doc_id(lot, facts), kind, lot)

    def _entry(self, ready: _Ready) -> WaitingPacket:
        created = datetime.fromtimestamp(ready.lot.modified // 1_000_000_000, UTC)
        return WaitingPacket(
            doc_id=ready.doc_id,
            kind=ready.kind,
            sender="",
            receiver="",
            created=f"{created.astimezone(ZONE):%Y/%m/%d %H:%M:%S}",
            form=PacketForm.EDXML if ready.lot.sheet is None else PacketForm.BUNDLE,
        )

    def _give(self, lot: Lot, into: BinaryIO) -> None:
        try:
            with self._files():
                if lot.sheet is None:
                    self._contents.read(lot.files[0], lambda stream: _copy(stream, into))
                    return
                fields = self._contents.read(lot.sheet, lambda s: s.read(SHEET_LIMIT))
                write_bundle(_bundle(self._root, fields, lot.files), into)
                for member in lot.members:
                    self._contents.read(member, lambda _: None)
        except (Changed, Locked):
            detail = f"{shown(lot.name)} was changed while it was read"
            raise PeerUnavailable(self._name, detail) from None

    def _give_settled(self, doc_id: str, into: BinaryIO) -> None:
        with self._files():
            kept = self._places.find(doc_id)
            if kept is None:
                raise self._unknown(doc_id)
            _give_kept(self._root, kept, into)

    def _is_as_listed(self, lot: Lot) -> bool:
        try:
            for member in lot.members:
                self._contents.read(member, lambda _: None)
        except (Changed, FileNotFoundError):
            return False
        except Locked:
            detail = f"{shown(lot.name)} is in use by another program"
            raise PeerUnavailable(self._name, detail) from None
        return True

    def _unknown(self, doc_id: str) -> PeerRefused:
        return PeerRefused(self._name, "not found", f"the folder has no packet {doc_id}")

    @contextmanager
    def _files(self) -> Iterator[None]:
        try:
            yield
        except PermissionError as error:
            what = f"{shown(error.filename or self._root.name)}: {error.strerror or error}"
            detail = f"{what}; allow Dondoc to read and write there"
            raise PeerRefused(self._name, "no right", detail) from error
        except OSError as error:
            code = errno.errorcode.get(error.errno or 0, "error")
            detail = (
                f"{shown(error.filename or self._root.name)}: {error.strerror or error} ({code})"
            )
            raise PeerUnavailable(self._name, detail) from error


@dataclass(frozen=True, slots=True)
class _BelowFolder:
    """Content of a file in the watched folder, opened without following links."""

    root: Path
    parts: tuple[str, ...]

    @property
    def size(self) -> int:
        """Number of bytes."""
        return self.root.joinpath(*self.parts).lstat().st_size

    def open(self) -> BinaryIO:
        """Return a new stream over the bytes."""
        return opened(self.root, self.parts)


def _bundle(root: Path, fields: bytes, files: Sequence[Seen]) -> Bundle:
    return _bundle_of(root, fields, [file.parts for file in files])


def _bundle_of(root: Path, fields: bytes, files: Sequence[tuple[str, ...]]) -> Bundle:
    attachments = tuple(
        Attachment(name=shown(parts[-1]), content=_BelowFolder(root, parts)) for parts in files
    )
    return Bundle(kind=KIND, fields=fields, files=attachments)


def _give_kept(root: Path, kept: Kept, into: BinaryIO) -> None:
    first, *rest = kept.files
    with opened(root, first) as stream:
        if not kept.has_sheet:
            _copy(stream, into)
            return
        fields = stream.read(SHEET_LIMIT)
    write_bundle(_bundle_of(root, fields, rest), into)


def _copy(stream: BinaryIO, into: BinaryIO) -> None:
    into.writelines(pieces(stream))


def _is_cut_off(lot: Lot, facts: Sequence[Facts]) -> bool:
    if lot.sheet is None and not facts[0].ends_as_xml:
        return True
    return any(one.ends_in_zeros for one in facts)


def _doc_id(lot: Lot, facts: Sequence[Facts]) -> str:
    names = [member.name for member in lot.members]
    return doc_id_of([one.digest for one in facts], names, has_sheet=lot.sheet is not None)


def _unfit(lot: Lot, flaw: str) -> _Ready:
    doc_id = hashlib.sha256(f"{flaw}\n{shown(lot.name)}".encode()).hexdigest()
    unfit = Lot(name=lot.name, files=lot.files, flaw=flaw)
    return _Ready(f"unfit-{doc_id}", PacketKind.DOCUMENT, unfit)
