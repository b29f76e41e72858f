"""The form of `store.s3`: how a bucket for the evidence is reached."""

from dondoc.settings.entry import Entry, SecretEntry
from dondoc.settings.values import Line, Text


class S3Entry(Entry):
    """A store that speaks Amazon's S3 protocol, in which the bucket of store.evidence lies."""

    endpoint: Text
    """Address of the store's service, https."""
    region: Line = "us-east-1"
    """Region that requests are signed for; most stores of one's own want this one."""
    access_key: SecretEntry
    """Access key of Dondoc's account there; it may read, write and list, and need not delete."""
    secret_key: SecretEntry
    """Secret key that belongs to it."""
    ca_file: Text | None = None
    """PEM file of the office's own certificate authorities; the usual ones when it is left out."""
    bucket_in_host: bool = False
    """Name the bucket in the host (bucket.host) instead of in the path, as some providers want."""
    allow_plain: bool = False
    """Permit http to another machine; only on a network that is protected itself."""
