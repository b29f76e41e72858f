"""An e-office with a JSON interface of its own, spoken to by the rules of a mapping file."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, ClassVar, Self

import structlog

from connector.eoffice.http import Timeouts
from connector.eoffice.rest_call import Caller, Json, Patience, Verdicts
from connector.eoffice.rest_hosts import Hosts
from connector.eoffice.rest_pages import Row, rows
from connector.eoffice.rest_session import Session
from connector.files import FileContent, spooled
from domain.bundle import Bundle, write_bundle
from domain.content import Content
from domain.errors import ListNotWhole, MalformedDocument, NotOffered, PeerRefused, PeerUnavailable
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
from domain.rest import (
    BUNDLE_KIND,
    CallRule,
    FilesRule,
    ListRule,
    ReceivedRule,
    RestAccount,
    RestRules,
    SentRule,
)
from domain.rest_values import Absent, count_of, instant_of, items_of, optional_text, text_of

DOCUMENT_LIMIT = 128 * 1024 * 1024
FILES_LIMIT = 1_000

log = structlog.get_logger()


class MappedRest:
    """One e-office behind a mapping file; implements ``domain.ports.DocumentExchange``.

    ``addresses`` are the addresses of the hosts that the mapping names. ``document_limit`` is in
    bytes of all files of a document together. ``attempts`` and ``pause`` (seconds, doubling) are
    for each call; none changes anything when repeated. ``name`` is the door's name in the
    configuration, used in errors. ``spool`` is a folder for files on their way.

    Where the mapping has no way to acknowledge, a settled document stays off the list of waiting
    ones for the life of this object; afterwards the ledger knows that it was taken.
    """

    ABILITIES: ClassVar[frozenset[Ability]] = frozenset({Ability.RECEIVE, Ability.SENT_LIST})
    """The most that a mapping can describe."""

    def __init__(
        self,
        addresses: Mapping[str, str],
        rules: RestRules,
        *,
        account: RestAccount,
        now: Callable[[], datetime],
        name: str = "rest",
        ca_file: Path | None = None,
        timeouts: Timeouts | None = None,
        document_limit: int = DOCUMENT_LIMIT,
        attempts: int = 3,
        pause: float = 1.0,
        sleep: Callable[[float], None] = time.sleep,
        spool: Path | None = None,
    ) -> None:
        self._hosts = Hosts(
            name, addresses, rules.hosts, ca_file=ca_file, timeouts=timeouts or Timeouts()
        )
        session = rules.session
        verdicts = Verdicts(
            message=rules.message,
            expired_statuses=session.expired_statuses if session else frozenset({401}),
            expired=session.expired if session else None,
        )
        patience = Patience(attempts=attempts, pause=pause, sleep=sleep)
        self._caller = Caller(name, self._hosts, verdicts, patience)
        self._session = Session(name, rules, self._caller, account, now)
        self._rules = rules
        self._now = now
        self._name = name
        self._limit = document_limit
        self._spool = spool
        self._known: set[str] = set()
        self._settled: set[str] = set()

    def __repr__(self) -> str:
        return f"MappedRest({self._name!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections to the e-office."""
        self._hosts.close()

    @property
    def abilities(self) -> frozenset[Ability]:
        """What this door can do: what the mapping describes."""
        described = {Ability.RECEIVE: self._rules.received, Ability.SENT_LIST: self._rules.sent}
        return frozenset(ability for ability, rule in described.items() if rule)

    def send(
        self,
        content: Content,  # noqa: ARG002 - the port's
        *,
        kind: PacketKind,  # noqa: ARG002
        sender: OrganId,  # noqa: ARG002
        receivers: Sequence[OrganId],  # noqa: ARG002
    ) -> str:
        """Refuse: a mapping describes no sending."""
        raise NotOffered(self._name, "send")

    def waiting(self, kind: PacketKind) -> list[WaitingPacket]:
        """List incoming documents of the mapping's days that were not settled, oldest first.

        Raises ``ListNotWhole`` for a list that ends before its own total.
        """
        rule = self._receiving(kind)
        try:
            found = self._rows(rule.listing)
        except ListNotWhole as error:
            waiting = self._waiting(rule, list(error.rows))
            raise ListNotWhole(self._name, error.detail, waiting) from None
        return self._waiting(rule, found)

    def _waiting(self, rule: ReceivedRule, found: list[Row]) -> list[WaitingPacket]:
        self._known.update(row.doc_id for row in found)
        if rule.newest_first:
            found.reverse()
        listed = [row for row in found if row.doc_id not in self._settled]
        try:
            dated = [(instant_of(rule.created, row.item), row) for row in listed]
            # Rows without a date keep their place before those with one.
            dated.sort(key=lambda pair: (pair[0] is not None, pair[0] or self._now()))
            return [_waiting(rule, row) for _, row in dated]
        except MalformedDocument as error:
            raise PeerUnavailable(self._name, error.reason) from None

    def fetch(self, doc_id: str, into: BinaryIO) -> None:
        """Write one document as a bundle: the detail answer as it came, and its files.

        Raises ``PeerUnavailable`` also when what the mapping needs is null or missing, as servers
        that fail answer; ``PeerRefused`` also when it is of another kind, or the files are over the
        limit.
        """
        rule = self._receiving(PacketKind.DOCUMENT)
        answer = self._detail(rule.detail, doc_id)
        self._check_whole(rule, doc_id, answer)
        self._known.add(doc_id)
        with ExitStack() as open_files:
            files = self._files(rule.files, doc_id, answer, open_files) if rule.files else ()
            into.seek(0)
            into.truncate()
            write_bundle(Bundle(kind=BUNDLE_KIND, fields=answer.content, files=files), into)
        log.info("rest_document_fetched", exchange=self._name, doc_id=doc_id, files=len(files))

    def settle(self, doc_id: str, outcome: Settlement, reason: str = "") -> None:
        """Tell the system what became of a document, where the mapping says how."""
        rule = self._receiving(PacketKind.DOCUMENT)
        if doc_id not in self._known:
            self._detail(rule.detail, doc_id)
        acknowledge = rule.acknowledge
        word = acknowledge.words.get(outcome) if acknowledge else None
        if acknowledge and word is not None:
            told = {"id": doc_id, "outcome": word, "reason": reason}
            self._ask(acknowledge.call, told)
        self._settled.add(doc_id)
        log.info("rest_document_settled", exchange=self._name, doc_id=doc_id, told=word is not None)

    def sent(self, kind: PacketKind, doc_id: str | None = None) -> list[SentPacket]:
        """List outgoing documents of the mapping's days, one entry per receiver; all or one."""
        rule = self._rules.sent
        if rule is None or kind is not PacketKind.DOCUMENT:
            raise NotOffered(self._name, "list what was sent")
        if doc_id is not None and rule.detail:
            return self._sent(rule, Row(doc_id, None))
        try:
            listed = self._rows(rule.listing)
        except ListNotWhole as error:  # whoever looks for evidence needs all of it
            raise PeerUnavailable(self._name, error.detail) from None
        found = [row for row in listed if doc_id in {None, row.doc_id}]
        return [packet for row in found for packet in self._sent(rule, row)]

    def agencies(self) -> list[Agency]:
        """Refuse: a mapping describes no list of units."""
        raise NotOffered(self._name, "list units")

    def _receiving(self, kind: PacketKind) -> ReceivedRule:
        if kind is not PacketKind.DOCUMENT:
            raise NotOffered(self._name, "receive status messages")
        if self._rules.received is None:
            raise NotOffered(self._name, "receive documents")
        return self._rules.received

    def _ask(self, call: CallRule, places: Mapping[str, str]) -> Json:
        return self._session.run(
            lambda values: self._caller.json(call, {**values, **places}, self._session.headers)
        )

    def _rows(self, rule: ListRule) -> list[Row]:
        return rows(self._name, rule, self._now(), lambda at: self._ask(rule.call, at).data)

    def _detail(self, call: CallRule, doc_id: str) -> Json:
        return self._ask(call, {"id": doc_id})

    def _check_whole(self, rule: ReceivedRule, doc_id: str, answer: Json) -> None:
        try:
            for needed in rule.needed:
                text_of(needed, answer.data)
        except Absent as error:
            raise self._not_whole(doc_id, error.reason) from None
        except MalformedDocument:
            # The document is there and odd; whoever reads it sets it aside with the reason.
            return

    def _sent(self, rule: SentRule, row: Row) -> list[SentPacket]:
        data = self._detail(rule.detail, row.doc_id).data if rule.detail else row.item
        try:
            return rule.read(data, row.doc_id)
        except MalformedDocument as error:
            raise PeerUnavailable(self._name, f"{error.what}: {error.reason}") from None

    def _files(
        self, rule: FilesRule, doc_id: str, answer: Json, open_files: ExitStack
    ) -> tuple[Attachment, ...]:
        try:
            listed = [_listed(rule, item) for item in items_of(rule.items, answer.data)]
        except Absent as error:
            raise self._not_whole(doc_id, error.reason) from None
        except MalformedDocument as error:
            raise self._unusable(doc_id, error.reason) from None
        if len(listed) > FILES_LIMIT:
            raise self._unusable(doc_id, f"{rule.items.key} gives over {FILES_LIMIT} files")
        left = self._limit
        files: list[Attachment] = []
        for name, key, url, size in listed:
            stream, content = open_files.enter_context(spooled(self._spool))
            places = {"id": doc_id, "key": key, "name": name}
            kind = self._file(rule, places, url, (stream, content), left)
            # The stream is needed no longer, its file until the bundle is written.
            stream.close()
            if size is not None and content.size != size:
                detail = f"a file of document {doc_id} has {content.size} bytes instead of {size}"
                raise PeerUnavailable(self._name, detail)
            left -= content.size
            files.append(Attachment(name=name, content=content, content_type=kind))
        return tuple(files)

    def _file(
        self,
        rule: FilesRule,
        places: Mapping[str, str],
        url: str,
        into: tuple[BinaryIO, FileContent],
        limit: int,
    ) -> str:
        return self._session.run(
            lambda values: self._caller.file(
                rule.request or url,
                {**values, **places},
                self._session.headers,
                name=places["name"],
                into=into,
                limit=limit,
            )
        )

    def _not_whole(self, doc_id: str, reason: str) -> PeerUnavailable:
        return PeerUnavailable(self._name, f"document {doc_id}: {reason}")

    def _unusable(self, doc_id: str, reason: str) -> PeerRefused:
        return PeerRefused(self._name, "document", f"document {doc_id}: {reason}")


def _listed(rule: FilesRule, item: object) -> tuple[str, str, str, int | None]:
    return (
        text_of(rule.name, item),
        text_of(rule.key, item) if rule.key else "",
        text_of(rule.url, item) if rule.url else "",
        count_of(rule.size, item) if rule.size else None,
    )


def _waiting(rule: ReceivedRule, row: Row) -> WaitingPacket:
    created = instant_of(rule.created, row.item)
    return WaitingPacket(
        doc_id=row.doc_id,
        kind=PacketKind.DOCUMENT,
        sender=optional_text(rule.sender, row.item),
        receiver="",
        created=created.isoformat() if created else "",
        form=PacketForm.BUNDLE,
    )
