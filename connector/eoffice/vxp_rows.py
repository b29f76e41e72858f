"""Items of the exchange's lists as domain records; raises ``NoAnswer`` for unusable items."""

import re
from collections.abc import Iterable

from connector.eoffice.http import NoAnswer
from connector.eoffice.sound_rows import Sound, read_each
from connector.eoffice.vxp_answer import Members, flag, identifier, number, required, text
from domain.exchange import Agency, PacketKind, SentPacket, WaitingPacket
from domain.exchange_units import RegisteredUnit
from domain.ids import OrganId

# Transport states after which the exchange may still list a packet; `initial`, `processing` and
# whatever a newer exchange invents stay in the list, since a packet seen twice does no harm.
SETTLED = {"done", "fail"}

YEAR_FIRST = re.compile(r"(\d{4})[-/](\d\d)[-/](\d\d)(.*)")
DAY_FIRST = re.compile(r"(\d\d)[-/](\d\d)[-/](\d{4})(.*)")


def waiting_packets(items: Iterable[object], kind: PacketKind) -> Sound[WaitingPacket]:
    """Read getReceivedEdocList, oldest first, without packets that are settled already.

    Rows of the other kind are left to the list of that kind, which has them if they are real.
    """
    found = read_each(items, lambda item: _open(item, kind))
    packets = [packet for packet in found.rows if packet is not None]
    asked = [packet for packet in packets if packet.kind is kind]
    return Sound(_oldest_first(asked), found.flaws, len(packets) - len(asked))


def sent_packets(
    items: Iterable[Members], kind: PacketKind, doc_id: str | None
) -> list[SentPacket]:
    """Read getSentEdocList; an item may leave out the doc_id that was asked for."""
    packets = [_sent(item, kind, doc_id) for item in items]
    return [packet for packet in packets if doc_id is None or packet.doc_id == doc_id]


def agency(item: Members) -> Agency:
    """Read one unit of getAgenciesList or getAgenciesListQD20 (``code102`` is the old form)."""
    old = text(item, "oldCode") or text(item, "code102")
    return Agency(
        id=text(item, "id"),
        code=OrganId(identifier(item, "code")),
        old_code=OrganId(old) if old else None,
        name=text(item, "name"),
        parent_id=text(item, "pid"),
        mail=text(item, "mail"),
    )


def registered_unit(item: Members) -> RegisteredUnit:
    """Read one unit of getSynchronizeUnit.

    ``deleted`` must be there: without it a unit that is gone would look alive.
    """
    deleted = flag(item, "deleted")
    if deleted is None:
        raise NoAnswer("member deleted is missing")
    return RegisteredUnit(
        id=text(item, "id"),
        code=OrganId(identifier(item, "code")),
        name=text(item, "name"),
        parent_id=text(item, "pid"),
        mail=text(item, "mail"),
        center=text(item, "centerCode"),
        version=number(item, "version"),
        modified=text(item, "modifyDate"),
        deleted=deleted,
        is_agency=flag(item, "isAgency"),
    )


def _open(item: Members, asked: PacketKind) -> WaitingPacket | None:
    return None if _status(item) in SETTLED else _waiting(item, asked)


def _waiting(item: Members, asked: PacketKind) -> WaitingPacket:
    return WaitingPacket(
        doc_id=_escaped(required(item, "docId")),
        kind=_kind(item, asked),
        sender=text(item, "from"),
        receiver=text(item, "to"),
        created=text(item, "created_time"),
    )


def _sent(item: Members, asked: PacketKind, doc_id: str | None) -> SentPacket:
    return SentPacket(
        doc_id=_escaped(text(item, "senderDocId") or doc_id or required(item, "senderDocId")),
        kind=_kind(item, asked),
        sender=text(item, "fromCode"),
        receiver=text(item, "toCode"),
        title=text(item, "title"),
        notation=text(item, "notation"),
        sent=text(item, "sentTime"),
        received=text(item, "receivedTime"),
        send_status=text(item, "sendStatus"),
        receive_status=text(item, "receiveStatus"),
    )


def _escaped(doc_id: str) -> str:
    """Write out what no store takes: the exchange then knows no such packet, and only that fails.

    Refusing the whole list would stop the packets beside it.
    """
    return doc_id if doc_id.isprintable() else ascii(doc_id)[1:-1]


def _status(item: Members) -> str:
    return text(item, "status").strip().lower()


def _kind(item: Members, asked: PacketKind) -> PacketKind:
    written = text(item, "messageType").strip().lower()
    return next((kind for kind in PacketKind if kind == written), asked)


def _oldest_first(packets: list[WaitingPacket]) -> list[WaitingPacket]:
    keyed = [(_sortable(packet.created), packet) for packet in packets]
    if not all(key for key, _ in keyed):
        return packets  # an unknown form of time: the exchange's own order is the better guess
    return [packet for _, packet in sorted(keyed, key=lambda pair: pair[0])]


def _sortable(created: str) -> tuple[str, ...]:
    if found := YEAR_FIRST.match(created):
        return found.groups()
    if found := DAY_FIRST.match(created):
        day, month, year, rest = found.groups()
        return (year, month, day, rest)
    return ()
