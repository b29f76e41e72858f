"""Whether one campaign takes all that another one would: proved against taking itself."""

from dataclasses import replace
from datetime import date
from operator import eq

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.campaign import IntakeRule
from domain.exchange import Organ, Packet
from domain.ids import OrganId
from mappings.intake import takes
from mappings.intake_rules import covers

ONE = IntakeRule(number="512", notation="UBND-VH", subject_contains=("47/NQ-CP",))


@pytest.mark.parametrize(
    ("one", "other", "covered"),
    [
        (ONE, ONE, True),
        (IntakeRule(number="512"), ONE, True),
        (ONE, IntakeRule(number="512"), False),
        (IntakeRule(number="512"), replace(ONE, number="0512"), True),
        (IntakeRule(number="512"), replace(ONE, number="513"), False),
        (IntakeRule(notation="ubnd-vh"), ONE, True),
        (ONE, replace(ONE, issued_on=date(2024, 5, 8)), True),
        (replace(ONE, issued_on=date(2024, 5, 8)), ONE, False),
        (IntakeRule(notation="UBND-VP"), ONE, False),
        (IntakeRule(subject_contains=("NQ-CP",)), ONE, True),
        (IntakeRule(subject_contains=("NQ",)), replace(ONE, subject_contains=("NQA",)), False),
        (
            IntakeRule(type_names=("Công văn", "Kế hoạch")),
            replace(ONE, type_names=("công văn",)),
            True,
        ),
        (IntakeRule(type_names=("Công văn",)), ONE, False),
        (
            IntakeRule(type_names=("Công văn",)),
            replace(ONE, type_names=("Công văn", "Kế hoạch")),
            False,
        ),
        (
            IntakeRule(issuers=(OrganId("h37.99"),)),
            replace(ONE, issuers=(OrganId("H37.99"),)),
            True,
        ),
        (IntakeRule(issuers=(OrganId("H37.99"),)), ONE, False),
        (IntakeRule(), ONE, False),
    ],
)
def test_what_covers_what(one: IntakeRule, other: IntakeRule, covered: bool) -> None:
    assert covers(one, other) is covered


NUMBERS = st.sampled_from(["1", "01", "2"])
NOTATIONS = st.sampled_from(["UBND-VH", "ubnd-vh", "UBND"])
TEXTS = st.sampled_from(["chuyển đổi số", "đổi số", "Chuyển", "số"])
TYPES = st.sampled_from(["Công văn", "công văn", "Kế hoạch"])
ORGANS = st.sampled_from([OrganId("H37.99"), OrganId("H37.98")])
RULES = st.builds(
    IntakeRule,
    number=st.none() | NUMBERS,
    notation=st.none() | NOTATIONS,
    issued_on=st.sampled_from([None, date(2024, 5, 8), date(2025, 5, 8)]),
    subject_contains=st.lists(TEXTS, max_size=2).map(tuple),
    type_names=st.lists(TYPES, max_size=2).map(tuple),
    issuers=st.lists(ORGANS, max_size=2).map(tuple),
)
PACKETS = st.builds(
    Packet,
    sender=ORGANS.map(lambda organ: Organ(organ_id=organ)),
    receivers=st.just(()),
    document_id=st.just("d-1"),
    code_number=NUMBERS | st.just(""),
    code_notation=NOTATIONS | st.just(""),
    promulgated_on=st.just(date(2024, 5, 8)),
    type_name=TYPES,
    subject=st.lists(TEXTS, max_size=3).map(" ".join),
)


@given(RULES, RULES, PACKETS)
def test_what_is_covered_is_taken(one: IntakeRule, other: IntakeRule, packet: Packet) -> None:
    if covers(one, other) and takes(other, packet, same_organ=eq):
        assert takes(one, packet, same_organ=eq)


@given(RULES)
def test_every_rule_that_names_something_covers_itself(rule: IntakeRule) -> None:
    assert covers(rule, rule) is (rule != IntakeRule())
