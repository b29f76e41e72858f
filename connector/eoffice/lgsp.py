"""The document exchange through the provincial axis of Lạng Sơn (LGSP), its REST door."""

import secrets
import time
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO, ClassVar, Self

import structlog

from connector.eoffice.http import Answer, HttpTransport, NoAnswer, Timeouts
from connector.eoffice.json_file import set_aside
from connector.eoffice.lgsp_answer import data_of
from connector.eoffice.lgsp_file import form, write_file
from connector.eoffice.lgsp_rows import unit, waiting_rows
from connector.eoffice.lgsp_session import JSON, Account, Headers, Patience, Session, as_json
from connector.eoffice.lgsp_sweep import Sweep
from connector.eoffice.lgsp_window import DAY, Window, day_of, local_date, windows
from connector.eoffice.sound_rows import Sound, data_rows, read_each
from connector.eoffice.vxp_answer import required, text
from connector.files import spooled
from domain.content import Content
from domain.errors import NotOffered, PeerRefused
from domain.exchange import Ability, Agency, PacketKind, SentPacket, Settlement, WaitingPacket
from domain.ids import OrganId

LIST_LIMIT = 16 * 1024 * 1024
ENVELOPE = 64 * 1024
DOCUMENT_LIMIT = 128 * 1024 * 1024
# A file comes as text or base64 with JSON's escapes, and its attachments come once more.
GROWTH = 4
BESIDES_FILES = 1024 * 1024

DAYS_BACK = 90
WINDOW_DAYS = 15
OVERLAP_DAYS = 7

log = structlog.get_logger()


class LgspExchange:
    """One unit on the provincial axis; implements ``domain.ports.DocumentExchange``.

    ``username``, ``password`` and ``application_code`` are the integrating application's,
    ``system_id`` and ``secret_key`` the unit's. ``now`` gives aware instants, for dates and the
    token's life. ``document_limit`` is in bytes of an edXML file. ``attempts`` and ``pause``
    (seconds, doubling) are for calls that change nothing when repeated. ``days_back`` is how long
    Dondoc may have been away without missing a packet. ``spool`` is a folder for files on their
    way; ``name`` is the door's name in the configuration, used in errors.
    """

    ABILITIES: ClassVar = frozenset(Ability) - {Ability.SENT_LIST}

    def __init__(
        self,
        url: str,
        *,
        username: str,
        password: str | Callable[[], str],
        application_code: str,
        system_id: str,
        secret_key: str | Callable[[], str],
        now: Callable[[], datetime],
        name: str = "exchange",
        ca_file: Path | None = None,
        timeouts: Timeouts | None = None,
        document_limit: int = DOCUMENT_LIMIT,
        attempts: int = 3,
        pause: float = 1.0,
        sleep: Callable[[float], None] = time.sleep,
        spool: Path | None = None,
        days_back: int = DAYS_BACK,
        window_days: int = WINDOW_DAYS,
    ) -> None:
        self._transport = HttpTransport(url, ca_file=ca_file, timeouts=timeouts or Timeouts())
        account = Account(
            username=username,
            password=password if callable(password) else lambda: password,
            application_code=application_code,
            system_id=system_id,
            secret_key=secret_key if callable(secret_key) else lambda: secret_key,
        )
        patience = Patience(attempts=attempts, pause=pause, sleep=sleep)
        self._session = Session(self._transport, account, patience, peer=name, now=now)
        self._now = now
        self._name = name
        self._document_limit = document_limit
        self._spool = spool
        self._days_back = days_back
        self._window_days = max(1, window_days)
        self._swept: dict[PacketKind, tuple[date, date]] = {}

    def __repr__(self) -> str:
        return f"LgspExchange({self._name!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections to the axis."""
        self._transport.close()

    @property
    def abilities(self) -> frozenset[Ability]:
        """What this door can do: everything but listing what was sent."""
        return self.ABILITIES

    def send(
        self,
        content: Content,
        *,
        kind: PacketKind,
        sender: OrganId,  # noqa: ARG002 - the axis reads both in the file
        receivers: Sequence[OrganId],  # noqa: ARG002
    ) -> str:
        """Hand over one edXML file (sendEdoc, multipart/form-data); return the axis's docId.

        Repeated here only after a 401, by which the axis says that it took nothing; after
        ``DeliveryUnknown`` the caller looks for evidence. The whole length is announced: the axis
        cuts a body without one ("Unexpected end of Stream", guide v2.2).
        """

        def once(headers: Headers) -> str:
            boundary = secrets.token_hex(16)
            headers["Content-Type"] = f"multipart/form-data; boundary={boundary}"
            answer = self._transport.request(
                "POST",
                "v1/sendEdoc",
                headers,
                body=form(content, kind, boundary),
                limit=ENVELOPE,
            )
            found = self._session.checked(answer)
            return text(found, "docId").strip() or required(data_of(found), "docId")

        doc_id = self._session.send(once)
        log.info("exchange_packet_sent", exchange=self._name, kind=kind.value, doc_id=doc_id)
        return doc_id

    def waiting(self, kind: PacketKind) -> list[WaitingPacket]:
        """List received packets that are not settled yet (syncReceivedEdocList), oldest first.

        The axis keeps no such list, only all packets by date with their states: ``done``,
        ``fail`` and ``processing`` are left out here. The first call and the first of each day
        look ``days_back`` days back, others as far as the oldest packet that still waits, and
        some days more for packets that reached the axis late. Raises ``ListNotWhole`` where the
        axis counts more than it gives, or rows are unusable.
        """
        today = local_date(self._now())
        first = self._first_day(kind, today)
        sweep = Sweep(partial(self._listed, kind))
        for window in windows(first, today, self._window_days):
            sweep.take(window)
        found = waiting_rows(sweep.rows, kind)
        days = [day_of(packet.created) or first for packet in found.rows]
        # What is missing is looked for again, not only tomorrow.
        days += [first] if found.flaws else [window.first for window, _ in sweep.cut]
        self._swept[kind] = (today, min(days, default=today))
        self._note(found, sweep)
        return Sound(found.rows, [*sweep.flaws(), *found.flaws]).whole(self._name)

    def fetch(self, doc_id: str, into: BinaryIO) -> None:
        """Write one packet's edXML file into a stream (getEdoc); it is never whole in memory.

        The axis was seen to give it as XML text and as base64; both are read. Raises
        ``PeerRefused`` also for a file over the limit: asking again will not help. A success
        without a readable file, or with another packet's, is ``PeerUnavailable``.
        """
        self._session.read("getEdoc", lambda headers: self._fetched(doc_id, headers, into))
        log.info("exchange_packet_fetched", exchange=self._name, doc_id=doc_id, size=into.tell())

    def settle(self, doc_id: str, outcome: Settlement, reason: str = "") -> None:  # noqa: ARG002
        """Tell the axis what became of a received packet (updateStatus).

        Only ``done`` is in the guide's examples; the others are the words of the same software.
        There is no place for a reason.
        """
        body = as_json({"docId": doc_id, "status": outcome.value})

        def once(headers: Headers) -> None:
            headers["Content-Type"] = JSON
            answer = self._transport.request(
                "POST", "v1/updateStatus", headers, body=body, limit=ENVELOPE
            )
            self._session.checked(answer)

        self._session.read("updateStatus", once)
        log.info(
            "exchange_packet_settled", exchange=self._name, doc_id=doc_id, outcome=outcome.value
        )

    def sent(self, kind: PacketKind, doc_id: str | None = None) -> list[SentPacket]:  # noqa: ARG002
        """Raise ``NotOffered``: the axis has no list of sent packets (guide v2.2)."""
        raise NotOffered(self._name, "list what was sent")

    def agencies(self) -> list[Agency]:
        """List the units that the axis knows (getAgenciesList), with one identifier each.

        Raises ``ListNotWhole`` where rows are unusable.
        """

        def once(headers: Headers) -> Sound[Agency]:
            bearer = {"Authorization": headers["Authorization"]}
            answer = self._transport.request("GET", "v1/getAgenciesList", bearer, limit=LIST_LIMIT)
            return read_each(data_rows(self._session.checked(answer, bare=True)), unit)

        return self._session.read("getAgenciesList", once).whole(self._name)

    def _first_day(self, kind: PacketKind, today: date) -> date:
        swept_on, oldest = self._swept.get(kind, (None, today))
        earliest = today - DAY * self._days_back
        if swept_on != today:
            return earliest
        # A packet may say of itself that it is as old as our era.
        return max(earliest, max(earliest, min(oldest, today)) - DAY * OVERLAP_DAYS)

    def _listed(self, kind: PacketKind, window: Window) -> tuple[Sequence[object], int]:
        parameters = {"messageType": kind.value, **window.parameters()}

        def once(headers: Headers) -> tuple[Sequence[object], str]:
            answer = self._transport.request(
                "GET", "v1/syncReceivedEdocList", headers, parameters=parameters, limit=LIST_LIMIT
            )
            found = self._session.checked(answer)
            return data_rows(found), text(found, "count").strip()

        rows, count = self._session.read("syncReceivedEdocList", once)
        # No list within the limit has more rows than a number of seven digits counts.
        return rows, int(count[:7]) if count.isascii() and count.isdecimal() else 0

    def _note(self, found: Sound[WaitingPacket], sweep: Sweep) -> None:
        if sweep.cut:
            log.warning("exchange_list_cut", exchange=self._name, windows=len(sweep.cut))
        if found.others:
            log.warning("exchange_rows_of_other_kind", exchange=self._name, rows=found.others)

    def _fetched(self, doc_id: str, headers: Headers, into: BinaryIO) -> None:
        limit = self._document_limit * GROWTH + ENVELOPE
        asked = {"docId": doc_id}
        with spooled(self._spool) as (stream, source):
            answer = self._transport.request(
                "GET", "v1/getEdoc", headers, parameters=asked, limit=limit, into=stream
            )
            stream.flush()
            # A refusal comes with its body, a 2xx answer as a file.
            found = set_aside(source, limit=BESIDES_FILES)
            members = self._session.checked(Answer(answer.status, found.rest or answer.content))
            into.seek(0)
            into.truncate()
            data = data_of(members)
            if text(data, "docId").strip().lower() not in {"", doc_id.lower()}:
                raise NoAnswer(f"the answer to packet {doc_id} is about another one")
            try:
                write_file(source, found, data, into, spool=self._spool)
            except ValueError:  # UnicodeError and binascii.Error included
                # A success without a file is an axis that fails at its work.
                detail = f"the file of packet {doc_id} is missing or cannot be decoded"
                raise NoAnswer(detail) from None
        if into.tell() > self._document_limit:
            detail = f"packet {doc_id} is over the limit of {self._document_limit} bytes"
            raise PeerRefused(self._name, "too large", detail)
