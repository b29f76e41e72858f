"""Letters of our own office, and the drafts of campaigns that are made of them."""

from datetime import date

from dondoc.services.campaign_draft import Draft, Left, Unit, draft
from dondoc.services.campaign_file import Surroundings
from dondoc.settings.records import Settings
from tests.checkout import ROOT

CONFIG = ROOT / "config"
LETTERS = ROOT / "tests" / "data" / "letters"
SEED = LETTERS / "00.txt"
TODAY = date(2024, 5, 8)
AROUND = Surroundings(organ_id="H37.99", unit="UBND huyện Hữu Lũng", has_exchange=True)


def ours(settings: Settings) -> Unit:
    own = settings.unit
    return Unit(name=own.name, place=settings.place, parent=own.in_charge)


def drafted(text: str, settings: Settings) -> Draft:
    return draft(text, ours(settings), settings.directory, tuple(settings.campaigns), TODAY)


LETTER = """\
ỦY BAN NHÂN DÂN
HUYỆN HỮU LŨNG

Số: {number}/UBND-NC

Hữu Lũng, {day}

V/v {subject}

Kính gửi: {to}.

{body}

Nơi nhận:
- Như trên;
- {informed};
- Lưu: VT.
"""


def written(**parts: str) -> str:
    usual = {
        "number": "77",
        "day": "ngày 05 tháng 6 năm 2024",
        "subject": "báo cáo công tác cải cách hành chính",
        "to": "UBND các xã, thị trấn",
        "informed": "Thường trực Huyện ủy, Báo Lạng Sơn",
        "body": "Đề nghị gửi báo cáo về Phòng Nội vụ huyện trước ngày 20/6/2024.",
    }
    return LETTER.format(**(usual | parts))


def left(made: Draft) -> list[tuple[Left, str]]:
    return [(thing.left, thing.words) for thing in made.open]
