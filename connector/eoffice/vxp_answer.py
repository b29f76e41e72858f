"""The exchange's answers, checked and never trusted.

The vendor's SDK takes a page that is no JSON for an empty list, so that a failing server looks
like "nothing new". Here every answer is either a proven success or an error.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from connector.eoffice.http import Answer, NoAnswer
from domain.errors import PeerRefused, PeerUnavailable

Members = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one ErrorCode means: whether waiting helps, and what a person can do."""

    temporary: bool
    advice: str


# The exchange publishes no list of its codes. These are the ones of the provincial axis of Lạng
# Sơn (guide v2.2), which runs the same family of software. Anything else is parked for a person:
# an unknown refusal that is retried for ever would look like an exchange that is down.
VERDICTS = {
    "10": Verdict(False, "the file or its hash is not accepted; look at the packet in review"),
    "15": Verdict(
        False, "check systemid and secret of this exchange, and the clock of this machine"
    ),
    "18": Verdict(
        False, "the receiving unit is unknown; compare its identifier with the agencies list"
    ),
    "19": Verdict(False, "the sending unit is not registered; ask the operator of the exchange"),
    # 20 and 21 say that the exchange failed at its own work, not that the packet is wrong (22
    # says that); the same bytes sent again are the same packet, so trying again is safe.
    "20": Verdict(True, "internal error of the exchange"),
    "21": Verdict(True, "the exchange failed to process the file"),
    "22": Verdict(False, "the file is not edXML as the exchange reads it (QCVN 102:2016)"),
    # A lock is opened by a person; meanwhile the office is to be reached by another channel.
    "23": Verdict(False, "the receiving unit is locked; reach it by another channel"),
}
UNKNOWN = Verdict(False, "this code is not documented; ask the operator of the exchange")

# RFC 9110 sections 15.5.9, RFC 6585 section 4: the server did not take the request up.
NOT_TAKEN = {408, 429}
SUCCESS = "OK"
DESCRIPTION_LENGTH = 200


def checked(peer: str, answer: Answer) -> Members:
    """Return the members of a successful envelope (``ErrorCode`` 0 and ``status`` OK).

    Raises ``PeerRefused`` and ``PeerUnavailable`` as the ErrorCode or the HTTP status says, and
    ``NoAnswer`` when the answer proves neither success nor refusal. The exchange puts its errors
    into the JSON, so that is believed before the HTTP status.
    """
    try:
        members, code = _envelope(answer.content)
    except NoAnswer as unusable:
        raise _by_http_status(peer, answer.status, unusable) from None
    if code != "0":
        raise _by_error_code(peer, code, _description(members))
    if not 200 <= answer.status < 300:
        raise NoAnswer(f"HTTP {answer.status} contradicts the success that the body reports")
    status = text(members, "status").strip().upper()
    if status != SUCCESS:
        shown = status[:20] if status.isprintable() else "unprintable"
        raise NoAnswer(f"status {shown} contradicts ErrorCode 0")
    return members


def member(members: Members, name: str) -> object:
    """Look a member up whatever its case (``DocId``, ``docId``, ``docid``); None when absent."""
    if name in members:
        return members[name]
    return next((value for key, value in members.items() if key.lower() == name.lower()), None)


def text(members: Members, name: str) -> str:
    """Return an optional member as text, empty when absent or null; raises ``NoAnswer``."""
    value = member(members, name)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise NoAnswer(f"member {name} is not text")


def required(members: Members, name: str) -> str:
    """Return a member that must be there with some text; raises ``NoAnswer``."""
    value = text(members, name).strip()
    if not value:
        raise NoAnswer(f"member {name} is missing or empty")
    return value


def identifier(members: Members, name: str) -> str:
    """Return a member that must be there and can be written down; raises ``NoAnswer``."""
    value = required(members, name)
    if not value.isprintable():
        raise NoAnswer(f"member {name} has characters that no identifier has")
    return value


def count(members: Members) -> int:
    """Return the member ``count``, a number of things; raises ``NoAnswer``."""
    found = number(members, "count")
    if found is None or found < 0:
        raise NoAnswer("member count is missing or below zero")
    return found


def number(members: Members, name: str) -> int | None:
    """Return an optional whole number, None when absent or null; raises ``NoAnswer``."""
    value = member(members, name)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise NoAnswer(f"member {name} is no whole number")


def flag(members: Members, name: str) -> bool | None:
    """Return an optional truth value, None when absent or null; raises ``NoAnswer``."""
    value = member(members, name)
    if value is None or isinstance(value, bool):
        return value
    raise NoAnswer(f"member {name} is neither true nor false")


def items(members: Members) -> list[Members]:
    """Return the objects of ``data``; raises ``NoAnswer`` for null, another type or a null item."""
    data = member(members, "data")
    if not isinstance(data, list):
        raise NoAnswer("member data is missing or is no list")
    if not all(isinstance(item, dict) for item in data):
        raise NoAnswer("member data has an item that is no object")
    return data


def json_object(content: bytes, server: str) -> Members:
    """Return the members of a JSON object; raises ``NoAnswer`` naming the ``server`` meant."""
    if not content.strip():
        raise NoAnswer("the answer is empty")
    try:
        members = json.loads(content, object_pairs_hook=_once_each)
    except (ValueError, RecursionError):
        kind = "a web page" if content.lstrip()[:1] == b"<" else "something that is no JSON"
        raise NoAnswer(f"the answer is {kind}; is this the address of the {server}?") from None
    if not isinstance(members, dict):
        raise NoAnswer("the answer is no JSON object")
    return members


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse a member that is there twice: readers differ in which one they believe."""
    members = dict(pairs)
    if len(members) < len(pairs):
        raise NoAnswer("the answer has a member twice")
    return members


def _envelope(content: bytes) -> tuple[Members, str]:
    members = json_object(content, "exchange")
    required(members, "status")
    return members, required(members, "ErrorCode")


def _description(members: Members) -> str:
    value = member(members, "ErrorDesc")
    words = value.split() if isinstance(value, str) else []
    printable = "".join(letter for letter in " ".join(words) if letter.isprintable())
    return printable[:DESCRIPTION_LENGTH]


def _by_error_code(peer: str, code: str, description: str) -> PeerRefused | PeerUnavailable:
    code = code[:20] if code.isprintable() else "unprintable"
    verdict = VERDICTS.get(code, UNKNOWN)
    detail = f"{description}; {verdict.advice}" if description else verdict.advice
    if verdict.temporary:
        return PeerUnavailable(peer, f"error {code}: {detail}")
    return PeerRefused(peer, code, detail)


def _by_http_status(peer: str, status: int, unusable: NoAnswer) -> Exception:
    if status in NOT_TAKEN:
        return PeerUnavailable(peer, f"HTTP {status}: the server is too busy")
    if 300 <= status < 500:
        detail = "no document exchange answers there; check the address of this exchange"
        return PeerRefused(peer, f"HTTP {status}", detail)
    if status >= 500:
        return NoAnswer(f"HTTP {status}: the server failed")
    return unusable
