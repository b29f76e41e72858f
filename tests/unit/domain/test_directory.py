"""Offices looked up by what they are known by, and since when the same ones exist."""

from datetime import date, timedelta

import pytest

from domain.ids import Address, OfficeId, OrganId
from domain.office import Directory, Office

BEFORE = Office(
    id=OfficeId("a"),
    name="a",
    emails=(Address("x@xa.example"), Address("x@xa.example")),
    organ_id=OrganId("H37.1"),
    organ_id_old=OrganId("H37.1"),
    valid_to=date(2025, 6, 30),
)
AFTER = Office(
    id=OfficeId("b"),
    name="b",
    emails=(Address("x@xa.example"),),
    organ_id=OrganId("H37.1"),
    valid_from=date(2025, 7, 1),
    valid_to=date.max,
)
DIRECTORY = Directory([BEFORE, AFTER])


@pytest.mark.parametrize(
    ("day", "expected"), [(date(2025, 6, 30), BEFORE), (date(2025, 7, 1), AFTER)]
)
def test_who_takes_over_an_address_or_an_identifier_has_it_from_that_day(
    day: date, expected: Office
) -> None:
    assert DIRECTORY.by_address(Address("x@xa.example"), day) == expected
    assert DIRECTORY.by_organ(OrganId("H37.1"), day) == expected


def test_an_address_has_its_owners_of_all_times() -> None:
    assert DIRECTORY.owners(Address("x@xa.example")) == [BEFORE, AFTER]
    assert list(DIRECTORY.owners(Address("y@xa.example"))) == []


@pytest.mark.parametrize(
    ("day", "since"),
    [
        (date(2024, 5, 8), date.min),
        (date(2025, 6, 30), date.min),
        (date(2025, 7, 1), date(2025, 7, 1)),
        (date.max, date(2025, 7, 1)),
    ],
)
def test_the_same_offices_exist_since_the_last_one_began_or_ended(day: date, since: date) -> None:
    assert DIRECTORY.since(day) == since


def test_an_office_that_ends_without_an_heir_makes_another_day() -> None:
    directory = Directory([BEFORE])
    ended = date(2025, 6, 30) + timedelta(days=1)
    assert directory.since(ended) == ended
    assert directory.since(date(2025, 6, 30)) == date.min
    assert Directory([]).since(ended) == date.min
