"""The HTTP face of the axis: one ASGI application for login and all operations.

Only the last segment of the path counts, so a base path and ``/v1`` may precede it.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from dondoc.simulators.eoffice.envelope import ErrorCode, Members, Refusal
from dondoc.simulators.eoffice.spoiling import doc_id_of
from dondoc.simulators.lgsp.faults import Fault, Faults
from dondoc.simulators.lgsp.operations import Call, Operation
from dondoc.simulators.lgsp.tokens import Account, Tokens

_log = logging.getLogger(__name__)

JSON = "application/json; charset=utf-8"
LOGIN = "login"
_SMALL_BODY = 1_048_576  # bytes; no operation but sendEdoc needs more than a few hundred
_HTML = b"<html><body><h1>500 Internal Server Error</h1></body></html>"
# Seen word for word (guide v2.2): a call without a token.
_NO_LICENSE = "licenseInfo:invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """An ASGI application over the operations.

    ``max_body`` bounds a sendEdoc body in bytes; ``disconnect`` closes a client's connection;
    ``redeliver`` lets the document of a docId wait once more.
    """

    operations: Mapping[str, Operation]
    accounts: Mapping[str, Account]
    secrets: Mapping[str, str]
    tokens: Tokens
    faults: Faults
    disconnect: Callable[[Scope], None]
    redeliver: Callable[[str], None]
    max_body: int

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        name = scope["path"].rstrip("/").rpartition("/")[2]
        known = name in self.operations or name == LOGIN
        fault = self.faults.take(name) if known else None
        if fault is Fault.EXPIRE:
            self.tokens.expire()
        response = await self._answer(name, request)
        if fault is Fault.DROP:
            self.disconnect(scope)
            # The server must have noticed before this returns, or it answers with a 500.
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        if fault is Fault.REDELIVER:
            await run_in_threadpool(self.redeliver, doc_id_of(response, "docId"))
        if fault is Fault.DELAY:
            await asyncio.sleep(self.faults.delay)
        await _spoiled(response, fault)(scope, receive, send)

    async def _answer(self, name: str, request: Request) -> Response:
        body = await _read(request, self.max_body if name == "sendEdoc" else _SMALL_BODY)
        try:
            if name == LOGIN and request.method == "POST":
                return self._login(body or b"")
            operation = self._operation(name, request)
            if not self._has_token(request):
                return PlainTextResponse(_NO_LICENSE, status_code=HTTPStatus.UNAUTHORIZED)
            call = self._call(operation, request, body)
        except Refusal as refusal:
            return _refusal(name, refusal)
        return await run_in_threadpool(_carried_out, name, operation, call)

    def _login(self, body: bytes) -> Response:
        try:
            said = json.loads(body)
            account = self.accounts[said["username"]]
            good = said["password"] == account.password and account.application_code in {
                "",
                said["applicationCode"],
            }
        except (ValueError, LookupError, TypeError, RecursionError):
            good = False
        if not good:
            words: Members = {"code": 401, "message": "Sai tên đăng nhập hoặc mật khẩu"}
            return _json(words, HTTPStatus.UNAUTHORIZED)
        user: Members = {
            "token": self.tokens.give(account.username),
            "id": account.username,
            "username": account.username,
            "name": account.username,
        }
        return _json({"code": 200, "message": "Thành công", "data": user})

    def _operation(self, name: str, request: Request) -> Operation:
        operation = self.operations.get(name)
        if operation is None or operation.method != request.method:
            raise Refusal(ErrorCode.NOT_PROCESSED, f"there is no {request.method} {name!r}")
        return operation

    def _has_token(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and self.tokens.is_good(token.strip())

    def _call(self, operation: Operation, request: Request, body: bytes | None) -> Call:
        system = request.headers.get("x-systemid", "")
        secret = self.secrets.get(system)
        if operation.for_unit and (
            secret is None or secret != request.headers.get("x-secretkey", "")
        ):
            raise Refusal(ErrorCode.NOT_AUTHENTIC, "Sai SystemId hoặc SecretKey")
        if operation.method == "POST" and "content-length" not in request.headers:
            raise Refusal(ErrorCode.NOT_PROCESSED, "Unexpected end of Stream")
        if body is None:
            raise Refusal(ErrorCode.INVALID_FILE, "the body is larger than this server takes")
        return Call(
            system=system,
            query=dict(request.query_params),
            content_type=request.headers.get("content-type", ""),
            body=body,
        )


def _carried_out(name: str, operation: Operation, call: Call) -> Response:
    try:
        members: Members = {"success": True, "message": "Thành công", **operation.run(call)}
        return _json(members)
    except Refusal as refusal:
        return _refusal(name, refusal)
    except Exception:  # noqa: BLE001 - the edge of a server: one bad request must not end it
        _log.exception("operation_failed operation=%s", name)
        return _refusal(name, Refusal(ErrorCode.INTERNAL, "internal error of the axis"))


def _refusal(name: str, refusal: Refusal) -> Response:
    _log.debug("request_refused operation=%s code=%s", name, refusal.code)
    data: Members = {
        "docId": "",
        "status": "error",
        "errorCode": refusal.code,
        "errorDesc": refusal.text,
    }
    return _json({"success": False, "message": "Không thành công", "data": data})


def _json(members: Members, status: HTTPStatus = HTTPStatus.OK) -> Response:
    text = json.dumps(members, ensure_ascii=False, separators=(",", ":"))
    return Response(text.encode("utf-8", "replace"), status_code=status, media_type=JSON)


async def _read(request: Request, limit: int) -> bytes | None:
    """Read the whole body and return it, or None if it is over ``limit`` bytes."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= limit:
            chunks.append(chunk)
    return b"".join(chunks) if size <= limit else None


def _spoiled(response: Response, fault: Fault | None) -> Response:
    if fault is Fault.HTML:
        return Response(_HTML, status_code=500, media_type="text/html")
    if fault is Fault.EMPTY:
        return Response(b"")
    if fault is Fault.TRUNCATED:
        half = bytes(response.body)[: len(response.body) // 2]
        return Response(half, media_type=response.media_type)
    if fault in {Fault.DUPLICATE, Fault.REORDER, Fault.SHORT}:
        return _spoiled_list(response, fault)
    return response


def _spoiled_list(response: Response, fault: Fault) -> Response:
    members = json.loads(bytes(response.body)) if response.status_code == HTTPStatus.OK else {}
    rows = members.get("data")
    if not isinstance(rows, list):
        return response
    if fault is Fault.DUPLICATE:
        members["data"] = [row for row in rows for _ in range(2)]
    elif fault is Fault.REORDER:
        members["data"] = rows[::-1]
    else:
        members["data"] = rows[: len(rows) // 2]
    return _json(members)
