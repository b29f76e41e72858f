"""What a plan says of a changed rule is what the file says, in its keys and units."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from domain.campaign import CanaryRule, Channel, IntakeRule, ReminderRule, RoundRule
from domain.exchange import Organ
from domain.ids import OrganId
from domain.portal import PortalRule
from dondoc.services.rule_words import plain, said

CANARY = CanaryRule(first=3, stop_above_percent=20, wait=timedelta(seconds=60))
YEARLY = RoundRule(yearly=True, due_month=2, due_day=9)
PORTAL = PortalRule(page="x", document="y")
UNIT = Organ(organ_id=OrganId("H37.99"), name="UBND", in_charge="Tỉnh")


@pytest.mark.parametrize(
    ("value", "other", "words"),
    [
        (CANARY, None, "first: 3, stop_above_percent: 20, wait_minutes: 1"),
        (None, CANARY, "nothing"),
        (CANARY, replace(CANARY, first=8), "first: 3"),
        (replace(CANARY, wait=timedelta(hours=2)), CANARY, "wait_minutes: 120"),
        (YEARLY, RoundRule(yearly=False, due_on=date(2024, 11, 8)), "yearly: 02-09"),
        (RoundRule(yearly=False, due_on=date(2024, 11, 8)), YEARLY, "once: 2024-11-08"),
        (replace(YEARLY, before=False), YEARLY, "before: false"),
        (ReminderRule(at=time(7, 30)), ReminderRule(after=()), "after: [1, 3], at: 07:30"),
        (ReminderRule(after=()), ReminderRule(), "after: []"),
        (IntakeRule(number="512"), IntakeRule(notation="UBND"), "number: 512"),
        (replace(PORTAL, patience=3), PORTAL, "patience_days: 3"),
        (replace(PORTAL, max_octets=2**20), PORTAL, "max_megabytes: 1"),
        (UNIT, replace(UNIT, in_charge=""), "parent_name: Tỉnh"),
        ("", "x", "nothing"),
        (("NQ47", "47"), (), "[NQ47, 47]"),
        (Channel.EMAIL, Channel.EXCHANGE, "email"),
    ],
)
def test_a_rule_is_said_as_its_file_has_it(value: object, other: object, words: str) -> None:
    assert said(value, other) == words


def test_a_value_by_itself_is_said_as_in_yaml() -> None:
    assert [plain(True), plain((1, 60))] == ["true", "[1, 60]"]
