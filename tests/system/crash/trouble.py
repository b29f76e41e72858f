"""Two more campaigns in the same store, to offices that give trouble; ``incidents`` plays it.

Of one directive the Department sends a second version, of the other the e-office distributes
itself, and Dondoc follows.
"""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from domain.exchange import Organ, Packet
from domain.ids import Address, CampaignId, OfficeId, OrganId
from domain.office import Office
from dondoc.simulators.documents.resolution import resolution_placeholder
from dondoc.simulators.portal import Portal, Post
from tests.checkout import ROOT
from tests.edxml_files import written
from tests.integration.services.service_parts import NOTE, UNIT, letter

CAMPAIGN, FOLLOWED = CampaignId("kho"), CampaignId("theo")
DEPARTMENT = Organ(organ_id=OrganId("H37.8"), name="Sở Thông tin và Truyền thông")
CODE, FOLLOWED_CODE = "513/UBND-VH", "514/UBND-VH"
REPLACEMENT, REVOCATION = "600", "700"
"""Numbers of the documents by which the Department replaces its directive, and takes that back."""
POSTED = "47-NQ-CP.pdf"

MISTYPED, FULL, SLOW, LATE, LARGE, WRONG = map(
    OfficeId, ("mistyped", "full", "slow", "late", "large", "wrong")
)
"""Offices that are reached by mail: their mailboxes refuse, put off for good, put off for a while;
they ask for more time, send a large file, got it by mistake."""
CLOSED = OfficeId("closed")
"""Reached by the exchange, which closes it for a while."""
FETCHING, BY_POST = OfficeId("fetching"), OfficeId("bypost")
"""Those to whom the e-office sends, on the exchange, and cannot."""

_MAIL = (MISTYPED, FULL, SLOW, LATE, LARGE, WRONG)
_ORGANS = {CLOSED: OrganId("H37.99.901"), FETCHING: OrganId("H37.99.902")}

_RULES = """\
id: {id}
title: Văn bản {number}
intake: {{number: "{number}"}}
recipients: [{{group: {id}, expected: {expected}}}]
rounds: {{once: 2024-11-10}}
"""
_PORTAL = """\
portal:
  page: {page}
  mapping: {mapping}
  document: 47/NQ-CP
  issued_on: 2024-04-15
  patience_days: 0
  allow_plain: true
"""
_FOLLOW = "exchange: follow\n"


def troubled(domain: str) -> list[Office]:
    """Return the offices of both campaigns, with addresses in this domain."""
    return [
        *(_office(CAMPAIGN, one, domain) for one in (*_MAIL, CLOSED)),
        *(_office(FOLLOWED, one, domain) for one in (FETCHING, BY_POST)),
    ]


def _office(group: CampaignId, name: OfficeId, domain: str) -> Office:
    organ = _ORGANS.get(name)
    return Office(
        id=name,
        name=f"UBND xã {name}",
        groups=(group,),
        organ_id=organ,
        emails=() if organ else (Address(f"{name}@{domain}"),),
    )


def write_rules(folder: Path, portal: Portal) -> None:
    """Write both campaigns beside the configuration."""
    mapping = ROOT / "config" / "mappings" / "portal-sotttt.yaml"
    texts = {
        CAMPAIGN: _RULES.format(id=CAMPAIGN, number=513, expected="report")
        + _PORTAL.format(page=portal.page, mapping=mapping),
        FOLLOWED: _RULES.format(id=FOLLOWED, number=514, expected="information") + _FOLLOW,
    }
    for name, text in texts.items():
        (folder / f"campaign-{name}.yaml").write_text(text, encoding="utf-8")


def posted() -> Post:
    """Return what the portal has once it works."""
    return Post(
        number="47/NQ-CP",
        title="Về Chương trình hành động của Chính phủ",
        issued_on=date(2024, 4, 15),
        files=((POSTED, resolution_placeholder()),),
    )


def document(number: str, **members: Any) -> bytes:  # any member of a packet
    """Return a document of the Department, a letter like the main one unless told otherwise."""
    return written(replace(_letter(number), sender=DEPARTMENT, **members))


def by_eoffice() -> bytes:
    """Return the directive that the e-office sends to us and to whom the exchange knows."""
    receivers = (Organ(organ_id=UNIT, name="UBND huyện"), _organ(FETCHING))
    return written(replace(_letter("514"), receivers=receivers))


def document_id(number: str) -> str:
    """Return the DocumentId of a document of the Department."""
    return f"{DEPARTMENT.organ_id},2024/05/08,{number}/UBND-VH"


def again(time: int) -> str:
    """Return the DocumentId under which the Department sends its directive once more."""
    return document_id("513").replace("/08,", f"/{8 + time:02},")


def organ_of(office: OfficeId) -> OrganId:
    """Return the identifier of an office that is on the exchange."""
    return _ORGANS[office]


def _letter(number: str) -> Packet:
    return replace(
        letter(), document_id=document_id(number), code_number=number, attachments=(NOTE,)
    )


def _organ(office: OfficeId) -> Organ:
    return Organ(organ_id=_ORGANS[office], name=office)
