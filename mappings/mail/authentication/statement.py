"""Authentication-Results (RFC 8601): what the mail servers on the way found out about a sender.

Anybody can write such a field into a message. Only the topmost one counts, and only when it bears
a name of our own servers: what stands below was there before they saw the message.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import authres

from mappings.mail.authentication.domains import domain_of
from mappings.mail.authentication.rules import SenderRules
from mappings.mail.headers import Fields

FIELD = "authentication-results"
_LONGEST = 4_000
"""Characters of a field that are read; a longer one is no server's of ours."""

# In the order in which one says best which domain or account was proved (RFC 8601 section 2.7).
_IDENTITIES = {
    "dkim": ("header.d", "header.i"),
    "spf": ("smtp.mailfrom", "smtp.mail"),
    "dmarc": ("header.from",),
    "auth": ("smtp.auth", "smtp.mailfrom"),
}

_OUTSIDE = re.compile(r'(?P<mark>[()])|(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<text>[^"()]+)')
_INSIDE = re.compile(r"(?P<mark>[()])|(?P<text>(?:[^()\\]|\\.)+)")
_METHOD = re.compile(r"\s*([A-Za-z][A-Za-z0-9-]*)(?:\s*/\s*\d+)?\s*=\s*([A-Za-z]+)(?=\s|$)")
_PROPERTY = re.compile(r"\s([A-Za-z][A-Za-z0-9-]*)\s*\.\s*([A-Za-z][A-Za-z0-9-]*)\s*=\s*(\S+)")
_SERVER = re.compile(r"\s*([^\s=]+)(?:\s+\d+)?\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One result: a method such as ``dkim``, what it found, and the address or domain it is about.

    All in lower case; ``identity`` is empty where the statement names none.
    """

    method: str
    result: str
    identity: str = ""

    @property
    def domain(self) -> str:
        """Return the domain that the result is about."""
        return domain_of(self.identity)

    def __str__(self) -> str:
        return f"{self.method}={self.result}" + (f" for {self.identity}" if self.identity else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What one server found; ``server`` is empty in the form of Exchange Online."""

    server: str
    findings: tuple[Finding, ...] = ()

    def of(self, method: str) -> tuple[Finding, ...]:
        """Return the results of one method."""
        return tuple(found for found in self.findings if found.method == method)


def trusted_statement(fields: Fields, rules: SenderRules) -> Statement | None:
    """Return what a server of ours says of a message, None when none of them says anything.

    The field must be given undecoded: an encoded word in it may hold what looks like a result.
    """
    topmost = fields.first(FIELD)
    if not rules.trusting or not topmost:
        return None
    statement = read_statement(topmost)
    if statement is None:
        return None
    known = statement.server in rules.authserv_ids if statement.server else rules.unnamed
    return statement if known else None


def read_statement(value: str) -> Statement | None:
    """Read one field; None when no server and no result can be told, or two contradict.

    The library is strict. What it refuses, among it all that lacks a server's name, is read with
    texts in quotation marks and comments taken out first, so that nothing in them passes for a
    result.
    """
    if len(value) > _LONGEST:
        return None
    statement = _by_library(value) or _by_pieces(value)
    if statement is None or len({found.result for found in statement.of("dmarc")}) > 1:
        return None
    return statement


def _by_library(value: str) -> Statement | None:
    try:
        parsed = authres.AuthenticationResultsHeader.parse_value(value)
    except (authres.AuthResError, RecursionError, ValueError):
        return None
    findings = (
        _finding(
            result.method,
            result.result,
            {f"{p.type}.{p.name}".lower(): p.value or "" for p in result.properties},
        )
        for result in parsed.results
        if isinstance(result, authres.AuthenticationResult) and result.method and result.result
    )
    return Statement(server=parsed.authserv_id.lower(), findings=tuple(findings))


def _by_pieces(value: str) -> Statement | None:
    plain = _bare(value)
    if plain is None:
        return None
    first, *rest = plain.split(";")
    named = _SERVER.fullmatch(first)
    findings = tuple(_pieces(rest if named else [first, *rest]))
    if not named and not findings:
        return None
    return Statement(server=named[1].lower() if named else "", findings=findings)


def _bare(value: str) -> str | None:
    """Return a field without its comments and quoted texts; None when one of them never ends."""
    kept: list[str] = []
    depth = at = 0
    while at < len(value):
        token = (_INSIDE if depth else _OUTSIDE).match(value, at)
        if token is None:
            return None
        at = token.end()
        mark = token["mark"]
        depth += {"(": 1, ")": -1}.get(mark, 0)
        if depth < 0:
            return None
        if mark:
            kept.append(" ")
        elif not depth and token.lastgroup == "text":
            kept.append(token["text"])
    return None if depth else "".join(kept)


def _pieces(pieces: list[str]) -> Iterator[Finding]:
    for piece in pieces:
        method = _METHOD.match(piece)
        if method:
            properties = {
                f"{kind}.{name}".lower(): value
                for kind, name, value in _PROPERTY.findall(piece, method.end())
            }
            yield _finding(method[1], method[2], properties)


def _finding(method: str, result: str, properties: dict[str, str]) -> Finding:
    name = method.lower()
    named = (properties[key] for key in _IDENTITIES.get(name, ()) if properties.get(key))
    return Finding(method=name, result=result.lower(), identity=next(named, "").lower())
