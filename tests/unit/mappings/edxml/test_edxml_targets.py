"""What a revocation, an update or a replacement means, from whatever its sender filled in."""

from dataclasses import replace
from datetime import date

import pytest

from domain.exchange import Business, Packet, Replaced, ResponseFor, Target, TargetEvidence
from domain.ids import OrganId
from mappings.edxml.targets import targets
from tests.unit.mappings.edxml.edxml_packets import DIRECTIVE, SENDER

HEADER = Target(
    evidence=TargetEvidence.HEADER, pointer=ResponseFor(document_id=DIRECTIVE.document_id)
)
CODE = Target(
    evidence=TargetEvidence.CODE,
    pointer=ResponseFor(
        organ_id=SENDER.organ_id, code="512/UBND-VH", promulgated_on=date(2024, 5, 8)
    ),
)
ANSWERED = ResponseFor(organ_id=OrganId("H37.02.02"), code="500/UBND-VH")


def changing(kind: Business, **fields: object) -> Packet:
    return replace(DIRECTIVE, business=kind, **fields)  # type: ignore[arg-type]  # any field


def test_a_new_document_means_no_other() -> None:
    named = changing(Business.NEW, business_document_id="a", response_for=(ANSWERED,))
    assert targets(named) == ()


@pytest.mark.parametrize("kind", [Business.REVOCATION, Business.UPDATE, Business.REPLACEMENT])
def test_whatever_is_named_comes_in_the_order_in_which_it_counts(kind: Business) -> None:
    replaced = (
        Replaced(document_id="b", receivers=(OrganId("H37.1"),)),
        Replaced(document_id="c"),
    )
    answered = (ANSWERED, ResponseFor(document_id="d"))
    found = targets(
        changing(kind, business_document_id="a", replaced=replaced, response_for=answered)
    )
    assert found == (
        Target(evidence=TargetEvidence.BUSINESS, pointer=ResponseFor(document_id="a")),
        Target(
            evidence=TargetEvidence.REPLACEMENT,
            pointer=ResponseFor(document_id="b"),
            receivers=(OrganId("H37.1"),),
        ),
        Target(evidence=TargetEvidence.REPLACEMENT, pointer=ResponseFor(document_id="c")),
        Target(evidence=TargetEvidence.RESPONSE, pointer=ANSWERED),
        Target(evidence=TargetEvidence.RESPONSE, pointer=ResponseFor(document_id="d")),
        HEADER,
        CODE,
    )


def test_what_names_no_document_is_no_target() -> None:
    nothing = (ResponseFor(organ_id=OrganId("H37"), promulgated_on=date(2024, 5, 1)),)
    receivers_alone = (Replaced(receivers=(OrganId("H37.1"),)),)
    packet = changing(Business.REVOCATION, response_for=nothing, replaced=receivers_alone)
    assert targets(packet) == (HEADER, CODE)
    assert targets(replace(packet, document_id=" ", code_number="", code_notation="")) == ()


def test_what_is_named_twice_in_the_same_way_is_one_target() -> None:
    packet = changing(Business.REVOCATION, response_for=(ANSWERED, ANSWERED))
    answered = Target(evidence=TargetEvidence.RESPONSE, pointer=ANSWERED)
    assert targets(packet) == (answered, HEADER, CODE)


def test_a_code_of_one_part_is_that_part() -> None:
    *_, last = targets(changing(Business.REVOCATION, code_number=""))
    assert last.pointer.code == "UBND-VH"
