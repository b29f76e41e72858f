"""Verify the signed headers of a request (VXP SDK 2.0.1: HMAC-SHA256 over a JSON of headers).

Three headers carry the signature: the names (``sign-header-key``), the canonical JSON
(``sign-header``) and the lower-case hex HMAC of that JSON's UTF-8 (``hash-header``). The body is
bound only through the signed ``hash-file``, see `file_of_body`.
"""

import hashlib
import hmac
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dondoc.simulators.eoffice.envelope import ErrorCode, Refusal

PREFIX = "XroadVnpt-"
LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
_ALWAYS_SIGNED = ("systemid", "timestamp", "Content-Type")

Headers = Iterable[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What a verified request says: the calling system and its signed parameters."""

    system: str
    parameters: Mapping[str, str]

    def get(self, name: str) -> str:
        """Return a parameter, blank if absent; ``docid`` serves as ``docId`` if that is absent."""
        if name in self.parameters:
            return self.parameters[name].strip()
        for key, value in self.parameters.items():
            if key.lower() == name.lower():
                return value.strip()
        return ""


def verify(
    headers: Headers,
    secrets: Mapping[str, str],
    *,
    now: datetime,
    window: timedelta | None = None,
) -> Signed:
    """Check the signature of one request and return what it signs.

    ``headers`` are raw names and values; ``window`` refuses timestamps further than that from
    ``now`` (None: any, since the SDK takes the timestamp when its service object is made).
    Raises Refusal 15. Unsigned ``XroadVnpt-`` headers are ignored, never read as parameters.
    """
    values = _by_name(headers)
    text = _single(values, "sign-header")
    parameters = _members(text)
    _check_hmac(text, _single(values, "hash-header"), secrets.get(parameters.get("systemid", "")))
    _check_names(_single(values, "sign-header-key"), parameters)
    _check_values(values, parameters)
    if window is not None:
        _check_timestamp(parameters["timestamp"], now, window)
    return Signed(system=parameters["systemid"], parameters=parameters)


def file_of_body(body: bytes, hash_file: str) -> tuple[bytes, bytes]:
    """Return the file inside a sendEdoc body and its SHA-256 digest.

    The SDK adds CR LF after the file, which ``hash-file`` does not cover, and prints digest bytes
    without zero padding; both forms of each are taken. Raises Refusal 10 if nothing fits.
    """
    ends = len(body) - 2 if body.endswith(b"\r\n") else len(body)
    digest = hashlib.sha256(memoryview(body)[:ends])
    for end in sorted({ends, len(body)}):
        digest.update(memoryview(body)[ends:end])
        if hash_file in _printed(digest.digest()):
            if end == 0:
                break
            return body[:end], digest.digest()
    reason = "the file is empty" if not body.strip() else "the file does not have its hash-file"
    raise Refusal(ErrorCode.INVALID_FILE, f"{reason}; send the file again with its own SHA-256")


def _printed(digest: bytes) -> tuple[str, str]:
    return "".join(f"{byte:x}" for byte in digest), digest.hex()


def _refuse(text: str) -> Refusal:
    return Refusal(ErrorCode.NOT_AUTHENTIC, text)


def _by_name(headers: Headers) -> dict[str, list[str]]:
    values: defaultdict[str, list[str]] = defaultdict(list)
    for name, value in headers:
        values[name.decode("latin-1").lower()].append(_text(value))
    return values


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _single(values: Mapping[str, list[str]], name: str) -> str:
    found = values.get((PREFIX + name).lower(), [])
    if len(found) != 1:
        raise _refuse(f"header {PREFIX}{name} must be there once, not {len(found)} times")
    return found[0]


def _members(text: str) -> dict[str, str]:
    try:
        pairs = json.loads(text, object_pairs_hook=list)
    except (ValueError, RecursionError) as error:
        raise _refuse(f"{PREFIX}sign-header is not JSON") from error
    if not isinstance(pairs, list) or not all(_is_member(pair) for pair in pairs):
        raise _refuse(f"{PREFIX}sign-header must be an object of {PREFIX}names and texts")
    members = {name.removeprefix(PREFIX): value for name, value in pairs}
    if len(members) != len(pairs):
        raise _refuse(f"{PREFIX}sign-header has a name twice")
    return members


def _is_member(pair: object) -> bool:
    if not isinstance(pair, tuple):
        return False
    name, value = pair
    return name.startswith(PREFIX) and isinstance(value, str)


def _check_hmac(text: str, signature: str, secret: str | None) -> None:
    # One text for both: an answer must not tell which system ids exist.
    key = (secret or "").encode()
    expected = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), signature.encode()) or secret is None:
        raise _refuse("unknown systemid, or the signature does not fit its secret")


def _check_names(keys: str, parameters: Mapping[str, str]) -> None:
    if sorted(keys.split(";")) != sorted(parameters):
        raise _refuse(f"{PREFIX}sign-header-key and {PREFIX}sign-header name different headers")
    for name in _ALWAYS_SIGNED:
        if name not in parameters:
            raise _refuse(f"header {PREFIX}{name} must be signed")


def _check_values(values: Mapping[str, list[str]], parameters: Mapping[str, str]) -> None:
    # docId and docid are one HTTP name: the SDK can send both, so values compare as a group.
    signed: defaultdict[str, list[str]] = defaultdict(list)
    for name, value in parameters.items():
        signed[(PREFIX + name).lower()].append(value.strip(" \t"))
    for header, expected in signed.items():
        if sorted(values.get(header, [])) != sorted(expected):
            raise _refuse(f"header {header} is not what was signed")
    plain = {value.partition(";")[0].strip() for value in values.get("content-type", [])}
    if plain - {parameters["Content-Type"].partition(";")[0].strip()}:
        raise _refuse(f"Content-Type differs from {PREFIX}Content-Type")


def _check_timestamp(stamp: str, now: datetime, window: timedelta) -> None:
    # The four digits after "+" are milliseconds, not a zone offset.
    try:
        said = datetime.strptime(stamp.partition("+")[0], "%d%m%YT%H%M%S").replace(tzinfo=LOCAL)
    except ValueError as error:
        raise _refuse("timestamp is not ddMMyyyyTHHmmss+SSSS") from error
    if abs(now - said) > window:
        raise _refuse("timestamp is too far from the clock of the exchange")
