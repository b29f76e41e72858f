"""Items of the provincial axis's lists as domain records; raises ``NoAnswer`` for unusable ones."""

from collections.abc import Iterable

from connector.eoffice.vxp_answer import Members, required, text
from connector.eoffice.vxp_rows import waiting_packets
from domain.exchange import Agency, PacketKind, Settlement, WaitingPacket
from domain.ids import OrganId

# The axis lists by date whatever became of a packet. These words it has from a receiver's
# updateStatus alone; `initial` and whatever a newer axis invents waits, since a packet seen twice
# does no harm.
SETTLED = frozenset(outcome.value for outcome in Settlement)


def waiting_rows(items: Iterable[Members], kind: PacketKind) -> list[WaitingPacket]:
    """Read syncReceivedEdocList: each packet once, unsettled, oldest first.

    The rows are those of VXP's list, one of whose names the axis spells otherwise.
    """
    open_rows = [
        {**item, "created_time": text(item, "createdTime")}
        for item in items
        if text(item, "status").strip().lower() not in SETTLED
    ]
    found: dict[str, WaitingPacket] = {}
    for packet in waiting_packets(open_rows, kind):
        if packet.kind is kind:
            found.setdefault(packet.doc_id, packet)
    return list(found.values())


def unit(item: Members) -> Agency:
    """Read one unit of getAgenciesList; the axis gives one form of its identifier only."""
    code = required(item, "orgCode")
    return Agency(
        id=code,
        code=OrganId(code),
        old_code=None,
        name=text(item, "orgName"),
        parent_id=text(item, "parentCode"),
        mail=text(item, "email"),
    )
