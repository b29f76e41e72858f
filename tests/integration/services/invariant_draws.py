"""What the test of the invariants draws from: fates, evidence, steps of time, what people do."""

from datetime import timedelta
from enum import Enum

from hypothesis import strategies as st

from domain.kinds import ReplyKind, ReviewKind
from domain.status import DispatchEvent
from tests.integration.services.invariant_parts import Box, Fate
from tests.unit.domain.small_district import MINH_TIEN, PHONG_Y_TE, START, YEN_SON

ASKED = (YEN_SON, MINH_TIEN, PHONG_Y_TE)
OFFICES = st.sampled_from(ASKED)
RECEIPTS = st.sampled_from(
    [
        DispatchEvent.DELAYED,
        DispatchEvent.RELAYED,
        DispatchEvent.DELIVERED,
        DispatchEvent.DISPLAYED,
        DispatchEvent.AUTO_REPLIED,
        DispatchEvent.BOUNCED,
        DispatchEvent.REGISTERED,
        DispatchEvent.ASSIGNED,
        DispatchEvent.PROCESSING,
        DispatchEvent.FINISHED,
        DispatchEvent.REJECTED,
        DispatchEvent.RECALL_AGREED,
        DispatchEvent.RECALL_REFUSED,
    ]
)
FATES = st.lists(st.sampled_from(Fate), max_size=6)
STEPS = st.sampled_from(
    [timedelta(hours=-1), timedelta(minutes=15), *map(timedelta, (-31, 1, 7, 31, 100))]
)
"""The clock is set back by an hour or a month, or stands a month later than expected."""

EVE = START + timedelta(days=169)
"""Nothing more happens before the first reminder."""

HOLDING = (
    ReviewKind.UNCLEAR_REPLY,
    ReviewKind.UNMATCHED_REPLY,
    ReviewKind.UNAUTHENTICATED,
    ReviewKind.UNREADABLE,
    ReviewKind.EXTENSION_REQUEST,
    ReviewKind.REFUSAL,
)
"""What may be the awaited answer."""

LATER = st.sampled_from([START, EVE])
"""Something more happens before the first reminder, or nothing does."""

ALL_PUT_OFF = [Fate.PUT_OFF] * 12
"""More letters than one turn has."""


class Act(Enum):
    """What people do, and what becomes of our own mailbox."""

    WAIVE = "waive"
    EXTEND = "extend"
    DOUBT = "doubt"
    SETTLE = "settle"
    APPROVE = "approve"
    REPLACE = "replace"
    RECALL = "recall"
    RECALL_ALL = "recall all"
    SHOW = "the mailbox shows our copies"
    HIDE = "the mailbox does not show them"
    SWITCH_OFF = "the mailbox is off"


MEANWHILE = (ReplyKind.REPORT, Act.WAIVE, Act.RECALL, Act.RECALL_ALL)
"""What makes needless what was decided to be sent."""

DECISIONS = (Act.WAIVE, Act.EXTEND, Act.DOUBT, Act.SETTLE, Act.APPROVE)
BOXES = {Act.SHOW: Box.SHOWS, Act.HIDE: Box.HIDES, Act.SWITCH_OFF: Box.DOWN}
