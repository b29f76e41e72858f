"""Answers gone wrong, as a `Fault` says."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from starlette.responses import Response

from dondoc.simulators.eoffice.faults import Fault

_OF_LISTS: Mapping[Fault | None, Callable[[list[Any]], list[Any]]] = {
    Fault.DUPLICATE: lambda rows: [row for row in rows for _ in range(2)],
    Fault.REORDER: lambda rows: rows[::-1],
    Fault.BLANK: lambda rows: [*rows[:-1], *(None for _ in rows[-1:])],
}
_HTML = b"<html><body><h1>500 Internal Server Error</h1></body></html>"


def spoiled(response: Response, fault: Fault | None) -> Response:
    """Return what is sent in place of an answer; what a fault cannot spoil is sent as it is."""
    if fault is Fault.HTML:
        return Response(_HTML, status_code=500, media_type="text/html")
    if fault is Fault.EMPTY:
        return Response(b"")
    if fault is Fault.TRUNCATED:
        half = bytes(response.body)[: len(response.body) // 2]
        return Response(half, media_type=response.media_type)
    if fault in _OF_LISTS:
        return _spoiled_list(response, _OF_LISTS[fault])
    return response


def doc_id_of(response: Response, name: str) -> str:
    """Return the docId that an answer to a send gives under ``name``, blank for a refusal."""
    return str(_members(response).get(name, ""))


def _spoiled_list(response: Response, spoil: Callable[[list[Any]], list[Any]]) -> Response:
    members = _members(response)
    rows = members.get("data")
    if not isinstance(rows, list):
        return response
    members = {**members, "data": spoil(rows)}
    text = json.dumps(members, ensure_ascii=False, separators=(",", ":"))
    return Response(text.encode(), media_type=response.media_type)


def _members(response: Response) -> Mapping[str, Any]:  # JSON has no narrower type in Python
    try:
        members = json.loads(bytes(response.body))
    except ValueError:  # the bytes of a file
        members = None
    return members if isinstance(members, dict) else {}
