"""Authentication-Results (RFC 8601): what the mail servers on the way found out about a sender.

Anybody can write such a field into a message. What vouches for a sender counts only from the
topmost fields, and only when they bear a name of our own servers: what stands below was there
before they saw the message. Of fields side by side nobody can tell a forged one that our border
server let through: it must take such fields out of what comes in (section 5). What speaks against
the sender counts from every field of that name, as nobody would forge that.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mappings.mail.authentication.domains import domain_of
from mappings.mail.authentication.rules import SenderRules
from mappings.mail.headers import Fields

FIELD = "authentication-results"
_LONGEST = 64_000
"""Characters of a field that are read: a sender makes it long by many signatures, to hide in it."""

_WRITTEN = frozenset(
    {
        "from",
        "sender",
        "reply-to",
        "to",
        "cc",
        "subject",
        "date",
        "message-id",
        "in-reply-to",
        "references",
        "mime-version",
        "content-type",
    }
)
"""Fields that came with a message: servers write above them."""

# In the order in which one says best which domain or account was proved (RFC 8601 section 2.7).
_IDENTITIES = {
    "dkim": ("header.d", "header.i"),
    "spf": ("smtp.mailfrom", "smtp.mail"),
    "dmarc": ("header.from",),
    "auth": ("smtp.auth", "smtp.mailfrom"),
}

_NAME = re.compile(r"[A-Za-z0-9@._+-]+")
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

    @property
    def failed(self) -> bool:
        """Tell whether it speaks against somebody; errors and "probably" do not."""
        return self.result == "fail"

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
    """Return what servers of ours say of a message, None when none of them says anything.

    Several fields of ours on top are one statement: a server's filters write one each. There the
    first that speaks of a method is believed, for a forged copy may follow the true one. From
    fields further down only failures are taken.

    The field must be given undecoded: an encoded word in it may hold what looks like a result.
    """
    if not rules.trusting:
        return None
    on_top = True
    server: str | None = None
    findings: list[Finding] = []
    for name, value in fields.items:
        if name != FIELD:
            # A server writes its trace above what came: nothing below is of the same server.
            came = name in _WRITTEN or (name == "received" and server is not None)
            on_top = on_top and not came
            continue
        statement = _of_ours(value, rules)
        if statement is None:
            on_top = False
            continue
        told = {found.method for found in findings}
        taken = [f for f in statement.findings if f.failed or (on_top and f.method not in told)]
        if server is None and (on_top or taken):
            server = statement.server
        findings += taken
    return None if server is None else Statement(server=server, findings=tuple(findings))


def _of_ours(value: str, rules: SenderRules) -> Statement | None:
    statement = read_statement(value)
    if statement is None:
        return None
    known = statement.server in rules.authserv_ids if statement.server else rules.unnamed
    return statement if known else None


def read_statement(value: str) -> Statement | None:
    """Read one field; None when no server and no result can be told.

    Comments are taken out first, and of texts in quotation marks what no name consists of, so
    that nothing in them passes for a result. What is missing or too much otherwise is forgiven:
    servers of ours write it, if they write it.
    """
    plain = _bare(value) if len(value) <= _LONGEST else None
    if plain is None:
        return None
    first, *rest = plain.split(";")
    named = _SERVER.fullmatch(first)
    findings = tuple(_findings(rest if named else [first, *rest]))
    if not (named or findings):
        return None
    return Statement(server=named[1].lower() if named else "", findings=findings)


def _bare(value: str) -> str | None:
    """Return a field without comments and quotation marks; None when one of them never ends."""
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
        elif not depth:
            kept.append(token["text"] or _unquoted(token["quoted"]))
    return None if depth else "".join(kept)


def _unquoted(text: str) -> str:
    """Return what stands in quotation marks if it may be a name; else a sign that none is."""
    return text[1:-1] if _NAME.fullmatch(text, 1, len(text) - 1) else "?"


def _findings(pieces: list[str]) -> Iterator[Finding]:
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
