"""Texts, numbers, days and instants as edXML files write them (QCVN 102:2016).

Days are ``yyyy/MM/dd`` and instants ``yyyy/MM/dd HH:mm:ss`` in Vietnamese local time without a
zone. Written exactly so; read in the other shapes that senders use, day first where the year is
last. Reading functions return None for what they cannot make out.
"""

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")

_DAY = (
    r"(?:(?P<y>\d{4})[/.-](?P<m>\d{1,2})[/.-](?P<d>\d{1,2})"
    r"|(?P<d2>\d{1,2})[/.-](?P<m2>\d{1,2})[/.-](?P<y2>\d{4}))"
)
_TIME = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?"
_ZONE = r"(?P<zone>Z|[+-]\d{2}:?\d{2})"
_WHEN = re.compile(rf"{_DAY}(?:[ T]{{1,3}}{_TIME} ?{_ZONE}?)?", re.ASCII | re.IGNORECASE)
_INTEGER = re.compile(r"[+-]?\d{1,9}", re.ASCII)
_INVISIBLE = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read_text(text: str) -> str:
    """Return the text trimmed and in NFC; empty means absent."""
    return unicodedata.normalize("NFC", text).strip()


def without_invisible(text: str) -> str:
    """Return the text without characters that nobody sees: all blanks but the ordinary, and marks.

    They come with names that were copied from web pages and office programs.
    """
    return "".join(c for c in text if c == " " or unicodedata.category(c) not in _INVISIBLE)


def read_integer(text: str) -> int | None:
    """Return a whole number of at most nine digits."""
    stripped = text.strip()
    return int(stripped) if _INTEGER.fullmatch(stripped) else None


def read_flag(text: str) -> bool | None:
    """Return what ``0``, ``1``, ``true`` or ``false`` says."""
    return {"1": True, "true": True, "0": False, "false": False}.get(text.strip().lower())


def read_instant(text: str) -> datetime | None:
    """Return the instant in UTC; without a zone it is Vietnamese time, without a time midnight."""
    match = _WHEN.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day = (int(match[name] or match[name + "2"]) for name in "ymd")
    hour, minute, second = (int(match[name] or 0) for name in ("hour", "minute", "second"))
    try:
        zone = _zone(match["zone"])
        return datetime(year, month, day, hour, minute, second, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _zone(text: str | None) -> ZoneInfo | timezone:
    if text is None:
        return LOCAL
    if text in "Zz":
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


def read_day(text: str) -> date | None:
    """Return the day in Vietnam; a time after it only matters when it has a zone."""
    instant = read_instant(text)
    return None if instant is None else instant.astimezone(LOCAL).date()


def write_text(text: str) -> str:
    """Return the text without the characters that XML 1.0 section 2.2 does not allow."""
    return _NOT_IN_XML.sub("", text)


def write_day(day: date | None) -> str:
    """Return ``yyyy/MM/dd``, or an empty text for None."""
    return "" if day is None else f"{day.year:04}/{day.month:02}/{day.day:02}"


def write_instant(instant: datetime | None) -> str:
    """Return ``yyyy/MM/dd HH:mm:ss`` in Vietnamese time, or an empty text for None."""
    if instant is None:
        return ""
    local = instant.astimezone(LOCAL)
    return f"{write_day(local.date())} {local:%H:%M:%S}"
