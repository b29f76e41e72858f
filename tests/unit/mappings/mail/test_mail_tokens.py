import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ids import Address, DispatchId
from mappings.mail.tokens import (
    bounce_address,
    find_subject_tokens,
    find_tokens,
    is_probe_mark,
    message_id,
    names_probe,
    probe_mark,
    probe_token,
    reply_address,
    reply_token,
    subject_token,
    token_in,
)

KEY = b"0123456789abcdef"
DISPATCH = DispatchId("nq47/2024/xa-yen-son/directive/1/email")
BOX = Address("nq47@huulung.example")


def test_a_token_is_fixed_by_key_and_dispatch() -> None:
    token = reply_token(KEY, DISPATCH)
    assert re.fullmatch(r"[a-z2-7]{20}", token)
    assert token == reply_token(KEY, DISPATCH)
    assert token != reply_token(b"another key", DISPATCH)
    assert token != reply_token(KEY, DispatchId(DISPATCH + "x"))


def test_the_subject_code_is_the_beginning_of_the_token() -> None:
    assert subject_token("abcdefghijklmnop2345") == "DD-ABCDEFGH"


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("HuuLung.example", "huulung.example"),
        (
            "mail.phongvanhoathongtin.huulung.langson.example",
            "huulung.langson.example",
        ),
        ("a" * 30 + "." + "b" * 30, None),
        ("tên-miền.example", None),
        ("a..example", None),
    ],
)
def test_a_message_id_has_at_most_60_characters(domain: str, expected: str | None) -> None:
    identifier = message_id("abcdefghijklmnop2345", domain)
    assert len(identifier) <= 60
    assert identifier.isascii()
    host = identifier.strip("<>").partition("@")[2]
    assert host == expected if expected else re.fullmatch(r"[0-9a-f]{16}\.invalid", host)


def test_addresses_carry_the_token_only_where_the_server_can() -> None:
    token = reply_token(KEY, DISPATCH)
    assert reply_address(BOX, token, plus=True) == f"nq47+{token}@huulung.example"
    assert bounce_address(BOX, token, plus=True) == f"nq47+{token}@huulung.example"
    assert reply_address(BOX, token, plus=False) == BOX


def test_a_local_part_is_never_over_64_octets() -> None:
    fits, over = Address("a" * 43 + "@x.example"), Address("a" * 44 + "@x.example")
    assert reply_address(fits, "b" * 20, plus=True) != fits
    assert reply_address(over, "b" * 20, plus=True) == over


@given(st.text(min_size=1, max_size=60))
def test_a_token_is_found_again_in_any_case_and_after_rewriting(name: str) -> None:
    token = reply_token(KEY, DispatchId(name))
    address = reply_address(BOX, token, plus=True)
    rewritten = f"srs0=abcd=xy=huulung.example={address.partition('@')[0]}@relay.example"
    assert find_tokens([str(BOX), address.upper(), rewritten, address]) == (token,)
    assert find_subject_tokens(f"Re: V/v [{subject_token(token)}]") == (subject_token(token),)


def test_what_only_looks_like_a_token_is_not_one() -> None:
    assert find_tokens(["nq47+short@x.example", "nq47+" + "a" * 21 + "@x.example"]) == ()
    assert find_subject_tokens("ADD-ABCDEFGH DD-ABCDEFGHI DD-ABCDEFG DD-ABCDEFG1") == ()


@pytest.mark.parametrize(
    "written", ["dd-abcdefgh", "DD - ABCD EFGH", "[DD–abcDEFgh]", "DD -abcdefgh."]
)
def test_subject_codes_are_read_as_people_mangle_them(written: str) -> None:
    assert find_subject_tokens(f"Re: {written} và DD-ABCDEFGH") == ("DD-ABCDEFGH",)


def test_a_trial_has_a_token_of_its_own() -> None:
    mark = probe_mark(KEY, "a1b2")
    assert mark == f"probe-a1b2-{probe_token(KEY, 'a1b2')}"
    assert is_probe_mark(KEY, mark)
    assert names_probe(mark)
    assert not is_probe_mark(b"another key", mark)
    for other in ("probe-a1b2", "probe-", "a1b2", f"x{mark}", f"{mark}x", "probe-é"):
        assert not is_probe_mark(KEY, other)
    assert probe_token(KEY, "a1b2") != reply_token(KEY, DispatchId("a1b2"))


def test_the_token_of_a_message_id_of_ours_is_found_and_no_other() -> None:
    token = reply_token(KEY, DISPATCH)
    assert token_in(message_id(token, "huulung.example")) == token
    assert token_in(f"<{token}x@huulung.example>") is None
    assert token_in(f"{token}@huulung.example") is None
    assert token_in("<512.2024@huulung.example>") is None
