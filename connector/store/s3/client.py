"""The S3 client of a bucket: nothing of the environment takes part, and it tries once only."""

import os
from typing import Any, Protocol

from botocore.config import Config
from botocore.credentials import Credentials, ReadOnlyCredentials
from botocore.handlers import add_expect_header
from botocore.session import Session

from connector.store.s3.account import Account, Limits

Fields = dict[str, Any]
"""What a request or an answer holds; botocore has no types, and ``Bucket`` alone reads them."""


class Client(Protocol):
    """What is used of the S3 client; see Amazon S3 API reference."""

    meta: Any
    """Where botocore keeps its hooks."""

    def abort_multipart_upload(self, **fields: object) -> Fields:
        """Forget the parts of an upload."""

    def complete_multipart_upload(self, **fields: object) -> Fields:
        """Make an object of the parts of an upload."""

    def create_multipart_upload(self, **fields: object) -> Fields:
        """Begin an upload in parts."""

    def get_object(self, **fields: object) -> Fields:
        """Return an object, its body as a stream."""

    def head_object(self, **fields: object) -> Fields:
        """Return what is known of an object."""

    def list_objects_v2(self, **fields: object) -> Fields:
        """Return one page of keys."""

    def put_object(self, **fields: object) -> Fields:
        """Store an object."""

    def upload_part(self, **fields: object) -> Fields:
        """Store one part of an upload."""

    def close(self) -> None:
        """Close all connections."""


class _Keys(Credentials):  # type: ignore[misc]  # botocore has no types
    """Keys that are looked up whenever a request is signed."""

    def __init__(self, account: Account) -> None:
        super().__init__("", "")
        self._account = account

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        return ReadOnlyCredentials(self._account.access_key(), self._account.secret_key(), None)


class _OnlyKeys:
    """Where botocore looks for keys, instead of in variables, files and on other machines."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def load_credentials(self) -> _Keys:
        return _Keys(self._account)


# A variable that no system sets: of a profile or file that botocore's own variables name, none
# may change where the evidence goes.
_NOT_FROM_OUTSIDE = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


def new_client(account: Account, limits: Limits, *, connections: int) -> Client:
    """Return a client for several threads; nothing connects, and no key is read, before its use."""
    session = Session(session_vars=_NOT_FROM_OUTSIDE)
    session.register_component("credential_provider", _OnlyKeys(account))
    style = "virtual" if account.bucket_in_host else "path"
    client: Client = session.create_client(
        "s3",
        endpoint_url=account.endpoint,
        region_name=account.region,
        verify=str(account.ca_file) if account.ca_file else True,
        config=Config(
            connect_timeout=limits.connect,
            read_timeout=limits.read,
            max_pool_connections=connections,
            # Tried again in ``Bucket``, within one limit for all tries.
            retries={"total_max_attempts": 1},
            proxies={},
            signature_version="s3v4",
            # The signature covers the digest of a body, so the store notices what was cut off or
            # changed on the way. The newer checksums are unknown to many compatible stores.
            s3={"addressing_style": style, "payload_signing_enabled": True},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )
    # Asking first whether a body may come costs a second where a store does not know the question.
    client.meta.events.unregister("before-call.s3", add_expect_header)
    return client
