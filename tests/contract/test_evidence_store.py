"""What every evidence store keeps to."""

import hashlib
import os
import resource
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO

import pytest

from connector.store import evidence_batch
from connector.store.evidence import FolderEvidence
from connector.store.memory import MemoryEvidence
from connector.store.s3.evidence import S3Evidence
from domain.assembled import Assembled, Piece, Shared, joined, shared
from domain.content import Inline, Stored, whole
from domain.errors import EvidenceMissing, InvariantViolation, PeerUnavailable, StoreFailed
from domain.ids import Digest, digest_of
from domain.ports import EvidenceStore
from tests.servers.s3 import S3
from tests.servers.s3_account import account_in


@contextmanager
def _largest_file(size: int) -> Iterator[None]:
    """Let this process write no file above a size, as a full disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


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

    @pytest.mark.parametrize("content", [b"", b"x" * 3_000_000], ids=["empty", "large"])
    def test_what_is_written_comes_back(self, store: EvidenceStore, content: bytes) -> None:
        stored = store.receive(lambda out: out.writelines([content[:7], content[7:]]))
        assert stored == Stored(digest_of(content), len(content))
        assert store.get(stored.digest) == content
        found = store.content(stored.digest)
        assert found.size == len(content)
        with found.open() as stream:
            assert stream.read() == content
            stream.seek(1)
            assert stream.read(1) == content[1:2]

    def test_what_is_begun_again_while_it_is_written_is_the_last(
        self, store: EvidenceStore
    ) -> None:
        def write(out: BinaryIO) -> None:
            out.write(b"the first try broke off here")
            out.seek(0)
            out.truncate()
            out.write(b"whole")

        assert store.receive(write) == Stored(digest_of(b"whole"), 5)
        assert list(store.digests()) == [digest_of(b"whole")]

    def test_nothing_is_kept_of_what_breaks_off(self, store: EvidenceStore) -> None:
        def write(out: BinaryIO) -> None:
            out.write(b"half")
            raise PeerUnavailable("the exchange", "it went away")

        with pytest.raises(PeerUnavailable):
            store.receive(write)
        assert list(store.digests()) == []

    def test_receiving_again_changes_nothing(self, store: EvidenceStore) -> None:
        digest = store.put(b"once")
        assert store.receive(lambda out: out.writelines([b"once"])) == Stored(digest, 4)
        assert list(store.digests()) == [digest]

    @pytest.mark.parametrize("digest", ["0" * 64, "", "../../etc/passwd", "AB" * 32])
    def test_content_that_is_not_there_is_missing(self, store: EvidenceStore, digest: str) -> None:
        with pytest.raises(EvidenceMissing):
            store.content(Digest(digest))

    def test_what_is_assembled_is_found_by_the_whole(self, store: EvidenceStore) -> None:
        file = shared(b"encoded\r\n" * 100_000)
        pieces: list[Piece] = [b"To: a\r\n", file, b"\r\n--\r\n", file, b""]
        whole_octets = joined(pieces)
        digest = store.assemble(pieces)
        assert digest == digest_of(whole_octets)
        assert store.get(digest) == whole_octets
        found = store.content(digest)
        assert isinstance(found, Assembled)
        assert found.size == len(whole_octets)
        with found.open() as stream:
            assert stream.read() == whole_octets
        assert [piece for piece in found.pieces if isinstance(piece, bytes)] == [
            b"To: a\r\n",
            b"\r\n--\r\n",
            b"",
        ]
        assert {piece.digest for piece in found.pieces if isinstance(piece, Shared)} == {
            file.digest
        }

    def test_a_shared_piece_is_a_content_of_its_own(self, store: EvidenceStore) -> None:
        file = shared(b"encoded\r\n" * 1000)
        letters = [store.assemble([b"%d\r\n" % number, file]) for number in range(5)]
        assert store.get(file.digest) == whole(file.content)
        assert sorted(store.digests()) == sorted({*letters, file.digest})

    def test_assembling_again_changes_nothing(self, store: EvidenceStore) -> None:
        pieces: list[Piece] = [b"one", shared(b"other")]
        assert store.assemble(pieces) == store.assemble(pieces)
        assert len(list(store.digests())) == 2

    def test_what_was_put_whole_may_be_assembled_too(self, store: EvidenceStore) -> None:
        digest = store.put(b"oneother")
        assert store.assemble([b"one", shared(b"other")]) == digest
        assert store.get(digest) == b"oneother"
        assert sorted(store.digests()) == sorted([digest, digest_of(b"other")])

    def test_a_shared_piece_under_a_false_name_is_a_fault_of_ours(
        self, store: EvidenceStore
    ) -> None:
        false = Shared(digest_of(b"one"), Inline(b"other"))
        with pytest.raises(InvariantViolation, match="other bytes"):
            store.assemble([false])

    def test_putting_again_changes_nothing(self, store: EvidenceStore) -> None:
        assert store.put(b"once") == store.put(b"once")
        assert list(store.digests()) == [hashlib.sha256(b"once").hexdigest()]

    def test_what_is_stored_together_is_there_when_the_block_ends(
        self, store: EvidenceStore
    ) -> None:
        before = store.put(b"before")
        with store.together() as block:
            first, again = block.put(b"one"), block.put(b"one")
            assert first == again
            assert block.put(b"before") == before
            second = block.receive(lambda out: [out.write(b"two")].clear())
            assert block.get(first) == b"one"
            assert block.get(before) == b"before"
            assert whole(block.content(first)) == b"one"
            with block.together() as inner:
                third = inner.put(b"three")
        assert [store.get(d) for d in (before, first, second.digest, third)] == [
            b"before",
            b"one",
            b"two",
            b"three",
        ]

    def test_a_block_without_anything_stores_nothing(self, store: EvidenceStore) -> None:
        with store.together():
            pass
        assert list(store.digests()) == []

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

    def test_damage_is_seen_before_anything_is_read(
        self, store: FolderEvidence, tmp_path: Path
    ) -> None:
        content = store.content(store.put(b"whole"))
        (place,) = (tmp_path / "evidence").glob("sha256/*/*/*")
        place.chmod(0o600)
        place.write_bytes(b"whale")
        with pytest.raises(EvidenceMissing, match="damaged"):
            content.open()
        place.unlink()
        with pytest.raises(EvidenceMissing, match="no such"):
            content.open()

    def test_two_thousand_letters_take_the_room_of_one_file(
        self, store: FolderEvidence, tmp_path: Path
    ) -> None:
        file = shared(b"x" * 1_000_000)
        for number in range(50):
            store.assemble([b"%d\r\n" % number, file])
        sizes = [path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()]
        assert sum(sizes) < 1_000_000 + 50 * 1_000

    def test_another_process_finds_what_was_assembled(
        self, store: FolderEvidence, tmp_path: Path
    ) -> None:
        digest = store.assemble([b"one ", shared(b"letter")])
        assert FolderEvidence(tmp_path / "evidence").get(digest) == b"one letter"
        reader = FolderEvidence(tmp_path / "evidence", read_only=True)
        with reader.content(digest).open() as stream:
            assert stream.read() == b"one letter"

    def test_a_store_of_before_has_no_recipes(self, tmp_path: Path) -> None:
        store = FolderEvidence(tmp_path / "evidence")
        digest = store.put(b"kept")
        (tmp_path / "evidence" / "assembled").rmdir()
        reader = FolderEvidence(tmp_path / "evidence", read_only=True)
        assert list(reader.digests()) == [digest]
        with pytest.raises(EvidenceMissing, match="no such"):
            reader.get(digest_of(b"other"))

    def test_damage_to_a_shared_piece_is_seen_though_it_was_verified_before(
        self, store: FolderEvidence, tmp_path: Path
    ) -> None:
        file = shared(b"letter")
        digest = store.assemble([b"one ", file])
        content = store.content(digest)
        content.open().close()
        (place,) = (tmp_path / "evidence").glob(f"sha256/*/*/{file.digest}")
        place.chmod(0o600)
        place.write_bytes(b"lettuce")
        with pytest.raises(EvidenceMissing, match="damaged") as caught:
            content.open()
        assert caught.value.digest == file.digest
        with pytest.raises(EvidenceMissing):
            store.get(digest)
        # Assembling it again mends it.
        assert store.assemble([b"two ", file]) != digest
        assert store.get(digest) == b"one letter"
        place.chmod(0o600)
        place.unlink()
        with pytest.raises(EvidenceMissing, match="no such"):
            content.open()

    @pytest.mark.parametrize("damage", [b"", b"no recipe", b"0" * 64 + b"\n[]\n"])
    def test_a_damaged_recipe_is_never_followed(
        self, store: FolderEvidence, tmp_path: Path, damage: bytes
    ) -> None:
        pieces: list[Piece] = [b"one ", shared(b"letter")]
        digest = store.assemble(pieces)
        (place,) = (tmp_path / "evidence").glob(f"assembled/*/{digest}")
        place.chmod(0o600)
        place.write_bytes(damage or place.read_bytes().replace(b"one", b"two"))
        for read in (store.get, store.content):
            with pytest.raises(EvidenceMissing, match="damaged"):
                read(digest)
        assert store.assemble(pieces) == digest
        assert store.get(digest) == b"one letter"

    def test_a_disk_that_fills_is_told_as_the_stores_fault(self, store: FolderEvidence) -> None:
        """Every error of requests is an OSError: a writer must not take this for the network's."""
        with _largest_file(1_000_000), pytest.raises(StoreFailed, match="file size limit"):
            store.receive(lambda out: out.writelines([b"x" * 700_000] * 3))
        assert list(store.digests()) == []

    @pytest.mark.parametrize("one_call", [True, False])
    def test_a_block_that_fails_leaves_no_file(
        self, store: FolderEvidence, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, one_call: bool
    ) -> None:
        if not one_call:
            # As on a system that cannot make a whole disk durable at once.
            monkeypatch.setattr(evidence_batch, "synchronise_all", lambda folder: False)
        with pytest.raises(EvidenceMissing), store.together() as block:
            store.get(block.put(b"one"))  # outside of the block it is not there yet
        assert [path for path in (tmp_path / "evidence").rglob("*") if path.is_file()] == []
        with store.together() as block:
            digest = block.put(b"one")
        assert FolderEvidence(tmp_path / "evidence").get(digest) == b"one"
        (place,) = (path for path in (tmp_path / "evidence").rglob("*") if path.is_file())
        assert place.stat().st_mode & 0o777 == 0o400

    def test_a_block_of_many_files_opens_few_at_one_time(self, store: FolderEvidence) -> None:
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        opened = len(os.listdir("/dev/fd"))
        resource.setrlimit(resource.RLIMIT_NOFILE, (opened + 230, before[1]))
        try:
            with store.together() as block:
                put = {block.put(f"{number}".encode()) for number in range(600)}
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
        assert set(store.digests()) == put
        assert len(os.listdir("/dev/fd")) == opened

    def test_a_disk_that_fills_within_a_block_is_told_and_stores_nothing(
        self, store: FolderEvidence
    ) -> None:
        with (
            pytest.raises(StoreFailed, match="file size limit"),
            _largest_file(1_000),
            store.together() as block,
        ):
            [block.put(b"x" * octets) for octets in (100, 5_000)]
        assert list(store.digests()) == []


class TestS3Evidence(EvidenceStoreContract):
    @pytest.fixture
    def store(self, s3: S3, tmp_path: Path) -> Iterator[S3Evidence]:
        with closing(S3Evidence(account_in(s3), local=tmp_path / "local")) as store:
            yield store


class TestS3EvidenceOnNoDisk(EvidenceStoreContract):
    @pytest.fixture
    def store(self, s3: S3) -> Iterator[S3Evidence]:
        with closing(S3Evidence(account_in(s3))) as store:
            yield store
