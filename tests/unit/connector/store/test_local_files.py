"""Verified contents of a bucket that are kept on this machine: found again, and bounded."""

import errno
import os
from pathlib import Path
from typing import BinaryIO

import pytest

from connector.store.s3.local_files import LocalFiles
from domain.content import Stored
from domain.errors import StoreFailed
from domain.ids import digest_of

MARK = '"first"'


def keep(files: LocalFiles, content: bytes, mark: str = MARK) -> Stored:
    stored = Stored(digest_of(content), len(content))
    with files.new() as (file, descriptor):
        os.write(descriptor, content)
        files.keep(file, stored, mark)
    return stored


def found(files: LocalFiles, stored: Stored, mark: str = MARK) -> bytes | None:
    stream = files.find(stored, mark, shared=False)
    if stream is None:
        return None
    with stream:
        return stream.read()


def kept(folder: Path) -> list[Path]:
    return sorted((folder / "verified").iterdir())


def test_a_kept_content_is_found_by_digest_and_mark(tmp_path: Path) -> None:
    files = LocalFiles(tmp_path)
    stored = keep(files, b"content")
    assert found(files, stored) == b"content"
    assert found(LocalFiles(tmp_path), stored) == b"content"
    assert found(files, stored, '"put anew"') is None
    assert found(files, Stored(digest_of(b"other"), 5)) is None


@pytest.mark.parametrize("shared", [False, True])
def test_a_kept_content_that_was_damaged_is_given_up(tmp_path: Path, shared: bool) -> None:
    files = LocalFiles(tmp_path)
    stored = keep(files, b"content")
    stream = files.find(stored, MARK, shared=shared)
    assert stream is not None
    stream.close()
    (only,) = kept(tmp_path)
    only.write_bytes(b"contend")
    assert files.find(stored, MARK, shared=shared) is None
    assert kept(tmp_path) == []


def test_a_kept_content_that_cannot_be_read_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = LocalFiles(tmp_path)
    stored = keep(files, b"content")

    def refused(path: Path) -> BinaryIO:
        """As for whoever is not root, of another user's file."""
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    with monkeypatch.context() as patched:
        patched.setattr("connector.store.stored_content.opened_file", refused)
        assert found(files, stored) is None
    assert kept(tmp_path) == []


def test_the_oldest_make_room(tmp_path: Path) -> None:
    files = LocalFiles(tmp_path, most=1000)
    all_stored = [keep(files, b"%02d" % number * 50) for number in range(30)]
    sizes = [path.stat().st_size for path in kept(tmp_path)]
    assert sum(sizes) <= 1000
    assert found(files, all_stored[-1]) is not None
    assert found(files, all_stored[0]) is None
    again = LocalFiles(tmp_path, most=300)
    keep(again, b"x" * 70)
    assert sum(path.stat().st_size for path in kept(tmp_path)) <= 300


def test_a_content_larger_than_all_is_kept_until_the_next(tmp_path: Path) -> None:
    files = LocalFiles(tmp_path, most=1000)
    small, large = keep(files, b"x" * 100), keep(files, b"y" * 2000)
    assert found(files, small) is None
    assert found(files, large) is not None
    keep(files, b"z" * 100)
    assert found(files, large) is None


def test_what_was_on_its_way_when_a_process_ended_is_removed(tmp_path: Path) -> None:
    LocalFiles(tmp_path)
    (tmp_path / "incoming" / "leftover").write_bytes(b"half")
    LocalFiles(tmp_path)
    assert list((tmp_path / "incoming").iterdir()) == []


def test_without_a_folder_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    files = LocalFiles(None)
    assert found(files, keep(files, b"content")) is None
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreFailed, match="a file stands where a folder must be"):
        LocalFiles(tmp_path / "file" / "cache")
