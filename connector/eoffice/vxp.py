"""The document exchange over the VXP node protocol, as the vendor's SDK speaks it."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, ClassVar, Self, TypeVar

import structlog
import tenacity

from connector.eoffice.http import (
    Answer,
    AnswerTooLarge,
    Body,
    HttpTransport,
    NoAnswer,
    Timeouts,
)
from connector.eoffice.json_file import SetAside, set_aside, written
from connector.eoffice.vxp_answer import (
    Members,
    checked,
    identifier,
    items,
    member,
)
from connector.eoffice.vxp_rows import agency, sent_packets, waiting_packets
from connector.eoffice.vxp_signature import file_hash, signed_headers, timestamp
from connector.files import spooled
from domain.content import Content, cut, decoded
from domain.errors import DeliveryUnknown, MalformedDocument, PeerRefused, PeerUnavailable
from domain.exchange import Ability, Agency, PacketKind, SentPacket, Settlement, WaitingPacket
from domain.ids import OrganId

JSON = "application/json"
FILE = "application/octet-stream"
NO_BODY = b""
EMPTY_OBJECT = b"{}"

# A list item is below 1 KB, so 16 MB is far above any list; the envelope of a file adds little.
LIST_LIMIT = 16 * 1024 * 1024
ENVELOPE = 64 * 1024

# Both constant and outside the signature (VXP SDK); they are sent after the signed headers.
IDENTIFICATION = {
    "User-Agent": "JAVASDKAgent/1.0.0 XRoad/VPCP",
    "XroadVnpt-version": "3.0.201608",
}
DOCUMENT_LIMIT = 128 * 1024 * 1024

T = TypeVar("T")
log = structlog.get_logger()


class VxpExchange:
    """One connected system on the exchange; implements ``domain.ports.DocumentExchange``.

    ``system_id`` is the connecting centre's identifier, not the OrganId of a sender. ``now`` gives
    aware instants for the signature. ``document_limit`` is in bytes of an edXML file. ``attempts``
    and ``pause`` (seconds, doubling) are for calls that change nothing when repeated; a send is
    never repeated here. ``name`` is the exchange's name in the configuration, used in errors.
    ``spool`` is a folder for files on their way.
    """

    ABILITIES: ClassVar = frozenset(Ability)

    def __init__(
        self,
        url: str,
        *,
        system_id: str,
        secret: str | Callable[[], str],
        now: Callable[[], datetime],
        name: str = "exchange",
        ca_file: Path | None = None,
        timeouts: Timeouts | None = None,
        document_limit: int = DOCUMENT_LIMIT,
        attempts: int = 3,
        pause: float = 1.0,
        sleep: Callable[[float], None] = time.sleep,
        spool: Path | None = None,
    ) -> None:
        self._transport = HttpTransport(url, ca_file=ca_file, timeouts=timeouts or Timeouts())
        self._system_id = system_id
        self._secret = secret if callable(secret) else lambda: secret
        self._now = now
        self._name = name
        self._document_limit = document_limit
        self._attempts = attempts
        self._pause = pause
        self._sleep = sleep
        self._spool = spool

    def __repr__(self) -> str:
        return f"VxpExchange({self._name!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections to the exchange."""
        self._transport.close()

    @property
    def abilities(self) -> frozenset[Ability]:
        """What this door can do: everything."""
        return self.ABILITIES

    def send(
        self, content: Content, *, kind: PacketKind, sender: OrganId, receivers: Sequence[OrganId]
    ) -> str:
        """Hand over one edXML file (sendEdoc); return the exchange's doc_id.

        Only documents name their receivers in ``to``: the exchange routes by the file, and vendor
        clients leave ``to`` out for statuses, whose addressee is in ResponseFor (VXP SDK). Never
        repeated here: the caller looks for evidence after ``DeliveryUnknown``.
        """
        parameters = {
            "servicetype": "eDoc",
            "messagetype": kind.value,
            "hash-file": file_hash(content),
            "from": sender,
        }
        if kind is PacketKind.DOCUMENT:
            parameters["to"] = json.dumps(
                list(receivers), ensure_ascii=False, separators=(",", ":")
            )
        headers = self._headers(parameters, FILE)
        with self._sending():
            # The SDK ends the file with CR LF on the wire; the hash is of the file alone.
            answer = self._transport.request(
                "POST", "sendEdoc", headers, body=Body(content, after=b"\r\n"), limit=ENVELOPE
            )
            doc_id = identifier(checked(self._name, answer), "DocId")
        log.info("exchange_packet_sent", exchange=self._name, kind=kind.value, doc_id=doc_id)
        return doc_id

    def waiting(self, kind: PacketKind) -> list[WaitingPacket]:
        """List received packets that are not settled yet (getReceivedEdocList), oldest first."""
        asked = {"servicetype": "eDoc", "messagetype": kind.value}
        return self._read(
            "getReceivedEdocList", asked, lambda found: waiting_packets(items(found), kind)
        )

    def fetch(self, doc_id: str, into: BinaryIO) -> None:
        """Write one packet's edXML file into a stream (getEdoc); it is never whole in memory.

        Not downloadEdoc, although that needs no base64: it answers with the bare file, so that an
        error page cannot be told from a document. ``filePath`` is a local path that the SDK gives
        away; the exchange expects the parameter and ignores it. Raises ``PeerRefused`` also when
        the exchange holds no readable file for this doc_id, or one over the limit: asking again
        will not help, and other packets must not wait behind it.
        """
        self._retried("getEdoc", lambda: self._fetched(doc_id, into))
        log.info("exchange_packet_fetched", exchange=self._name, doc_id=doc_id, size=into.tell())

    def settle(self, doc_id: str, outcome: Settlement, reason: str = "") -> None:  # noqa: ARG002
        """Tell the exchange what became of a received packet (updateStatus).

        Any outcome takes the packet off the list of waiting ones, ``PROCESSING`` too. The reason
        stays here: a description would go out as a header, which is ASCII (VXP SDK).
        """
        asked = {"docId": doc_id, "status": outcome.value}
        self._read("updateStatus", asked, lambda _: None, EMPTY_OBJECT)
        log.info(
            "exchange_packet_settled", exchange=self._name, doc_id=doc_id, outcome=outcome.value
        )

    def sent(self, kind: PacketKind, doc_id: str | None = None) -> list[SentPacket]:
        """List packets that this system sent (getSentEdocList), one entry per receiver."""
        asked = {"servicetype": "eDoc", "messagetype": kind.value}
        if doc_id is not None:
            asked["docId"] = doc_id
        return self._read(
            "getSentEdocList", asked, lambda found: sent_packets(items(found), kind, doc_id)
        )

    def agencies(self) -> list[Agency]:
        """List the units that the exchange knows, with the unit above each (getAgenciesList)."""
        return self._read("getAgenciesList", {}, _agencies)

    def agencies_qd20(self, level: int = 1) -> list[Agency]:
        """List units by their identifiers of Quyết định 20/2020/QĐ-TTg, the old ones beside them.

        The exchange's own table is the authority for converting identifiers; it names no parents.
        """
        return self._read("getAgenciesListQD20", {"level": str(level)}, _agencies)

    def _read(
        self,
        operation: str,
        parameters: Mapping[str, str],
        extract: Callable[[Members], T],
        body: bytes = NO_BODY,
        limit: int = LIST_LIMIT,
    ) -> T:
        def once() -> T:
            headers = self._headers(parameters, JSON)
            with self._reading():
                answer = self._transport.request("POST", operation, headers, body=body, limit=limit)
                return extract(checked(self._name, answer))

        return self._retried(operation, once)

    def _retried(self, operation: str, call: Callable[[], T]) -> T:
        """Repeat a call that is safe to repeat; the one place of tenacity, never around a send."""

        def note(state: tenacity.RetryCallState) -> None:
            log.warning(
                "exchange_call_retried",
                exchange=self._name,
                operation=operation,
                attempt=state.attempt_number,
            )

        return tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self._attempts),
            wait=tenacity.wait_exponential(multiplier=self._pause, max=30)
            + tenacity.wait_random(0, self._pause),
            retry=tenacity.retry_if_exception_type(PeerUnavailable),
            before_sleep=note,
            sleep=self._sleep,
            reraise=True,
        )(call)

    def _headers(self, parameters: Mapping[str, str], content_type: str) -> dict[str, str]:
        """Sign one request; the timestamp is fresh for each, also when a call is repeated."""
        signed = {
            "systemid": self._system_id,
            **parameters,
            "timestamp": timestamp(self._now()),
            "Content-Type": content_type,
        }
        try:
            return {**signed_headers(signed, self._secret()), **IDENTIFICATION}
        except ValueError as error:
            raise PeerRefused(self._name, "parameter", f"{error}; nothing was sent") from None

    def _fetched(self, doc_id: str, into: BinaryIO) -> None:
        headers = self._headers({"docId": doc_id, "filePath": "x"}, JSON)
        # Base64 adds a third, line ends and the escapes of JSON a little more.
        limit = self._document_limit * 3 // 2 + ENVELOPE
        with self._reading(), spooled(self._spool) as (stream, content):
            answer = self._transport.request(
                "POST", "getEdoc", headers, body=EMPTY_OBJECT, limit=limit, into=stream
            )
            stream.flush()
            # A refusal comes with its body, a 2xx answer as a file.
            found = set_aside(content, limit=LIST_LIMIT)
            rest = found.rest or answer.content
            data = member(checked(self._name, Answer(answer.status, rest)), "data")
            self._decode(doc_id, content, found, data, into)

    def _decode(
        self, doc_id: str, answer: Content, found: SetAside, data: object, into: BinaryIO
    ) -> None:
        into.seek(0)
        into.truncate()
        try:
            with spooled(self._spool) as (stream, text):
                written(answer, found, _text(data), stream)
                stream.flush()
                packed = cut(text, limit=ENVELOPE, what="file")
                rest = packed.rest.decode("ascii")
                into.writelines(decoded(stream, packed.runs, rest, padded=True))
        except (ValueError, MalformedDocument):  # binascii.Error and characters outside ASCII
            detail = f"the file of packet {doc_id} is missing or not whole base64"
            raise PeerRefused(self._name, "no file", detail) from None
        if into.tell() > self._document_limit:
            detail = f"packet {doc_id} is over the limit of {self._document_limit} bytes"
            raise PeerRefused(self._name, "too large", detail)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except AnswerTooLarge as error:
            raise PeerRefused(self._name, "too large", error.detail) from error
        except NoAnswer as error:
            raise PeerUnavailable(self._name, error.detail) from error

    @contextmanager
    def _sending(self) -> Iterator[None]:
        try:
            yield
        except NoAnswer as error:
            if error.handed_over:
                raise DeliveryUnknown(self._name, error.detail) from error
            raise PeerUnavailable(self._name, error.detail) from error


def _text(data: object) -> str:
    if not isinstance(data, str) or not data.strip():
        raise ValueError("no text")
    return data


def _agencies(found: Members) -> list[Agency]:
    return [agency(item) for item in items(found)]
