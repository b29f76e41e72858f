"""A bucket of an S3-compatible store, how to reach it, and how long to wait for it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Where the objects lie and who asks for them.

    ``endpoint`` is an address with its scheme; ``prefix`` is empty or ends with a slash. Keys are
    looked up for each request, so a renewed one counts at once. Certificates are verified by the
    authorities of ``ca_file`` (PEM), or the ones that every connection of Dondoc trusts.
    """

    endpoint: str
    region: str
    bucket: str
    prefix: str
    access_key: Callable[[], str] = field(repr=False)
    secret_key: Callable[[], str] = field(repr=False)
    ca_file: Path | None = None
    bucket_in_host: bool = False
    """Whether the bucket is named in the host, ``bucket.host``, and not in the path."""

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".removesuffix("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds to wait, and how often to try.

    A request takes at most ``connect`` and then ``read`` for each piece; no new try begins after
    ``whole``, and a body that has not come by then must come with ``RATE``.
    """

    connect: float = 5.0
    read: float = 20.0
    whole: float = 45.0
    tries: int = 5


RATE = 65_536
"""Octets a second: slower than this no store is of use, and a turn must end."""

HURRIED = Limits(connect=3.0, read=6.0, whole=8.0, tries=2)
"""For a process that reads mail: whoever waits for it takes half a minute for a crash."""
