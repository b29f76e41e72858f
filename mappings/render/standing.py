"""Where an office stands, in words that name the evidence: the same in report and register.

Offices that owe a report fall into classes, each office into one, so that their counts add up to
the number of reports missing.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from domain.compilation import CompiledRow, Failure, Proof
from domain.status import AssignmentStatus
from mappings.render.tally import owing, refused, unreached
from mappings.render.wording import STATUS, count, day_short, in_sentence, local

PROOF = {
    Proof.REGISTERED: "đã tiếp nhận trên trục liên thông",
    Proof.MAIL: "đã xác nhận bằng thư điện tử",
    Proof.DOCUMENT: "đã xác nhận bằng văn bản trên trục liên thông",
}

FAILURE = {
    Failure.REFUSED: "từ chối tiếp nhận trên trục liên thông",
    Failure.MAIL_RETURNED: "không gửi được thư điện tử",
    Failure.NOT_CARRIED: "không gửi được qua trục liên thông",
}


class Arrears(StrEnum):
    """Why a report is missing, in words that follow a number or open a line."""

    GRANTED = "đang trong thời gian được gia hạn"
    RECEIVED = "đã nhận được văn bản nhưng chưa gửi báo cáo"
    UNCONFIRMED = "đã được gửi văn bản nhưng chưa có hồi báo"
    UNSENT = "chưa được gửi văn bản"
    UNREACHED = "chưa nhận được văn bản do không gửi đến được"
    REFUSED = "đã từ chối tiếp nhận văn bản"


_OF_STATUS = {
    AssignmentStatus.WAITING: Arrears.UNSENT,
    AssignmentStatus.SENT: Arrears.UNCONFIRMED,
}


def arrears(rows: Iterable[CompiledRow], at: datetime) -> dict[Arrears, list[CompiledRow]]:
    """Return the offices whose report is missing at an instant, by class; no class is empty."""
    found: dict[Arrears, list[CompiledRow]] = {kind: [] for kind in Arrears}
    for row in rows:
        if owing(row):
            found[_arrears(row, at)].append(row)
    return {kind: members for kind, members in found.items() if members}


def _arrears(row: CompiledRow, at: datetime) -> Arrears:
    if row.extended and row.due_at and row.due_at > at:
        return Arrears.GRANTED
    if refused(row):
        return Arrears.REFUSED
    if unreached(row):
        return Arrears.UNREACHED
    return _OF_STATUS.get(row.status, Arrears.RECEIVED)


def evidence(row: CompiledRow) -> str:
    """Return how far the directive has verifiably come, as it stands inside a sentence."""
    if row.proof and row.acknowledged_at:
        return f"{PROOF[row.proof]} ngày {_day(row.acknowledged_at)}"
    if row.failures:
        return ", ".join(FAILURE[failure] for failure in row.failures)
    if row.status is AssignmentStatus.DELIVERED and row.delivered_at:
        return f"văn bản đã đến ngày {_day(row.delivered_at)}"
    return in_sentence(STATUS[row.status])


def proofs(rows: Iterable[CompiledRow]) -> str:
    """Return how many offices took the directive in by what proof, as a sentence tells it."""
    listed = Counter(row.proof for row in rows if row.proof)
    return ", ".join(f"{count(listed[p])} nơi {PROOF[p]}" for p in Proof if listed[p])


def extension(row: CompiledRow) -> str:
    """Return ``gia hạn đến 15/11/2024``, empty for an office with the deadline of all."""
    return f"gia hạn đến {_day(row.due_at)}" if row.extended and row.due_at else ""


def _day(instant: datetime) -> str:
    return day_short(local(instant).date())
