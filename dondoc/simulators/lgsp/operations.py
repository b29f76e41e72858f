"""The operations of the axis on the exchange's state, each a function of an admitted request."""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from dondoc.simulators.eoffice.documents import DONE, SETTLED, Documents, StoredFile
from dondoc.simulators.eoffice.edxml import Header, read_header
from dondoc.simulators.eoffice.envelope import ErrorCode, Json, Members, Refusal
from dondoc.simulators.eoffice.routing import STATUS, message_type
from dondoc.simulators.eoffice.rows import local_time
from dondoc.simulators.eoffice.sending import Sending
from dondoc.simulators.eoffice.signature import LOCAL, Signed
from dondoc.simulators.eoffice.state import State
from dondoc.simulators.eoffice.transit import reserialise
from dondoc.simulators.eoffice.units import Units
from dondoc.simulators.lgsp.attachments import attachments
from dondoc.simulators.lgsp.form import read_form
from dondoc.simulators.lgsp.received import AXIS_TIME, received_rows

_DAY = "%Y/%m/%d"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One admitted request: the unit's system, query, content type and body."""

    system: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    content_type: str = ""
    body: bytes = b""


Run: TypeAlias = Callable[[Call], Members]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """How an operation is called; ``for_unit`` says whether it needs SystemId and SecretKey."""

    method: str
    run: Run
    for_unit: bool = True


class Operations:
    """All operations over one state folder.

    ``as_base64`` gives ``edxml`` as base64 instead of text: both were seen.
    """

    def __init__(
        self,
        state: State,
        units: Units,
        now: Callable[[], datetime],
        *,
        reserialised: bool = False,
        as_base64: bool = False,
    ) -> None:
        self._state = state
        self._documents = Documents(state)
        self._units = units
        self._now = now
        self._sending = Sending(self._documents, units, now)
        self._reserialised = reserialised
        self._as_base64 = as_base64

    def table(self) -> Mapping[str, Operation]:
        """Return every operation by the name that ends the request's path."""
        return {
            "sendEdoc": Operation(method="POST", run=self._send),
            "syncReceivedEdocList": Operation(method="GET", run=self._list),
            "getEdoc": Operation(method="GET", run=self._get),
            "updateStatus": Operation(method="POST", run=self._update),
            "getAgenciesList": Operation(method="GET", run=self._agencies, for_unit=False),
        }

    def _send(self, call: Call) -> Members:
        parts = read_form(call.content_type, call.body)
        file = parts.get("edocFile")
        if file is None or not file.file_name.lower().endswith(".edxml"):
            raise Refusal(ErrorCode.INVALID_FILE, "edocFile with a name *.edxml is missing")
        kind = (
            parts["messageType"].content.decode("utf-8", "replace")
            if "messageType" in parts
            else ""
        )
        # The exchange names the sender in a parameter; here only the file does.
        sender = read_header(file.content).sender if file.content.strip() else ""
        signed = Signed(
            system=call.system,
            parameters={
                "from": sender or call.system,
                "messagetype": kind.strip(),
                "hash-file": hashlib.sha256(file.content).hexdigest(),
            },
        )
        return {"docId": self._sending.accept(signed, file.content)}

    def _list(self, call: Call) -> Members:
        rows = received_rows(
            self._state,
            call.system,
            message_type(call.query.get("messageType", "").strip()),
            _epoch(call.query, "fromDate"),
            _epoch(call.query, "toDate", timedelta(days=1)),
        )
        data: list[Json] = [dict(row) for row in rows]
        return {"count": len(data), "data": data}

    def _get(self, call: Call) -> Members:
        doc_id = call.query.get("docId", "")
        file = self._documents.file(call.system, doc_id)
        if file is None:
            raise _no_document(doc_id)
        delivery = self._documents.received(call.system, doc_id)
        if delivery is not None:
            self._documents.pulled(delivery, int(self._now().timestamp()))
        content = self._in_transit(file)
        header = read_header(content)
        return {"data": {"docId": doc_id, **self._fields(header), **self._files(content)}}

    def _fields(self, header: Header) -> Members:
        sender = self._units.find(header.sender)
        return {
            "from": header.sender,
            "fromName": sender.name if sender else "",
            "edocCode": header.notation or header.answers_notation,
            "edocAbstract": header.subject,
        }

    def _files(self, content: bytes) -> Members:
        edxml = base64.b64encode(content).decode("ascii")
        if not self._as_base64:
            edxml = content.decode("utf-8", "replace")
        files: list[Json] = [dict(file) for file in attachments(content)]
        return {"edxml": edxml, "attachments": files}

    def _in_transit(self, file: StoredFile) -> bytes:
        if not self._reserialised:
            return file.content
        stamp = local_time(file.sent_at, AXIS_TIME)
        return reserialise(file.content, is_status=file.kind == STATUS, timestamp=stamp)

    def _update(self, call: Call) -> Members:
        said = _object(call.body)
        doc_id, state = str(said.get("docId", "")), str(said.get("status", "")).lower()
        if state not in SETTLED:
            raise Refusal(ErrorCode.NOT_PROCESSED, "status must be done, fail or processing")
        delivery = self._documents.received(call.system, doc_id)
        if delivery is None:
            raise _no_document(doc_id)
        if delivery.state == DONE != state:
            raise Refusal(ErrorCode.NOT_PROCESSED, f"document {doc_id} is done already")
        if delivery.state != state:
            self._documents.settle(delivery, state, "", int(self._now().timestamp()))
        return {"data": {"docId": doc_id, "status": state}}

    def _agencies(self, call: Call) -> Members:
        known = {unit.id: unit for unit in self._units.all() if not unit.deleted}
        data: list[Json] = []
        for unit in known.values():
            parent = known.get(int(unit.parent_id)) if unit.parent_id else None
            data.append(
                {
                    "orgCode": unit.code,
                    "orgName": unit.name,
                    "parentCode": parent.code if parent else "",
                    "address": "",
                    "email": unit.mail,
                    "phone": "",
                }
            )
        return {"data": data}


def _epoch(query: Mapping[str, str], name: str, after: timedelta = timedelta()) -> int:
    try:
        day = datetime.strptime(query.get(name, ""), _DAY).replace(tzinfo=LOCAL)
        return int((day + after).timestamp())
    except (ValueError, OverflowError) as error:
        raise Refusal(ErrorCode.NOT_PROCESSED, f"{name} is not yyyy/MM/dd") from error


def _object(body: bytes) -> dict[str, object]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise Refusal(ErrorCode.NOT_PROCESSED, "the body must be a JSON object")
    return value


def _no_document(doc_id: str) -> Refusal:
    return Refusal(ErrorCode.NOT_PROCESSED, f"this unit has no document with docId {doc_id!r}")
