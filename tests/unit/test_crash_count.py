"""What the crash suite makes of what it finds: it can fail for each of its promises."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.campaign import Channel
from domain.facts import (
    AssignmentWaived,
    DispatchAccepted,
    DispatchAttempted,
    DispatchDeferred,
    DispatchLost,
    DispatchPlanned,
    Fact,
    ReplyRecorded,
)
from domain.ids import CampaignId, Digest, DispatchId, OfficeId, ReplyId, RoundId
from domain.kinds import DispatchKind, ReplyKind
from domain.state import DispatchState
from domain.status import DispatchStatus
from tests.system.crash.count import Account, Copies, judge, reminded_needlessly

NOW = datetime(2024, 5, 9, 2, 0, tzinfo=UTC)
LETTER = DispatchState(
    dispatch=DispatchId("nq47/2024/thu0/directive/1/email"),
    campaign=CampaignId("nq47"),
    round=RoundId("2024"),
    office=OfficeId("thu0"),
    kind=DispatchKind.DIRECTIVE,
    occurrence=1,
    channel=Channel.EMAIL,
    status=DispatchStatus.ACCEPTED,
    target="thu0@dot1.example",
    subject="Nghị quyết 47",
    content=Digest("0" * 64),
    token="t",
    subject_token="DD-1",
    planned_at=NOW,
    changed_at=NOW,
)


def judged(plain: int, marked: int, *, cut: bool = True, proved: bool = False) -> Account:
    account = Account()
    judge(account, LETTER, Copies(plain=plain, marked=marked), cut=cut, proved=proved)
    return account


@pytest.mark.parametrize(
    ("plain", "marked", "cut", "proved"),
    [
        (1, 0, False, False),
        (1, 0, True, True),
        (0, 1, True, True),
        (0, 1, True, False),
        (1, 1, True, False),
    ],
)
def test_one_copy_is_right_and_one_with_the_mark_where_it_was_cut_off(
    plain: int, marked: int, cut: bool, proved: bool
) -> None:
    account = judged(plain, marked, cut=cut, proved=proved)
    assert (account.lost, account.duplicated) == ([], [])
    assert account.marked == [LETTER.dispatch] * marked


@pytest.mark.parametrize(
    ("plain", "marked", "cut", "proved", "why"),
    [
        (2, 0, True, False, "2 copies without a mark"),
        (0, 2, True, False, "2 copies with the mark"),
        (0, 1, False, False, "nothing cut it off"),
        (1, 1, False, False, "nothing cut it off"),
        (1, 1, True, True, "our own one lay there"),
    ],
)
def test_whatever_is_more_is_a_duplicate(
    plain: int, marked: int, cut: bool, proved: bool, why: str
) -> None:
    (found,) = judged(plain, marked, cut=cut, proved=proved).duplicated
    assert found.startswith(f"{LETTER.dispatch}: ")
    assert why in found


def test_none_is_lost() -> None:
    assert judged(0, 0).lost


REMINDER = DispatchPlanned(
    dispatch=DispatchId("nq47/2024/thu0/reminder/20241025/email"),
    about=LETTER.about,
    kind=DispatchKind.REMINDER,
    occurrence=20241025,
    channel=Channel.EMAIL,
    target=LETTER.target,
    content=LETTER.content,
    token="r",
    subject_token="DD-2",
    subject="Nhắc",
)
TRIED = DispatchAttempted(dispatch=REMINDER.dispatch, about=REMINDER.about, attempt=1, marked=False)
TAKEN = DispatchAccepted(dispatch=REMINDER.dispatch, about=REMINDER.about, answer="250")
LATER = DispatchDeferred(
    dispatch=REMINDER.dispatch, about=REMINDER.about, reason="451", retry_at=NOW
)
CUT = DispatchLost(dispatch=REMINDER.dispatch, about=REMINDER.about, reason="cut", probe_at=NOW)
WAIVED = AssignmentWaived(about=REMINDER.about, reason="giải thể", by="Lan")


def reply(kind: ReplyKind, office: str = "thu0") -> ReplyRecorded:
    return ReplyRecorded(
        reply=ReplyId("R-1"),
        about=replace(REMINDER.about, office=OfficeId(office)),
        kind=kind,
        channel=Channel.EMAIL,
        received_at=NOW,
    )


REPORT = reply(ReplyKind.REPORT)


@pytest.mark.parametrize(
    "told",
    [
        [TRIED, TAKEN, REPORT],
        [TRIED, REPORT, TAKEN],
        [TRIED, WAIVED],
        [reply(ReplyKind.ACKNOWLEDGEMENT), TRIED, TAKEN],
        [reply(ReplyKind.REPORT, "thu2"), TRIED, TAKEN],
        [REPORT, TRIED, replace(TAKEN, probed=True)],
        [TRIED, CUT, REPORT, replace(TAKEN, probed=True)],
    ],
)
def test_a_reminder_is_right_until_its_office_is_settled(told: list[Fact]) -> None:
    assert list(reminded_needlessly([REMINDER, *told])) == []


@pytest.mark.parametrize(
    "told",
    [
        [REPORT, TRIED],
        [REPORT, TRIED, TAKEN],
        [WAIVED, TRIED, LATER],
        [TRIED, LATER, REPORT, replace(TRIED, attempt=2), CUT, replace(TAKEN, probed=True)],
    ],
)
def test_a_reminder_after_that_is_wrong(told: list[Fact]) -> None:
    (found,) = reminded_needlessly([REMINDER, *told])
    assert found.startswith(f"{REMINDER.dispatch} was tried after")


def test_a_letter_is_no_reminder() -> None:
    letter = replace(REMINDER, kind=DispatchKind.DIRECTIVE)
    assert list(reminded_needlessly([letter, REPORT, TRIED, TAKEN])) == []
