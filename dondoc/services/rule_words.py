"""Values of the configuration as its files have them: by their keys, in the units of these."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import time, timedelta

from domain.campaign import RoundRule
from dondoc.settings.records import MEGABYTE

Members = Iterator[tuple[str, str]]

_KEYS: Mapping[str, str] = {
    "wait": "wait_minutes",
    "max_octets": "max_megabytes",
    "patience": "patience_days",
    "in_charge": "parent_name",
}
"""Members of a rule whose key has another name."""


def said(value: object, other: object) -> str:
    """Say a value as a file has it, of a rule only the keys that differ from another one's."""
    if value is None or value == "":
        return "nothing"
    others = dict(_members(other))
    pairs = [f"{key}: {text}" for key, text in _members(value) if others.get(key) != text]
    return ", ".join(pairs) or plain(value)


def plain(value: object) -> str:
    """Say a value that is no rule of several keys."""
    match value:
        case bool():
            return str(value).lower()
        case tuple():
            return f"[{', '.join(map(plain, value))}]"
        case time():
            return f"{value:%H:%M}"
        case timedelta():
            return str(value // timedelta(minutes=1))
    return str(value)


def _members(value: object) -> Members:
    if isinstance(value, RoundRule):
        yield from _rhythm(value)
    elif is_dataclass(value):
        for field in fields(value):
            member = getattr(value, field.name)
            if field.name == "max_octets":
                member //= MEGABYTE
            if member not in (None, ""):
                yield _KEYS.get(field.name, field.name), plain(member)


def _rhythm(rule: RoundRule) -> Members:
    if rule.yearly:
        yield "yearly", f"{rule.due_month:02}-{rule.due_day:02}"
    else:
        yield "once", str(rule.due_on)
    yield "before", plain(rule.before)
    yield "open_days_before", str(rule.open_days_before)
