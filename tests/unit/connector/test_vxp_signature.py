"""The published vectors of the VXP protocol, byte for byte, and the rules behind them."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.eoffice.vxp_signature import (
    PREFIX,
    canonical,
    file_hash,
    signature,
    signed_headers,
    timestamp,
)
from domain.content import Inline
from domain.errors import InvariantViolation

SECRET = "s3cret-made-up-for-loopback"
SYSTEM = "000.99.99.TEST"
AT = "01052024T080910+0123"


def listing(at: str) -> dict[str, str]:
    return {
        "systemid": SYSTEM,
        "servicetype": "eDoc",
        "messagetype": "edoc",
        "timestamp": at,
        "Content-Type": "application/json",
    }


def test_first_published_vector() -> None:
    headers = signed_headers(listing(AT), SECRET)
    assert headers["XroadVnpt-sign-header-key"] == (
        "systemid;servicetype;messagetype;timestamp;Content-Type"
    )
    assert headers["XroadVnpt-sign-header"] == (
        '{"XroadVnpt-systemid":"000.99.99.TEST","XroadVnpt-servicetype":"eDoc",'
        '"XroadVnpt-messagetype":"edoc","XroadVnpt-timestamp":"01052024T080910+0123",'
        '"XroadVnpt-Content-Type":"application/json"}'
    )
    assert headers["XroadVnpt-hash-header"] == (
        "2f86a49ad3713f3609f4f95e56e8b4c88ee0bdd530eaf2f7640f806838ffe169"
    )


def test_second_published_vector_has_receivers_and_the_hash_without_padding() -> None:
    content = "Xin chào made-up body 4\n".encode()
    assert hashlib.sha256(content).hexdigest() == (
        "3c7804dba6ad4e67b1255a3ec7440449a36974a6ee56e347463f66e6fd72e3a9"
    )
    parameters = {
        "systemid": SYSTEM,
        "servicetype": "eDoc",
        "messagetype": "edoc",
        "hash-file": file_hash(Inline(content)),
        "from": "000.01.01.H37",
        "to": '["000.02.02.H37"]',
        "timestamp": AT,
        "Content-Type": "application/octet-stream",
    }
    headers = signed_headers(parameters, SECRET)
    assert headers["XroadVnpt-hash-file"] == (
        "3c784dba6ad4e67b1255a3ec744449a36974a6ee56e347463f66e6fd72e3a9"
    )
    assert headers["XroadVnpt-sign-header-key"] == (
        "systemid;servicetype;messagetype;hash-file;from;to;timestamp;Content-Type"
    )
    assert headers["XroadVnpt-sign-header"] == (
        '{"XroadVnpt-systemid":"000.99.99.TEST","XroadVnpt-servicetype":"eDoc",'
        '"XroadVnpt-messagetype":"edoc","XroadVnpt-hash-file":'
        '"3c784dba6ad4e67b1255a3ec744449a36974a6ee56e347463f66e6fd72e3a9",'
        '"XroadVnpt-from":"000.01.01.H37","XroadVnpt-to":"[\\"000.02.02.H37\\"]",'
        '"XroadVnpt-timestamp":"01052024T080910+0123",'
        '"XroadVnpt-Content-Type":"application/octet-stream"}'
    )
    assert headers["XroadVnpt-hash-header"] == (
        "08f51daef9f63aa8adcff40c4c599edca160a29e43c24c89cc78644084cae80b"
    )


def test_signature_recorded_from_the_real_sdk() -> None:
    text = canonical(listing("23112026T031939+0480"))
    assert signature(SECRET, text) == (
        "fade23782ebe365ac6d301d60ed41ed993a99c75281bec9d3debeb5a46605982"
    )


def test_headers_stand_in_the_order_of_the_protocol() -> None:
    assert list(signed_headers(listing(AT), SECRET)) == [
        "XroadVnpt-systemid",
        "XroadVnpt-servicetype",
        "XroadVnpt-messagetype",
        "XroadVnpt-timestamp",
        "Content-Type",
        "XroadVnpt-Content-Type",
        "XroadVnpt-sign-header-key",
        "XroadVnpt-sign-header",
        "XroadVnpt-hash-header",
    ]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2024, 5, 1, 1, 9, 10, 123_999, UTC), "01052024T080910+0123"),
        (datetime(2024, 12, 31, 17, 0, 0, 0, UTC), "01012025T000000+0000"),
        (
            datetime(2026, 11, 23, 3, 19, 39, 480_000, timezone(timedelta(hours=7))),
            "23112026T031939+0480",
        ),
        (datetime(2024, 5, 1, 1, 9, 10, 7_000, UTC), "01052024T080910+0007"),
    ],
)
def test_timestamp_is_local_with_milliseconds_in_four_digits(at: datetime, expected: str) -> None:
    assert timestamp(at) == expected


def test_an_instant_without_a_zone_is_our_bug() -> None:
    with pytest.raises(InvariantViolation, match="without a zone"):
        timestamp(datetime(2024, 5, 1, 8, 9, 10))  # noqa: DTZ001


def test_canonical_text_escapes_as_the_sdk_does() -> None:
    value = "\"\\\t\b\n\r\f\x01\u2028\u2029<>&='/é"
    assert canonical({"a": value}) == (
        '{"XroadVnpt-a":"\\"\\\\\\t\\b\\n\\r\\f\\u0001\\u2028\\u2029<>&=\'/é"}'
    )


@given(st.dictionaries(st.text(min_size=1, max_size=5), st.text(max_size=9), max_size=5))
def test_canonical_text_reads_back(parameters: dict[str, str]) -> None:
    read = json.loads(canonical(parameters))
    assert list(read.items()) == [(PREFIX + name, value) for name, value in parameters.items()]


@given(st.binary(max_size=200))
def test_file_hash_drops_only_leading_zeros_of_bytes(content: bytes) -> None:
    padded = hashlib.sha256(content).hexdigest()
    pairs = [padded[at : at + 2] for at in range(0, 64, 2)]
    assert file_hash(Inline(content)) == "".join(p[1] if p[0] == "0" else p for p in pairs)


def test_the_secret_is_used_as_text_and_never_decoded() -> None:
    secret = "c2VjcmV0"  # base64 of another text
    assert signature(secret, "x") == hmac.new(b"c2VjcmV0", b"x", "sha256").hexdigest()


@pytest.mark.parametrize("value", ["Hữu Lũng", "a\r\nX: y", "a\tb", "\x7f", " a", "a "])
def test_a_value_that_cannot_travel_is_refused_by_name(value: str) -> None:
    with pytest.raises(ValueError, match="parameter from "):
        signed_headers({"from": value}, SECRET)
