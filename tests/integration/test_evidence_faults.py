"""The evidence when files are damaged, the disk refuses, or processes get in each other's way."""

import errno
import fcntl
import os
from pathlib import Path

import pytest

from connector.store.evidence import FolderEvidence
from domain.errors import EvidenceMissing
from tests.integration.store_processes import PUT_TOO_MUCH, run


def only_file(store: Path) -> Path:
    (path,) = (path for path in (store / "sha256").rglob("*") if path.is_file())
    return path


def test_damaged_evidence_is_missing_until_it_is_put_again(tmp_path: Path) -> None:
    store = FolderEvidence(tmp_path)
    digest = store.put(b"the whole message")
    path = only_file(tmp_path)
    path.chmod(0o600)
    path.write_bytes(b"the whole messagE")
    with pytest.raises(EvidenceMissing, match="the stored bytes are damaged"):
        store.get(digest)
    assert store.put(b"the whole message") == digest
    assert store.get(digest) == b"the whole message"
    path.chmod(0o600)
    path.write_bytes(b"the whole")
    with pytest.raises(EvidenceMissing, match="the stored bytes are damaged"):
        store.get(digest)
    assert store.put(b"the whole message") == digest
    assert store.get(digest) == b"the whole message"


def test_evidence_that_cannot_be_written_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    text = run(PUT_TOO_MUCH, tmp_path)
    assert "File too large; the file size limit of the process is reached" in text
    assert only_file(tmp_path).read_bytes() == b"small"
    assert list((tmp_path / "incoming").iterdir()) == []


def test_leftovers_are_removed_at_start(tmp_path: Path) -> None:
    FolderEvidence(tmp_path)
    (tmp_path / "incoming" / "leftover").write_bytes(b"half a mess")
    FolderEvidence(tmp_path)
    assert list((tmp_path / "incoming").iterdir()) == []


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_leftovers_are_removed_where_a_lock_wants_the_right_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    FolderEvidence(tmp_path)
    leftover = tmp_path / "incoming" / "leftover"
    leftover.write_bytes(b"half a mess")
    leftover.chmod(mode)
    real_flock, real_open = fcntl.flock, os.open

    def flock(descriptor: int, operation: int) -> None:
        """As on NFS (flock(2), "NFS details")."""
        access = fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE
        if operation & fcntl.LOCK_EX and access == os.O_RDONLY:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        real_flock(descriptor, operation)

    def opened(path: Path, flags: int, mode: int = 0o777) -> int:
        """As for whoever is not root."""
        if flags & os.O_RDWR and not flags & os.O_CREAT and not path.stat().st_mode & 0o200:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return real_open(path, flags, mode)

    monkeypatch.setattr("connector.store.evidence_files.fcntl.flock", flock)
    monkeypatch.setattr("connector.store.evidence_files.os.open", opened)
    store = FolderEvidence(tmp_path)
    assert list((tmp_path / "incoming").iterdir()) == []
    assert store.get(store.put(b"whole")) == b"whole"


def test_what_another_process_is_writing_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, incoming = FolderEvidence(tmp_path), tmp_path / "incoming"
    seen: list[Path] = []
    real_fsync = os.fsync

    def fsync(descriptor: int) -> None:
        writing = list(incoming.iterdir())
        if writing and not seen:
            FolderEvidence(tmp_path)
            assert list(incoming.iterdir()) == writing
            seen.extend(writing)
        real_fsync(descriptor)

    monkeypatch.setattr("connector.store.evidence_files.os.fsync", fsync)
    assert store.get(store.put(b"whole")) == b"whole"
    assert len(seen) == 1
    assert list(incoming.iterdir()) == []


def test_a_file_taken_for_a_leftover_before_it_was_locked_is_begun_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, taken = FolderEvidence(tmp_path), list[str]()
    real_flock = fcntl.flock

    def flock(descriptor: int, operation: int) -> None:
        if not taken:
            (early,) = (tmp_path / "incoming").iterdir()
            taken.append(early.name)
            early.unlink()
        real_flock(descriptor, operation)

    monkeypatch.setattr("connector.store.evidence_files.fcntl.flock", flock)
    assert store.get(store.put(b"whole")) == b"whole"
    assert len(taken) == 1


def test_strange_files_are_no_evidence(tmp_path: Path) -> None:
    store = FolderEvidence(tmp_path)
    digest = store.put(b"x")
    (only_file(tmp_path).parent / "notes.txt").write_bytes(b"")
    assert list(store.digests()) == [digest]
