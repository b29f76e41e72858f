"""The HTTP face: one ASGI application that serves the interface and the files."""

import asyncio
import json
import logging
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from dondoc.simulators.ioffice.documents import Documents, Row
from dondoc.simulators.ioffice.faults import Fault, Faults

_log = logging.getLogger(__name__)

JSON = "application/json; charset=utf-8"
# The answer of a front that shows its form of login to everybody who is not signed in.
_FORM = b"<!DOCTYPE html><html><body><form><input name='username'></form></body></html>"
_HTML = b"<html><body><h1>500 Internal Server Error</h1></body></html>"
_POSITION = "42"
_READ_FILE = "read-file"


@dataclass(slots=True)
class Tokens:
    """What the e-office has given out; refresh tokens change with every use, as good ones do."""

    access: set[str] = field(default_factory=set)
    refresh: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def give_refresh(self) -> str:
        """Return a new refresh token."""
        with self.lock:
            token = secrets.token_urlsafe(24)
            self.refresh.add(token)
            return token

    def exchange(self, refresh: str) -> tuple[str, str] | None:
        """Return an access and the next refresh token; None for one that is not good."""
        with self.lock:
            if refresh not in self.refresh:
                return None
            self.refresh.remove(refresh)
            access, following = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
            self.access.add(access)
            self.refresh.add(following)
            return access, following

    def expire(self) -> None:
        """End all access tokens."""
        with self.lock:
            self.access.clear()

    def end(self) -> None:
        """End all tokens, so that everybody must sign in again."""
        with self.lock:
            self.access.clear()
            self.refresh.clear()


class Refused(Exception):
    """The e-office says no, with a message and an HTTP status."""

    def __init__(self, message: str, status: int = 200) -> None:
        super().__init__(message)
        self.status = status


@dataclass(slots=True, kw_only=True)
class Application:
    """An ASGI application over the documents; ``disconnect`` closes a client's connection."""

    documents: Documents
    username: str
    password: str
    faults: Faults
    disconnect: Callable[[Scope], None]
    tokens: Tokens = field(default_factory=Tokens)
    requests: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        name = _operation(request)
        fault = self.faults.take(name)
        if fault is Fault.EXPIRE:
            self.tokens.expire()
        form = dict(parse_qsl((await request.body()).decode(errors="replace")))
        self.requests.append(name)
        response = await run_in_threadpool(self._answer, request, name, form, fault)
        if fault is Fault.DROP:
            self.disconnect(scope)
            # The server must have noticed before this returns, or it answers with a 500.
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        if fault is Fault.DELAY:
            await asyncio.sleep(self.faults.delay)
        await _spoiled(response, fault)(scope, receive, send)

    def _answer(
        self, request: Request, name: str, form: Mapping[str, str], fault: Fault | None
    ) -> Response:
        try:
            if name == _READ_FILE:
                return self._file(request)
            asked = {**request.query_params, **form}
            return _json(
                {"success": True, "message": "", "data": self._data(request, name, asked, fault)}
            )
        except Refused as refused:
            body = {"success": False, "message": str(refused), "data": None}
            return _json(body, refused.status)
        except Exception:  # noqa: BLE001 - the edge of a server: one bad request must not end it
            _log.exception("ioffice_operation_failed operation=%s", name)
            return _json({"success": False, "message": "Lỗi hệ thống", "data": None}, 500)

    def _data(
        self, request: Request, name: str, asked: Mapping[str, str], fault: Fault | None
    ) -> object:
        if name == "danh-sach-cong-tac-can-bo":
            return self._login(asked)
        if name == "access-token":
            return self._access(asked)
        self._check(request.headers.get("authorization", "").removeprefix("Bearer "))
        return None if fault is Fault.NULL else self._carried_out(name, asked, fault)

    def _login(self, asked: Mapping[str, str]) -> list[Row]:
        # Seen: path and fields. Made up: that the answer gives the refresh token.
        if (asked.get("username"), asked.get("password")) != (self.username, self.password):
            raise Refused("Sai tên đăng nhập hoặc mật khẩu")
        refresh = self.tokens.give_refresh()
        return [{"ma_ctcb": _POSITION, "ma_can_bo": "7", "refresh_token": refresh}]

    def _access(self, asked: Mapping[str, str]) -> Row:
        found = self.tokens.exchange(asked.get("refresh_token", ""))
        if found is None:
            raise Refused("Phiên làm việc đã hết hạn", 401)
        return {"access_token": found[0], "refresh_token": found[1]}

    def _check(self, token: str) -> None:
        if token not in self.tokens.access:
            raise Refused("Token không hợp lệ", 401)

    def _carried_out(self, name: str, asked: Mapping[str, str], fault: Fault | None) -> object:
        documents = self.documents
        match name:
            case "danh-sach-van-ban-den-theo-trang-thai-cua-chuyen-vien":
                return _page(documents.incoming(asked), asked, fault)
            case "tra-cuu-van-ban-di-agg":
                return _page(documents.outgoing(asked), asked, fault)
            case "chi-tiet-van-ban-den":  # made up after chi-tiet-van-ban-di
                return _found(documents.incoming_detail(asked.get("ma_van_ban_den", "")))
            case "chi-tiet-van-ban-di":
                _position(asked)
                return _found(documents.outgoing_detail(asked.get("ma_van_ban_di", "")))
            case "cap-nhat-trang-thai":  # made up
                if not documents.mark(asked.get("ma_van_ban_den", ""), asked.get("trang_thai", "")):
                    raise Refused("Không tìm thấy văn bản")
                return {}
            case _:
                raise Refused("Không tìm thấy chức năng", 404)

    def _file(self, request: Request) -> Response:
        # /api/file-manage/read-file/<key>/download/<token>/<name>, of which the name says nothing.
        _, key, _, token, _ = request.url.path.rsplit("/", 4)
        self._check(token)
        content = self.documents.file(key)
        if content is None:
            raise Refused("Không tìm thấy tệp", 404)
        return Response(content, media_type="application/octet-stream")


def _operation(request: Request) -> str:
    path = request.url.path.rstrip("/")
    return _READ_FILE if f"/{_READ_FILE}/" in path else path.rpartition("/")[2]


def _page(rows: list[Row], asked: Mapping[str, str], fault: Fault | None) -> list[Row]:
    page, size = int(asked.get("page", "1")), int(asked.get("size", "20"))
    found = rows[(page - 1) * size : page * size]
    if fault is Fault.DUPLICATE:
        return [row for row in found for _ in range(2)]
    return found[::-1] if fault is Fault.REORDER else found


def _position(asked: Mapping[str, str]) -> None:
    if asked.get("ma_ctcb") != _POSITION:
        raise Refused("Không có quyền xem văn bản")


def _found(row: Row | None) -> Row:
    if row is None:
        raise Refused("Không tìm thấy văn bản")
    return row


# JSON has no narrower type in Python.
def _json(body: dict[str, Any], status: int = 200) -> Response:
    content = json.dumps(body, ensure_ascii=False).encode()
    return Response(content, status_code=status, media_type=JSON)


def _spoiled(response: Response, fault: Fault | None) -> Response:
    match fault:
        case Fault.HTML:
            return Response(_HTML, status_code=500, media_type="text/html")
        case Fault.PAGE:
            return Response(_FORM, media_type="text/html")
        case Fault.EMPTY:
            return Response(b"")
        case Fault.TRUNCATE:
            half = bytes(response.body)[: len(response.body) // 2]
            return Response(half, media_type=response.media_type)
    return response
