"""What statements and signatures come to."""

import pytest

from domain.authentication import UNKNOWN, Authentication
from domain.ids import Address
from mappings.mail.authentication.rules import SenderRules
from mappings.mail.authentication.signature import Checked, Outcome
from mappings.mail.authentication.statement import Statement, read_statement
from mappings.mail.authentication.verdict import authentication, needs_signatures

AUTHOR = Address("vanthu@yenson.example")
ANY = SenderRules()
SIGNING = SenderRules(signing_domains=frozenset({"yenson.example"}))
GOOD = Checked(outcome=Outcome.GOOD, why="good")
BAD = Checked(outcome=Outcome.BAD, why="bad")
UNUSABLE = Checked(outcome=Outcome.UNUSABLE, why="unusable")
UNCHECKED = Checked(outcome=Outcome.UNCHECKED, why="not asked")


def said(results: str) -> Statement:
    statement = read_statement(f"mx.huulung.example; {results}")
    assert statement is not None
    return statement


@pytest.mark.parametrize(
    ("results", "passed"),
    [
        ("dmarc=pass header.from=yenson.example", True),
        ("dmarc=pass", True),
        ("dkim=pass header.d=mail.yenson.example", True),
        ("spf=pass smtp.mailfrom=bounce@yenson.example", True),
        ("auth=pass smtp.auth=vanthu@yenson.example", True),
        # What passed is somebody else's.
        ("dmarc=pass header.from=con.yenson.example", None),
        ("dkim=pass header.d=khac.example", None),
        ("spf=pass smtp.mailfrom=a@khac.example", None),
        ("auth=pass smtp.auth=khac@yenson.example", None),
        ("arc=pass", None),
        ("spf=pass smtp.helo=yenson.example", None),
        ("none", None),
        ("dkim=none; spf=softfail smtp.mailfrom=a@yenson.example; dmarc=temperror", None),
        ("auth=fail smtp.auth=vanthu@yenson.example", None),
        ("dkim=fail header.d=khac.example", None),
        ("dkim=fail header.d=yenson.example", False),
        ("spf=fail smtp.mailfrom=a@yenson.example", False),
        ("dmarc=fail header.from=yenson.example", False),
        # Forwarded mail fails SPF; its signature is still its own.
        ("spf=fail smtp.mailfrom=a@yenson.example; dkim=pass header.d=yenson.example", True),
        ("dkim=fail header.d=yenson.example; dkim=pass header.d=yenson.example", True),
        # Our server read another author than we did.
        ("dmarc=pass header.from=khac.example", False),
        ("dmarc=none header.from=khac.example", False),
        ('dmarc=pass header.from=""', False),
        ("dkim=pass header.d=yenson.example; dmarc=pass header.from=khac.example", False),
        ("dmarc=pass header.from=yenson.example; dmarc=fail header.from=yenson.example", False),
        ("dmarc=pass header.from=khac.example; dmarc=fail header.from=yenson.example", False),
        # The domain's own policy asks for more than relaxed alignment.
        ("dkim=pass header.d=a.yenson.example; dmarc=fail header.from=yenson.example", False),
    ],
)
def test_a_statement_counts_for_the_authors_own_domain(results: str, passed: bool | None) -> None:
    found = authentication(AUTHOR, said(results), (), ANY)
    assert found.passed is passed
    assert found.doubtful is (passed is False)
    assert [r.rule for r in found.reasons] == ["authentication_results"]


@pytest.mark.parametrize(
    ("checked", "passed"),
    [
        ((), None),
        ((GOOD,), True),
        ((BAD,), False),
        ((BAD, GOOD), True),
        ((UNUSABLE,), None),
        ((UNCHECKED,), None),
        ((UNCHECKED, BAD), False),
    ],
)
def test_signatures_count_by_themselves(checked: tuple[Checked, ...], passed: bool | None) -> None:
    found = authentication(AUTHOR, None, checked, ANY)
    assert found.passed is passed
    assert found.evidence == tuple(c.why for c in checked)
    assert {r.rule for r in found.reasons} <= {"dkim_signature"}


def test_signatures_are_checked_where_no_server_did_and_nothing_vouches() -> None:
    assert needs_signatures(AUTHOR, None, ANY)
    assert needs_signatures(AUTHOR, said("spf=none"), ANY)
    assert not needs_signatures(AUTHOR, said("dkim=none"), ANY)
    assert not needs_signatures(AUTHOR, said("spf=pass smtp.mailfrom=yenson.example"), ANY)
    assert not needs_signatures(AUTHOR, None, SenderRules(signatures=False))
    assert not needs_signatures(None, None, ANY)


def test_mail_of_a_signing_domain_must_be_signed() -> None:
    bare = authentication(AUTHOR, None, (), SIGNING)
    assert (bare.passed, bare.doubtful) == (False, True)
    assert [r.rule for r in bare.reasons] == ["signature_missing"]
    assert authentication(AUTHOR, None, (UNUSABLE,), SIGNING).passed is False
    assert authentication(AUTHOR, None, (GOOD,), SIGNING).doubtful is False
    below = Address("a@phong.yenson.example")
    assert authentication(below, None, (), SIGNING).doubtful
    assert not authentication(Address("a@khac.example"), None, (), SIGNING).doubtful


def test_what_could_not_be_asked_is_unknown_and_still_not_enough_for_a_signing_domain() -> None:
    found = authentication(AUTHOR, None, (UNCHECKED,), SIGNING)
    assert (found.passed, found.doubtful) == (None, True)
    assert authentication(AUTHOR, None, (UNCHECKED,), ANY).doubtful is False


def test_where_proof_is_required_nothing_known_is_not_enough() -> None:
    strict = SenderRules(require=True)
    assert authentication(AUTHOR, None, (), strict).doubtful
    assert authentication(None, None, (), strict).doubtful
    assert not authentication(AUTHOR, None, (GOOD,), strict).doubtful
    assert authentication(None, None, (), ANY) == UNKNOWN == Authentication()


def test_reasons_name_what_was_said_about_the_author() -> None:
    told = authentication(AUTHOR, said("arc=pass; dkim=pass header.d=khac.example"), (), ANY)
    assert told.evidence == ("mx.huulung.example says: arc=pass",)
    silent = authentication(AUTHOR, said("none"), (), ANY)
    assert silent.evidence == ("mx.huulung.example says: nothing about yenson.example",)
    nameless = Statement(server="")
    assert authentication(AUTHOR, nameless, (), ANY).evidence[0].startswith("our mail server says")
