"""A watched folder on a full disk, and one whose program ends at any step: nothing goes unsaid."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from domain.errors import PeerRefused
from domain.exchange import PacketKind, Settlement
from tests.contract.fetching import fetched
from tests.integration.store_processes import run
from tests.integration.watched_folder import EDXML, Watched

REASON = "dòng 1: sai ngày"
JOURNAL = ".dondoc-journal.jsonl"

SETTLE_UNDER_LIMIT = """
import resource, sys
from pathlib import Path
from domain.errors import PeerUnavailable
from domain.exchange import Settlement
from tests.integration.watched_folder import Watched
folder, limit, outcome = sys.argv[1].split("|")
watched = Watched(Path(folder))
(packet,) = watched.rested()
resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
try:
    watched.door.settle(packet.doc_id, Settlement(outcome), "dòng 1: sai ngày")
except PeerUnavailable as error:
    print(error)
"""
"""A file system that takes no file above some bytes; it refuses as a full one does."""


class Killed(BaseException):
    """The end of the process, which no handler of errors sees."""


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def put_file(watched: Watched) -> None:
    watched.put("512.edxml", EDXML)


def put_folder(watched: Watched) -> None:
    watched.put("512/s.yaml", b"files: [a.pdf]")
    watched.put("512/a.pdf", b"%PDF")


def put_sheet(watched: Watched) -> None:
    watched.put("512.yaml", b"files: [a.pdf, b.xml]")
    watched.put("a.pdf", b"%PDF")
    watched.put("b.xml", b"<x/>")


@contextmanager
def killed_at(step: int) -> Iterator[list[str]]:
    """End the program as its change number ``step`` to the file system has been made."""
    done: list[str] = []

    def counted(name: str, real: Callable[..., int]) -> Callable[..., int]:
        def change(path: object, *args: int, **more: int) -> int:
            result = real(path, *args, **more)
            if name == "open" and not args[0] & (os.O_WRONLY | os.O_RDWR):
                return result
            done.append(name)
            if len(done) == step:
                if name == "open":
                    os.close(result)
                raise Killed
            return result

        return change

    with pytest.MonkeyPatch.context() as patched:
        for name in ("open", "mkdir", "rmdir", "replace", "rename", "unlink"):
            patched.setattr(os, name, counted(name, getattr(os, name)))
        yield done


@pytest.mark.parametrize("put", [put_file, put_folder, put_sheet])
@pytest.mark.parametrize("outcome", [Settlement.FAIL, Settlement.DONE])
def test_a_program_that_ends_at_any_step_leaves_nothing_unsaid(
    tmp_path: Path, put: Callable[[Watched], None], outcome: Settlement
) -> None:
    for step in range(1, 30):
        folder = tmp_path / str(step)
        folder.mkdir()
        watched = Watched(folder)
        put(watched)
        (packet,) = watched.rested()
        before = fetched(watched.door, packet.doc_id)
        with killed_at(step) as done:
            try:
                watched.door.settle(packet.doc_id, outcome, REASON)
            except Killed:
                pass
            else:
                break
        watched.restarted()
        for waiting in watched.rested():
            assert waiting.doc_id == packet.doc_id
            watched.door.settle(waiting.doc_id, outcome, REASON)
        check_settled(watched, packet.doc_id, before, outcome)
    assert 3 <= len(done) < step


def check_settled(watched: Watched, doc_id: str, content: bytes, outcome: Settlement) -> None:
    place = "refused" if outcome is Settlement.FAIL else "done"
    (document,) = (name for name in watched.names(place) if not name.endswith(".ly-do.txt"))
    assert "(" not in document
    assert fetched(watched.door, doc_id) == content
    assert [name for name in watched.names() if name != place] == []
    if outcome is Settlement.FAIL:
        text = (watched.root / place / f"{document}.ly-do.txt").read_text("utf-8-sig")
        assert f"Lý do: {REASON}\n" in text
        assert text.endswith("có thể xoá.\n")
        assert len(watched.names(place)) == 2


@pytest.mark.parametrize(
    ("limit", "outcome"), [(20, "fail"), (100, "fail"), (250, "fail"), (20, "done"), (100, "done")]
)
def test_a_document_stays_until_there_is_room_for_what_is_said_of_it(
    watched: Watched, limit: int, outcome: str
) -> None:
    """The journal is refused first, then the text with the reason."""
    put_file(watched)
    for place in ("done", "refused"):
        (watched.root / place).mkdir()
    told = run(SETTLE_UNDER_LIMIT, Path(f"{watched.root}|{limit}|{outcome}"))
    assert "will be tried again" in told
    assert watched.names() == ["512.edxml", "done", "refused"]
    assert watched.names("refused") == watched.names("done") == []
    (packet,) = watched.rested()
    watched.door.settle(packet.doc_id, Settlement(outcome), REASON)
    place = "refused" if outcome == "fail" else "done"
    watched.restarted()
    assert fetched(watched.door, packet.doc_id) == EDXML
    assert ("512.edxml.ly-do.txt" in watched.names("refused")) == (place == "refused")


def test_half_a_line_in_the_journal_spoils_no_other(watched: Watched) -> None:
    put_file(watched)
    watched.put(JOURNAL, b'{"doc_id": "half')
    (packet,) = watched.rested()
    watched.door.settle(packet.doc_id, Settlement.DONE)
    watched.restarted()
    assert fetched(watched.door, packet.doc_id) == EDXML


def test_a_line_about_other_content_is_not_believed(watched: Watched) -> None:
    doc_id = "a" * 64
    watched.put("done/512.edxml", EDXML)
    line = {"doc_id": doc_id, "place": "done", "sheet": False, "files": [["done", "512.edxml"]]}
    watched.put(JOURNAL, json.dumps(line).encode() + b"\n")
    with pytest.raises(PeerRefused, match="no packet"):
        fetched(watched.door, doc_id)


def test_what_was_copied_in_since_is_not_taken_for_the_rest_of_a_document(
    watched: Watched,
) -> None:
    put_sheet(watched)
    (packet,) = watched.rested()
    with killed_at(5), pytest.raises(Killed):
        watched.door.settle(packet.doc_id, Settlement.FAIL, REASON)
    assert watched.names("refused/512") == ["512.yaml"]
    watched.put("b.xml", EDXML)
    watched.restarted()
    (new,) = watched.rested()
    assert new.doc_id != packet.doc_id
    assert watched.door.waiting(PacketKind.DOCUMENT) == [new]
    assert watched.names() == ["a.pdf", "b.xml", "refused"]
