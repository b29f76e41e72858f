"""The operations of the exchange, each a function of a verified request.

Parameters that an operation does not know are ignored: the SDK's header map sticks, so those of
earlier calls ride along.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from dondoc.simulators.eoffice.directory import Answer, Directory, Run
from dondoc.simulators.eoffice.documents import DONE, SETTLED, Documents, StoredFile
from dondoc.simulators.eoffice.envelope import ErrorCode, Refusal
from dondoc.simulators.eoffice.routing import DOCUMENT, STATUS, message_type
from dondoc.simulators.eoffice.rows import epoch, local_time, received_row, sent_row
from dondoc.simulators.eoffice.sending import Sending
from dondoc.simulators.eoffice.signature import Signed
from dondoc.simulators.eoffice.transit import reserialise
from dondoc.simulators.eoffice.units import Units

_TRACE_TIME = "%Y/%m/%d %H:%M:%S"
_FOREVER = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """How an operation is called: its HTTP method, and what carries it out."""

    method: str
    run: Run


class Operations:
    """All operations over one state folder."""

    def __init__(
        self,
        documents: Documents,
        units: Units,
        now: Callable[[], datetime],
        *,
        reserialised: bool = False,
    ) -> None:
        self._documents = documents
        self._directory = Directory(units)
        self._now = now
        self._sending = Sending(documents, units, now)
        self._reserialised = reserialised

    def table(self) -> Mapping[str, Operation]:
        """Return every operation by the name that ends the request's path."""
        posts: dict[str, Run] = {
            "sendEdoc": self._send,
            "getReceivedEdocList": self._list_received,
            "getEdoc": self._get,
            "updateStatus": self._update_status,
            "getSentEdocList": self._list_sent,
            "countReceiveEdoc": lambda signed, _body: self._count(signed, DOCUMENT),
            "countReceiveStatus": lambda signed, _body: self._count(signed, STATUS),
            **self._directory.operations(),
        }
        table = {name: Operation(method="POST", run=run) for name, run in posts.items()}
        table["downloadEdoc"] = Operation(method="GET", run=self._download)
        return table

    def _send(self, signed: Signed, body: bytes) -> Answer:
        return {"DocId": self._sending.accept(signed, body)}

    def _list_received(self, signed: Signed, _body: bytes) -> Answer:
        kind = message_type(signed.get("messagetype"))
        since = epoch(signed.get("fromDate"), "fromDate", 0)
        until = epoch(signed.get("toDate"), "toDate", _FOREVER)
        found = self._documents.waiting(signed.system, kind, since, until)
        return {"data": [received_row(delivery) for delivery in found]}

    def _get(self, signed: Signed, _body: bytes) -> Answer:
        return {"data": base64.b64encode(self._fetch(signed)).decode("ascii")}

    def _download(self, signed: Signed, _body: bytes) -> Answer:
        return self._fetch(signed)

    def _fetch(self, signed: Signed) -> bytes:
        doc_id = signed.get("docId")
        file = self._documents.file(signed.system, doc_id)
        if file is None:
            raise _no_document(doc_id)
        delivery = self._documents.received(signed.system, doc_id)
        if delivery is not None:
            self._documents.pulled(delivery, self._epoch_now())
        return self._in_transit(file)

    def _in_transit(self, file: StoredFile) -> bytes:
        if not self._reserialised:
            return file.content
        stamp = local_time(file.sent_at, _TRACE_TIME)
        return reserialise(file.content, is_status=file.kind == STATUS, timestamp=stamp)

    def _update_status(self, signed: Signed, _body: bytes) -> Answer:
        doc_id, state = signed.get("docId"), signed.get("status").lower()
        if state not in SETTLED:
            raise Refusal(ErrorCode.NOT_PROCESSED, "status must be done, fail or processing")
        delivery = self._documents.received(signed.system, doc_id)
        if delivery is None:
            raise _no_document(doc_id)
        if delivery.state == DONE != state:
            raise Refusal(ErrorCode.NOT_PROCESSED, f"document {doc_id} is done already")
        if delivery.state != state:
            self._documents.settle(delivery, state, signed.get("description"), self._epoch_now())
        return {}

    def _list_sent(self, signed: Signed, _body: bytes) -> Answer:
        kind = message_type(signed.get("messagetype"))
        found = self._documents.sent(signed.system, kind, signed.get("docId"))
        return {"data": [sent_row(delivery) for delivery in found]}

    def _count(self, signed: Signed, kind: str) -> Answer:
        return {"count": self._documents.count_waiting(signed.system, kind)}

    def _epoch_now(self) -> int:
        return int(self._now().timestamp())


def _no_document(doc_id: str) -> Refusal:
    return Refusal(ErrorCode.NOT_PROCESSED, f"this system has no document with docId {doc_id!r}")
