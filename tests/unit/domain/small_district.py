"""A small Hữu Lũng: its offices, a campaign and its directive, for tests of what is due when.

Two communes merge on 1 July 2025, an office ends without a successor, one has no door at all, a
group is only informed, and the Department is divided.
"""

from datetime import UTC, date, datetime, timedelta

from domain.campaign import (
    Campaign,
    ChannelChoice,
    Expected,
    ForwardRule,
    IntakeRule,
    RecipientRule,
    RoundRule,
)
from domain.directive import Directive
from domain.ids import (
    Address,
    CampaignId,
    Digest,
    OfficeId,
    OrganId,
    RoundId,
)
from domain.office import Directory, Office, Successor

START = datetime(2024, 5, 8, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
CAMPAIGN = CampaignId("nq47")
ROUND = RoundId("2024")
DIGEST = Digest("ab" * 32)
YEN_SON = OfficeId("xa-yen-son")
MINH_TIEN = OfficeId("xa-minh-tien")
TUAN_SON = OfficeId("xa-tuan-son")
PHONG_Y_TE = OfficeId("phong-y-te")
HOI_NONG_DAN = OfficeId("hoi-nong-dan")
LANH_DAO = OfficeId("lanh-dao-ubnd")
SO_TTTT = OfficeId("so-thong-tin-va-truyen-thong")
SO_VH = OfficeId("so-van-hoa")
_LAST_DAY = date(2025, 6, 30)
_INTO_TUAN_SON = (Successor(office=TUAN_SON),)


def office(
    name: OfficeId,
    group: str,
    *,
    organ: str | None = None,
    mail: bool = True,
    valid_from: date | None = None,
    valid_to: date | None = None,
    successors: tuple[Successor, ...] = (),
) -> Office:
    return Office(
        id=name,
        name=f"UBND {name}",
        groups=(group,) if group else (),
        organ_id=OrganId(organ) if organ else None,
        emails=(Address(f"{name}@huulung.example"),) if mail else (),
        valid_from=valid_from,
        valid_to=valid_to,
        successors=successors,
    )


DIRECTORY = Directory(
    [
        office(YEN_SON, "xa", organ="H37.1", valid_to=_LAST_DAY, successors=_INTO_TUAN_SON),
        office(MINH_TIEN, "xa", valid_to=_LAST_DAY, successors=_INTO_TUAN_SON),
        office(PHONG_Y_TE, "phong", organ="H37.2", mail=False, valid_to=_LAST_DAY),
        office(HOI_NONG_DAN, "phong", mail=False),
        office(LANH_DAO, "biet", valid_to=_LAST_DAY, successors=_INTO_TUAN_SON),
        office(
            SO_TTTT,
            "",
            organ="H37.8",
            valid_to=date(2025, 2, 28),
            successors=(
                Successor(office=OfficeId("so-khoa-hoc")),
                Successor(office=SO_VH, function="external information"),
            ),
        ),
        office(SO_VH, "", organ="H37.9"),
        office(OfficeId("so-khoa-hoc"), "", organ="H37.10"),
        office(TUAN_SON, "xa-2025", organ="H37.11", valid_from=date(2025, 7, 1)),
    ]
)

CAMPAIGN_RULES = Campaign(
    id=CAMPAIGN,
    title="Nghị quyết 47",
    intake=IntakeRule(number="512"),
    recipients=(
        RecipientRule(group="xa", channels=ChannelChoice.BOTH),
        RecipientRule(group="phong", expected=Expected.ACKNOWLEDGEMENT),
        RecipientRule(group="biet", expected=Expected.INFORMATION),
    ),
    rounds=RoundRule(yearly=True, due_month=11, due_day=10),
    forward=ForwardRule(office=SO_TTTT),
    function="external information",
)

DIRECTIVE = Directive(
    number="512",
    notation="UBND-VH",
    issued_on=date(2024, 5, 8),
    issuer="UBND huyện Hữu Lũng",
    issuer_organ=OrganId("H37.20"),
    subject="V/v triển khai thực hiện Nghị quyết số 47/NQ-CP",
    type_name="Công văn",
    document_id="H37.20,2024/05/08,512/UBND-VH",
)
