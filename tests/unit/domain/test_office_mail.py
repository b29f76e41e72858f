"""Where an office's mail goes, and from where its answers come."""

from dataclasses import replace
from datetime import date

import pytest

from domain.campaign import Channel, ChannelChoice, ExchangeMode
from domain.ids import Address, OfficeId, OrganId
from domain.office import AddressRole, Deputy, Directory, Office
from domain.recipients import doors

CLERK, LEADER, OWN = map(Address, ("vanthu@xa.example", "chutich@xa.example", "rieng@thu.example"))
STANDING_IN = Address("thay@xa.example")
FIRST, LAST = date(2024, 5, 13), date(2024, 5, 17)
BEFORE, AFTER = date(2024, 5, 12), date(2024, 5, 18)
XA = Office(
    id=OfficeId("xa"),
    name="UBND xã Yên Sơn",
    emails=(OWN, LEADER, CLERK),
    leader_emails=(LEADER,),
    private_emails=(OWN,),
)
PHONG = Office(
    id=OfficeId("phong"), name="Phòng Nội vụ", emails=(Address("nv@huyen.example"),), valid_to=LAST
)


def deputy(*, office: str | None = None, address: str | None = None, first: date = FIRST) -> Deputy:
    return Deputy(
        office=OfficeId(office) if office else None,
        address=Address(address) if address else None,
        valid_from=first,
        valid_to=max(first, LAST),
    )


@pytest.mark.parametrize(
    ("emails", "expected"),
    [
        ((OWN, LEADER, CLERK), CLERK),
        ((OWN, LEADER), LEADER),
        ((OWN,), OWN),
        ((), None),
        ((Address("a@xa.example"), CLERK), "a@xa.example"),
    ],
)
def test_letters_go_to_the_clerk_first(
    emails: tuple[Address, ...], expected: Address | None
) -> None:
    assert replace(XA, emails=emails).mail_address == expected


def test_each_address_has_a_role() -> None:
    assert [XA.role(address) for address in XA.emails] == [
        AddressRole.PRIVATE,
        AddressRole.LEADER,
        AddressRole.CLERK,
    ]
    assert XA.emails_of(AddressRole.LEADER) == (LEADER,)


def test_answers_count_from_all_its_addresses() -> None:
    directory = Directory([XA, PHONG])
    assert {directory.by_address(address, FIRST) for address in XA.emails} == {XA}


@pytest.mark.parametrize(
    ("day", "expected"),
    [(BEFORE, CLERK), (FIRST, STANDING_IN), (LAST, STANDING_IN), (AFTER, CLERK)],
)
def test_a_deputy_has_the_mail_of_its_days_and_answers_on_them(
    day: date, expected: Address
) -> None:
    office = replace(XA, deputies=(deputy(address=STANDING_IN),))
    directory = Directory([office])
    assert directory.mail_to(office, day) == expected
    owner = directory.by_address(STANDING_IN, day)
    assert owner == (office if expected == STANDING_IN else None)
    assert directory.by_address(CLERK, day) == office


def test_an_office_stands_in_with_its_own_address_while_it_exists() -> None:
    office = replace(XA, deputies=(deputy(office="phong"),))
    directory = Directory([office, PHONG])
    assert directory.mail_to(office, LAST) == PHONG.emails[0]
    assert directory.by_address(PHONG.emails[0], LAST) == PHONG
    later = replace(XA, deputies=(replace(deputy(office="phong"), valid_to=AFTER),))
    assert Directory([later, PHONG]).mail_to(later, AFTER) == CLERK


def test_the_first_deputy_who_can_be_written_to_counts() -> None:
    mute = Office(id=OfficeId("im"), name="im")
    deputies = (deputy(office="khong-co"), deputy(office="im"), deputy(address=STANDING_IN))
    office = replace(XA, deputies=deputies)
    assert Directory([office, mute]).stand_in(office, FIRST) == STANDING_IN
    alone = replace(XA, deputies=deputies[:2])
    assert Directory([alone, mute]).stand_in(alone, FIRST) is None
    assert Directory([alone, mute]).mail_to(alone, FIRST) == CLERK


def test_a_deputy_stands_in_by_mail_only() -> None:
    office = replace(XA, organ_id=OrganId("H37.1"))
    both = doors(office, ChannelChoice.BOTH, ExchangeMode.SEND, stand_in=STANDING_IN)
    assert both == [(Channel.EXCHANGE, "H37.1"), (Channel.EMAIL, STANDING_IN)]
    mute = replace(office, emails=())
    assert doors(mute, ChannelChoice.PREFER_EMAIL, ExchangeMode.SEND, stand_in=STANDING_IN) == [
        (Channel.EMAIL, STANDING_IN)
    ]
