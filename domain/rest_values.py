"""What rules find in an answer, checked: a missing or odd value is an error that names its key.

Every function raises ``MalformedDocument``, for nothing its kind ``Absent``; the reason names the
key of the mapping file and kinds of values, never a value, which may be the text of a document.
"""

import json
import unicodedata
from collections.abc import Mapping
from datetime import datetime

from domain.errors import MalformedDocument
from domain.rest import DateRule, Rule

DEPTH = 64
"""Objects and lists within one another; systems stay below ten."""

_WHAT = "answer"
_LONGEST_NUMBER = 10**18
_KINDS: Mapping[type, str] = {
    type(None): "null",
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "text",
    list: "a list",
    dict: "an object",
}


class Absent(MalformedDocument):
    """What must stand in an answer is null or missing: servers that fail give such answers."""


def parsed(content: bytes) -> object:
    """Return the value of a JSON text (RFC 8259) that is not nested too deeply."""
    try:
        # The library's extra constants (NaN) are no JSON.
        data: object = json.loads(content, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise MalformedDocument(_WHAT, "it is no JSON") from None
    level: list[object] = [data]
    for _ in range(DEPTH):
        level = [inner for value in level for inner in _inside(value)]
        if not level:
            return data
    raise MalformedDocument(_WHAT, f"it is nested more than {DEPTH} deep")


def kind_of(value: object) -> str:
    """Return what a value is, in words that hold nothing of it."""
    return _KINDS.get(type(value), "something odd")


def text_of(rule: Rule, data: object) -> str:
    """Return text that is not blank, in NFC; a whole number is taken for its digits."""
    found = _text(rule, data)
    if found is None:
        raise _absent(rule, "null", "text")
    if not found:
        raise wrong(rule, "blank text", "text")
    return found


def optional_text(rule: Rule | None, data: object) -> str:
    """Return text that may be absent, null or blank; then it is empty."""
    return (_text(rule, data) or "") if rule else ""


def texts_of(rule: Rule | None, data: object) -> tuple[str, ...]:
    """Return the texts of a list that may be absent or null; blank ones are left out."""
    found = rule.value(data) if rule else None
    if rule is None or found is None:
        return ()
    if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
        raise wrong(rule, kind_of(found), "a list of texts")
    return tuple(text for item in found if (text := _clean(item)))


def items_of(rule: Rule, data: object) -> list[object]:
    """Return a list, which may be empty but not missing, and has no null in it."""
    found = rule.value(data)
    if found is None:
        raise _absent(rule, "null", "a list")
    if not isinstance(found, list):
        raise wrong(rule, kind_of(found), "a list")
    if any(item is None for item in found):
        raise _absent(rule, "a list with null in it", "a list")
    return found


def count_of(rule: Rule, data: object) -> int:
    """Return a whole number that is not negative; digits in a text count too."""
    found = rule.value(data)
    if found is None:
        raise _absent(rule, "null", "a whole number")
    if isinstance(found, str) and found.strip().isdecimal() and len(found) < len("10" * 9):
        found = int(found)
    if type(found) is not int or not 0 <= found < _LONGEST_NUMBER:
        raise wrong(rule, kind_of(found), "a whole number")
    return found


def holds(rule: Rule, data: object) -> bool:
    """Return whether a condition holds; what is neither true nor false is an error."""
    found = rule.value(data)
    if type(found) is not bool:
        raise wrong(rule, kind_of(found), "true or false")
    return found


def instant_of(date: DateRule | None, data: object) -> datetime | None:
    """Return an instant in UTC; None where the date is absent, null or blank."""
    if date is None:
        return None
    found = optional_text(date.rule, data)
    if not found:
        return None
    for form in date.forms:
        instant = form.read(found)
        if instant is not None:
            return instant
    forms = " or ".join(form.text for form in date.forms)
    raise MalformedDocument(_WHAT, f"{date.rule.key} gives a date in another form than {forms}")


def wrong(rule: Rule, found: str, wanted: str) -> MalformedDocument:
    """Make the error of a value of the wrong kind."""
    return MalformedDocument(_WHAT, _unlike(rule, found, wanted))


def _absent(rule: Rule, found: str, wanted: str) -> Absent:
    return Absent(_WHAT, _unlike(rule, found, wanted))


def _unlike(rule: Rule, found: str, wanted: str) -> str:
    return f"{rule.key} gives {found} where {wanted} is needed"


def _text(rule: Rule, data: object) -> str | None:
    found = rule.value(data)
    if found is None:
        return None
    if type(found) is int and abs(found) < _LONGEST_NUMBER:
        return str(found)
    if not isinstance(found, str):
        raise wrong(rule, kind_of(found), "text")
    return _clean(found)


def _clean(text: str) -> str:
    # Halves of surrogate pairs are legal in JSON and can be written nowhere.
    sound = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return unicodedata.normalize("NFC", sound).strip()


def _inside(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _no_constant(name: str) -> object:
    raise ValueError(name)
