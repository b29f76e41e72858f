"""What the crash suite makes of the copies that lie at a receiver: it can fail for each of them."""

from datetime import UTC, datetime

import pytest

from domain.campaign import Channel
from domain.ids import CampaignId, Digest, DispatchId, OfficeId, RoundId
from domain.kinds import DispatchKind
from domain.state import DispatchState
from domain.status import DispatchStatus
from tests.system.crash.count import Account, Copies, judge

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
