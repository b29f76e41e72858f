"""Rows of the lists: the exchange's member names, local times and Vietnamese state texts.

No member is ever null: the SDK breaks off the list at the first one.
"""

from datetime import datetime

from dondoc.simulators.eoffice.documents import DONE, INITIAL, Delivery
from dondoc.simulators.eoffice.envelope import ErrorCode, Members, Refusal
from dondoc.simulators.eoffice.signature import LOCAL
from dondoc.simulators.eoffice.units import Unit

WIRE_TIME = "%d/%m/%Y %H:%M:%S"
_STATE_TEXT = {
    INITIAL: "Chờ nhận",
    "processing": "Đang xử lý",
    DONE: "Đã nhận thành công",
    "fail": "Nhận thất bại",
}


def local_time(epoch: int, form: str = WIRE_TIME) -> str:
    """Write an instant in local time, as the exchange does."""
    return datetime.fromtimestamp(epoch, LOCAL).strftime(form)


def epoch(text: str, name: str, absent: int) -> int:
    """Read a local ``dd/MM/yyyy HH:mm:ss``; ``absent`` if blank. Raises Refusal 21."""
    if not text:
        return absent
    try:
        return int(datetime.strptime(text, WIRE_TIME).replace(tzinfo=LOCAL).timestamp())
    except (ValueError, OverflowError) as error:
        raise Refusal(ErrorCode.NOT_PROCESSED, f"{name} is not dd/MM/yyyy HH:mm:ss") from error


def received_row(delivery: Delivery) -> Members:
    """Return a row of getReceivedEdocList."""
    return {
        "docId": delivery.doc_id,
        "serviceType": "eDoc",
        "messageType": delivery.kind,
        "created_time": local_time(delivery.sent_at),
        "updated_time": local_time(delivery.updated_at),
        "from": delivery.from_code,
        "to": delivery.to_code,
        "status": delivery.state,
        "status_desc": delivery.description or _STATE_TEXT[delivery.state],
    }


def sent_row(delivery: Delivery) -> Members:
    """Return a row of getSentEdocList."""
    # Sending is over when the receiver's system has the file; receiving when it says so.
    sent = DONE if delivery.pulled_at or delivery.state != INITIAL else INITIAL
    received_at = delivery.pulled_at or (delivery.updated_at if sent == DONE else 0)
    return {
        "serviceType": "eDoc",
        "messageType": delivery.kind,
        "senderDocId": delivery.sender_doc_id,
        "receiverDocId": delivery.doc_id,
        "fromCode": delivery.from_code,
        "toCode": delivery.to_code,
        "title": delivery.title,
        "notation": delivery.notation,
        "sentTime": local_time(delivery.sent_at),
        "receivedTime": local_time(received_at) if received_at else "",
        "sendStatus": sent,
        "sendStatusDesc": "Đã chuyển" if sent == DONE else "Chờ chuyển",
        "receiveStatus": delivery.state,
        "receiveStatusDesc": delivery.description or _STATE_TEXT[delivery.state],
    }


def unit_row(unit: Unit) -> Members:
    """Return what every list of units has."""
    return {"id": str(unit.id), "code": unit.code, "name": unit.name, "mail": unit.mail}


def synchronised_row(unit: Unit) -> Members:
    """Return a row of getSynchronizeUnit."""
    return {
        **unit_row(unit),
        "pid": unit.parent_id,
        "version": unit.version,
        "centerCode": unit.system,
        "deleted": unit.deleted,
        "modifyDate": local_time(unit.modified),
        "isAgency": True,
    }
