"""DKIM signatures: good ones, changed messages, and signatures that prove nothing."""

import re
from datetime import UTC, datetime
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.mail.authentication import signature as module
from mappings.mail.authentication.signature import (
    Checked,
    Outcome,
    Signature,
    check,
    signatures,
    unchecked,
)
from mappings.mail.headers import Fields, split_header
from tests.signed_mail import SELECTOR, record, signed

AT = datetime(2024, 11, 8, 3, tzinfo=UTC)
DOMAIN = "yenson.example"
HEADER = (
    b"From: Xa Yen Son <vanthu@yenson.example>\r\nTo: nq47@huulung.example\r\n"
    b"Subject: Bao cao\r\nDate: Fri, 08 Nov 2024 09:00:00 +0700\r\n"
    b"Message-ID: <1@yenson.example>\r\nContent-Type: text/plain\r\n\r\n"
)
MESSAGE = HEADER + b"Kinh gui  \t UBND huyen,  \r\nda nhan.\r\n\r\n\r\n"
FORMS = [(b"relaxed", b"relaxed"), (b"simple", b"simple"), (b"relaxed", b"simple")]


@cache
def signed_once() -> bytes:
    return signed(MESSAGE, DOMAIN)


def fields_of(raw: bytes) -> Fields:
    return split_header(raw, 0, len(raw))[0]


def checked(raw: bytes, key: bytes | None = None, *, at: datetime = AT) -> Checked:
    """Check the topmost aligned signature with our key unless another is given."""
    fields = fields_of(raw)
    found = signatures(fields, DOMAIN)[0]
    return check(raw, fields, found, record() if key is None else key, at)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "body", [b"", b"x", b"\r\n\r\n", b"a \r\n \t\r\n\r\n", b"end\r\r\n\r\n", b"a\r\n.\r\nb\r\n"]
)
def test_a_signature_is_good_until_the_message_changes(
    form: tuple[bytes, bytes], body: bytes
) -> None:
    raw = signed(HEADER + body, DOMAIN, canonicalize=form)
    assert checked(raw) == Checked(outcome=Outcome.GOOD, why="signature of yenson.example: good")
    if b"\r\r" not in raw:
        assert checked(raw.replace(b"\r\n", b"\n")).outcome is Outcome.GOOD
    assert checked(raw + b"them mot dong\r\n").outcome is Outcome.BAD
    assert checked(raw.replace(b"Bao cao", b"Khong co")).outcome is Outcome.BAD


def test_a_key_of_somebody_else_fits_nothing() -> None:
    assert checked(signed(MESSAGE, DOMAIN), record(1024)).outcome is Outcome.BAD


def test_only_aligned_signatures_matter() -> None:
    raw = signed(signed(MESSAGE, "mail.yenson.example"), "chuyen-tiep.example")
    found = signatures(fields_of(raw), DOMAIN)
    assert [(s.index, s.domain, s.key_name) for s in found] == [
        (1, "mail.yenson.example", f"{SELECTOR}._domainkey.mail.yenson.example")
    ]
    assert check(raw, fields_of(raw), found[0], record(), AT).outcome is Outcome.GOOD


@pytest.mark.parametrize(
    "value",
    [
        "v=1; d=yenson.example; s=a; d=yenson.example",
        "no tags at all",
        "v=1; d=yenson.example; s=" + "a" * 8_000,
        "v=1; d=yenson.example; s=a; h=from" + " " * 120,
        "v=1; d=yenson.example; s=a b",
        "v=1; d=yenson.example",
        "v=1; s=a",
        "v=1; d=" + "a" * 250 + ".yenson.example; s=a",
        "v=1; d=yenson.example; s=\udce9",
    ],
)
def test_a_damaged_signature_asks_for_no_key(value: str) -> None:
    assert signatures(Fields((("dkim-signature", value),)), DOMAIN) == ()


def test_so_many_signatures_are_looked_at_and_no_more() -> None:
    one = ("dkim-signature", "v=1; d=yenson.example; s=a")
    assert len(signatures(Fields((one,) * 50), DOMAIN)) == module.MOST


def test_a_signature_with_a_fault_proves_nothing() -> None:
    raw = signed(MESSAGE, DOMAIN)

    def altered(old: bytes, new: bytes, *, on_top: bytes = b"") -> str:
        changed = on_top + raw.replace(old, new, 1)
        assert changed != raw
        result = checked(changed)
        assert result.outcome is Outcome.UNUSABLE
        return result.why.removeprefix("signature of yenson.example: ")

    (covered,) = re.findall(rb" h=[^;]+;", raw)
    assert altered(b"v=1", b"v=2") == "it is no signature of version 1"
    assert altered(b"rsa-sha256", b"rsa-sha1") == "its algorithm is not trusted (RFC 8301)"
    assert re.match("it does not cover", altered(covered, b" h=subject : to;"))
    assert re.match("it covers the first part", altered(b"v=1;", b"v=1; l=3;"))
    assert altered(b"v=1;", b"v=1; x=1500000000;") == "it has expired"
    assert re.match("its account", altered(b"i=@yenson", b"i=@khac"))
    second = b"Subject: mien bao cao\r\n"
    assert altered(b"", b"", on_top=second) == "the message has several fields subject"
    assert altered(b"c=relaxed/simple", b"c=relaxed/none") == (
        "it cannot be checked (MessageFormatError)"
    )


def test_an_account_below_the_domain_is_its_own() -> None:
    raw = signed(MESSAGE, DOMAIN, identity=b"@phong.yenson.example")
    assert checked(raw).outcome is Outcome.GOOD
    strict = record(flags="t=y:s; ")
    assert checked(raw, strict) == Checked(
        outcome=Outcome.UNUSABLE,
        why="signature of yenson.example: its key is not for accounts below its domain",
    )
    assert checked(signed(MESSAGE, DOMAIN), strict).outcome is Outcome.GOOD
    raw = signed(MESSAGE, DOMAIN, identity=b"vanthu@yenson.example")
    assert checked(raw, strict).outcome is Outcome.GOOD


@pytest.mark.parametrize("name", ["subject", "content-type"])
def test_what_says_how_the_text_is_read_must_be_covered(name: str) -> None:
    all_of_it = [b"from", b"to", b"subject", b"date", b"content-type"]
    covered = [one for one in all_of_it if one != name.encode()]
    raw = signed(MESSAGE, DOMAIN, include_headers=covered)
    assert checked(raw) == Checked(
        outcome=Outcome.UNUSABLE, why=f"signature of yenson.example: it does not cover {name}"
    )
    assert checked(signed(MESSAGE, DOMAIN, include_headers=all_of_it)).outcome is Outcome.GOOD
    (line,) = re.findall(rb"(?im)^%s:.*\r\n" % name.encode(), MESSAGE)
    without = signed(MESSAGE.replace(line, b""), DOMAIN, include_headers=covered)
    assert checked(without).outcome is Outcome.GOOD
    # Whoever sends it on puts one in.
    assert checked(line + without).outcome is Outcome.UNUSABLE


def test_that_the_answered_message_is_not_covered_is_told() -> None:
    answer = b"In-Reply-To: <1@huulung.example>\r\nReferences: <1@huulung.example>\r\n"
    raw = signed(MESSAGE, DOMAIN)
    assert checked(answer + raw) == Checked(
        outcome=Outcome.GOOD,
        why="signature of yenson.example: good, without in-reply-to and references",
    )
    covered = [b"from", b"subject", b"content-type", b"in-reply-to"]
    raw = signed(answer + MESSAGE, DOMAIN, include_headers=covered)
    assert checked(raw).why == "signature of yenson.example: good, without references"
    assert checked(signed(answer + MESSAGE, DOMAIN)).why == "signature of yenson.example: good"


def test_an_expiry_to_come_or_beyond_time_is_none() -> None:
    for until in (b"1900000000", b"9" * 40, b"soon"):
        raw = signed(MESSAGE, DOMAIN).replace(b"v=1;", b"v=1; x=" + until + b";", 1)
        # The signature was made without it, so it does not fit; it has not expired.
        assert checked(raw).outcome is Outcome.BAD


def test_a_key_that_is_gone_or_damaged_says_nothing_about_the_message() -> None:
    raw = signed(MESSAGE, DOMAIN)
    fields = fields_of(raw)
    (found,) = signatures(fields, DOMAIN)
    assert check(raw, fields, found, None, AT).outcome is Outcome.UNUSABLE
    for damaged in (b"v=DKIM1; p=", b"v=DKIM1; p=!", b"v=DKIM2; p=x", b"k=ed25519; p=AA==", b"x"):
        assert checked(raw, damaged).outcome is Outcome.UNUSABLE


def test_a_domain_that_only_tries_signatures_out_is_not_held_to_them() -> None:
    raw = signed(MESSAGE, DOMAIN)
    key = record(flags="t=s:y; ")
    assert checked(raw, key).outcome is Outcome.GOOD
    assert checked(raw + b"x", key).outcome is Outcome.UNUSABLE


def test_a_key_too_short_to_be_trusted_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = signed(MESSAGE, DOMAIN, bits=1024)
    assert checked(raw, record(1024)).outcome is Outcome.GOOD
    monkeypatch.setattr(module, "_KEY_BITS", 2048)
    assert checked(raw, record(1024)).outcome is Outcome.UNUSABLE


def test_what_has_no_end_of_header_is_not_checked() -> None:
    raw = signed(MESSAGE, DOMAIN)
    fields = fields_of(raw)
    (found,) = signatures(fields, DOMAIN)
    cut = raw.partition(b"\r\n\r\n")[0]
    assert check(cut, fields, found, record(), AT).outcome is Outcome.UNUSABLE
    assert check(b"\xff\r\n" + raw, fields, found, record(), AT).outcome is Outcome.UNUSABLE


def test_a_question_without_an_answer_leaves_it_open() -> None:
    one = Signature(index=0, domain=DOMAIN, selector="a", tags={})
    assert unchecked(one).outcome is Outcome.UNCHECKED


def test_long_runs_of_blanks_and_empty_lines_take_linear_time() -> None:
    blanks = HEADER + b"x" + b" " * 300_000 + b"y"
    raw = signed(HEADER + b"x y", DOMAIN, canonicalize=(b"relaxed", b"relaxed"))
    long = raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + blanks[len(HEADER) :]
    assert checked(long).outcome is Outcome.GOOD
    assert checked(raw + b"\r\n" * 300_000).outcome is Outcome.GOOD


@given(st.binary(max_size=400))
def test_nothing_raises(noise: bytes) -> None:
    raw = signed_once()
    fields = fields_of(raw)
    (found,) = signatures(fields, DOMAIN)
    for message in (noise + raw, raw[: len(noise)] + noise + raw[len(noise) :]):
        assert isinstance(check(message, fields, found, record(), AT), Checked)
    assert isinstance(check(raw, fields, found, noise, AT), Checked)
