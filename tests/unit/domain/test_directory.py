"""Offices looked up by what they are known by, and since when the same ones exist."""

from datetime import date, timedelta

import pytest

from domain.ids import Address, OfficeId, OrganId
from domain.office import Deputy, Directory, Office

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


def test_where_a_deputy_is_written_to_does_not_depend_on_the_day() -> None:
    other = Office(
        id=OfficeId("thay"),
        name="Thay",
        emails=(Address("thay@huyen.example"),),
        valid_to=date(2024, 6, 30),
    )
    first, last = date(2024, 5, 1), date(2024, 7, 31)
    deputies = (
        Deputy(office=other.id, valid_from=first, valid_to=last),
        Deputy(office=OfficeId("khong-co"), valid_from=first, valid_to=last),
        Deputy(address=Address("rieng@huyen.example"), valid_from=first, valid_to=last),
    )
    one = Office(id=OfficeId("vang"), name="Vắng", deputies=deputies)
    directory = Directory([other, one])
    assert [directory.address_of(d) for d in deputies] == [
        "thay@huyen.example",
        None,
        "rieng@huyen.example",
    ]
    # An office that is no more stands in for nobody.
    assert directory.stand_in(one, date(2024, 6, 30)) == "thay@huyen.example"
    assert directory.stand_in(one, date(2024, 7, 1)) == "rieng@huyen.example"
