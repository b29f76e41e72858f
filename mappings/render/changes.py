"""The words for what changed between two versions of a directive, one line for each change."""

from collections.abc import Iterable
from datetime import date

from domain.changes import Change, Changed
from mappings.render.wording import day_short, in_sentence

_MEMBERS = {
    Changed.CODE: "Số, ký hiệu",
    Changed.ISSUED_ON: "Ngày ban hành",
    Changed.TYPE: "Tên loại văn bản",
    Changed.SUBJECT: "Trích yếu",
    Changed.SIGNER: "Người ký",
    Changed.DEADLINE: "Thời hạn",
}

_FILES = {
    Changed.FILE_ADDED: "Bổ sung tệp",
    Changed.FILE_REMOVED: "Bỏ tệp",
    Changed.FILE_CHANGED: "Thay nội dung tệp",
}

_LONGEST_REASON = 1_000
"""Characters that fit into the one text field of a packet, which other systems show in a list."""


def change_lines(changes: Iterable[Change]) -> tuple[str, ...]:
    """Return one line for each change: ``Thời hạn: từ 10/11/2024 thành 20/11/2024``."""
    return tuple(map(_line, changes))


def reason_for_replacing(lines: Iterable[str], reason: str = "") -> str:
    """Return what changed as the exchange's text field takes it, after the issuer's own reason."""
    said = "; ".join([*([reason.strip().rstrip(".")] if reason.strip() else []), *lines])
    whole = said or "Thay thế văn bản đã gửi"
    return whole if len(whole) <= _LONGEST_REASON else whole[: _LONGEST_REASON - 1] + "…"


def _line(change: Change) -> str:
    if change.what in _FILES:
        return f"{_FILES[change.what]}: {change.after or change.before}"
    name = _MEMBERS[change.what]
    before, after = _value(change, change.before), _value(change, change.after)
    if not before:
        return f"{name}: bổ sung {after}"
    if not after:
        return f"{name}: bỏ {before}"
    return f"{name}: từ {before} thành {after}"


def _value(change: Change, value: str | date | None) -> str:
    if isinstance(value, date):
        return day_short(value)
    text = value or ""
    if change.what is Changed.SUBJECT and text:
        return f"“{text}”"
    return in_sentence(text) if change.what is Changed.TYPE else text
