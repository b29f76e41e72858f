"""DKIM signatures of a message (RFC 6376): which of them matter, and whether they are good.

Asking for a key is the caller's business, so that nothing here waits for a network: first
``signatures`` tells what to ask for, then ``check`` decides with what was found.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial

import dkim
from dkim.util import InvalidTagValueList, parse_tag_value

from mappings.mail.authentication.domains import aligned, domain_of
from mappings.mail.headers import Fields

FIELD = "dkim-signature"
MOST = 3
"""Signatures of one message that are checked; each needs a question to the DNS."""

_HEADER_OCTETS = 262_144
_LONGEST = 8_000
_BLANKS = re.compile(r"\s{100}")
_NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_NAME_OCTETS = 253
# RFC 8301 forbids SHA-1; RFC 8463 added Ed25519.
_ALGORITHMS = ("rsa-sha256", "ed25519-sha256")
_KEY_BITS = 1_024
# Fields that stand once in a message (RFC 5322 section 3.6, RFC 2045) and that its reading is
# built on: another one on top of a signed one is not covered by the signature, yet it is read.
_SINGLE = (
    "from",
    "date",
    "subject",
    "to",
    "message-id",
    "in-reply-to",
    "references",
    "reply-to",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
)

# Fields that say how the text is read: every signer covers them (RFC 6376 section 5.4.1), and in
# a message that is sent on by others they could be put in or replaced under a good signature.
_COVERED = ("from", "subject", "content-type")
# Fields that say what a message answers. Exchange Online covers neither, so one without them is
# good; that they may have been replaced is told.
_ANSWERED = ("in-reply-to", "references")

# What dkimpy raises on input that is damaged on purpose, beside its own errors.
_DAMAGE = (
    dkim.DKIMException,
    InvalidTagValueList,
    ValueError,
    LookupError,
    TypeError,
    ArithmeticError,
    AssertionError,
)


class Outcome(StrEnum):
    """What became of checking one signature."""

    GOOD = "good"
    BAD = "bad"
    """The message is not what was signed."""
    UNUSABLE = "unusable"
    """The signature proves nothing, whatever the message is."""
    UNCHECKED = "unchecked"
    """Its key could not be asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signature that would prove the author's domain; ``index`` counts from the top."""

    index: int
    domain: str
    selector: str
    tags: dict[str, str]

    @property
    def key_name(self) -> str:
        """Return the name in the DNS under which its key stands (RFC 6376 section 3.6.2.1)."""
        return f"{self.selector}._domainkey.{self.domain}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The outcome for one signature, in words."""

    outcome: Outcome
    why: str


def signatures(fields: Fields, author: str) -> tuple[Signature, ...]:
    """Return the signatures that are aligned with the author's domain, the topmost first."""
    found = _readable(fields.all(FIELD))
    return tuple(s for s in found if aligned(s.domain, author))[:MOST]


def _readable(values: list[str]) -> Iterator[Signature]:
    for index, value in enumerate(values):
        if len(value) > _LONGEST or _BLANKS.search(value):
            continue
        try:
            tags = parse_tag_value(value.encode())
        except (InvalidTagValueList, UnicodeError):
            continue
        plain = {name.decode(): content.decode() for name, content in tags.items()}
        domain, selector = domain_of(plain.get("d", "")), plain.get("s", "").lower()
        sound = _NAME.fullmatch(domain) and _NAME.fullmatch(selector)
        signature = Signature(index=index, domain=domain, selector=selector, tags=plain)
        if sound and len(signature.key_name) <= _NAME_OCTETS:
            yield signature


def check(
    raw: bytes, fields: Fields, signature: Signature, key: bytes | None, at: datetime
) -> Checked:
    """Check one signature of a whole message with the key record that its domain publishes.

    ``key`` is None when the domain publishes none: it may have been taken away since, so that
    says nothing about the message. ``at`` is when the message came.
    """
    unusable = _unusable(fields, signature, at)
    if unusable:
        return _told(Outcome.UNUSABLE, signature, unusable)
    if not key:
        return _told(Outcome.UNUSABLE, signature, "its domain publishes no such key")
    try:
        dkim.evaluate_pk(signature.key_name, key)
    except _DAMAGE as error:
        return _told(
            Outcome.UNUSABLE, signature, f"its key cannot be used ({type(error).__name__})"
        )
    flags = _flags(key)
    if b"s" in flags and domain_of(signature.tags.get("i", signature.domain)) != signature.domain:
        return _told(Outcome.UNUSABLE, signature, "its key is not for accounts below its domain")
    checked = _verified(raw, fields, signature, key)
    if checked.outcome is Outcome.BAD and b"y" in flags:
        return _told(Outcome.UNUSABLE, signature, "its domain is only trying signatures out")
    return checked


def unchecked(signature: Signature) -> Checked:
    """Return the outcome for a signature whose key could not be asked for."""
    return _told(Outcome.UNCHECKED, signature, "its key could not be asked for")


def _told(outcome: Outcome, signature: Signature, what: str) -> Checked:
    return Checked(outcome=outcome, why=f"signature of {signature.domain}: {what}")


def _unusable(fields: Fields, signature: Signature, at: datetime) -> str:
    """Return why a signature proves nothing by its own words; empty when it may."""
    tags = signature.tags
    signed = _covered(signature)
    bare = ", ".join(n for n in _COVERED if fields.all(n) and n not in signed)
    twice = next((n for n in _SINGLE if len(fields.all(n)) > max(1, signed.count(n))), "")
    until = tags.get("x", "")
    wrong = {
        "it is no signature of version 1": tags.get("v") != "1",
        "its algorithm is not trusted (RFC 8301)": tags.get("a") not in _ALGORITHMS,
        "it does not cover the author": "from" not in signed,
        f"it does not cover {bare}": bool(bare),
        # RFC 6376 section 8.2: anything may be added below what it covers.
        "it covers the first part of the text only": "l" in tags,
        # RFC 6376 section 8.15.
        f"the message has several fields {twice}": bool(twice),
        "it has expired": until.isdecimal() and _past(until, at),
        "its account is of another domain": not _own_account(tags, signature.domain),
    }
    return next((what for what, holds in wrong.items() if holds), "")


def _covered(signature: Signature) -> list[str]:
    """Return the names of the fields that are signed, in lower case."""
    return [name.strip().lower() for name in signature.tags.get("h", "").split(":")]


def _past(until: str, at: datetime) -> bool:
    return len(until) <= len("253402300799") and int(until) < at.timestamp()


def _own_account(tags: dict[str, str], domain: str) -> bool:
    """Tell whether i= is the signing domain or below it (RFC 6376 section 3.5)."""
    account = domain_of(tags.get("i", domain))
    return account == domain or account.endswith(f".{domain}")


def _flags(key: bytes) -> list[bytes]:
    """Return the flags of a key (RFC 6376 section 3.6.1).

    ``y`` asks to treat bad signatures as none, ``s`` that i= is of d= itself and not below it.
    """
    return [flag.strip() for flag in parse_tag_value(key).get(b"t", b"").split(b":")]


def _verified(raw: bytes, fields: Fields, signature: Signature, key: bytes) -> Checked:
    try:
        good = _verify(raw, signature, key)
    except dkim.ValidationError:
        return _told(Outcome.BAD, signature, "the text was changed after it was signed")
    except _DAMAGE as error:
        why = f"it cannot be checked ({type(error).__name__})"
        return _told(Outcome.UNUSABLE, signature, why)
    if not good:
        return _told(Outcome.BAD, signature, "it does not fit the message")
    covered = _covered(signature)
    bare = " and ".join(n for n in _ANSWERED if fields.all(n) and n not in covered)
    return _told(Outcome.GOOD, signature, f"good, without {bare}" if bare else "good")


def _verify(raw: bytes, signature: Signature, key: bytes) -> bool:
    """Verify without the checks of dkimpy that read the clock; ``_unusable`` has made them."""
    end = re.search(rb"\r?\n\r?\n", raw[:_HEADER_OCTETS])
    if end is None:
        raise dkim.MessageFormatError("no end of the header")
    signer = dkim.DKIM(raw[: end.end()], minkey=_KEY_BITS)
    found = [field for field in signer.headers if field[0].lower() == FIELD.encode()]
    tags = parse_tag_value(found[signature.index][1])
    relaxed = tags.get(b"c", b"").partition(b"/")[2] == b"relaxed"
    signer.body = _body(raw[end.end() :], relaxed=relaxed)
    signed = [name.lower() for name in re.split(rb"\s*:\s*", tags[b"h"].strip())]
    answer = partial(_given, key)
    return bool(signer.verify_sig(tags, signed, found[signature.index], answer))


def _given(key: bytes, _name: bytes, *, timeout: float) -> bytes:  # noqa: ARG001 - dkimpy's form
    return key


def _body(octets: bytes, *, relaxed: bool) -> bytes:
    """Return a body in such a form that dkimpy needs linear time for the rest.

    Its own expressions need quadratic time for long runs of blanks, and it takes empty lines off
    the end one by one. Making a body canonical twice changes nothing (RFC 6376 section 3.4).
    """
    body = octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    if relaxed:
        lines = re.sub(rb"[\t ]+", b" ", body).split(b"\r\n")
        body = b"\r\n".join(line.rstrip(b" ") for line in lines)
    kept = body.rstrip(b"\r\n")
    tail = body[len(kept) :]
    if not tail or tail != b"\r\n" * (len(tail) // 2):
        return body
    return kept + b"\r\n" if kept else b"\r\n"
