"""The simulated officer who looks at what waits, as one does each morning."""

from datetime import date, datetime

from domain.facts import About
from domain.ids import OfficeId
from domain.kinds import Decision, ReviewKind
from domain.state import ReviewState, RoundState
from domain.status import RoundStatus
from dondoc.app import App
from dondoc.services.compiling import approve
from dondoc.services.resolve import Resolution, open_reviews, resolve

NAME = "Nguyễn Thị Lan (văn thư, demo)"
EXTENDED_TO = date(2024, 11, 15)
REPORT_NUMBER = "88"

LEFT_OPEN = frozenset({ReviewKind.UNDELIVERABLE})
"""Only the administrator can correct an address; the demo leaves these waiting."""


def attend(app: App, now: datetime) -> int:
    """Decide everything that this officer can decide, and return how much that was."""
    waiting = [r for r in open_reviews(app) if r.kind not in LEFT_OPEN]
    for review in waiting:
        resolve(app, review.review, _decision(review), now)
    return len(waiting) + _approve(app, now)


def _decision(review: ReviewState) -> Resolution:
    match review.kind:
        case ReviewKind.EXTENSION_REQUEST:
            return Resolution(
                decision=Decision.ACCEPT, by=NAME, until=EXTENDED_TO, note="đồng ý gia hạn"
            )
        case ReviewKind.REFUSAL:
            return Resolution(decision=Decision.WAIVE, by=NAME, note="không thuộc chức năng")
        case ReviewKind.UNKNOWN_SENDER | ReviewKind.UNMATCHED_REPLY if review.candidates:
            return Resolution(
                decision=Decision.ACCEPT,
                by=NAME,
                office=OfficeId(review.candidates[0]),
                note="đã gọi điện xác nhận",
            )
        case ReviewKind.WRONG_LETTER:
            return Resolution(
                decision=Decision.REJECT, by=NAME, note="báo cáo của văn bản khác, đã báo đơn vị"
            )
        case ReviewKind.QUESTION:
            return Resolution(decision=Decision.NOTED, by=NAME, note="đã trả lời qua điện thoại")
        case _:
            return Resolution(decision=Decision.NOTED, by=NAME, note="đã xem")


def _approve(app: App, now: datetime) -> int:
    compiled = [r for r in app.ledger.select(RoundState) if r.status is RoundStatus.COMPILED]
    for row in compiled:
        about = About(campaign=row.campaign, round=row.round)
        approve(app, str(about.campaign), str(about.round), now, by=NAME, number=REPORT_NUMBER)
    return len(compiled)
