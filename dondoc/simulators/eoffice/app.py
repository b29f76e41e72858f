"""The HTTP face: one ASGI application for all operations.

Only the last segment of the path counts, so a base path may precede it. Whatever happens, the
answer is the JSON envelope with HTTP 200; only the bytes of downloadEdoc go out as they are.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from dondoc.simulators.eoffice.envelope import ErrorCode, Refusal, accepted, refused
from dondoc.simulators.eoffice.faults import Fault, Faults
from dondoc.simulators.eoffice.operations import Operation
from dondoc.simulators.eoffice.signature import Signed, verify
from dondoc.simulators.eoffice.spoiling import doc_id_of, spoiled

_log = logging.getLogger(__name__)

JSON = "application/json; charset=utf-8"
_FILE = "application/octet-stream"
_SMALL_BODY = 1_048_576  # bytes; no operation but sendEdoc needs more than a few hundred


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """An ASGI application over the operations.

    ``max_body`` bounds a sendEdoc body in bytes; ``disconnect`` closes a client's connection;
    ``redeliver`` lets the document of a DocId wait once more.
    """

    operations: Mapping[str, Operation]
    secrets: Mapping[str, str]
    now: Callable[[], datetime]
    faults: Faults
    disconnect: Callable[[Scope], None]
    redeliver: Callable[[str], None]
    max_body: int
    window: timedelta | None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        name = scope["path"].rstrip("/").rpartition("/")[2]
        response = await self._answer(name, scope, receive)
        fault = self.faults.take(name) if name in self.operations else None
        if fault is Fault.DROP:
            self.disconnect(scope)
            # The server must have noticed before this returns, or it answers with a 500.
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        if fault is Fault.REDELIVER:
            await run_in_threadpool(self.redeliver, doc_id_of(response, "DocId"))
        if fault is Fault.DELAY:
            await asyncio.sleep(self.faults.delay)
        await spoiled(response, fault)(scope, receive, send)

    async def _answer(self, name: str, scope: Scope, receive: Receive) -> Response:
        try:
            operation = self._operation(name, scope)
            signed = self._verify(scope)
        except Refusal as refusal:
            await _read(receive, 0)
            return _refusal(name, refusal)
        body = await _read(receive, self.max_body if name == "sendEdoc" else _SMALL_BODY)
        return await run_in_threadpool(_carried_out, name, operation, signed, body)

    def _operation(self, name: str, scope: Scope) -> Operation:
        operation = self.operations.get(name)
        if operation is None:
            raise Refusal(ErrorCode.NOT_PROCESSED, f"there is no operation {name!r}")
        if operation.method != scope["method"]:
            raise Refusal(ErrorCode.NOT_PROCESSED, f"{name} must be sent by {operation.method}")
        return operation

    def _verify(self, scope: Scope) -> Signed:
        return verify(scope["headers"], self.secrets, now=self.now(), window=self.window)


def _carried_out(name: str, operation: Operation, signed: Signed, body: bytes | None) -> Response:
    try:
        if body is None:
            raise Refusal(ErrorCode.INVALID_FILE, "the body is larger than this server takes")
        answer = operation.run(signed, body)
    except Refusal as refusal:
        return _refusal(name, refusal)
    except Exception:  # noqa: BLE001 - the edge of a server: one bad request must not end it
        _log.exception("operation_failed operation=%s", name)
        return _refusal(name, Refusal(ErrorCode.INTERNAL, "internal error of the exchange"))
    if isinstance(answer, bytes):
        return Response(answer, media_type=_FILE)
    return Response(accepted(answer), media_type=JSON)


def _refusal(name: str, refusal: Refusal) -> Response:
    _log.debug("request_refused operation=%s code=%s", name, refusal.code)
    return Response(refused(name, refusal), media_type=JSON)


async def _read(receive: Receive, limit: int) -> bytes | None:
    """Read the whole body and return it, or None if it is over ``limit`` bytes.

    What is over the limit is read and dropped: a client that still writes would see a broken
    connection instead of the answer.
    """
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        chunk = message.get("body", b"")
        size += len(chunk)
        if size <= limit:
            chunks.append(chunk)
        else:
            chunks.clear()
        if not message.get("more_body", False):
            return b"".join(chunks) if size <= limit else None
