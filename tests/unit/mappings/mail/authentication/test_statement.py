"""Authentication-Results of many servers, forged ones, and damaged ones."""

import authres
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.mail.authentication.domains import domain_of
from mappings.mail.authentication.rules import SenderRules
from mappings.mail.authentication.statement import (
    Finding,
    Statement,
    read_statement,
    trusted_statement,
)
from mappings.mail.headers import split_header

OURS = SenderRules(authserv_ids=frozenset({"mx.huulung.example"}))
UNNAMED = SenderRules(unnamed=True)

# Shapes as Gmail, OpenDMARC beside OpenDKIM, rspamd, amavis in Zimbra, and Exchange Online write.
GMAIL = (
    "mx.huulung.example; dkim=pass header.i=@yenson.example header.s=a header.b=Ab/c1;"
    " spf=pass (huulung.example: domain of vanthu@yenson.example designates 192.0.2.7 as permitted"
    " sender) smtp.mailfrom=vanthu@yenson.example;"
    " dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=yenson.example"
)
OPENDMARC = "mx.huulung.example; dmarc=fail (p=none dis=none) header.from=yenson.example"
RSPAMD = (
    "mx.huulung.example; dkim=none; spf=softfail (mx.huulung.example: 192.0.2.7 is neither"
    " permitted nor denied by domain of vanthu@yenson.example)"
    " smtp.mailfrom=vanthu@yenson.example; dmarc=none"
)
ZIMBRA = (
    "mx.huulung.example (amavisd-new); dkim=pass (2048-bit key)"
    ' reason="pass (just generated, assumed good)" header.d=yenson.example'
)
EXCHANGE = (
    "spf=pass (sender IP is 192.0.2.7) smtp.mailfrom=yenson.example; dkim=pass (signature was"
    " verified) header.d=yenson.example;dmarc=pass action=none"
    " header.from=yenson.example;compauth=pass reason=100"
)


def findings(value: str) -> list[str]:
    statement = read_statement(value)
    assert statement is not None
    return [str(found) for found in statement.findings]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (
            GMAIL,
            [
                "dkim=pass for @yenson.example",
                "spf=pass for vanthu@yenson.example",
                "dmarc=pass for yenson.example",
            ],
        ),
        (OPENDMARC, ["dmarc=fail for yenson.example"]),
        (RSPAMD, ["dkim=none", "spf=softfail for vanthu@yenson.example", "dmarc=none"]),
        (ZIMBRA, ["dkim=pass for yenson.example"]),
        (
            EXCHANGE,
            [
                "spf=pass for yenson.example",
                "dkim=pass for yenson.example",
                "dmarc=pass for yenson.example",
                "compauth=pass",
            ],
        ),
        ("mx.huulung.example; none", []),
        ("mx.huulung.example 1", []),
        ("MX.huulung.example; DKIM/1=Pass header.d=YenSon.Example", [
            "dkim=pass for yenson.example"
        ]),
        ('mx.huulung.example; dmarc=pass header.from="khac.example"', [
            "dmarc=pass for khac.example"
        ]),
        ('"mx.huulung.example"; dmarc=pass header.from=""', ["dmarc=pass for ?"]),
        # What RFC 8601 forbids, and servers write.
        ("mx.huulung.example; dkim=pass header.d=yenson.example;", [
            "dkim=pass for yenson.example"
        ]),
        ("mx.huulung.example; dkim = pass (a (b) c) header.d = yenson.example; ;", [
            "dkim=pass for yenson.example"
        ]),
        ('mx.huulung.example; spf=fail smtp.mailfrom="a;dkim=pass b"@yenson.example;', [
            "spf=fail for ?@yenson.example"
        ]),
        (r'mx.huulung.example; spf=fail (helo=\) dkim=pass "); dmarc=fail;', [
            "spf=fail", "dmarc=fail"
        ]),
    ],
)  # fmt: skip
def test_results_are_read_with_what_they_are_about(value: str, found: list[str]) -> None:
    assert findings(value) == found


@pytest.mark.parametrize(
    "value",
    [
        "mx.huulung.example; dkim=pass (never ends header.d=yenson.example",
        "mx.huulung.example; dkim=pass ) header.d=yenson.example",
        'mx.huulung.example; dkim=pass reason="never ends header.d=yenson.example',
        "words that say nothing",
        "",
        "mx.huulung.example; " + "(" * 3_000,
        "mx.huulung.example; dkim=pass " + "x" * 65_000,
    ],
)
def test_what_cannot_be_told_is_no_statement(value: str) -> None:
    assert read_statement(value) is None


_names = st.sampled_from(["yenson.example", "a.b.c.example", "x-y.example", "example"])
_words = st.sampled_from([None, "a (b) c", "p=NONE sp=NONE", "2048-bit key; dkim=pass"])


def _dkim(result: str, name: str, words: str | None) -> authres.AuthenticationResult:
    return authres.DKIMAuthenticationResult(result=result, result_comment=words, header_d=name)


def _spf(result: str, name: str, words: str | None) -> authres.AuthenticationResult:
    return authres.SPFAuthenticationResult(
        result=result, reason=words, smtp_mailfrom=f"van+thu@{name}"
    )


_results = st.sampled_from(["pass", "fail", "none", "softfail", "temperror"])


@given(
    _names,
    st.lists(
        st.builds(_dkim, _results, _names, _words) | st.builds(_spf, _results, _names, _words),
        min_size=1,
        max_size=4,
    ),
)
def test_what_another_program_writes_is_read_as_it_reads_it(
    server: str, results: list[authres.AuthenticationResult]
) -> None:
    written = authres.AuthenticationResultsHeader(authserv_id=server, results=results)
    value = written.header_value()
    other = authres.AuthenticationResultsHeader.parse_value(value)
    statement = read_statement(value)
    assert statement is not None
    assert statement.server == other.authserv_id
    assert [(f.method, f.result) for f in statement.findings] == [
        (result.method, result.result) for result in other.results
    ]
    assert [f.domain for f in statement.findings] == [
        domain_of(result.properties[0].value) for result in other.results
    ]


@given(st.text(max_size=200) | st.from_regex(r"[a-z.; =\"()\\]{0,80}"))
def test_no_field_raises(value: str) -> None:
    assert isinstance(read_statement(value), Statement | None)


def trusted(header: str, rules: SenderRules = OURS) -> Statement | None:
    raw = header.encode()
    fields, _ = split_header(raw, 0, len(raw))
    return trusted_statement(fields, rules)


FROM = "From: vanthu@yenson.example\r\n\r\n"


def field(value: str) -> str:
    return f"Authentication-Results: {value}\r\n"


def ours(value: str) -> str:
    return field(f"mx.huulung.example; {value}")


def told(header: str) -> list[str]:
    statement = trusted(header)
    assert statement is not None
    assert statement.server == "mx.huulung.example"
    return [str(found) for found in statement.findings]


FAILED = ours("dmarc=fail header.from=yenson.example")
PASSED = ours("dmarc=pass header.from=yenson.example")
FOREIGN = field("mx.khac.example; dmarc=pass; dkim=fail header.d=yenson.example")
RECEIVED = "Received: from x by mx.huulung.example\r\n"


def test_only_our_own_servers_count() -> None:
    expected = Statement(
        server="mx.huulung.example",
        findings=(Finding(method="dmarc", result="fail", identity="yenson.example"),),
    )
    assert trusted(FAILED + FROM) == expected
    assert trusted(FAILED + FOREIGN + FROM) == expected
    assert trusted(FOREIGN + FROM) is None
    assert trusted(FROM) is None
    assert trusted(FAILED + FROM, SenderRules()) is None


@pytest.mark.parametrize(
    "header",
    [
        FOREIGN + PASSED,
        field("(") + PASSED,
        field("mx.huulung.example; (") + PASSED,
    ],
)
def test_what_vouches_counts_on_top_only(header: str) -> None:
    assert trusted(header + FROM) is None


def test_a_forged_copy_below_the_true_field_vouches_for_nothing() -> None:
    true = ours("dkim=none; dmarc=none")
    assert told(true + PASSED + FROM) == ["dkim=none", "dmarc=none"]
    assert told(true + RECEIVED + ours("spf=pass") + FROM) == ["dkim=none", "dmarc=none"]
    assert told(FAILED + PASSED + FROM) == ["dmarc=fail for yenson.example"]


@pytest.mark.parametrize("came", ["Subject: x\r\n", "MIME-Version: 1.0\r\n", FROM[:-2]])
def test_what_stands_below_a_field_that_came_with_the_mail_vouches_for_nothing(came: str) -> None:
    assert trusted(RECEIVED + came + PASSED + FROM) is None
    assert told(ours("spf=none") + came + PASSED + FROM) == ["spf=none"]
    assert told(ours("spf=none") + came + FAILED + FROM) == [
        "spf=none",
        "dmarc=fail for yenson.example",
    ]


def test_several_filters_of_one_server_are_one_statement() -> None:
    header = ours("dkim=pass header.d=yenson.example") + PASSED + ours("spf=none")
    assert told(f"{RECEIVED}{header}{FROM}") == [
        "dkim=pass for yenson.example",
        "dmarc=pass for yenson.example",
        "spf=none",
    ]


@pytest.mark.parametrize(
    ("above", "found"),
    [
        (ours("spf=softfail"), ["spf=softfail"]),
        (ours("dmarc=none"), ["dmarc=none"]),
        (PASSED, ["dmarc=pass for yenson.example"]),
        (ours("dmarc=none") + RECEIVED, ["dmarc=none"]),
        (FOREIGN, []),
        (field("("), []),
        (ours("dmarc=none") + FOREIGN + RECEIVED, ["dmarc=none"]),
    ],
)
def test_a_failure_counts_wherever_our_server_states_it(above: str, found: list[str]) -> None:
    assert told(above + FAILED + FROM) == [*found, "dmarc=fail for yenson.example"]


def test_a_failure_among_very_many_signatures_is_read() -> None:
    many = "; ".join(f"dkim=pass header.d=a{n}.khac.example" for n in range(200))
    assert told(ours(f"{many}; dmarc=fail header.from=yenson.example") + FROM)[-1] == (
        "dmarc=fail for yenson.example"
    )


def test_a_statement_without_a_name_counts_where_it_is_expected() -> None:
    nameless = f"Authentication-Results: {EXCHANGE}\r\n\r\n"
    named = f"Authentication-Results: {GMAIL}\r\n\r\n"
    assert trusted(nameless) is None
    assert trusted(nameless, UNNAMED) is not None
    assert trusted(named, UNNAMED) is None


def test_an_encoded_word_never_becomes_a_result() -> None:
    word = "=?utf-8?Q?=3B_dmarc=3Dpass_header.from=3Dyenson.example?="
    statement = trusted(
        f"Authentication-Results: mx.huulung.example; spf=none smtp.mailfrom={word}\r\n\r\n"
    )
    assert statement is None or [f.result for f in statement.findings] == ["none"]
