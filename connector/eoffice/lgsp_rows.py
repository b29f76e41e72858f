"""Items of the provincial axis's lists as domain records; raises ``NoAnswer`` for unusable ones."""

from collections.abc import Iterable

from connector.eoffice.sound_rows import Sound
from connector.eoffice.vxp_answer import Members, identifier, member, text
from connector.eoffice.vxp_rows import waiting_packets
from domain.exchange import Agency, PacketKind, Settlement, WaitingPacket
from domain.ids import OrganId

# The axis lists by date whatever became of a packet. These words it has from a receiver's
# updateStatus alone; `initial` and whatever a newer axis invents waits, since a packet seen twice
# does no harm.
SETTLED = frozenset(outcome.value for outcome in Settlement)


def waiting_rows(items: Iterable[object], kind: PacketKind) -> Sound[WaitingPacket]:
    """Read syncReceivedEdocList: each packet once, unsettled, oldest first.

    The rows are those of VXP's list, one of whose names the axis spells otherwise.
    """
    listed = waiting_packets((_as_listed(item) for item in items if not _settled(item)), kind)
    once = {packet.doc_id: packet for packet in reversed(listed.rows)}
    return Sound(list(reversed(once.values())), listed.flaws, listed.others)


def _settled(item: object) -> bool:
    status = member(item, "status") if isinstance(item, dict) else None
    return isinstance(status, str) and status.strip().lower() in SETTLED


def _as_listed(item: object) -> object:
    """Return a row in the words of VXP's list."""
    return {**item, "created_time": member(item, "createdTime")} if isinstance(item, dict) else item


def unit(item: Members) -> Agency:
    """Read one unit of getAgenciesList; the axis gives one form of its identifier only."""
    code = identifier(item, "orgCode")
    return Agency(
        id=code,
        code=OrganId(code),
        old_code=None,
        name=text(item, "orgName"),
        parent_id=text(item, "parentCode"),
        mail=text(item, "email"),
    )
