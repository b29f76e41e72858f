"""The document exchange over the VXP node protocol, as the vendor's SDK speaks it."""

import json
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, ClassVar, Self

import structlog

from connector.eoffice.http import Body, Timeouts
from connector.eoffice.sound_rows import Sound, data_rows, read_each
from connector.eoffice.vxp_administration import VxpAdministration
from connector.eoffice.vxp_answer import Members, identifier, items
from connector.eoffice.vxp_call import EMPTY_OBJECT, VxpCalls
from connector.eoffice.vxp_file import fetch
from connector.eoffice.vxp_rows import agency, sent_packets, waiting_packets
from connector.eoffice.vxp_signature import file_hash, travels, wire_time
from domain.content import Content
from domain.exchange import Ability, Agency, PacketKind, SentPacket, Settlement, WaitingPacket
from domain.ids import OrganId

DOCUMENT_LIMIT = 128 * 1024 * 1024
DESCRIPTION_LENGTH = 200
"""Characters of a reason that go out: it is a remark in a header, not a report."""

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
        self._calls = VxpCalls(
            url,
            system_id=system_id,
            secret=secret,
            now=now,
            name=name,
            ca_file=ca_file,
            timeouts=timeouts or Timeouts(),
            attempts=attempts,
            pause=pause,
            sleep=sleep,
        )
        self._name = name
        self._document_limit = document_limit
        self._spool = spool

    def __repr__(self) -> str:
        return f"VxpExchange({self._name!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections to the exchange."""
        self._calls.close()

    @property
    def abilities(self) -> frozenset[Ability]:
        """What this door can do: everything."""
        return self.ABILITIES

    @property
    def administration(self) -> VxpAdministration:
        """What the exchange offers that the daemon does not need."""
        return VxpAdministration(self._calls, document_limit=self._document_limit)

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
        # The SDK ends the file with CR LF on the wire; the hash is of the file alone.
        body = Body(content, after=b"\r\n")
        doc_id = self._calls.hand_over(
            "sendEdoc", parameters, lambda found: identifier(found, "DocId"), body
        )
        log.info("exchange_packet_sent", exchange=self._name, kind=kind.value, doc_id=doc_id)
        return doc_id

    def waiting(
        self, kind: PacketKind, *, since: datetime | None = None, until: datetime | None = None
    ) -> list[WaitingPacket]:
        """List received packets that are not settled yet (getReceivedEdocList), oldest first.

        ``since`` and ``until`` narrow it for a person's look. The daemon asks for everything: what
        a window leaves out would wait for ever. Raises ``ListNotWhole`` where rows are unusable.
        """
        asked = {"servicetype": "eDoc", "messagetype": kind.value}
        if since is not None:
            asked["fromDate"] = wire_time(since)
        if until is not None:
            asked["toDate"] = wire_time(until)
        found = self._calls.read(
            "getReceivedEdocList", asked, lambda given: waiting_packets(data_rows(given), kind)
        )
        if found.others:
            log.warning("exchange_rows_of_other_kind", exchange=self._name, rows=found.others)
        return found.whole(self._name)

    def fetch(self, doc_id: str, into: BinaryIO) -> None:
        """Write one packet's edXML file into a stream (getEdoc); it is never whole in memory.

        Not downloadEdoc, although that needs no base64: a bare file proves itself by its edges
        only. Raises ``PeerRefused`` also for a file over the limit: asking again will not help.
        A success without a whole file is ``PeerUnavailable``.
        """
        limit, spool = self._document_limit, self._spool
        self._calls.repeated(
            "getEdoc", lambda: fetch(self._calls, doc_id, into, limit=limit, spool=spool)
        )
        log.info("exchange_packet_fetched", exchange=self._name, doc_id=doc_id, size=into.tell())

    def settle(self, doc_id: str, outcome: Settlement, reason: str = "") -> None:
        """Tell the exchange what became of a received packet (updateStatus).

        Any outcome takes the packet off the list of waiting ones, ``PROCESSING`` too. The reason
        goes along as ``description`` where it can travel as a header, else it stays here.
        """
        asked = {"docId": doc_id, "status": outcome.value}
        description = " ".join(reason.split())[:DESCRIPTION_LENGTH].rstrip()
        if description and travels(description):
            asked["description"] = description
        self._calls.read("updateStatus", asked, lambda _: None, EMPTY_OBJECT)
        log.info(
            "exchange_packet_settled", exchange=self._name, doc_id=doc_id, outcome=outcome.value
        )

    def sent(self, kind: PacketKind, doc_id: str | None = None) -> list[SentPacket]:
        """List packets that this system sent (getSentEdocList), one entry per receiver."""
        asked = {"servicetype": "eDoc", "messagetype": kind.value}
        if doc_id is not None:
            asked["docId"] = doc_id
        return self._calls.read(
            "getSentEdocList", asked, lambda found: sent_packets(items(found), kind, doc_id)
        )

    def agencies(self) -> list[Agency]:
        """List the units that the exchange knows, with the unit above each (getAgenciesList).

        Raises ``ListNotWhole`` where rows are unusable.
        """
        return self._calls.read("getAgenciesList", {}, _agencies).whole(self._name)

    def agencies_qd20(self, level: int = 1) -> list[Agency]:
        """List units by their identifiers of Quyết định 20/2020/QĐ-TTg, the old ones beside them.

        The exchange's own table is the authority for converting identifiers; it names no parents.
        """
        found = self._calls.read("getAgenciesListQD20", {"level": str(level)}, _agencies)
        return found.whole(self._name)


def _agencies(found: Members) -> Sound[Agency]:
    return read_each(data_rows(found), agency)
