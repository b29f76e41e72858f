"""Offices and their validity, and who gets a directive by which doors."""

from dataclasses import replace
from datetime import date

import pytest

from domain.campaign import Channel, ChannelChoice, ExchangeMode, Expected, RecipientRule
from domain.errors import NotFound
from domain.ids import Address, OfficeId, OrganId
from domain.office import Directory, Office, Passing, Successor
from domain.recipients import Recipient, doors, expand, heirs, passings, successor
from tests.unit.domain.round_story import ruled
from tests.unit.domain.small_district import (
    DIRECTORY,
    HOI_NONG_DAN,
    LANH_DAO,
    MINH_TIEN,
    PHONG_Y_TE,
    SO_TTTT,
    SO_VH,
    TUAN_SON,
    YEN_SON,
)

BEFORE, AFTER = date(2024, 5, 8), date(2025, 7, 1)
A, B, C = OfficeId("a"), OfficeId("b"), OfficeId("c")
FUNCTION = "external information"


def ended(name: OfficeId, *successors: Successor) -> Office:
    return Office(id=name, name=name, valid_to=BEFORE, successors=successors)


def recipient(office: Office, expected: Expected = Expected.REPORT) -> Recipient:
    return Recipient(office=office, expected=expected, channels=ChannelChoice.BOTH)


@pytest.mark.parametrize(
    ("day", "valid"),
    [
        (date(2024, 12, 31), False),
        (date(2025, 1, 1), True),
        (date(2025, 6, 30), True),
        (date(2025, 7, 1), False),
    ],
)
def test_validity_includes_both_ends(day: date, valid: bool) -> None:
    office = Office(id=A, name="a", valid_from=date(2025, 1, 1), valid_to=date(2025, 6, 30))
    assert office.valid_on(day) is valid
    assert Office(id=A, name="a").valid_on(day)


def test_the_directory_looks_offices_up() -> None:
    old = OrganId("000.01.99.H37")
    shared = Address("chung@huulung.example")
    one = Office(id=A, name="a", organ_id=OrganId("H37.1"), organ_id_old=old, emails=(shared,))
    other = Office(id=B, name="b", organ_id=OrganId("H37.2"), emails=(Address("b@x.example"),))
    directory = Directory([one, other])
    assert directory.get(A) is one
    assert directory.get(C) is None
    assert directory.by_organ(OrganId("H37.1"), BEFORE) is one
    assert directory.by_organ(old, BEFORE) is one
    assert directory.by_organ(OrganId("H37.3"), BEFORE) is None
    assert directory.by_address(shared, BEFORE) is one
    assert directory.by_address(Address("ai@x.example"), BEFORE) is None
    ambiguous = Directory([one, replace(other, emails=(shared,), organ_id=one.organ_id)])
    assert ambiguous.by_address(shared, BEFORE) is None
    assert ambiguous.by_organ(OrganId("H37.1"), BEFORE) is None


def test_an_ended_office_is_found_only_on_its_days() -> None:
    organ = DIRECTORY.offices[0].organ_id
    assert organ is not None
    assert DIRECTORY.by_organ(organ, BEFORE) is DIRECTORY.get(YEN_SON)
    assert DIRECTORY.by_organ(organ, AFTER) is None
    assert [o.id for o in DIRECTORY.in_group("xa", BEFORE)] == [YEN_SON, MINH_TIEN]
    assert DIRECTORY.in_group("xa", AFTER) == ()


def test_groups_expand_in_the_order_of_the_directory() -> None:
    recipients = expand(ruled(), DIRECTORY, BEFORE)
    assert [(r.office.id, r.expected) for r in recipients] == [
        (YEN_SON, Expected.REPORT),
        (MINH_TIEN, Expected.REPORT),
        (PHONG_Y_TE, Expected.ACKNOWLEDGEMENT),
        (HOI_NONG_DAN, Expected.ACKNOWLEDGEMENT),
        (LANH_DAO, Expected.INFORMATION),
    ]
    assert recipients[0].channels is ChannelChoice.BOTH


def test_a_rule_for_one_office_wins_and_the_first_group_counts() -> None:
    rules = (
        RecipientRule(group="xa"),
        RecipientRule(group="xa", expected=Expected.INFORMATION),
        RecipientRule(office=MINH_TIEN, expected=Expected.ACKNOWLEDGEMENT),
        RecipientRule(),
    )
    recipients = expand(ruled(recipients=rules), DIRECTORY, BEFORE)
    assert [(r.office.id, r.expected) for r in recipients] == [
        (YEN_SON, Expected.REPORT),
        (MINH_TIEN, Expected.ACKNOWLEDGEMENT),
    ]


def test_an_office_that_the_directory_lacks_is_named() -> None:
    rules = (RecipientRule(office=A),)
    with pytest.raises(NotFound, match="campaign nq47 names office a, which the directory lacks"):
        expand(ruled(recipients=rules), DIRECTORY, BEFORE)


def test_a_named_office_that_ended_is_followed_to_its_successor() -> None:
    rules = (RecipientRule(office=YEN_SON, expected=Expected.ACKNOWLEDGEMENT),)
    for day, heir in ((BEFORE, YEN_SON), (AFTER, TUAN_SON)):
        (found,) = expand(ruled(recipients=rules), DIRECTORY, day)
        assert (found.office.id, found.expected) == (heir, Expected.ACKNOWLEDGEMENT)


def test_the_successor_for_the_campaign_s_duty_takes_the_named_office_s_place() -> None:
    rules = (RecipientRule(office=SO_TTTT),)
    (for_duty,) = expand(ruled(recipients=rules), DIRECTORY, AFTER)
    assert for_duty.office.id == SO_VH
    (for_all,) = expand(ruled(recipients=rules, function=None), DIRECTORY, AFTER)
    assert for_all.office.id == OfficeId("so-khoa-hoc")


def test_a_named_office_that_ended_without_successor_or_has_not_begun_is_left_out() -> None:
    assert expand(ruled(recipients=(RecipientRule(office=PHONG_Y_TE),)), DIRECTORY, AFTER) == ()
    assert expand(ruled(recipients=(RecipientRule(office=TUAN_SON),)), DIRECTORY, BEFORE) == ()
    lost = Directory([ended(A, Successor(office=C))])
    assert expand(ruled(recipients=(RecipientRule(office=A),)), lost, AFTER) == ()


@pytest.mark.parametrize(
    ("own", "inherited", "owed"),
    [
        (Expected.REPORT, Expected.INFORMATION, Expected.REPORT),
        (Expected.INFORMATION, Expected.REPORT, Expected.REPORT),
    ],
)
@pytest.mark.parametrize("by_name", [True, False])
def test_what_a_named_office_leaves_to_a_recipient_adds_to_its_own_duty(
    own: Expected, inherited: Expected, owed: Expected, by_name: bool
) -> None:
    itself = (
        RecipientRule(office=TUAN_SON, expected=own)
        if by_name
        else RecipientRule(group="xa-2025", expected=own)
    )
    left = RecipientRule(office=YEN_SON, expected=inherited)
    for rules in ((itself, left), (left, itself)):
        (found,) = expand(ruled(recipients=rules), DIRECTORY, AFTER)
        assert (found.office.id, found.expected) == (TUAN_SON, owed)


EXCHANGE, MAIL = (Channel.EXCHANGE, "H37.1"), (Channel.EMAIL, "a@x.example")
BOTH_DOORS = Office(
    id=A,
    name="a",
    organ_id=OrganId("H37.1"),
    emails=(Address("a@x.example"), Address("second@x.example")),
)


@pytest.mark.parametrize(
    ("choice", "both", "only_organ", "only_mail"),
    [
        (ChannelChoice.BOTH, [EXCHANGE, MAIL], [EXCHANGE], [MAIL]),
        (ChannelChoice.PREFER_EXCHANGE, [EXCHANGE], [EXCHANGE], [MAIL]),
        (ChannelChoice.PREFER_EMAIL, [MAIL], [EXCHANGE], [MAIL]),
    ],
)
def test_doors(
    choice: ChannelChoice,
    both: list[tuple[Channel, str]],
    only_organ: list[tuple[Channel, str]],
    only_mail: list[tuple[Channel, str]],
) -> None:
    organ, mail = replace(BOTH_DOORS, emails=()), replace(BOTH_DOORS, organ_id=None)
    assert doors(BOTH_DOORS, choice, ExchangeMode.SEND) == both
    assert doors(organ, choice, ExchangeMode.SEND) == only_organ
    assert doors(mail, choice, ExchangeMode.SEND) == only_mail
    assert doors(Office(id=A, name="a"), choice, ExchangeMode.SEND) == []


@pytest.mark.parametrize("mode", [ExchangeMode.FOLLOW, ExchangeMode.OFF])
@pytest.mark.parametrize("choice", list(ChannelChoice))
def test_dondoc_itself_sends_on_the_exchange_only_when_told_to(
    choice: ChannelChoice, mode: ExchangeMode
) -> None:
    assert doors(BOTH_DOORS, choice, mode) == [MAIL]
    assert doors(replace(BOTH_DOORS, emails=()), choice, mode) == []


@pytest.mark.parametrize(
    ("office", "function", "day", "expected"),
    [
        (YEN_SON, None, BEFORE, YEN_SON),
        (YEN_SON, None, AFTER, TUAN_SON),
        (YEN_SON, FUNCTION, AFTER, TUAN_SON),
        (SO_TTTT, FUNCTION, AFTER, SO_VH),
        (SO_TTTT, None, AFTER, OfficeId("so-khoa-hoc")),
        (SO_TTTT, "another duty", AFTER, OfficeId("so-khoa-hoc")),
        (SO_TTTT, FUNCTION, BEFORE, SO_TTTT),
        (PHONG_Y_TE, None, AFTER, PHONG_Y_TE),
        (OfficeId("khong-co"), None, AFTER, OfficeId("khong-co")),
    ],
)
def test_successor(office: OfficeId, function: str | None, day: date, expected: OfficeId) -> None:
    assert successor(DIRECTORY, office, function, day) == expected


def test_a_chain_of_successors_is_followed_and_a_circle_ends() -> None:
    chain = Directory(
        [ended(A, Successor(office=B)), ended(B, Successor(office=C)), Office(id=C, name="c")]
    )
    assert successor(chain, A, None, AFTER) == C
    circle = Directory([ended(A, Successor(office=B)), ended(B, Successor(office=A))])
    assert successor(circle, A, None, AFTER) == B
    itself = Directory([ended(A, Successor(office=A))])
    assert successor(itself, A, None, AFTER) == A
    way_out = Directory(
        [
            ended(A, Successor(office=B)),
            ended(B, Successor(office=A, function=FUNCTION), Successor(office=C)),
            Office(id=C, name="c"),
        ]
    )
    assert successor(way_out, A, FUNCTION, AFTER) == C


def test_duties_pass_to_heirs_each_once() -> None:
    recipients = expand(ruled(), DIRECTORY, BEFORE)
    kept, ended_offices = heirs(recipients, DIRECTORY, FUNCTION, AFTER)
    assert [r.office.id for r in kept] == [TUAN_SON, HOI_NONG_DAN]
    assert [r.expected for r in kept] == [Expected.REPORT, Expected.ACKNOWLEDGEMENT]
    assert [o.id for o in ended_offices] == [PHONG_Y_TE]
    assert heirs(recipients, DIRECTORY, FUNCTION, BEFORE) == (list(recipients), [])


@pytest.mark.parametrize("expected", [Expected.INFORMATION, Expected.ACKNOWLEDGEMENT])
def test_an_heir_of_several_owes_the_most_that_one_of_them_owed(expected: Expected) -> None:
    informed = recipient(ended(A, Successor(office=C)), expected)
    reporting = recipient(ended(B, Successor(office=C)))
    directory = Directory([informed.office, reporting.office, Office(id=C, name="c")])
    for order in ([informed, reporting], [reporting, informed]):
        kept, _ = heirs(order, directory, None, AFTER)
        assert [(r.office.id, r.expected) for r in kept] == [(C, Expected.REPORT)]


def test_a_successor_that_the_directory_lacks_is_no_heir() -> None:
    lonely = recipient(ended(A, Successor(office=C)))
    kept, gone = heirs([lonely], Directory([lonely.office]), None, AFTER)
    assert (kept, gone) == ([], [lonely.office])


def test_each_step_of_a_passing_is_told_with_its_rule() -> None:
    chain = Directory(
        [
            ended(A, Successor(office=C), Successor(office=B, function=FUNCTION)),
            ended(B, Successor(office=C)),
            Office(id=C, name="c"),
        ]
    )
    first, second = Passing(office=A, to=B, function=FUNCTION), Passing(office=B, to=C)
    assert passings(chain, A, FUNCTION, AFTER) == (first, second)
    assert passings(chain, A, None, AFTER) == (Passing(office=A, to=C),)
    assert passings(chain, A, FUNCTION, BEFORE) == ()
    assert passings(chain, C, FUNCTION, AFTER) == ()


def test_an_heir_tells_of_all_from_whom_it_took_over() -> None:
    one = replace(recipient(ended(A, Successor(office=C))), passed=(Passing(office=B, to=A),))
    other = recipient(ended(B, Successor(office=C)))
    directory = Directory([one.office, other.office, Office(id=C, name="c")])
    own = recipient(Office(id=C, name="c"))
    for order in ([one, other, own], [own, one, other]):
        (kept,), _ = heirs(order, directory, None, AFTER)
        assert kept.passed == (
            Passing(office=B, to=A),
            Passing(office=A, to=C),
            Passing(office=B, to=C),
        )
    assert heirs([own], directory, None, AFTER)[0] == [own]


def test_a_named_office_that_ended_passes_its_duty_and_that_is_told() -> None:
    directory = Directory([ended(A, Successor(office=C)), Office(id=C, name="c", groups=("g",))])
    rules = (RecipientRule(group="g", expected=Expected.INFORMATION), RecipientRule(office=A))
    (found,) = expand(ruled(recipients=rules), directory, AFTER)
    assert (found.office.id, found.expected) == (C, Expected.REPORT)
    assert found.passed == (Passing(office=A, to=C),)
    less = (RecipientRule(group="g"), RecipientRule(office=A, expected=Expected.INFORMATION))
    (kept,) = expand(ruled(recipients=less), directory, AFTER)
    assert (kept.expected, kept.passed) == (Expected.REPORT, (Passing(office=A, to=C),))
