"""What a system received, whatever became of it, by the day on which it was sent."""

from collections.abc import Sequence

from dondoc.simulators.eoffice.envelope import Members
from dondoc.simulators.eoffice.rows import local_time
from dondoc.simulators.eoffice.state import State

AXIS_TIME = "%Y/%m/%d %H:%M:%S"
_STATE_TEXT = {"initial": "Chờ nhận", "done": "Đã nhận", "fail": "Nhận lỗi"}

_ROWS = """
SELECT deliveries.doc_id, deliveries.to_code, deliveries.state, deliveries.updated_at,
    documents.kind, documents.from_code, documents.sent_at
FROM deliveries JOIN documents ON documents.id = deliveries.document
JOIN units ON units.id = deliveries.unit
WHERE units.system = :system AND (:kind = '' OR documents.kind = :kind)
    AND documents.sent_at >= :since AND documents.sent_at < :until
ORDER BY deliveries.id
"""


def received_rows(
    state: State, system: str, kind: str, since: int, until: int
) -> Sequence[Members]:
    """Return rows of syncReceivedEdocList, oldest first; times are epoch seconds."""
    found = state.rows(_ROWS, {"system": system, "kind": kind, "since": since, "until": until})
    return [
        {
            "serviceType": "eDoc",
            "createdTime": local_time(row["sent_at"], AXIS_TIME),
            "updatedTime": local_time(row["updated_at"], AXIS_TIME),
            "messageType": row["kind"],
            "docId": row["doc_id"],
            "from": row["from_code"],
            "to": row["to_code"],
            "status": row["state"],
            "statusDesc": _STATE_TEXT.get(row["state"], "Đang xử lý"),
        }
        for row in found
    ]
