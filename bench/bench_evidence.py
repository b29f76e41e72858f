"""Small contents put into a bucket and read from it, beside the same in a folder.

The store is the tests' own, a small program that serves one request after the other from this
machine's disk; a real one answers sooner or later than that.
"""

import itertools
import os
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from bench.arguments import nothing
from bench.measure import Result, report, scratch, side_by_side
from connector.store.evidence import FolderEvidence
from connector.store.s3.evidence import S3Evidence
from domain.ids import Digest, digest_of
from domain.ports import EvidenceStore
from tests.servers.s3 import S3
from tests.servers.s3_account import account_in

COUNT = 50
"""Contents in one round."""

ROUNDS = 9
OCTETS = 4_096
THOUSAND = 1_000 / COUNT
_NUMBERS = itertools.count(1)
_FILLING = os.urandom(OCTETS - 8)


def fresh() -> list[bytes]:
    """Return one round of contents that no store has."""
    return [next(_NUMBERS).to_bytes(8, "big") + _FILLING for _ in range(COUNT)]


def put(store: EvidenceStore, contents: Sequence[bytes]) -> None:
    """Put contents one by one, each durable before the next."""
    for content in contents:
        store.put(content)


def put_together(store: EvidenceStore) -> None:
    """Put one round that becomes durable at once."""
    with store.together() as block:
        for content in fresh():
            block.put(content)


def get(store: EvidenceStore, digests: Sequence[Digest]) -> None:
    """Read one round, each verified."""
    for digest in digests:
        store.get(digest)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and report."""
    nothing("bench.bench_evidence", __doc__, arguments)
    with scratch() as folder, S3() as server, closing(S3Evidence(account_in(server))) as bucket:
        files = FolderEvidence(Path(folder) / "evidence")
        known = fresh()
        digests = [digest_of(content) for content in known]
        put(bucket, known)
        put(files, known)
        singly = side_by_side(lambda: put(bucket, fresh()), lambda: put(files, fresh()), ROUNDS)
        together = side_by_side(lambda: put_together(bucket), lambda: put_together(files), ROUNDS)
        reading = side_by_side(lambda: get(bucket, digests), lambda: get(files, digests), ROUNDS)
    report(
        Result(
            name="evidence",
            figures={
                "1,000 put into a bucket, one by one": (singly.first * THOUSAND, "s"),
                "1,000 put into a folder, one by one": (singly.second * THOUSAND, "s"),
                "1,000 put into a bucket in blocks": (together.first * THOUSAND, "s"),
                "1,000 put into a folder in blocks": (together.second * THOUSAND, "s"),
                "1,000 read from a bucket": (reading.first * THOUSAND, "s"),
                "1,000 read from a folder": (reading.second * THOUSAND, "s"),
            },
            ratios={
                "put one by one, bucket by folder": singly,
                "put in blocks, bucket by folder": together,
                "read, bucket by folder": reading,
            },
        )
    )


if __name__ == "__main__":
    main()
