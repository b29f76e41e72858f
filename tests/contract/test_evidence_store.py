"""What every evidence store keeps to."""

import hashlib
from pathlib import Path

import pytest

from connector.store.evidence import FolderEvidence
from connector.store.memory import MemoryEvidence
from domain.errors import EvidenceMissing
from domain.ids import Digest
from domain.ports import EvidenceStore


class EvidenceStoreContract:
    """Give a fixture ``store`` that is empty."""

    @pytest.mark.parametrize(
        "content",
        [b"", b"\0", "Kính gửi: Ủy ban nhân dân xã".encode(), b"x" * 1_000_000],
        ids=["empty", "nul", "text", "large"],
    )
    def test_bytes_come_back_whole(self, store: EvidenceStore, content: bytes) -> None:
        digest = store.put(content)
        assert digest == hashlib.sha256(content).hexdigest()
        assert store.get(digest) == content

    def test_putting_again_changes_nothing(self, store: EvidenceStore) -> None:
        assert store.put(b"once") == store.put(b"once")
        assert list(store.digests()) == [hashlib.sha256(b"once").hexdigest()]

    def test_every_digest_is_listed(self, store: EvidenceStore) -> None:
        assert list(store.digests()) == []
        put = {store.put(f"{number}".encode()) for number in range(50)}
        listed = list(store.digests())
        assert set(listed) == put
        assert len(listed) == 50

    @pytest.mark.parametrize("digest", ["0" * 64, "", "../../etc/passwd", "AB" * 32])
    def test_what_is_not_there_is_missing(self, store: EvidenceStore, digest: str) -> None:
        with pytest.raises(EvidenceMissing) as caught:
            store.get(Digest(digest))
        assert caught.value.digest == digest


class TestMemoryEvidence(EvidenceStoreContract):
    @pytest.fixture
    def store(self) -> MemoryEvidence:
        return MemoryEvidence()


class TestFolderEvidence(EvidenceStoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> FolderEvidence:
        return FolderEvidence(tmp_path / "evidence")

    def test_another_process_finds_what_was_put(
        self, store: FolderEvidence, tmp_path: Path
    ) -> None:
        digest = store.put(b"kept")
        assert FolderEvidence(tmp_path / "evidence").get(digest) == b"kept"
