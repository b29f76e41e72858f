"""The wire form of SMTP transactions: encodings, limits, parameters."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.email.esmtp import (
    check_address,
    data_form,
    mail_parameters,
    recipient_parameters,
    utf8_xtext,
    xtext,
)
from domain.errors import PeerRefused
from domain.ids import Address

LINES = st.lists(st.binary(max_size=50).map(lambda b: re.sub(rb"[\r\n]", b".", b)), min_size=1)


def decoded(value: str) -> str:
    pieces = re.findall(r"\+[0-9A-F]{2}|.", value)
    return bytes(int(p[1:], 16) if p[0] == "+" else ord(p) for p in pieces).decode()


@given(st.text())
def test_xtext_can_be_read_back_and_is_plain(value: str) -> None:
    assert re.fullmatch(r"(?:[!-*,-<>-~]|\+[0-9A-F]{2})*", xtext(value))
    assert decoded(xtext(value)) == value


def test_xtext_example() -> None:
    # The example of RFC 3461 section 10.1 leaves ordinary addresses as they are.
    assert xtext("Bob@Example.COM") == "Bob@Example.COM"
    assert xtext("a+b=c d") == "a+2Bb+3Dc+20d"


@given(LINES)
def test_what_goes_over_the_wire_can_be_undone(lines: list[bytes]) -> None:
    message = b"\r\n".join(lines) + b"\r\n"
    wire = data_form("peer", message)
    assert b"\r\n.\r\n" not in b"\r\n" + wire
    assert (
        b"\r\n".join(
            line.removeprefix(b".") if line.startswith(b".") else line
            for line in wire.split(b"\r\n")
        )
        == message
    )


def test_a_last_line_without_its_end_is_ended() -> None:
    assert data_form("peer", b"a: b\r\n\r\nend") == b"a: b\r\n\r\nend\r\n"


@given(st.binary())
def test_lone_line_ends_never_pass(message: bytes) -> None:
    lone = re.search(rb"\r(?!\n)|(?<!\r)\n", message)
    if lone:
        with pytest.raises(PeerRefused):
            data_form("peer", message)
    else:
        assert data_form("peer", message).endswith(b"\r\n")


@pytest.mark.parametrize("size", ["", "0", "junk", "²", "9" * 5_000])
def test_a_server_without_a_fixed_limit_takes_any_size(size: str) -> None:
    offered = {"size": size}
    assert parameters(offered, size=10**9) == ["SIZE=1000000000"]


@pytest.mark.parametrize(("size", "passes"), [(100, True), (101, False)])
def test_the_limit_itself_passes(size: int, passes: bool) -> None:
    if passes:
        assert parameters({"size": "100"}, size=size) == ["SIZE=100"]
    else:
        with pytest.raises(PeerRefused, match="101 octets"):
            parameters({"size": "100"}, size=size)


def parameters(
    offered: dict[str, str], *, size: int = 1, eight_bit: bool = False, envelope_id: str = ""
) -> list[str]:
    return mail_parameters(
        "peer", offered, size=size, eight_bit=eight_bit, utf8=False, envelope_id=envelope_id
    )


def test_everything_offered_is_used() -> None:
    offered = {"size": "10", "8bitmime": "", "dsn": "", "smtputf8": ""}
    assert parameters(offered, eight_bit=True, envelope_id="a b") == [
        "SIZE=1",
        "BODY=8BITMIME",
        "RET=HDRS",
        "ENVID=a+20b",
    ]


def test_an_envelope_id_has_its_limit() -> None:
    assert parameters({"dsn": ""}, envelope_id="x" * 100)[-1] == "ENVID=" + "x" * 100
    with pytest.raises(PeerRefused, match="envelope id"):
        parameters({"dsn": ""}, envelope_id="x" * 99 + "+")


def test_an_original_recipient_outside_ascii_is_typed_utf8() -> None:
    strange = Address("văn@x.example")
    assert recipient_parameters({"dsn": ""}, strange, report=True)[1] == (
        "ORCPT=utf-8;v\\x{103}n@x.example"
    )
    # RFC 6533 section 3: HEXPOINT has two digits at least.
    assert utf8_xtext(Address("a+b=é\\😀@x.example")) == (
        r"a\x{2B}b\x{3D}\x{E9}\x{5C}\x{1F600}@x.example"
    )


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_an_address_that_passes_cannot_end_its_command(text: str) -> None:
    try:
        check_address("peer", Address(text))
    except PeerRefused:
        return
    assert not set(text) & set("\r\n<> \0")
