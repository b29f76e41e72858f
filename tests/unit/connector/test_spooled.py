"""Messages on their way in a file without a name."""

import gc
import io
from pathlib import Path

import pytest

from connector.email.spooled import Spooled
from domain.errors import StoreFailed


def test_what_was_added_is_read_as_often_as_needed(tmp_path: Path) -> None:
    spooled = Spooled(tmp_path)
    for piece in (b"abc", b"", b"defg"):
        spooled.add(piece)
    assert spooled.size == 7
    with spooled.open() as first, spooled.open() as second:
        assert first.read(2) == b"ab"
        assert second.read() == b"abcdefg"
        assert first.read() == b"cdefg"
        assert first.seek(-3, io.SEEK_END) == 4
        assert first.read() == b"efg"
        first.seek(1)
        first.seek(1, io.SEEK_CUR)
        assert first.tell() == 2
    assert list(tmp_path.iterdir()) == []


def test_a_stream_keeps_the_file_and_the_last_owner_closes_it() -> None:
    spooled = Spooled(None)
    spooled.add(b"abc")
    stream = spooled.open()
    del spooled
    gc.collect()
    with stream:
        assert stream.read() == b"abc"


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreFailed, match="nowhere: No such file"):
        Spooled(tmp_path / "nowhere")


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spooled = Spooled(tmp_path)

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("connector.email.spooled.os.pwrite", full)
    with pytest.raises(StoreFailed, match="No space left"):
        spooled.add(b"abc")
