"""The evidence of a configuration: in a folder, or in a bucket; part of ``dondoc.bootstrap``."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from connector.store.evidence import FolderEvidence
from connector.store.s3.account import HURRIED, Account, Limits
from domain.errors import StoreFailed
from domain.ports import EvidenceStore
from dondoc.reading_process import Kept
from dondoc.settings.s3 import S3Settings
from dondoc.settings.store import StoreSettings

_CACHE = "evidence-cache"


def open_evidence(
    store: StoreSettings, stack: ExitStack, *, read_only: bool = False, hurry: float | None = None
) -> EvidenceStore:
    """Open the evidence, to be closed by ``stack``; what is in a bucket is reached when it is used.

    ``hurry`` is the most, in seconds, that one request may take. Raises ``StoreFailed`` when a
    folder cannot be made.
    """
    if isinstance(store.evidence, Path):
        return FolderEvidence(store.evidence, read_only=read_only)
    from connector.store.s3.evidence import S3Evidence  # noqa: PLC0415 - loads botocore

    local = store.folder / _CACHE
    kept = None if read_only and not os.access(local, os.W_OK | os.X_OK) else local
    limits = Limits() if hurry is None else Limits(read=hurry / 2, whole=hurry / 3)
    evidence = S3Evidence(_account(store.evidence), local=kept, limits=limits)
    stack.callback(evidence.close)
    return evidence


def evidence_elsewhere(store: StoreSettings) -> Callable[[], Kept]:
    """Return what opens the evidence in another process, to be read."""
    if isinstance(store.evidence, Path):
        return partial(FolderEvidence, store.evidence, read_only=True)
    from connector.store.s3.evidence import S3Evidence  # noqa: PLC0415 - loads botocore

    return partial(S3Evidence, _account(store.evidence), limits=HURRIED)


def spool_folder(store: StoreSettings) -> Path:
    """Return the folder for files on their way: beside the evidence, on its disk, or our own."""
    beside = store.evidence if isinstance(store.evidence, Path) else store.folder
    folder = beside / "spool"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreFailed(f"{folder} cannot be made: {error.strerror}") from error
    return folder


def _account(settings: S3Settings) -> Account:
    return Account(
        endpoint=settings.endpoint,
        region=settings.region,
        bucket=settings.bucket,
        prefix=settings.prefix,
        access_key=settings.access_key.reveal,
        secret_key=settings.secret_key.reveal,
        ca_file=settings.ca_file,
        bucket_in_host=settings.bucket_in_host,
    )
