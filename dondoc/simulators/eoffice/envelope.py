"""The JSON envelope of every answer: ``status``, ``ErrorCode``, ``ErrorDesc`` and what is added.

The VXP SDK reads all three members of every answer and ignores the HTTP status, so errors travel
in the JSON with HTTP 200. Members that the SDK reads unconditionally are present on failure too.
"""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeAlias

Json: TypeAlias = bool | int | str | list["Json"] | dict[str, "Json"]
Members: TypeAlias = dict[str, Json]


class ErrorCode(StrEnum):
    """Codes of the exchange's software family (provincial guide version 2.2)."""

    OK = "0"
    INVALID_FILE = "10"
    NOT_AUTHENTIC = "15"
    UNKNOWN_RECEIVER = "18"
    UNKNOWN_SENDER = "19"
    INTERNAL = "20"
    NOT_PROCESSED = "21"
    NOT_EDXML = "22"
    RECEIVER_LOCKED = "23"


class Refusal(Exception):
    """An answer with an error code; stays inside the simulator and is sent as JSON."""

    def __init__(self, code: ErrorCode, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


# The SDK crashes or returns null when one of these is missing or null.
_EMPTY: Mapping[str, Members] = {
    "sendEdoc": {"DocId": ""},
    "getReceivedEdocList": {"data": []},
    "getSentEdocList": {"data": []},
    "getAgenciesList": {"data": []},
    "getAgenciesListQD20": {"data": []},
    "getSynchronizeUnit": {"data": []},
    "getEdoc": {"data": ""},
    "countReceiveEdoc": {"count": 0},
    "countReceiveStatus": {"count": 0},
}


def accepted(members: Members) -> bytes:
    """Wrap the result of an operation that succeeded; returns UTF-8 JSON."""
    return _encode({"status": "OK", "ErrorCode": ErrorCode.OK, "ErrorDesc": "Success", **members})


def refused(operation: str, refusal: Refusal) -> bytes:
    """Wrap a refusal with the members that ``operation`` must always have; returns UTF-8 JSON."""
    head: Members = {"status": "FAIL", "ErrorCode": refusal.code, "ErrorDesc": refusal.text}
    return _encode(head | _EMPTY.get(operation, {}))


def _encode(members: Members) -> bytes:
    # "replace": an error text may quote a lone surrogate that came in as a JSON escape.
    text = json.dumps(members, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")
