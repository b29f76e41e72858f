"""The contract of the mark beside a ledger, over a file and in memory."""

import os
from abc import ABC, abstractmethod
from pathlib import Path

import pytest

from connector.store.mark import FileMark
from connector.store.memory import MemoryMark
from domain.errors import StoreFailed
from domain.ids import digest_of
from domain.ports import MarkBeside
from domain.store_mark import StoreMark

ONE = StoreMark(first=digest_of(b"1"), sequence=7, newest=digest_of(b"7"))
OTHER = StoreMark(first=digest_of(b"1"), sequence=2**40, newest=digest_of(b"8"))


class MarkContract(ABC):
    @pytest.fixture
    @abstractmethod
    def mark(self, tmp_path: Path) -> MarkBeside: ...

    def test_there_is_none_at_first(self, mark: MarkBeside) -> None:
        assert mark.read() is None

    def test_it_comes_back_as_it_was_written(self, mark: MarkBeside) -> None:
        mark.write(ONE)
        assert mark.read() == ONE

    def test_a_later_one_takes_its_place(self, mark: MarkBeside) -> None:
        mark.write(OTHER)
        mark.write(ONE)
        assert mark.read() == ONE


class TestMemoryMark(MarkContract):
    @pytest.fixture
    def mark(self, tmp_path: Path) -> MarkBeside:
        return MemoryMark()


class TestFileMark(MarkContract):
    @pytest.fixture
    def mark(self, tmp_path: Path) -> FileMark:
        return FileMark(tmp_path / "store" / "ledger.mark")

    def test_another_process_reads_it(self, mark: FileMark, tmp_path: Path) -> None:
        mark.write(ONE)
        assert FileMark(tmp_path / "store" / "ledger.mark").read() == ONE

    def test_it_is_for_its_owner_alone(self, mark: FileMark, tmp_path: Path) -> None:
        mark.write(ONE)
        (file,) = (tmp_path / "store").iterdir()
        assert file.stat().st_mode & 0o777 == 0o600

    def test_its_bytes_are_on_disk_before_its_name_and_then_that(
        self, mark: FileMark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        mark.write(ONE)
        done: list[str] = []
        fsync, replace = os.fsync, Path.replace

        def synced(descriptor: int) -> None:
            fsync(descriptor)
            done.append(Path(os.readlink(f"/proc/self/fd/{descriptor}")).name)

        def replaced(path: Path, target: Path) -> Path:
            done.append(f"{path.name} is {target.name}")
            return replace(path, target)

        monkeypatch.setattr(os, "fsync", synced)
        monkeypatch.setattr(Path, "replace", replaced)
        mark.write(OTHER)
        assert done == ["ledger.mark.new", "ledger.mark.new is ledger.mark", "store"]

    @pytest.mark.parametrize("text", [b"", b"{", b"[]", b"{}", b'{"first": "a", "sequence": "x"}'])
    def test_one_that_cannot_be_read_is_none(self, tmp_path: Path, text: bytes) -> None:
        (tmp_path / "ledger.mark").write_bytes(text)
        assert FileMark(tmp_path / "ledger.mark").read() is None

    def test_a_folder_in_its_place_is_said(self, tmp_path: Path) -> None:
        (tmp_path / "ledger.mark").mkdir()
        mark = FileMark(tmp_path / "ledger.mark")
        with pytest.raises(StoreFailed, match="mark"):
            mark.read()
        with pytest.raises(StoreFailed, match="mark"):
            mark.write(ONE)
