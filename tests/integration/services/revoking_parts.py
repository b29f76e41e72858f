"""A province whose directives D1 and D2 two campaigns take, and what it takes back of them."""

from dataclasses import replace
from typing import Any

from domain.campaign import IntakeRule
from domain.content import Inline
from domain.exchange import Business, Organ, PacketKind, Replaced, ResponseFor, StatusPacket
from domain.ids import CampaignId, OrganId
from domain.kinds import Decision, ReviewKind
from domain.state import (
    AnswerState,
    DirectiveState,
    ReviewState,
)
from dondoc.services.resolve import Resolution, resolve
from mappings.edxml.write import write_status
from tests.edxml_files import written
from tests.integration.services.service_parts import (
    NOTE,
    RULES,
    UNIT,
    letter,
)
from tests.integration.services.service_world import World

PROVINCE = Organ(organ_id=OrganId("H37.8"), name="Sở Thông tin và Truyền thông")
SECOND = replace(RULES, id=CampaignId("b"), intake=IntakeRule(number="513", notation="UBND-VH"))


def send(world: World, document_id: str, **members: Any) -> str:
    """Let the province send a document: a letter like the directive unless told otherwise."""
    given: dict[str, Any] = {"sender": PROVINCE, "attachments": (NOTE,)} | members
    content = written(replace(letter(), document_id=document_id, **given))
    return world.offices.send(
        Inline(content),
        kind=PacketKind.DOCUMENT,
        sender=OrganId(given["sender"].organ_id),
        receivers=[UNIT],
    )


def revoke(world: World, document_id: str, *taken: str, **members: Any) -> None:
    given: dict[str, Any] = {
        "code_number": "700",
        "business": Business.REVOCATION,
        "business_reason": "sai thẩm quyền",
        "attachments": (),
        "replaced": tuple(Replaced(document_id=one) for one in taken),
    } | members
    send(world, document_id, **given)


def ask(world: World, sender: OrganId, **pointer: Any) -> None:
    """Let a unit send us a status 13 about a document of its own."""
    packet = StatusPacket(
        sender=Organ(organ_id=sender, name="đơn vị"),
        response_for=ResponseFor(organ_id=UNIT, **pointer),
        code="13",
        description="gửi nhầm",
        at=world.now,
    )
    world.offices.send(
        Inline(write_status(packet)), kind=PacketKind.STATUS, sender=sender, receivers=[UNIT]
    )


def decide(world: World, review: ReviewState, decision: Decision) -> None:
    resolve(world.app, review.review, Resolution(decision=decision, by="Lan"), world.now)


def review_of(world: World, campaign: str, kind: ReviewKind = ReviewKind.REVOKED) -> ReviewState:
    (found,) = [r for r in world.reviews(kind) if r.campaign == campaign]
    return found


def answers(world: World, *codes: str) -> list[tuple[str, str]]:
    found = world.app.ledger.select(AnswerState)
    return [(a.code, a.document_id) for a in found if a.code in codes]


def versions(world: World) -> dict[str, int]:
    return {s.campaign: s.version for s in world.app.ledger.select(DirectiveState)}
