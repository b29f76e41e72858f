"""A bucket of an S3-compatible store, how to reach it, and how long to wait for it."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path


@dataclass(frozen=True, slots=True)
class LookedUp:
    """A key that was looked up once."""

    key: str = field(repr=False)

    def __call__(self) -> str:
        """Return it."""
        return self.key


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

    def __reduce__(self) -> tuple[Callable[[], "Account"], tuple[()]]:
        # To another process it takes along its keys as they are now: what looks them up would
        # have to be loaded there, too.
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        keys = {name: LookedUp(values[name]()) for name in ("access_key", "secret_key")}
        return partial(Account, **values | keys), ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds to wait, and how often to try.

    A try takes ``connect`` at most and then ``read`` for each piece; none begins after ``whole``,
    and a body that has not come by then must have come with ``rate`` octets a second.
    """

    connect: float = 5.0
    read: float = 15.0
    whole: float = 30.0
    tries: int = 5
    rate: int = 65_536


HURRIED = Limits(connect=3.0, read=6.0, whole=6.0, tries=1, rate=1_048_576)
"""For a process that reads mail: whoever waits for it takes half a minute for a crash."""
