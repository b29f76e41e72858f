"""What `dondoc forward` says of each sending."""

from domain.campaign import Channel
from domain.ids import CampaignId, Digest, DispatchId, MessageId, OfficeId, RoundId
from domain.kinds import DispatchKind
from domain.state import SENT_AGAIN, DispatchState
from domain.status import DispatchStatus
from dondoc.cli.result import _line
from tests.unit.domain.small_district import START


def test_a_version_that_was_sent_again_keeps_its_number() -> None:
    dispatch = DispatchState(
        dispatch=DispatchId("nq47/2024/so/compilation/1002/email"),
        campaign=CampaignId("nq47"),
        round=RoundId("2024"),
        office=OfficeId("so"),
        kind=DispatchKind.COMPILATION,
        occurrence=2 + SENT_AGAIN,
        channel=Channel.EMAIL,
        status=DispatchStatus.ACCEPTED,
        target="vanthu@so.example",
        content=Digest("0" * 64),
        token="t",
        subject_token="DD-T",
        subject="Báo cáo",
        planned_at=START,
        changed_at=START,
        message_id=MessageId("<t@huulung.example>"),
        detail="250 ok",
    )
    assert _line(dispatch) == "version 2 to so by email: accepted (250 ok), <t@huulung.example>"
