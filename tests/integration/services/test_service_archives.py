"""Reports in archives: their files count and are kept; what is locked waits with the reason."""

import io
from datetime import timedelta
from zipfile import ZipFile

from domain.ids import digest_of
from domain.kinds import ReviewKind
from domain.status import AssignmentStatus
from tests.archive_files import locked, rar5, zipped
from tests.integration.services.service_parts import MINH_TIEN
from tests.integration.services.service_world import World

HOUR = timedelta(hours=1)
SAID = "Kính gửi Phòng, UBND xã gửi báo cáo trong tệp nén kèm theo."
OCTETS = "application/octet-stream"


def test_a_report_in_a_rar_counts_and_is_kept(begun: World) -> None:
    (name, _, report), *_ = begun.report(MINH_TIEN)
    begun.answer(MINH_TIEN, SAID, files=[("HoSo.rar", OCTETS, rar5((name, report)))])
    begun.turn(later=HOUR)
    assignment = begun.assignment(MINH_TIEN)
    assert assignment.status is AssignmentStatus.REPORTED
    kept = begun.app.evidence.get(digest_of(report))
    with ZipFile(io.BytesIO(kept)) as package:
        assert "word/document.xml" in package.namelist()
    assert begun.reviews() == []


def test_a_locked_archive_waits_and_says_what_to_ask_for(begun: World) -> None:
    (name, _, report), *_ = begun.report(MINH_TIEN)
    shut = locked(zipped((name, report)))
    begun.answer(MINH_TIEN, SAID, files=[("HoSo.zip", OCTETS, shut)])
    begun.turn(later=HOUR)
    review = begun.review(ReviewKind.UNCLEAR_REPLY)
    assert review.reason.startswith("Kính gửi Phòng")
    assert "HoSo.zip" in review.reason
    assert "locked by a password" in review.reason
    assert begun.assignment(MINH_TIEN).status is not AssignmentStatus.REPORTED
