"""The answers of the provincial axis, checked and never trusted.

Every answer is a proven success, a refusal with the axis's own code, or no answer at all. Error
codes are those of the exchange's software family, which VXP has too (guide v2.2).
"""

from collections.abc import Collection

from connector.eoffice.http import Answer, NoAnswer
from connector.eoffice.vxp_answer import (
    DESCRIPTION_LENGTH,
    NOT_TAKEN,
    UNKNOWN,
    VERDICTS,
    Members,
    Verdict,
    json_object,
    member,
    text,
)
from domain.errors import PeerRefused, PeerUnavailable

# What 15 means depends on the protocol: here nothing is signed.
LGSP_VERDICTS = {
    **VERDICTS,
    "15": Verdict(False, "check the SystemId and the SecretKey of this door"),
}
NO_CODE = "none"
UNAUTHORISED = "unauthorized"


class NotAuthorised(Exception):
    """The axis did not take the token, or SystemId and SecretKey; nothing was carried out."""


def checked(
    peer: str, answer: Answer, hidden: Collection[str] = (), *, bare: bool = False
) -> Members:
    """Return the members of a successful answer (``success`` true).

    ``hidden`` are secrets that the axis may quote: a description with one of them is dropped.
    ``bare`` takes an answer without ``success``, as getAgenciesList gives it. Raises
    ``PeerRefused`` and ``PeerUnavailable`` as the code or the HTTP status says,
    ``NotAuthorised``, and ``NoAnswer`` when neither success nor refusal is proven.
    """
    if answer.status == 401 or _is_unauthorised(answer.content):
        raise NotAuthorised
    try:
        members = json_object(answer.content, "axis")
        success = _success(members, bare=bare)
    except NoAnswer as unusable:
        raise _by_http_status(peer, answer.status, unusable) from None
    code = _error_code(members)
    if not success:
        raise _refusal(peer, answer.status, members, code, hidden)
    if not 200 <= answer.status < 300:
        raise NoAnswer(f"HTTP {answer.status} contradicts the success that the body reports")
    if code not in {"", "0"}:
        raise NoAnswer(f"error code {code[:20]!r} contradicts the success that the body reports")
    return members


def token_of(peer: str, answer: Answer) -> str:
    """Return the token of a login; the axis's own words are not repeated, they may quote us.

    Raises ``PeerRefused`` for a login that was turned down and ``NoAnswer`` for what is no answer.
    """
    advice = "check the user name, the password and the application code of this door"
    if answer.status in {400, 401, 403} or _is_unauthorised(answer.content):
        raise PeerRefused(peer, "login", advice)
    try:
        members = json_object(answer.content, "axis")
    except NoAnswer as unusable:
        raise _by_http_status(peer, answer.status, unusable) from None
    if not 200 <= answer.status < 300:
        raise _by_http_status(peer, answer.status, NoAnswer("the login failed"))
    token = text(data_of(members), "token").strip()
    if not token:
        code = printable(text(members, "code"))[:20] or "no code"
        raise PeerRefused(peer, "login", f"no token was given ({code}); {advice}")
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise NoAnswer("the token has characters that cannot travel in a header")
    return token


def data_of(members: Members) -> Members:
    """Return the object ``data``, empty where it is none."""
    data = member(members, "data")
    return data if isinstance(data, dict) else {}


def printable(value: str) -> str:
    """Return a text of the axis on one line without control characters."""
    return "".join(letter for letter in " ".join(value.split()) if letter.isprintable())


def _is_unauthorised(content: bytes) -> bool:
    """Know the two bare words by which the axis turns a caller away, whatever the HTTP status."""
    if len(content) > 200:
        return False
    word = content.strip(b" \t\r\n\"'").lower()
    return word == UNAUTHORISED.encode() or word.startswith(b"licenseinfo")


def _success(members: Members, *, bare: bool) -> bool:
    value = member(members, "success")
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    absent = "success" not in {name.lower() for name in members}
    if bare and absent and isinstance(member(members, "data"), list):
        return True
    raise NoAnswer("member success is missing or is no truth value")


def _error_code(members: Members) -> str:
    return text(data_of(members), "errorCode").strip() or text(members, "errorCode").strip()


def _refusal(
    peer: str, status: int, members: Members, code: str, hidden: Collection[str]
) -> Exception:
    if _said(members).lower() == UNAUTHORISED:
        return NotAuthorised()
    if not code and status >= 500:
        return NoAnswer(f"HTTP {status}: the server failed")
    verdict = LGSP_VERDICTS.get(code, UNKNOWN)
    said = _said(members)
    quoted = any(secret and secret in said for secret in hidden)
    words = printable(said)[:DESCRIPTION_LENGTH]
    detail = f"{words}; {verdict.advice}" if words and not quoted else verdict.advice
    shown = (code[:20] if code.isprintable() else "unprintable") or NO_CODE
    if verdict.temporary:
        return PeerUnavailable(peer, f"error {shown}: {detail}")
    return PeerRefused(peer, shown, detail)


def _said(members: Members) -> str:
    for found in (member(data_of(members), "errorDesc"), member(members, "message")):
        if isinstance(found, str) and found.strip():
            return found.strip()
    return ""


def _by_http_status(peer: str, status: int, unusable: NoAnswer) -> Exception:
    if status in NOT_TAKEN:
        return PeerUnavailable(peer, f"HTTP {status}: the server is too busy")
    if 300 <= status < 500:
        detail = "no provincial axis answers there; check the address of this door"
        return PeerRefused(peer, f"HTTP {status}", detail)
    if status >= 500:
        return NoAnswer(f"HTTP {status}: the server failed")
    return unusable
