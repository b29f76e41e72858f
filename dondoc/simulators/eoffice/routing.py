"""Where a file goes: a document to its ``To`` units, a status to ``ResponseFor/OrganId``."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from dondoc.simulators.eoffice.edxml import Header
from dondoc.simulators.eoffice.envelope import ErrorCode, Refusal
from dondoc.simulators.eoffice.units import Unit

DOCUMENT = "edoc"
STATUS = "status"

Find = Callable[[str], Unit | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """One receiving unit and the code by which the sender addressed it."""

    unit: Unit
    code: str


def kind_of(messagetype: str, header: Header) -> str:
    """Return ``edoc`` or ``status``: by messagetype, else by the presence of StatusCode.

    Raises Refusal 22 for a status without code, 21 for another messagetype.
    """
    kind = message_type(messagetype) or (STATUS if header.is_status else DOCUMENT)
    if kind == STATUS and not header.is_status:
        raise Refusal(ErrorCode.NOT_EDXML, "a status message needs MessageHeader/StatusCode")
    return kind


def message_type(text: str) -> str:
    """Return ``edoc``, ``status`` or blank for absent. Raises Refusal 21 for anything else."""
    kind = text.lower()
    if kind not in {"", DOCUMENT, STATUS}:
        raise Refusal(ErrorCode.NOT_PROCESSED, "messagetype must be edoc or status")
    return kind


def destinations(kind: str, header: Header, to: str, find: Find) -> list[Destination]:
    """Return each receiving unit once.

    The file decides; the optional ``to`` parameter (JSON text) counts only for a document without
    ``To``. Raises Refusal 22 if nobody is named, 18 for an unknown unit, 23 for a locked one.
    """
    found: dict[int, Destination] = {}
    for code in _codes(kind, header, to):
        unit = find(code)
        if unit is None or unit.deleted:
            raise Refusal(ErrorCode.UNKNOWN_RECEIVER, f"receiving unit {code} does not exist")
        if unit.locked:
            raise Refusal(ErrorCode.RECEIVER_LOCKED, f"receiving unit {code} is locked")
        found.setdefault(unit.id, Destination(unit=unit, code=code))
    return list(found.values())


def _codes(kind: str, header: Header, to: str) -> list[str]:
    if kind == STATUS:
        codes = [header.answers_to] if header.answers_to else []
        missing = "ResponseFor/OrganId"
    else:
        codes = list(header.receivers) or _parameter_codes(to)
        missing = "To/OrganId"
    if not codes:
        raise Refusal(ErrorCode.NOT_EDXML, f"MessageHeader/{missing} is missing")
    return codes


def _parameter_codes(to: str) -> list[str]:
    try:
        value = json.loads(to)
    except (ValueError, RecursionError):
        value = to
    texts = value if isinstance(value, list) else [value]
    return [text.strip() for text in texts if isinstance(text, str) and text.strip()]
