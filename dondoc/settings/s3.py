"""Evidence in a bucket: what `store.evidence` and `store.s3` say together."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from domain.errors import Problem
from domain.words import Words, say
from dondoc.settings.check_access import Main, check_address, check_ca_file, check_secret
from dondoc.settings.models_main import StoreEntry
from dondoc.settings.models_s3 import S3Entry
from dondoc.settings.secrets import Secret, to_secret

_SCHEME = "s3"
_EVIDENCE = ("store", "evidence")
_S3 = ("store", "s3")
_WRITE = say("write s3://BUCKET or s3://BUCKET/PREFIX, or the path of a folder")

# Amazon S3 user guide, "General purpose bucket naming rules".
_BUCKET = re.compile(r"(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
# Of the "safe characters" of object keys (the same guide) those that no tool treats specially.
_PREFIX = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9_.-]+)*/?")


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Settings:
    """A bucket for the evidence; ``prefix`` is empty or ends with a slash."""

    bucket: str
    prefix: str
    endpoint: str
    region: str
    access_key: Secret
    secret_key: Secret
    ca_file: Path | None
    bucket_in_host: bool

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".removesuffix("/")


def check_s3(main: Main, entry: StoreEntry) -> Iterator[Problem]:
    """Find what keeps the evidence from being in a bucket, or in a folder; no key is repeated."""
    if entry.s3:
        yield from _account(main, entry.s3)
    if not in_bucket(entry.evidence):
        if entry.s3:
            yield main.problem(
                _S3,
                say("store.s3 means nothing with evidence in a folder"),
                say("take the block out, or let store.evidence name a bucket: s3://BUCKET/PREFIX"),
            )
        if "://" in entry.evidence:
            yield main.problem(_EVIDENCE, say("store.evidence names no store of evidence"), _WRITE)
        return
    what = _wrong(entry.evidence)
    if what:
        yield main.problem(_EVIDENCE, *what)
    if entry.s3 is None:
        yield main.problem(
            _EVIDENCE,
            say("store.s3 is missing, which evidence in a bucket needs"),
            say("add s3: with endpoint, access_key and secret_key below store"),
        )


def in_bucket(evidence: str) -> bool:
    """Tell whether `store.evidence` means a bucket."""
    return evidence.startswith(f"{_SCHEME}://")


def to_s3(main: Main, entry: S3Entry, evidence: str) -> S3Settings:
    """Make the bucket of the evidence."""
    parts, document = urlsplit(evidence), main.document
    prefix = parts.path.strip("/")
    return S3Settings(
        bucket=parts.netloc,
        prefix=f"{prefix}/" if prefix else "",
        endpoint=entry.endpoint,
        region=entry.region,
        access_key=to_secret(entry.access_key, document, (*_S3, "access_key")),
        secret_key=to_secret(entry.secret_key, document, (*_S3, "secret_key")),
        ca_file=(document.path.parent / entry.ca_file).absolute() if entry.ca_file else None,
        bucket_in_host=entry.bucket_in_host,
    )


def _account(main: Main, entry: S3Entry) -> Iterator[Problem]:
    plain = entry.allow_plain
    yield from check_address(main, (*_S3, "endpoint"), entry.endpoint, allow_plain=plain)
    yield from check_ca_file(main, (*_S3, "ca_file"), entry.ca_file)
    yield from check_secret(main, (*_S3, "access_key"), entry.access_key)
    yield from check_secret(main, (*_S3, "secret_key"), entry.secret_key)


def _wrong(evidence: str) -> tuple[Words, Words] | None:
    """Return what is wrong with the address of a bucket, and what to do."""
    parts = _parts(evidence)
    if parts is None:
        return say("store.evidence names no store of evidence"), _WRITE
    if "@" in parts.netloc:
        return (
            say("store.evidence holds a key"),
            say("take it out, and write store.s3.access_key and store.s3.secret_key by reference"),
        )
    if not _BUCKET.fullmatch(parts.netloc):
        return (
            say("store.evidence names no bucket"),
            say("a bucket's name has 3 to 63 small letters, digits, dots and hyphens"),
        )
    if parts.query or parts.fragment or not _PREFIX.fullmatch(parts.path):
        return (
            say("store.evidence has no usable prefix behind the bucket"),
            say("use letters without marks, digits, dots, hyphens, low lines and single slashes"),
        )
    return None


def _parts(evidence: str) -> SplitResult | None:
    try:
        return urlsplit(evidence)
    except ValueError:
        return None
