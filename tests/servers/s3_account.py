"""Accounts of the S3-compatible store of the tests, as the adapter takes them."""

from pathlib import Path

from connector.store.s3.account import Account
from tests.servers.s3 import S3

ACCESS_KEY, SECRET_KEY = "dondoc", "mật khẩu của kho"


def account_of(bucket: Path, endpoint: str, *, ca_file: Path | None = None) -> Account:
    """Return the account for a bucket behind an address."""
    return Account(
        endpoint=endpoint,
        region="us-east-1",
        bucket=bucket.name,
        prefix="dondoc/",
        access_key=lambda: ACCESS_KEY,
        secret_key=lambda: SECRET_KEY,
        ca_file=ca_file,
    )


def account_in(server: S3) -> Account:
    """Return the account for a new, empty bucket."""
    return account_of(server.new_bucket(), server.address)
