"""Tokens by which an answer is recognised, and the addresses and identifiers that carry them.

A token is derived from the dispatch with a secret key, so that nobody can invent one and the same
dispatch always has the same one. It is 20 characters of lower-case base32 (100 bits); the fixed
length makes it prefix-free, and letters and digits alone survive every mail system.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable

from domain.ids import Address, DispatchId, MessageId

TOKEN_LENGTH = 20
SUBJECT_CODE_LENGTH = 8
MESSAGE_ID_LENGTH = 60
"""Longer identifiers are folded or encoded on the way by some programs, which breaks threads."""

LOCAL_PART_OCTETS = 64
"""RFC 5321 section 4.5.3.1.1."""

_PROBE = "probe-"
_SUB_ADDRESS_TOKEN = re.compile(rf"\+([a-z2-7]{{{TOKEN_LENGTH}}})(?![a-z0-9])")
_SUBJECT_TOKEN = re.compile(
    rf"(?<![A-Z0-9])DD\s?[-‐‑–—]\s?"
    rf"((?:[A-Z2-7]\s?){{{SUBJECT_CODE_LENGTH - 1}}}[A-Z2-7])(?![A-Z0-9])"
)
_MESSAGE_TOKEN = re.compile(rf"<([a-z2-7]{{{TOKEN_LENGTH}}})@")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")


def reply_token(key: bytes, dispatch: DispatchId) -> str:
    """Return the token of one dispatch: the same for the same key, unguessable without it."""
    return _token(key, b"dondoc reply token\0" + dispatch.encode())


def probe_token(key: bytes, nonce: str) -> str:
    """Return the token of a mail by which the doctor tries out our own mailbox.

    It is no dispatch's token; ``nonce`` is of letters and digits, another one for each trial.
    """
    return _token(key, b"dondoc probe\0" + nonce.encode())


def probe_mark(key: bytes, nonce: str) -> str:
    """Return how such a mail names itself, so that it is known when it is read."""
    return f"{_PROBE}{nonce}-{probe_token(key, nonce)}"


def is_probe_mark(key: bytes, mark: str) -> bool:
    """Tell whether we made a mark of a mail that tries out our own mailbox."""
    if not names_probe(mark):
        return False
    nonce = mark.removeprefix(_PROBE).partition("-")[0]
    return hmac.compare_digest(mark.encode(), probe_mark(key, nonce).encode())


def names_probe(mark: str) -> bool:
    """Tell whether a mark has the form of such a mail's; only the key shows whether it is ours."""
    return mark.startswith(_PROBE)


def _token(key: bytes, text: bytes) -> str:
    digest = hmac.new(key, text, hashlib.sha256).digest()
    return base64.b32encode(digest).decode("ascii").lower()[:TOKEN_LENGTH]


def subject_token(token: str) -> str:
    """Return the visible code of a token, such as ``DD-7K2MWQAX``, for the subject line.

    It shows 40 of the token's 100 bits; the rest stays secret in addresses.
    """
    return f"DD-{token[:SUBJECT_CODE_LENGTH].upper()}"


def message_id(token: str, domain: str) -> MessageId:
    """Return a Message-ID of at most 60 characters with its brackets (RFC 5322 section 3.6.4).

    Leading labels of a long domain are left out: what remains is still under its owner's
    control, and the token alone keeps the identifier unique. A domain that cannot be shortened
    so, or is not plain ASCII, is replaced by its digest under the reserved ``.invalid``.
    """
    room = MESSAGE_ID_LENGTH - len(token) - len("<@>")
    return MessageId(f"<{token}@{_short_host(domain.lower(), room)}>")


def _short_host(domain: str, room: int) -> str:
    host = domain
    while len(host) > room and host.count(".") > 1:
        host = host.partition(".")[2]
    if len(host) <= room and _HOST.fullmatch(host) and ".." not in host:
        return host
    return f"{hashlib.sha256(domain.encode()).hexdigest()[:16]}.invalid"


def reply_address(mailbox: Address, token: str, plus: bool) -> Address:
    """Return the address that answers to a dispatch go to: ``nq47+token@…`` (RFC 5233).

    Without ``plus``, or when the local part would be over 64 octets, it is the plain mailbox.
    """
    return _sub_address(mailbox, token, plus)


def bounce_address(mailbox: Address, token: str, plus: bool) -> Address:
    """Return the envelope sender of a dispatch, to which its delivery reports come (VERP)."""
    return _sub_address(mailbox, token, plus)


def _sub_address(mailbox: Address, token: str, plus: bool) -> Address:
    local, _, domain = mailbox.rpartition("@")
    tagged = f"{local}+{token}"
    if not plus or len(tagged.encode()) > LOCAL_PART_OCTETS:
        return mailbox
    return Address(f"{tagged}@{domain}")


def token_in(message: str) -> str | None:
    """Return the token that a Message-ID of ours begins with; None where it has not that form."""
    found = _MESSAGE_TOKEN.match(message)
    return found[1] if found else None


def find_tokens(addresses: Iterable[str]) -> tuple[str, ...]:
    """Return the reply tokens in addresses, each once, in order; rewritten (SRS) ones included."""
    found = (_SUB_ADDRESS_TOKEN.findall(address.lower()) for address in addresses)
    return tuple(dict.fromkeys(token for tokens in found for token in tokens))


def find_subject_tokens(subject: str) -> tuple[str, ...]:
    """Return the codes in a subject as ``subject_token`` writes them, whatever case and spaces."""
    found = _SUBJECT_TOKEN.findall(subject.upper())
    return tuple(dict.fromkeys("DD-" + "".join(code.split()) for code in found))
