"""When two domains are one sender's."""

import pytest

from mappings.mail.authentication.domains import aligned, domain_of, within


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("vanthu@YenSon.example", "yenson.example"),
        ("@yenson.example.", "yenson.example"),
        ("yenson.example", "yenson.example"),
        ("a@đôn.example", "xn--n-wga0g.example"),
        ("a@" + "đ" * 70 + ".example", "đ" * 70 + ".example"),
        ("", ""),
    ],
)
def test_a_domain_is_spelled_as_the_dns_spells_it(address: str, domain: str) -> None:
    assert domain_of(address) == domain


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("yenson.example", "yenson.example", True),
        ("mail.yenson.example", "yenson.example", True),
        ("a.yenson.example", "b.yenson.example", True),
        ("yenson.example", "caikinh.example", False),
        ("notyenson.example", "yenson.example", False),
        # Nobody owns a public suffix: what lies below it belongs to many.
        ("tinh-a.gov.vn", "tinh-b.gov.vn", False),
        ("xa.tinh-a.gov.vn", "tinh-a.gov.vn", True),
        ("gov.vn", "tinh-a.gov.vn", False),
        ("gov.vn", "gov.vn", True),
        ("", "", False),
    ],
)
def test_alignment_is_that_of_one_organisation(one: str, other: str, same: bool) -> None:
    assert aligned(one, other) is same
    assert aligned(other, one) is same


def test_below_is_not_only_at_the_end() -> None:
    assert within("a.b.example", "b.example")
    assert within("b.example", "b.example")
    assert not within("ab.example", "b.example")
