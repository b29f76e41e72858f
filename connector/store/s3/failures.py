"""The one place where what an S3 store answers, or does not, becomes Dondoc's own errors.

Texts hold the code of an answer and nothing else of it.
"""

import re
from collections.abc import Mapping

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    HTTPClientError,
    IncompleteReadError,
    ReadTimeoutError,
    SSLError,
)

from connector.store.s3.account import Account
from domain.errors import StoreFailed


class Stalled(Exception):
    """A body came more slowly than is of use."""


FAILURES = (BotoCoreError, ClientError, Stalled)
"""What the client raises."""

CONDITION_UNKNOWN = "NotImplemented"
"""What a store answers that knows no If-None-Match at a put, if it does not overlook it."""

_BUSY = "it is too busy or being repaired: look at the server; Dondoc tries again"
_AWAY = (
    "it cannot be reached: look at the server, at the network and at store.s3.endpoint; "
    "Dondoc tries again"
)
_SILENT = "it does not answer in time: look at the server and the network; Dondoc tries again"
_BROKEN = "it broke off: look at the server and the network; Dondoc tries again"
_TLS = (
    "its certificate is not trusted, or it speaks no TLS: correct store.s3.endpoint, or name its "
    "authorities in store.s3.ca_file"
)
_RIGHTS = (
    "give the owner of store.s3.access_key the rights s3:GetObject, s3:PutObject, s3:ListBucket "
    "and s3:AbortMultipartUpload on it"
)
_NO_BUCKET = "there is no such bucket: make it, or correct store.evidence and store.s3.endpoint"
_KEY = "it does not know store.s3.access_key: correct it, or have the key activated"
_SECRET = "store.s3.secret_key is not the one of store.s3.access_key: correct it"
_REGION = "it is elsewhere: correct store.s3.region and store.s3.endpoint"
_FULL = "it is full: make room there, or raise the quota; nothing recorded is lost"
_UNKNOWN = "this was not expected: look at the log of the server"

# Amazon S3 API reference, "Error responses", list of error codes; MinIO and Ceph use the same
# ones, with the few that begin with X or name a quota of their own. An answer to HEAD has no
# body, so its code is the status.
_ADVICE: Mapping[str, str] = {
    "NoSuchBucket": _NO_BUCKET,
    "AccessDenied": _RIGHTS,
    "AllAccessDisabled": _RIGHTS,
    "AccountProblem": _RIGHTS,
    "403": _RIGHTS,
    "InvalidAccessKeyId": _KEY,
    "SignatureDoesNotMatch": _SECRET,
    "AuthorizationHeaderMalformed": _REGION,
    "PermanentRedirect": _REGION,
    "301": _REGION,
    "RequestTimeTooSkewed": "set the clock of this machine, or that of the server",
    "QuotaExceeded": _FULL,
    "InsufficientStorage": _FULL,
    "XMinioStorageFull": _FULL,
    "507": _FULL,
}
_AGAIN = frozenset(
    {"SlowDown", "Throttling", "TooManyRequests", "RequestTimeout", "ServiceUnavailable"}
    | {"InternalError", "OperationAborted", "ConditionalRequestConflict", "IncompleteBody"}
)
_BUSY_STATUS = frozenset({429, 500, 502, 503, 504})
_CODE = re.compile(r"[A-Za-z0-9.]{1,64}")
_BROKEN_OFF = (HTTPClientError, IncompleteReadError)


def code_of(error: BaseException) -> str:
    """Return the code of a refusal; empty for what is none, and for text that is no code."""
    if not isinstance(error, ClientError):
        return ""
    code = str(error.response.get("Error", {}).get("Code", ""))
    return code if _CODE.fullmatch(code) else ""


def passes(error: BaseException) -> bool:
    """Tell whether the same request may succeed a moment later."""
    if isinstance(error, ClientError):
        if code_of(error) in _ADVICE:
            return False
        return code_of(error) in _AGAIN or _status(error) in _BUSY_STATUS
    if isinstance(error, SSLError):
        return False
    return isinstance(error, (*_BROKEN_OFF, ConnectionError, Stalled))


def store_failed(account: Account, error: BaseException) -> StoreFailed:
    """Return the error for a request that failed, with what to do."""
    what, advice = _told(error)
    return StoreFailed(f"evidence {account} at {account.endpoint}: {what}; {advice}")


def _told(error: BaseException) -> tuple[str, str]:
    if isinstance(error, ClientError):
        code = code_of(error)
        advice = _BUSY if passes(error) else _ADVICE.get(code, _UNKNOWN)
        return f"the store refuses ({code or _status(error)})", advice
    name = type(error).__name__
    if isinstance(error, SSLError):
        return name, _TLS
    if isinstance(error, ReadTimeoutError | Stalled):
        return name, _SILENT
    if isinstance(error, ConnectionError):
        return name, _AWAY
    return name, _BROKEN if isinstance(error, _BROKEN_OFF) else _UNKNOWN


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
