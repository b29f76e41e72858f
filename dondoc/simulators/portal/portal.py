"""The simulated portal as a whole: its pages and files on one socket."""

import asyncio
import threading
from collections.abc import Callable, Iterable
from typing import Self

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from dondoc.simulators.eoffice.server import Server, listen
from dondoc.simulators.portal.faults import Fault, Faults
from dondoc.simulators.portal.pages import (
    Post,
    Style,
    detail_page,
    down_page,
    list_page,
    login_page,
    other_layout,
)

_FOREIGN = "http://elsewhere.example/van-ban"


class Portal:
    """A running portal; use it as a context manager. Port 0 takes a free one.

    ``style`` is how the list looks, ``charset`` how pages are written. ``faults`` befall the
    requests that come; ``requests`` lists the places that were asked: list, detail, file, other.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        host: str = "127.0.0.1",
        style: Style = "table",
        page_size: int = 10,
        charset: str = "utf-8",
    ) -> None:
        self.style, self.page_size, self.charset = style, page_size, charset
        self.posts: list[Post] = []
        self.faults = Faults()
        self.requests: list[str] = []
        listener = listen((host, port))
        self.url = f"http://{host}:{listener.getsockname()[1]}"
        self._server = Server(self._answer, listener)

    @property
    def page(self) -> str:
        """The address of the list."""
        return f"{self.url}/van-ban"

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    def post(self, *posts: Post) -> None:
        """Post documents; the newest stand first."""
        self.posts[:0] = posts

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        place, response = self._found(request)
        self.requests.append(place)
        fault = self.faults.take(place)
        if fault is Fault.DROP:
            self._server.disconnect(scope)
            # The server must have noticed before this returns, or it answers with a 500.
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        if fault is Fault.SLOW:
            await asyncio.sleep(self.faults.delay)
        if fault is Fault.TRUNCATE:
            await _half(response, send)
            self._server.disconnect(scope)
            return
        await _spoiled(response, fault)(scope, receive, send)

    def _found(self, request: Request) -> tuple[str, Response]:
        match request.url.path.strip("/").split("/"):
            case ["van-ban"]:
                return "list", self._list(int(request.query_params.get("trang", "1")))
            case ["van-ban", key] if key.isdigit() and int(key) < len(self.posts):
                # Keys count from the oldest, so that a new post changes none.
                post = self.posts[-1 - int(key)]
                return "detail", self._html(detail_page(int(key), post, charset=self.charset))
            case ["tep", key, at, *_] if key.isdigit() and int(key) < len(self.posts):
                name, content = self.posts[-1 - int(key)].files[int(at)]
                kind = "application/pdf" if name.endswith(".pdf") else "application/octet-stream"
                return "file", Response(content, media_type=kind)
            case _:
                return "other", Response(down_page(), status_code=404, media_type="text/html")

    def _list(self, page: int) -> Response:
        start = (page - 1) * self.page_size
        keyed = [(len(self.posts) - 1 - at, post) for at, post in enumerate(self.posts)]
        shown = keyed[start : start + self.page_size]
        more = start + self.page_size < len(keyed)
        html = list_page(shown, style=self.style, page=page, more=more, charset=self.charset)
        return self._html(html)

    def _html(self, html: str) -> Response:
        content = html.encode(self.charset, errors="xmlcharrefreplace")
        # Without a charset in the header: many portals say it in the page only.
        return Response(content, headers={"content-type": "text/html"})


def serve(
    posts: Iterable[Post],
    port: int,
    *,
    host: str = "127.0.0.1",
    style: Style = "table",
    faults: Iterable[str] = (),
    started: Callable[[str], None] = lambda _: None,
) -> None:
    """Run a portal until it is interrupted; ``started`` is told the address of its list."""
    portal = Portal(port=port, host=host, style=style)
    portal.faults.arm_all(faults)
    portal.post(*posts)
    with portal:
        started(portal.page)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


async def _half(response: Response, send: Send) -> None:
    body = bytes(response.body)
    headers = [(b"content-length", str(len(body)).encode()), (b"content-type", b"text/html")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
    # What was handed over leaves the socket before it is cut.
    await asyncio.sleep(0.05)


def _spoiled(response: Response, fault: Fault | None) -> Response:
    match fault:
        case Fault.DOWN:
            return Response(down_page(), status_code=503, media_type="text/html")
        case Fault.LAYOUT:
            return Response(other_layout(), media_type="text/html")
        case Fault.LOGIN:
            return Response(login_page(), media_type="text/html")
        case Fault.ELSEWHERE:
            return RedirectResponse(_FOREIGN, status_code=302)
        case Fault.LOOP:
            return RedirectResponse("", status_code=302)
        case Fault.OTHER_FILE:
            # What a file becomes that is saved again: it can be opened, and its octets differ.
            again = bytes(response.body) + b"\n% saved again\n"
            return Response(again, media_type=response.media_type)
        case _:
            return response
