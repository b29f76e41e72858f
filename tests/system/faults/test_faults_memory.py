"""Mail that needs more memory than there is."""

import io
import zipfile
from email.message import EmailMessage
from random import Random

import pytest

from domain.state import RawState
from domain.status import RawStatus
from tests.system.faults.conftest import Begin
from tests.system.faults.played import Played, assert_each_once

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

_MEGABYTE = 1024 * 1024
_ROOM = 160 * _MEGABYTE
"""Octets that the daemon may take beside what it has when it begins."""
_HUGE = 1024**3
"""Octets that the attachment would have unpacked."""


def mail(campaign: Played, name: str, content: bytes) -> bytes:
    """Return an office's mail with an attachment."""
    message = EmailMessage()
    message["From"] = campaign.place.recipients[0].emails[0]
    message["To"] = campaign.place.own
    message["Subject"] = "Báo cáo"
    message["Message-ID"] = f"<{name}@thu.example>"
    message["Date"] = "Thu, 09 May 2024 09:00:00 +0700"
    message.set_content("Gửi báo cáo kèm theo.")
    message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def expanding() -> bytes:
    """Return a workbook of which a member of a few megabytes unpacks to gigabytes."""
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as member,
    ):
        piece = bytes(16 * 1024 * 1024)
        for _ in range(_HUGE // len(piece)):
            member.write(piece)
    return packed.getvalue()


def test_an_attachment_that_needs_more_memory_than_there_is(begin: Begin) -> None:
    """The daemon has little room: the mails are set aside or read in part, and it lives on."""
    campaign = begin()
    place = campaign.place
    (place.folder / "room").write_text(str(_ROOM), encoding="ascii")
    chance = Random(47)
    files = {
        "no.xlsx": expanding(),
        "vua.bin": chance.randbytes(20 * _MEGABYTE),
        "qua-lon.bin": chance.randbytes(40 * _MEGABYTE),
    }
    for name, content in files.items():
        place.postfix.dovecot.deliver(mail(campaign, name, content), place.own)
    campaign.start()
    campaign.until(lambda: not campaign.waits(), "all else is settled")
    with place.opened() as app:
        aside = app.ledger.select(RawState, status=RawStatus.QUARANTINED)
    assert len(aside) in (1, 2)
    account = campaign.end()
    account.wrong = [line for line in account.wrong if not _is_of(aside, line)]
    assert_each_once(account)


def _is_of(aside: list[RawState], line: str) -> bool:
    return any(line.startswith(f"{raw.raw} is ") for raw in aside)
